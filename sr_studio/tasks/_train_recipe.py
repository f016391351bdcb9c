"""What a training follows: a small TOML file, and what the request says instead."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._networks import Networks

if TYPE_CHECKING:
    from pathlib import Path

    from sr_studio.engines.train import TrainingSchedule
    from sr_studio.models._spec import ModelSpec

# Adam's learning rate where the recipe names none: the more parameters, the smaller, as papers
# have it (SRCNN and FSRCNN 1e-3, IMDN and RFDN 2e-4 to 5e-4, EDSR, RDN and RCAN 1e-4)
_RATES = ((100_000, 1e-3), (1_000_000, 5e-4), (math.inf, 1e-4))


@dataclass(frozen=True, slots=True)
class TrainRecipe:
    """A recipe with its network found.

    Attributes:
        spec: the network.
        scale: one of its scales.
        folders: of the pictures, below the data folder.
        shrink: each picture is taken at these sizes.
        hold_out: pictures kept back to measure on where no folder is given for that.
        schedule: how long and how fast; `patch_px` is in pixels of the network's input.
    """

    spec: ModelSpec
    scale: int
    folders: tuple[str, ...]
    shrink: tuple[float, ...]
    hold_out: int
    schedule: TrainingSchedule

    @property
    def input_scale(self) -> int:
        """What the network enlarges its input by: 1 where that is enlarged already."""
        return 1 if self.spec.upsampling == "bicubic" else self.scale

    @property
    def crop_px(self) -> int:
        """What the sides of high-resolution pictures must be a multiple of."""
        return self.scale * self.spec.size_multiple


def read_recipe(
    path: Path | None,
    *,
    model: str | None,
    scale: int | None,
    precision: Literal["fp32", "bf16"] | None,
) -> TrainRecipe:
    """Read the recipe; what is given beside it counts instead.

    Args:
        path: the TOML file; the general recipe where None.
        model: id of the network.
        scale: of the training.
        precision: of the convolutions.

    Raises:
        InvalidRequest: unreadable, a key is missing or unknown, there is no such network or scale,
            or the network cannot be trained.
    """
    import tomllib

    from sr_studio.engines.train import TrainingSchedule

    own = resource_folder() / "recipes" / "any.toml" if path is None else path
    try:
        table: dict[str, Any] = tomllib.loads(own.read_text("utf-8"))
        data, wanted = table["data"], dict(table["schedule"])
        model = table.get("model") if model is None else model
        scale = table.get("scale") if scale is None else scale
        if model is None or scale is None:
            raise InvalidRequest(
                "The network and the scale to train must be named.",
                advice="Add --model and --scale.",
            )
        spec = _trainable(model, scale)
        wanted.setdefault("learning_rate", _rate_for(spec, scale))
        schedule = TrainingSchedule(**wanted | ({"precision": precision} if precision else {}))
        return TrainRecipe(
            spec,
            scale,
            tuple(data["folders"]),
            tuple(data.get("shrink", (1.0,))),
            int(data.get("hold_out", 0)),
            _in_input_pixels(schedule, spec, scale),
        )
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(
            f"{own} is no recipe: {error}.", advice="See resources/recipes for examples."
        ) from error


def parse_time(text: str) -> float:
    """Return the seconds of "90s", "9m" or "2h"; infinite where empty.

    Raises:
        InvalidRequest: it is none of these.
    """
    if not text:
        return math.inf
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", text)
    if match is None:
        raise InvalidRequest(f"{text!r} is no time.", advice="Write 90s, 9m or 2h.")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2]]


def _trainable(model: str, scale: int) -> ModelSpec:
    from sr_studio.models._registry import all_models

    spec = Networks().find_model(model)
    if model not in all_models():
        raise InvalidRequest(
            f"{spec.title} was imported; only networks of the program can be trained.",
            advice="See: sr-studio models",
        )
    if spec.learns_from == "picture":
        raise InvalidRequest(
            f"{spec.title} learns from each picture anew and needs no training.",
            advice="Use it as it is.",
        )
    if spec.task != "upscale":
        raise InvalidRequest(
            f"{spec.title} does not enlarge; only networks that do can be trained.",
            advice="See: sr-studio models",
        )
    if spec.trained_as == "parts":
        raise InvalidRequest(
            f"{spec.title} is put together from networks that are trained apart, which this "
            "program does not do.",
            advice="Import its weights.",
        )
    if scale not in spec.scales:
        raise InvalidRequest(
            f"{spec.title} is not made for scale {scale!r}.",
            advice=f"Choose one of {', '.join(map(str, spec.scales))}.",
        )
    return spec


def _rate_for(spec: ModelSpec, scale: int) -> float:
    from sr_studio.models._bare_network import bare_networks

    with bare_networks():
        count = spec.count_parameters(spec.build(scale))
    return next(rate for most, rate in _RATES if count < most)


def _in_input_pixels(schedule: TrainingSchedule, spec: ModelSpec, scale: int) -> TrainingSchedule:
    """Recipes count crops in low resolution; some networks read the enlargement of that."""
    side = schedule.patch_px * (scale if spec.upsampling == "bicubic" else 1)
    multiple = spec.size_multiple
    return replace(schedule, patch_px=-(-side // multiple) * multiple)
