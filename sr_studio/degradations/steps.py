"""What a random degradation is made of: each step says what it does and does it.

All take and return pixels of (C, H, W), C 1 or 3, float32 in [0, 1] on the CPU; resizing, blur and
noise may overshoot that range, which is clipped where a sensor or a file would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np
import torch
from torch.nn import functional

from sr_studio.degradations.jpeg import compress_as_jpeg
from sr_studio.degradations.linear.decimation import Decimation
from sr_studio.degradations.noise import add_noise, add_shot_noise
from sr_studio.imaging.image_buffer import from_float, to_float
from sr_studio.imaging.resize import imresize
from sr_studio.tensors.convolution import convolve_mirrored
from sr_studio.tensors.mirror import mirror_side

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

ResizeMethod: TypeAlias = Literal["area", "bilinear", "bicubic"]

_STRIP_PX = 1 << 22  # blurred at once: what a Fourier transform of it needs stays below 200 MB


class Step(Protocol):
    """One thing that happens to a picture."""

    def apply(self, pixels: Tensor) -> Tensor:
        """Return the picture after it; the same every time."""

    def text(self) -> str:
        """Say in a few words what it does."""


@dataclass(frozen=True, slots=True, eq=False)
class BlurStep:
    """Convolution; the picture is mirrored beyond its edge.

    Attributes:
        kernel: (K, K), K odd, float64, read-only.
        name: of the kernel, with its figures.
    """

    kernel: NDArray[np.float64]
    name: str

    def apply(self, pixels: Tensor) -> Tensor:
        kernel = torch.tensor(self.kernel)
        _, height, width = pixels.shape
        reach = len(self.kernel) // 2
        strip_px = max(256, _STRIP_PX // width)
        if height <= strip_px:
            return convolve_mirrored(pixels[None], kernel)[0]
        blurred = torch.empty_like(pixels)
        for top in range(0, height, strip_px):
            bottom = min(height, top + strip_px)
            start, stop = max(0, top - reach), min(height, bottom + reach)
            strip = convolve_mirrored(pixels[None, :, start:stop], kernel)[0]
            blurred[:, top:bottom] = strip[:, top - start : bottom - start]
        return blurred

    def text(self) -> str:
        return f"blur: {self.name}"


@dataclass(frozen=True, slots=True)
class ResizeStep:
    """Resampling as old and hasty programs do it: only "area" is antialiased."""

    width: int
    height: int
    method: ResizeMethod

    def apply(self, pixels: Tensor) -> Tensor:
        size = (self.height, self.width)
        if self.method == "area":
            return functional.interpolate(pixels[None], size=size, mode="area")[0]
        return functional.interpolate(
            pixels[None], size=size, mode=self.method, align_corners=False
        )[0]

    def text(self) -> str:
        return f"resize: {self.width} x {self.height} px, {self.method}"


@dataclass(frozen=True, slots=True)
class GaussianNoiseStep:
    """Noise that is the same in light and dark.

    Attributes:
        sigma: on the scale of 0 to 255.
        is_gray: the same in all channels.
        seed: of this noise alone.
    """

    sigma: float
    is_gray: bool
    seed: int

    def apply(self, pixels: Tensor) -> Tensor:
        generator = np.random.default_rng(self.seed)
        noisy = add_noise(_rows(pixels), self.sigma / 255, generator, gray=self.is_gray)
        return _planes(noisy).clamp_(0, 1)

    def text(self) -> str:
        return f"noise: {'gray ' if self.is_gray else ''}Gaussian, sigma {self.sigma:.1f}"


@dataclass(frozen=True, slots=True)
class ShotNoiseStep:
    """Noise that grows with the light.

    Attributes:
        sigma: at white, on the scale of 0 to 255.
        is_gray: the same in all channels.
        seed: of this noise alone.
    """

    sigma: float
    is_gray: bool
    seed: int

    def apply(self, pixels: Tensor) -> Tensor:
        generator = np.random.default_rng(self.seed)
        light = _rows(pixels).clip(0, 1)
        noisy = add_shot_noise(light, self.sigma / 255, generator, gray=self.is_gray)
        return _planes(noisy).clamp_(0, 1)

    def text(self) -> str:
        return f"noise: {'gray ' if self.is_gray else ''}shot, sigma {self.sigma:.1f} at white"


@dataclass(frozen=True, slots=True)
class JpegStep:
    """JPEG of 8 bits a channel.

    Attributes:
        quality: from 1 to 100.
        left: pixels, below 16, between the start of a block of 16 x 16 and the picture's: a crop
            of a photograph begins anywhere in one.
        top: the same from above.
    """

    quality: int
    left: int = 0
    top: int = 0

    def apply(self, pixels: Tensor) -> Tensor:
        padded = mirror_side(mirror_side(pixels, self.top, 0, 1), self.left, 0, 2)
        eight_bit = from_float(_rows(padded), np.uint8)
        packed = compress_as_jpeg(eight_bit, self.quality)
        return _planes(to_float(packed[self.top :, self.left :]))

    def text(self) -> str:
        return f"JPEG: quality {self.quality}"


@dataclass(frozen=True, slots=True)
class DecimationStep:
    """Every `scale`-th pixel from the first on, no antialiasing."""

    scale: int

    def apply(self, pixels: Tensor) -> Tensor:
        return Decimation(self.scale).forward(pixels[None])[0]

    def text(self) -> str:
        return f"decimation: every {self.scale}. pixel"


@dataclass(frozen=True, slots=True)
class BicubicStep:
    """MATLAB's bicubic of 8 bits, as the field's test sets were made."""

    scale: int

    def apply(self, pixels: Tensor) -> Tensor:
        eight_bit = from_float(_rows(pixels), np.uint8)
        return _planes(to_float(imresize(eight_bit, scale=1 / self.scale)))

    def text(self) -> str:
        return f"MATLAB bicubic, 1/{self.scale}"


def _rows(pixels: Tensor) -> NDArray[np.float32]:
    """Return (H, W, C)."""
    rows: NDArray[np.float32] = pixels.permute(1, 2, 0).numpy()
    return rows


def _planes(rows: NDArray[np.float32]) -> Tensor:
    """Return (C, H, W), contiguous."""
    return torch.from_numpy(rows).permute(2, 0, 1).contiguous()
