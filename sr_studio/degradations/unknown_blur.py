"""One blur that nobody tells, the same for all pictures."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.kernels._grid import normalized
from sr_studio.degradations.kernels.gaussian import gaussian_kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@lru_cache(maxsize=8)
def unknown_blur_kernel(seed: int, scale: int) -> NDArray[np.float64]:
    """Return the kernel of that seed, to be followed by decimation from the first pixel on.

    The task is that of track 2 of R. Timofte et al., "NTIRE 2017 Challenge on Single Image
    Super-Resolution", CVPR Workshops 2017, whose kernels were not published. These are random as
    those of S. Bell-Kligler, A. Shocher, M. Irani, "Blind Super-Resolution Kernel Estimation using
    an Internal-GAN", 2019, https://arxiv.org/abs/1909.06581, section 5: anisotropic Gaussians with
    variances from 0.175 to 2.5 times the scale along axes of any direction, each weight multiplied
    by a random factor from 0.75 to 1.25. The centre lies so that the picture keeps its place.

    Returns:
        (K, K), K odd, read-only; its sum is 1.
    """
    generator = np.random.default_rng([seed, scale])
    first, second = np.sqrt(generator.uniform(0.175 * scale, 2.5 * scale, 2)).tolist()
    angle = float(generator.uniform(0, math.pi))
    shift = (scale - 1) / 2
    side = 2 * math.ceil(3 * max(first, second) + shift) + 1
    kernel = gaussian_kernel(side, first, second, angle, shift_px=-shift)
    kernel = normalized(kernel * generator.uniform(0.75, 1.25, kernel.shape))
    kernel.setflags(write=False)
    return kernel
