"""Takes the colours of a reference photo, without any training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SAMPLES = 200  # about as many, as in the paper
_WINDOW_PX = 5
_LEVELS = 256
_LEVEL_SPREAD = 2.0  # levels: standard deviation of the Gaussian over them


def transfer_by_matching(
    lightness: NDArray[np.float32],
    reference_lab: NDArray[np.float32],
    random: np.random.Generator,
) -> NDArray[np.float32]:
    """Return a and b, (H, W, 2): each pixel takes those of the reference's pixel most like it.

    Tomihisa Welsh, Michael Ashikhmin, Klaus Mueller: "Transferring Color to Greyscale Images",
    SIGGRAPH 2002, https://doi.org/10.1145/566654.566576, the global method of section 3: the
    reference's lightness gets the mean and standard deviation of the picture's, about 200 of its
    pixels are drawn on a jittered grid, and matched by lightness and its standard deviation in the
    5 x 5 pixels around, which count half each. No colour is smoothed, as there.

    Deviations: CIE Lab instead of Ruderman's l-alpha-beta; the two halves are added as distances,
    where the paper's words also allow the distance of the two features' sum. At borders, windows
    see the picture mirrored.

    Args:
        lightness: (H, W), L in [0, 100].
        reference_lab: (h, w, 3), CIE Lab.
        random: draws the samples, the only source of chance.
    """
    reference = reference_lab[..., 0].astype(np.float64)
    wanted = lightness.astype(np.float64)
    contrast = wanted.std() / reference.std() if reference.std() > 0 else 1.0
    remapped = (reference - reference.mean()) * contrast + wanted.mean()
    samples = _draw_on_grid(reference.shape[0], reference.shape[1], random)
    tree = cKDTree(_lightness_and_spread(remapped)[samples])
    nearest = tree.query(_lightness_and_spread(wanted), p=1)[1]
    return np.asarray(reference_lab[samples][nearest, 1:], np.float32)


def transfer_by_histogram(
    lightness: NDArray[np.float32], reference_lab: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return a and b, (H, W, 2): each pixel takes the mean of the reference's of the same rank.

    The rank is the share of a picture's pixels that are darker, half of those as light counted in.
    The reference's colours are averaged over ranks with a Gaussian of 2 of 256 levels.

    Of no paper exactly. It is nearest to Shiguang Liu, Xiang Zhang: "Automatic grayscale image
    colorization using histogram regression", Pattern Recognition Letters 33(13), 2012, where colour
    also is a smooth function of a lightness aligned by histograms; but there the histograms are
    regressed locally and aligned at their zero points, and here they are equalised, as in
    histogram specification. Reinhard et al. ("Color Transfer between Images", IEEE Computer
    Graphics and Applications 21(5), 2001) align means and standard deviations only.

    Args:
        lightness: (H, W), L in [0, 100].
        reference_lab: (h, w, 3), CIE Lab.
    """
    levels = (_ranks(reference_lab[..., 0]) * _LEVELS).astype(np.int64)
    weights = _smooth(np.bincount(levels, minlength=_LEVELS).astype(np.float64))
    ranks = _ranks(lightness) * _LEVELS - 0.5
    places = np.flatnonzero(weights > 0)  # few colours leave gaps
    result = np.empty((lightness.size, 2), np.float32)
    for channel in (0, 1):
        sums = np.bincount(levels, reference_lab[..., 1 + channel].ravel(), _LEVELS)
        means = _smooth(sums.astype(np.float64))[places] / weights[places]
        result[:, channel] = np.interp(ranks, places, means)
    return result.reshape(*lightness.shape, 2)


def _draw_on_grid(
    height: int, width: int, random: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows and columns of one pixel in each cell of a grid."""
    rows = int(np.clip(round(np.sqrt(_SAMPLES * height / width)), 1, min(height, _SAMPLES)))
    columns = int(np.clip(round(_SAMPLES / rows), 1, width))
    cells = np.indices((rows, columns)) + random.random((2, rows, columns))
    y, x = cells.reshape(2, -1)
    y, x = (y * height / rows).astype(np.int64), (x * width / columns).astype(np.int64)
    return np.minimum(y, height - 1), np.minimum(x, width - 1)  # rounding may reach the end


def _lightness_and_spread(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each pixel's lightness and its standard deviation around, (H, W, 2)."""
    mean = ndimage.uniform_filter(lightness, _WINDOW_PX)
    variance = ndimage.uniform_filter(lightness**2, _WINDOW_PX) - mean**2
    return np.stack([lightness, np.sqrt(np.maximum(variance, 0))], -1)


def _ranks(lightness: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the share of pixels below each and half of those like it, (H * W,), in (0, 1)."""
    _, places, counts = np.unique(lightness, return_inverse=True, return_counts=True)
    return np.asarray((counts.cumsum() - counts / 2)[places.ravel()] / lightness.size)


def _smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(ndimage.gaussian_filter1d(values, _LEVEL_SPREAD, mode="constant"))
