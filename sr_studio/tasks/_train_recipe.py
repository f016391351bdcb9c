"""What a training follows: a small TOML file, and what the request says instead."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal

from sr_studio.errors import InvalidRequest
from sr_studio.resource_files import resource_folder
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._training_pairs import PairMaker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sr_studio.degradations.random_degradation import RandomDegradation
    from sr_studio.engines.colorization.learning import ColourLearning
    from sr_studio.engines.training.schedule import TrainingSchedule
    from sr_studio.models._spec import ModelSpec

# Adam's learning rate where the recipe names none: the more parameters, the smaller, as papers
# have it (SRCNN and FSRCNN 1e-3, IMDN and RFDN 2e-4 to 5e-4, EDSR, RDN and RCAN 1e-4)
_RATES = ((100_000, 1e-3), (1_000_000, 5e-4), (math.inf, 1e-4))
_COMPARING_KEYS = {"degradation", "loss", "adversarial"}  # a colorizer has others
_KEYS = {"title", "model", "scale", "data", "schedule", "colour", *_COMPARING_KEYS}
_DATA_KEYS = {"folders", "shrink", "hold_out"}


@dataclass(frozen=True, slots=True)
class TrainRecipe:
    """A recipe with its network found.

    Attributes:
        title: for people.
        spec: the network.
        scales: that are trained together; some of the network's.
        places: folders and tar files of pictures, below the data folder.
        shrink: each picture is taken at these sizes.
        hold_out: pictures kept back to measure on where no folder is given for that.
        degradation: makes the network's input.
        loss: table of the losses, as `build_training_loss` reads it.
        adversarial: table of the discriminator, as `Adversary.from_table` reads it; or None.
        colour: what a colorizer learns; it follows neither `degradation` nor `loss`. None for
            all other networks.
        schedule: how long and how fast; `patch_px` is in pixels of the low resolution.
    """

    title: str
    spec: ModelSpec
    scales: tuple[int, ...]
    places: tuple[str, ...]
    shrink: tuple[float, ...]
    hold_out: int
    degradation: RandomDegradation
    loss: Mapping[str, Any]
    adversarial: Mapping[str, Any] | None
    colour: ColourLearning | None
    schedule: TrainingSchedule

    @property
    def is_enlarged_first(self) -> bool:
        """Whether the network reads the bicubic enlargement."""
        return self.spec.upsampling == "bicubic"

    @property
    def makes_inputs_once(self) -> bool:
        """Whether the network's inputs are made before the training, not of each crop anew."""
        return self.colour is None and self.degradation.is_fixed

    def input_scale(self, scale: int) -> int:
        """Return what the network enlarges its input by: 1 where that is enlarged already."""
        return 1 if self.is_enlarged_first else scale

    def crop_px(self, scale: int) -> int:
        """Return what the sides of high-resolution pictures must be a multiple of."""
        return scale * self.spec.size_multiple

    def patch_px(self, scale: int) -> int:
        """Return the side of a crop of the network's input."""
        side = self.schedule.patch_px * (scale if self.is_enlarged_first else 1)
        multiple = self.spec.size_multiple
        return -(-side // multiple) * multiple

    def check_crop(self, least_px: int) -> None:
        """Raise InvalidRequest where crops in high resolution are smaller than a loss needs."""
        side = min(self.patch_px(scale) * self.input_scale(scale) for scale in self.scales)
        if side < least_px:
            raise InvalidRequest(
                f"The losses need crops of {least_px} px in high resolution, and the recipe makes "
                f"{side}.",
                advice="Write a larger patch_px into the recipe.",
            )

    def maker(self, scale: int) -> PairMaker:
        """Return what makes the network's input of a good picture."""
        is_luma = self.spec.channels == "y"
        return PairMaker(self.degradation, scale, is_luma, self.is_enlarged_first)


def read_recipe(
    path: Path | None,
    *,
    model: str | None,
    scale: int | None,
    precision: Literal["auto", "fp32", "bf16"] | None,
) -> TrainRecipe:
    """Read the recipe; what is given beside it counts instead.

    Args:
        path: the TOML file; the general recipe where None.
        model: id of the network.
        scale: of the training.
        precision: of the convolutions.

    Raises:
        InvalidRequest: it cannot be read, or names something that is not there.
    """
    own = resource_folder() / "recipes" / "any.toml" if path is None else path
    try:
        table: dict[str, Any] = tomllib.loads(own.read_text("utf-8"))
        return _recipe_of(table, own.stem, model=model, scale=scale, precision=precision)
    except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        raise InvalidRequest(
            f"{own} is no recipe: {error}.", advice="See resources/recipes for examples."
        ) from error


def _recipe_of(
    table: dict[str, Any],
    name: str,
    *,
    model: str | None,
    scale: int | None,
    precision: Literal["auto", "fp32", "bf16"] | None,
) -> TrainRecipe:
    from sr_studio.degradations.random_degradation import RandomDegradation
    from sr_studio.engines.training.schedule import TrainingSchedule

    if unknown := set(table) - _KEYS:
        raise ValueError(f"{min(unknown)} is no part of one")
    data, wanted = table["data"], dict(table["schedule"])
    places, shrink, hold_out = _read_data(data)
    model = table.get("model") if model is None else model
    scales = table.get("scale") if scale is None else scale
    if model is None or scales is None:
        raise InvalidRequest(
            "The network and the scale to train must be named.",
            advice="Add --model and --scale.",
        )
    scales = tuple(scales) if isinstance(scales, list) else (scales,)
    if not scales or any(type(each) is not int for each in scales):
        raise ValueError(f"scale is a whole number or a list of them, not {table.get('scale')!r}")
    spec = _trainable(model, scales)
    wanted.setdefault("learning_rate", _rate_for(spec, scales[0]))
    if unknown := set(wanted) - {field.name for field in fields(TrainingSchedule)}:
        raise ValueError(f"{min(unknown)} is no part of a schedule")
    schedule = TrainingSchedule(**wanted)
    if precision is not None:
        schedule = replace(schedule, precision=precision)
    return TrainRecipe(
        title=str(table.get("title", name)),
        spec=spec,
        scales=scales,
        places=places,
        shrink=shrink,
        hold_out=hold_out,
        degradation=RandomDegradation.from_table(table.get("degradation", {})),
        loss=table.get("loss", {"l1": 1.0}),
        adversarial=table.get("adversarial"),
        colour=_colour(table, spec),
        schedule=schedule,
    )


def _colour(table: Mapping[str, Any], spec: ModelSpec) -> ColourLearning | None:
    from sr_studio.engines.colorization.learning import ColourLearning

    if spec.task == "colorize":
        if unknown := _COMPARING_KEYS & set(table):
            raise ValueError(f"a colorizer has no {min(unknown)}")
        return ColourLearning.from_table(table.get("colour", {}))
    if "colour" in table:
        raise ValueError("[colour] is for colorizers")
    return None


def _read_data(
    data: Mapping[str, Any],
) -> tuple[tuple[str, ...], tuple[float, ...], int]:
    """Return the places, the sizes and how many pictures are kept back."""
    if unknown := set(data) - _DATA_KEYS:
        raise ValueError(f"{min(unknown)} is no part of [data]")
    places, shrink, hold_out = data["folders"], data.get("shrink", [1.0]), data.get("hold_out", 0)
    if not isinstance(places, list) or not places or not all(isinstance(p, str) for p in places):
        raise ValueError(f"folders is a list of names, not {places!r}")
    is_list = isinstance(shrink, list) and bool(shrink)
    if not is_list or not all(type(s) in (int, float) and 0 < s <= 1 for s in shrink):
        raise ValueError(f"shrink is a list of numbers above 0 and up to 1, not {shrink!r}")
    if type(hold_out) is not int or hold_out < 0:
        raise ValueError(f"hold_out is a whole number, not {hold_out!r}")
    return tuple(places), tuple(map(float, shrink)), hold_out


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


def _trainable(model: str, scales: tuple[int, ...]) -> ModelSpec:
    from sr_studio.models._registry import all_models

    own = all_models().get(model)
    is_colorizer = own is not None and own.task == "colorize"
    spec = own if own is not None and is_colorizer else Networks().find_model(model)
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
    if spec.task not in ("upscale", "colorize"):
        raise InvalidRequest(
            f"{spec.title} neither enlarges nor colours; only networks that do can be trained.",
            advice="See: sr-studio models",
        )
    if spec.trained_as == "parts":
        raise InvalidRequest(
            f"{spec.title} is put together from networks that are trained apart, which this "
            "program does not do.",
            advice="Import its weights.",
        )
    for scale in scales:
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
