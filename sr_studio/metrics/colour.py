"""How far the colours of one picture are from those of another, apart from their lightness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_studio.imaging.lab import rgb_to_lab

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_THRESHOLD = 150  # units of a and b
_AB_PEAK = 255.0
_MEAN_FACTOR = 0.3  # of Hasler and Suesstrunk's fit to what people said


def ab_distances(
    result: NDArray[np.float32], truth: NDArray[np.float32]
) -> NDArray[np.floating[Any]]:
    """Return (H, W), the distance of each pixel's a and b to the true ones, in units of CIE Lab.

    Args:
        result: (H, W, 3) float32, sRGB in [0, 1].
        truth: the same.

    Raises:
        ValueError: the pictures differ in size, or have no pixels.
    """
    if result.shape != truth.shape or result.size == 0:
        raise ValueError(f"pictures of one size are wanted, not {result.shape} and {truth.shape}")
    difference = rgb_to_lab(result)[..., 1:] - rgb_to_lab(truth)[..., 1:]
    return np.asarray(np.hypot(difference[..., 0], difference[..., 1]))


def ab_error_shares(
    distances: NDArray[np.floating[Any]], weights: NDArray[np.floating[Any]] | None = None
) -> NDArray[np.float64]:
    """Return (151,), the share of pixels within each distance of 0, 1, ..., 150 units.

    The cumulative mass function of Richard Zhang, Phillip Isola, Alexei A. Efros: "Colorful Image
    Colorization", ECCV 2016, https://arxiv.org/abs/1603.08511, section 3.1 ("raw accuracy"). Most
    pixels are nearly gray. The paper's class-balanced variant counts each pixel by the reciprocal
    of the probability of its true colour's bin: equation 4 with lambda = 0, thus not mixed with a
    uniform distribution as in training.

    Args:
        distances: of `ab_distances`, any shape.
        weights: what each pixel counts, the same shape; all alike where None.

    Raises:
        ValueError: the weights have another shape.
    """
    if weights is not None and weights.shape != distances.shape:
        raise ValueError(f"weights of {distances.shape} are wanted, not {weights.shape}")
    reached_at = np.minimum(np.ceil(distances), LARGEST_THRESHOLD + 1).astype(np.intp)
    masses = np.bincount(
        reached_at.ravel(),
        None if weights is None else weights.ravel().astype(np.float64),
        minlength=LARGEST_THRESHOLD + 2,
    )
    shares: NDArray[np.float64] = np.cumsum(masses) / masses.sum()
    return shares[:-1]


def area_under_curve(shares: NDArray[np.float64]) -> float:
    """Return the area under the curve of `ab_error_shares`, 0 to 1 ("AuC" of the paper's table 1).

    By the trapezoidal rule over the thresholds, divided by the area of a curve that is 1 everywhere
    (the paper: "integrate the area under the curve and normalize").
    """
    return float(np.trapezoid(shares) / LARGEST_THRESHOLD)


def ab_psnr(distances: NDArray[np.floating[Any]]) -> float:
    """Return 10 log10(255² / mean squared error of a and b) in dB, infinite without an error.

    The peak is 255 units: pictures of Lab at 8 bits (TIFF, OpenCV) have a step for each unit of a
    and b from -128 to 127, so that this is the PSNR of their two planes. The largest difference
    that colours of sRGB can have, about 200, would be a peak of 2 dB less.

    Args:
        distances: of `ab_distances`.
    """
    mean_square = float(np.mean(np.square(distances, dtype=np.float64))) / 2  # of the two planes
    return 10 * math.log10(_AB_PEAK**2 / mean_square) if mean_square > 0 else math.inf


def share_within(distances: NDArray[np.floating[Any]], limit: float) -> float:
    """Return the share of pixels, 0 to 1, of no more than `limit` units in `ab_distances`."""
    return float(np.mean(distances <= limit))


def colourfulness(rgb: NDArray[np.float32]) -> float:
    """Return how colourful a picture looks: 0 is gray, 15 slightly, 45 averagely, 109 extremely.

    David Hasler, Sabine Suesstrunk: "Measuring Colourfulness in Natural Images", Human Vision and
    Electronic Imaging 2003, https://doi.org/10.1117/12.477378, the third of their measures
    ("M-hat"): the spread of R - G and (R + G) / 2 - B, and 0.3 of the distance of their mean to
    gray, on sRGB of 0 to 255.

    Args:
        rgb: (H, W, 3) float32, sRGB in [0, 1].
    """
    red, green, blue = np.moveaxis(255 * rgb.astype(np.float64), -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    spread = math.sqrt(float(opponents.var((1, 2)).sum()))
    mean = math.sqrt(float(np.square(opponents.mean((1, 2))).sum()))
    return spread + _MEAN_FACTOR * mean
