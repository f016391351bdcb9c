"""How to restore a picture: no torch, so that forms can ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from sr_studio.errors import InvalidRequest
from sr_studio.tasks._spec import Decimals, Flag, Help, Range, Unit, Unset
from sr_studio.tasks._upscale_settings import parse_tile

Task: TypeAlias = Literal["denoise", "jpeg", "inpaint", "enlarge", "flash", "invert", "maximise"]
Quality: TypeAlias = Literal["classical", "quick", "best", "paper"]

_AUTO = Unset("automatic")
_LEAST_WORKING_PX = 32


@dataclass(frozen=True, slots=True)
class RestoreSettings:
    """How to restore; what is left out follows from task and quality."""

    task: Annotated[Task, Help("what is wrong with the picture")] = "denoise"
    quality: Annotated[
        Quality,
        Help(
            "classical: no network, seconds; quick: seconds to minutes; best: minutes to hours; "
            "paper: as published"
        ),
    ] = "quick"
    scale: Annotated[int, Range(2, 8), Help("of enlarge")] = 4
    downsampler: Annotated[
        Literal["lanczos2", "bicubic"], Help("how the picture was made small, for enlarge")
    ] = "lanczos2"
    stop: Annotated[
        Literal["auto", "never"],
        Help("auto: at the moment when the outputs vary least; never: after all iterations"),
    ] = "auto"
    iterations: Annotated[
        int | None, Range(1, 20_000), Unit("iterations"), _AUTO, Help("at most")
    ] = None
    network: Annotated[str | None, Flag(metavar="ID"), Help("to fit")] = None
    learning_rate: Annotated[float | None, Range(0, 1), Decimals(4), _AUTO, Help("of Adam")] = None
    input_noise: Annotated[
        float | None,
        Range(0, 1),
        Decimals(3),
        _AUTO,
        Help("deviation of the noise on the input, anew each time"),
    ] = None
    average: Annotated[
        float | None,
        Range(0, 0.9999),
        Decimals(4),
        _AUTO,
        Help("weight of the past in the running average; 0: none"),
    ] = None
    optimiser: Annotated[
        Literal["adam", "sgld"], Help("sgld adds noise to the weights after each step")
    ] = "adam"
    fit_input: Annotated[bool | None, Help("fit the network's input as well")] = None
    tv: Annotated[
        float | None, Range(0, 2), Decimals(3), _AUTO, Help("weight of the total variation")
    ] = None
    window: Annotated[
        int | None, Range(2, 2000), Unit("iterations"), _AUTO, Help("that the variance is of")
    ] = None
    patience: Annotated[
        int | None, Range(1, 5_000), Unit("iterations"), _AUTO, Help("without a smaller variance")
    ] = None
    backbone: Annotated[str, Flag(metavar="ID"), Help("classifier of invert and maximise")] = (
        "efficientnet-lite0"
    )
    layer: Annotated[
        str | None, Flag(metavar="NAME"), Help("of the classifier, for invert and maximise")
    ] = None
    channel: Annotated[int, Range(0, 4095), Help("of the layer, for maximise")] = 0
    seed: Annotated[int, Range(0, 999_999), Help("of all that is random")] = 0
    tile: Annotated[
        str, Flag(metavar="auto|off|PX"), Help("windows that large pictures are fitted in by turns")
    ] = "auto"
    working_px: Annotated[
        int,
        Range(0, 30_000),
        Unit("px"),
        Unset("full size"),
        Flag(names=("--working-size",), metavar="PX"),
        Help("longest side of what is fitted, smaller than the picture; 0: its full size"),
    ] = 0
    precision: Annotated[
        Literal["auto", "fp32", "bf16"], Help("of the convolutions; auto: bf16 where it is faster")
    ] = "auto"
    device: Annotated[str, Flag(metavar="NAME"), Help("auto, cpu, cuda, cuda:N or mps")] = "auto"

    def __post_init__(self) -> None:
        parse_tile(self.tile)
        if 0 < self.working_px < _LEAST_WORKING_PX:
            raise InvalidRequest(
                f"A working size of {self.working_px} px holds nothing of a picture.",
                advice=f"Choose {_LEAST_WORKING_PX} px or more, or 0 for the full size.",
            )
