"""How a good picture is made poor: the recipe alone, free of numpy, so that forms are quick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sr_studio.errors import InvalidRequest

DownsampleKernel: TypeAlias = Literal[
    "matlab-bicubic", "bilinear", "lanczos", "nearest", "gaussian"
]


@dataclass(frozen=True, slots=True)
class Degradation:
    """What happens to a picture, always in this order: blur, downsampling, noise, JPEG.

    Attributes:
        scale: the sides are divided by it, after cropping to a multiple of it; 1 leaves them.
        kernel: of the downsampling; "matlab-bicubic" made the field's test sets.
        sigma_blur: standard deviation of the Gaussian blur, in pixels of the good picture. With
            kernel "gaussian" it is the downsampling's own kernel, by default half the scale.
        noise: standard deviation of white Gaussian noise, on the scale of 0 to 255.
        jpeg: quality of JPEG from 1 to 100, None for no JPEG.
        seed: of the noise.
    """

    scale: int = 4
    kernel: DownsampleKernel = "matlab-bicubic"
    sigma_blur: float = 0.0
    noise: float = 0.0
    jpeg: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.scale < 1:
            raise InvalidRequest(f"The scale is {self.scale}.", advice="Choose 1 or more.")
        if not (0 <= self.sigma_blur < math.inf and 0 <= self.noise < math.inf):
            raise InvalidRequest(
                f"Blur {self.sigma_blur} and noise {self.noise} must be 0 or more.",
                advice="Use 0 for none.",
            )
        if self.jpeg is not None and not 1 <= self.jpeg <= 100:
            raise InvalidRequest(
                f"The JPEG quality is {self.jpeg}.", advice="Choose one from 1 to 100."
            )
