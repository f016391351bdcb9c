"""Makes training inputs: each crop poor in its own way, by the recipe's table `[degradation]`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import torch

from sr_studio.degradations.random_round import (
    RandomRound,
    Span,
    check_probability,
    check_span,
    sample_resize,
    sample_sinc,
)
from sr_studio.degradations.steps import BicubicStep, BlurStep, DecimationStep
from sr_studio.degradations.unknown_blur import unknown_blur_kernel
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import to_float

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from sr_studio.degradations.steps import Step

DegradationKind: TypeAlias = Literal["bicubic", "unknown", "classical", "second-order"]

_MARGIN_PX = 24  # a multiple of the scales 2, 3, 4, 6 and 8


def _second_round() -> RandomRound:
    return RandomRound(
        blur=0.8,
        sigma_px=(0.2, 1.5),
        resize={"up": 0.3, "down": 0.4, "keep": 0.3},
        size=(0.3, 1.2),
        noise_sigma=(1.0, 25.0),
        shot_scale=(0.05, 2.5),
    )


@dataclass(frozen=True, slots=True)
class LastFilter:
    """The sinc filter at the end of "second-order": what sharpening and resizing leave.

    Attributes:
        sinc: its probability.
        kernel_px: its smallest and largest side, odd.
        cutoff: as of RandomRound.
        jpeg_first: probability that the last JPEG comes before the last resizing and the filter.
    """

    sinc: float = 0.8
    kernel_px: tuple[int, int] = (7, 21)
    cutoff: Span = (1 / 3, 1.0)
    jpeg_first: float = 0.5

    def __post_init__(self) -> None:
        check_probability("sinc", self.sinc)
        check_probability("jpeg_first", self.jpeg_first)
        check_span("kernel_px", self.kernel_px, 3, 51)
        check_span("cutoff", self.cutoff, 0.05, 1)

    def sample(self, strength: float, generator: np.random.Generator) -> tuple[Step, ...]:
        """Return one filter or none."""
        if generator.random() >= self.sinc:
            return ()
        low, high = self.kernel_px
        side = int(generator.integers(low // 2, high // 2, endpoint=True)) * 2 + 1
        least = self.cutoff[1] - strength * (self.cutoff[1] - self.cutoff[0])
        return (sample_sinc(side, (least, self.cutoff[1]), generator),)


@dataclass(frozen=True, slots=True)
class RandomDegradation:
    """How crops of good pictures are made poor, as a recipe asks for it.

    "bicubic": MATLAB's, as the field's test sets. "unknown": one blur and plain decimation, the
    same for all pictures. "classical": blur, resizing, noise and JPEG, once, in this order.
    "second-order": Real-ESRGAN's two rounds of these, then a last resizing, a sinc filter and a
    second JPEG in random order (figure 2 of https://arxiv.org/abs/2107.10833). The result always
    lies where the good picture does.

    Attributes:
        kind: one of these.
        seed: of "unknown".
        clean: probability of "bicubic" instead of "classical" or "second-order".
        strength: how far the ranges reach: 1 as far as they say, 0 nowhere.
        first: of "classical" and "second-order".
        second: of "second-order".
        last: of "second-order".
    """

    kind: DegradationKind = "bicubic"
    seed: int = 0
    clean: float = 0.0
    strength: float = 1.0
    first: RandomRound = field(default_factory=RandomRound)
    second: RandomRound = field(default_factory=_second_round)
    last: LastFilter = field(default_factory=LastFilter)

    def __post_init__(self) -> None:
        if self.kind not in get_args(DegradationKind):
            raise InvalidRequest(
                f"There is no degradation {self.kind!r}.",
                advice=f"Choose one of {', '.join(get_args(DegradationKind))}.",
            )
        check_probability("clean", self.clean)
        if not 0 <= self.strength <= 1:
            raise InvalidRequest(f"strength is {self.strength}.", advice="Give 0 to 1.")
        if self.seed < 0:
            raise InvalidRequest(f"seed is {self.seed}.", advice="Give 0 or more.")

    @classmethod
    def from_table(cls, table: Mapping[str, object]) -> RandomDegradation:
        """Read the table `[degradation]` of a recipe; an empty one is "bicubic".

        Its keys are the attributes; `first`, `second` and `last` are tables within it, in which
        what is not named has its published value.

        Raises:
            InvalidRequest: a key that is unknown, does not belong to the kind, or has a value that
                is of the wrong type or out of range.
        """
        from sr_studio.degradations._table import read_table

        return read_table(table)

    @property
    def is_fixed(self) -> bool:
        """Whether a picture comes out the same every time, so that it may be done once, whole."""
        return self.kind in ("bicubic", "unknown")

    @property
    def margin_px(self) -> int:
        """How much around a crop, in high resolution, should be degraded with it and cut away.

        Fixed kinds depend on no pixel beyond that at scales up to 8. Of the random kinds it holds
        the first blur; what later, coarser filters read beyond it is the mirrored edge.
        """
        return _MARGIN_PX

    def sample(
        self, width: int, height: int, scale: int, generator: np.random.Generator
    ) -> tuple[Step, ...]:
        """Return what is to be done to one picture.

        Args:
            width: of the good picture, a multiple of `scale`.
            height: of the good picture, a multiple of `scale`.
            scale: whole divisor.
            generator: the only source of chance; fixed kinds leave it alone.
        """
        if self.kind == "unknown":
            kernel = unknown_blur_kernel(self.seed, scale)
            name = f"unknown kernel {self.seed}, {len(kernel)} px"
            return BlurStep(kernel, name), DecimationStep(scale)
        if self.kind == "bicubic" or generator.random() < self.clean:
            return (BicubicStep(scale),)
        first = self.first.eased(self.strength)
        low_width, low_height = width // scale, height // scale
        if self.kind == "classical":
            return (
                *first.sample_blur(generator),
                sample_resize(low_width, low_height, generator),
                *first.sample_noise(generator),
                *first.sample_jpeg(generator),
            )
        factor = first.sample_factor(generator)
        steps = (
            *first.sample_blur(generator),
            sample_resize(*_times(width, height, factor), generator),
            *first.sample_noise(generator),
            *first.sample_jpeg(generator),
        )
        second = self.second.eased(self.strength)
        factor = second.sample_factor(generator)
        steps += (
            *second.sample_blur(generator),
            sample_resize(*_times(low_width, low_height, factor), generator),
            *second.sample_noise(generator),
        )
        filtered = (
            sample_resize(low_width, low_height, generator),
            *self.last.sample(self.strength, generator),
        )
        jpeg = second.sample_jpeg(generator)
        is_jpeg_first = generator.random() < self.last.jpeg_first
        return (*steps, *jpeg, *filtered) if is_jpeg_first else (*steps, *filtered, *jpeg)

    def degrade(
        self, high_res: NDArray[np.uint8], scale: int, generator: np.random.Generator
    ) -> NDArray[np.uint8]:
        """Return the poor picture.

        Args:
            high_res: (H, W, C) uint8, gray or RGB, sides that are multiples of `scale`.
            scale: whole divisor.
            generator: the only source of chance.

        Returns:
            (H/scale, W/scale, C) uint8.
        """
        height, width, _ = high_res.shape
        steps = self.sample(width, height, scale, generator)
        planes = torch.from_numpy(to_float(high_res)).permute(2, 0, 1).contiguous()
        planes = apply_steps(planes, steps)
        rounded = planes.mul(255).add_(0.5).clamp_(0, 255).to(torch.uint8)
        return rounded.permute(1, 2, 0).contiguous().numpy()


def apply_steps(pixels: Tensor, steps: tuple[Step, ...]) -> Tensor:
    """Return (C, H, W) after all steps; the arguments as of `Step.apply`."""
    with torch.inference_mode():
        for step in steps:
            pixels = step.apply(pixels)
    return pixels


def _times(width: int, height: int, factor: float) -> tuple[int, int]:
    return max(1, round(width * factor)), max(1, round(height * factor))
