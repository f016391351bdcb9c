"""The card beside a weight file: which network it is for, where it came from, its checksum."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from sr_studio.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CommunityFacts:
    """What a card says of a network that the zoo lacks, so that it is listed without being built.

    Attributes:
        architecture: as its authors write it: "SwinIR".
        channels: as those of a `ModelSpec`.
        size_multiple: likewise.
        parameters: their number.
        fills_holes: it takes a mask and fills what is missing; others take whole pictures.
    """

    architecture: str
    channels: Literal["y", "rgb"]
    size_multiple: int
    parameters: int
    fills_holes: bool = False


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of a weight file, shipped or in the user's data folder.

    Attributes:
        id: of the weights; the file name without its suffix.
        model: id of the network.
        scales: that the weights serve.
        sha256: of the weight file beside the card.
        source: where it was downloaded or imported from.
        licence: SPDX name, or "none stated".
        trained_on: data sets.
        set5_psnr: scale -> dB on Set5.
        community: of a network that the zoo lacks; None for those that it has.
    """

    id: str
    model: str
    scales: tuple[int, ...]
    sha256: str
    source: str
    licence: str
    trained_on: str
    set5_psnr: Mapping[int, float]
    community: CommunityFacts | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"


def read_card(path: Path) -> ModelCard:
    """Read a card; keys that are not ours are left alone.

    Raises:
        WeightsError: it is damaged.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
        values["scales"] = tuple(int(scale) for scale in values["scales"])
        values["set5_psnr"] = {int(s): float(db) for s, db in values["set5_psnr"].items()}
        facts = values.get("community")
        values["community"] = _read_facts(facts) if facts else None
        return ModelCard(**{field.name: values[field.name] for field in fields(ModelCard)})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"The model card {path} is missing or damaged.",
            advice="Delete it with the weights beside it, then bring them here again.",
        ) from error


def _read_facts(values: dict[str, Any]) -> CommunityFacts:
    known = {field.name for field in fields(CommunityFacts)}
    facts = CommunityFacts(**{name: value for name, value in values.items() if name in known})
    if facts.channels not in ("y", "rgb") or facts.size_multiple < 1 or facts.parameters < 0:
        raise ValueError(facts)
    return facts
