"""One round of a random degradation: the ranges from which blur, resizing, noise and JPEG come."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from sr_studio.degradations.kernels.defocus import defocus_kernel
from sr_studio.degradations.kernels.gaussian import (
    gaussian_kernel,
    generalized_gaussian_kernel,
    plateau_kernel,
)
from sr_studio.degradations.kernels.motion import camera_shake_kernel, linear_motion_kernel
from sr_studio.degradations.kernels.sinc import sinc_kernel
from sr_studio.degradations.steps import (
    BlurStep,
    GaussianNoiseStep,
    JpegStep,
    ResizeMethod,
    ResizeStep,
    ShotNoiseStep,
)
from sr_studio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sr_studio.degradations.steps import Step

RandomKernel: TypeAlias = Literal[
    "isotropic",
    "anisotropic",
    "generalized-isotropic",
    "generalized-anisotropic",
    "plateau-isotropic",
    "plateau-anisotropic",
    "sinc",
    "defocus",
    "motion",
    "shake",
]
Change: TypeAlias = Literal["up", "down", "keep"]
Span: TypeAlias = tuple[float, float]

_SMALL_KERNEL_PX = 13
_LOWEST_SMALL_CUTOFF = 1 / 3  # smaller sinc kernels than that cannot hold a longer wave
_SHOT_SCALE_OF_WHITE = 255 / 16  # the paper counts white as 256 quanta


@dataclass(frozen=True, slots=True)
class RandomRound:
    """Ranges and probabilities; by default those of Real-ESRGAN's first round.

    X. Wang et al., "Real-ESRGAN: Training Real-World Blind Super-Resolution with Pure Synthetic
    Data", ICCV Workshops 2021, https://arxiv.org/abs/2107.10833, with the figures of the options
    `train_realesrgan_x4plus.yml` of its code. Differences: shot noise follows Poisson's law at its
    full strength instead of a magnified weak one (same mean and variance); JPEG is libjpeg's,
    and its blocks begin anywhere; bicubic resizing of 8-bit overshoot is clipped at noise and JPEG.

    Attributes:
        blur: probability of a blur.
        kernels: weight of each kind of kernel; kinds that are not named do not occur.
        kernel_px: smallest and largest side of Gaussian-like and sinc kernels, odd.
        sigma_px: standard deviations, each axis of its own.
        generalized: beta of generalized Gaussians.
        plateau: beta of plateau-shaped kernels.
        cutoff: of sinc kernels, 1 lets all waves pass; below 13 px of side no less than a third.
        defocus_px: radius of the disk.
        motion_px: length of a straight movement.
        shake_px: length of a hand's winding path.
        resize: weights of "up", "down" and "keep".
        size: smallest and largest factor of both sides.
        noise: probability of noise.
        gaussian: probability that it is Gaussian; else shot noise.
        gray: probability that it is the same in all channels.
        noise_sigma: of Gaussian noise, on the scale of 0 to 255.
        shot_scale: strength of shot noise as the paper counts it: its standard deviation at white
            is 255 / 16 times that, on the scale of 0 to 255.
        jpeg: probability of JPEG.
        quality: of JPEG.
    """

    blur: float = 1.0
    kernels: Mapping[str, float] = field(
        default_factory=lambda: {
            "isotropic": 0.405,
            "anisotropic": 0.225,
            "generalized-isotropic": 0.108,
            "generalized-anisotropic": 0.027,
            "plateau-isotropic": 0.108,
            "plateau-anisotropic": 0.027,
            "sinc": 0.1,
        }
    )
    kernel_px: tuple[int, int] = (7, 21)
    sigma_px: Span = (0.2, 3.0)
    generalized: Span = (0.5, 4.0)
    plateau: Span = (1.0, 2.0)
    cutoff: Span = (0.2, 1.0)
    defocus_px: Span = (0.5, 3.0)
    motion_px: Span = (2.0, 12.0)
    shake_px: Span = (5.0, 25.0)
    resize: Mapping[str, float] = field(
        default_factory=lambda: {"up": 0.2, "down": 0.7, "keep": 0.1}
    )
    size: Span = (0.15, 1.5)
    noise: float = 1.0
    gaussian: float = 0.5
    gray: float = 0.4
    noise_sigma: Span = (1.0, 30.0)
    shot_scale: Span = (0.05, 3.0)
    jpeg: float = 1.0
    quality: Span = (30, 95)

    def __post_init__(self) -> None:
        for name in ("blur", "noise", "gaussian", "gray", "jpeg"):
            check_probability(name, getattr(self, name))
        check_weights("kernels", self.kernels, get_args(RandomKernel))
        check_weights("resize", self.resize, get_args(Change))
        check_span("kernel_px", self.kernel_px, 3, 51)
        if not all(side % 2 and side == int(side) for side in self.kernel_px):
            raise InvalidRequest(
                f"kernel_px is {list(self.kernel_px)}.", advice="Give two odd whole numbers."
            )
        check_span("sigma_px", self.sigma_px, 0, 25)
        check_span("generalized", self.generalized, 0.1, 20)
        check_span("plateau", self.plateau, 0.1, 20)
        check_span("cutoff", self.cutoff, 0.05, 1)
        check_span("defocus_px", self.defocus_px, 0, 25)
        check_span("motion_px", self.motion_px, 0, 50)
        check_span("shake_px", self.shake_px, 0.1, 100)
        check_span("size", self.size, 0.05, 4)
        if not self.size[0] <= 1 <= self.size[1]:
            raise InvalidRequest(
                f"size is {list(self.size)}.", advice="Give a range around 1, as [0.5, 1.2]."
            )
        check_span("noise_sigma", self.noise_sigma, 0, 255)
        check_span("shot_scale", self.shot_scale, 0.001, 16)
        check_span("quality", self.quality, 1, 100)

    def eased(self, strength: float) -> RandomRound:
        """Return the same with ranges that reach only `strength` of the way to their worst end.

        Args:
            strength: 1 for the ranges as they are, 0 for their most harmless ends.
        """
        if strength == 1:
            return self
        smallest, largest = (1 + strength * (factor - 1) for factor in self.size)
        return replace(
            self,
            sigma_px=_up_to(self.sigma_px, strength),
            # low betas have long tails: at sigma 0.2 they take 40 % of a pixel's light away
            generalized=_down_to(self.generalized, strength),
            plateau=_down_to(self.plateau, strength),
            cutoff=_down_to(self.cutoff, strength),
            defocus_px=_up_to(self.defocus_px, strength),
            motion_px=_up_to(self.motion_px, strength),
            shake_px=_up_to(self.shake_px, strength),
            size=(smallest, largest),
            noise_sigma=_up_to(self.noise_sigma, strength),
            shot_scale=_up_to(self.shot_scale, strength),
            quality=_down_to(self.quality, strength),
        )

    def sample_blur(self, generator: np.random.Generator) -> tuple[Step, ...]:
        """Return one blur or none."""
        if generator.random() >= self.blur:
            return ()
        low, high = self.kernel_px
        side = int(generator.integers(low // 2, high // 2, endpoint=True)) * 2 + 1
        return (_KERNELS[pick(self.kernels, generator)](self, side, generator),)

    def sample_factor(self, generator: np.random.Generator) -> float:
        """Return by how much the sides change."""
        change = pick(self.resize, generator)
        if change == "keep":
            return 1.0
        return _draw((1, self.size[1]) if change == "up" else (self.size[0], 1), generator)

    def sample_noise(self, generator: np.random.Generator) -> tuple[Step, ...]:
        """Return one noise or none."""
        if generator.random() >= self.noise:
            return ()
        is_gaussian = generator.random() < self.gaussian
        is_gray = bool(generator.random() < self.gray)
        seed = int(generator.integers(1 << 62))
        if is_gaussian:
            return (GaussianNoiseStep(_draw(self.noise_sigma, generator), is_gray, seed),)
        sigma = _draw(self.shot_scale, generator) * _SHOT_SCALE_OF_WHITE
        return (ShotNoiseStep(sigma, is_gray, seed),)

    def sample_jpeg(self, generator: np.random.Generator) -> tuple[Step, ...]:
        """Return one JPEG or none."""
        if generator.random() >= self.jpeg:
            return ()
        left, top = generator.integers(16, size=2).tolist()
        return (JpegStep(round(_draw(self.quality, generator)), left, top),)


def sample_resize(width: int, height: int, generator: np.random.Generator) -> ResizeStep:
    """Return a resizing to that size by a random method."""
    methods = get_args(ResizeMethod)
    return ResizeStep(width, height, methods[generator.integers(len(methods))])


def sample_sinc(side_px: int, cutoff: Span, generator: np.random.Generator) -> BlurStep:
    """Return a filter that rings."""
    share = _draw(cutoff, generator)
    return _blur(sinc_kernel(side_px, math.pi * share), f"sinc, cutoff {share:.2f} of {side_px} px")


def pick(weights: Mapping[str, float], generator: np.random.Generator) -> str:
    """Return one of the names, each as often as its weight says."""
    names = list(weights)
    shares = np.cumsum([weights[name] for name in names])
    return names[int(np.searchsorted(shares, generator.random() * shares[-1], side="right"))]


def check_probability(name: str, value: float) -> None:
    """Raise InvalidRequest unless it lies between 0 and 1."""
    if not 0 <= value <= 1:
        raise InvalidRequest(f"{name} is {value}.", advice="A probability is from 0 to 1.")


def check_span(name: str, span: tuple[float, float], least: float, most: float) -> None:
    """Raise InvalidRequest unless least <= low <= high <= most."""
    if not least <= span[0] <= span[1] <= most:
        raise InvalidRequest(
            f"{name} is {list(span)}.",
            advice=f"Give [lowest, highest], both from {least:g} to {most:g}.",
        )


def check_weights(name: str, weights: Mapping[str, float], known: tuple[str, ...]) -> None:
    """Raise InvalidRequest unless all names are known and some weight is above 0."""
    unknown = sorted(set(weights) - set(known))
    if unknown:
        raise InvalidRequest(
            f"{name} has no {unknown[0]!r}.", advice=f"Choose of {', '.join(known)}."
        )
    total = sum(weights.values())
    if any(weight < 0 for weight in weights.values()) or not 0 < total < math.inf:
        raise InvalidRequest(
            f"The weights of {name} are {', '.join(f'{each:g}' for each in weights.values())}.",
            advice="Give 0 or more, and one above 0.",
        )


def _draw(span: Span, generator: np.random.Generator) -> float:
    return float(generator.uniform(*span))


def _up_to(span: Span, strength: float) -> Span:
    return span[0], span[0] + strength * (span[1] - span[0])


def _down_to(span: Span, strength: float) -> Span:
    return span[1] - strength * (span[1] - span[0]), span[1]


def _blur(kernel: np.ndarray[tuple[int, ...], np.dtype[np.float64]], name: str) -> BlurStep:
    kernel.setflags(write=False)
    return BlurStep(kernel, name)


def _gaussian(
    shape: Literal["", "generalized ", "plateau "], *, is_isotropic: bool
) -> Callable[[RandomRound, int, np.random.Generator], BlurStep]:
    def sample(own: RandomRound, side: int, generator: np.random.Generator) -> BlurStep:
        first, second = (_draw(own.sigma_px, generator) for _ in range(2))
        angle = float(generator.uniform(-math.pi, math.pi))
        if is_isotropic:
            second = first
        name = f"{shape}Gaussian {first:.2f} x {second:.2f} px".strip()
        if shape == "generalized ":
            beta = _draw(own.generalized, generator)
            kernel = generalized_gaussian_kernel(side, first, second, angle, beta=beta)
            return _blur(kernel, f"{name}, beta {beta:.2f}")
        if shape == "plateau ":
            beta = _draw(own.plateau, generator)
            kernel = plateau_kernel(side, first, second, angle, beta=beta)
            return _blur(kernel, f"{name}, beta {beta:.2f}")
        return _blur(gaussian_kernel(side, first, second, angle), name)

    return sample


def _sinc(own: RandomRound, side: int, generator: np.random.Generator) -> BlurStep:
    low, high = own.cutoff
    least = max(low, min(_LOWEST_SMALL_CUTOFF, high)) if side < _SMALL_KERNEL_PX else low
    return sample_sinc(side, (least, high), generator)


def _defocus(own: RandomRound, _: int, generator: np.random.Generator) -> BlurStep:
    radius = _draw(own.defocus_px, generator)
    return _blur(defocus_kernel(radius), f"defocus {radius:.2f} px")


def _motion(own: RandomRound, _: int, generator: np.random.Generator) -> BlurStep:
    length, angle = _draw(own.motion_px, generator), float(generator.uniform(0, math.pi))
    return _blur(linear_motion_kernel(length, angle), f"motion {length:.1f} px")


def _shake(own: RandomRound, _: int, generator: np.random.Generator) -> BlurStep:
    length = _draw(own.shake_px, generator)
    return _blur(camera_shake_kernel(length, generator), f"camera shake {length:.1f} px")


_KERNELS: Mapping[str, Callable[[RandomRound, int, np.random.Generator], BlurStep]] = {
    "isotropic": _gaussian("", is_isotropic=True),
    "anisotropic": _gaussian("", is_isotropic=False),
    "generalized-isotropic": _gaussian("generalized ", is_isotropic=True),
    "generalized-anisotropic": _gaussian("generalized ", is_isotropic=False),
    "plateau-isotropic": _gaussian("plateau ", is_isotropic=True),
    "plateau-anisotropic": _gaussian("plateau ", is_isotropic=False),
    "sinc": _sinc,
    "defocus": _defocus,
    "motion": _motion,
    "shake": _shake,
}
