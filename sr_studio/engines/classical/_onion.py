"""Fills a thin hole from its rim inwards, each pixel by the known patch that fits what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage

from sr_studio.engines.classical._patch_field import PATCH_PX, RADIUS_PX

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.jobs.control import JobContext

_CHUNK = 256
_COMPARISONS = 100_000_000  # about two seconds; all of a thousand specks would take half a minute
_LEAST_SOURCES = 1000


def fill_from_the_rim(
    picture: NDArray[np.float32], missing: NDArray[np.bool_], context: JobContext
) -> NDArray[np.float32]:
    """Return the picture filled.

    Newson et al., SIAM Journal on Imaging Sciences 7, 2014, section 3.3: of a patch on the rim only
    the pixels count that are known or filled already. Where there is much to compare, a part of the
    known patches is looked at, drawn by chance.

    Args:
        picture: (H, W, C) in [0, 1], small.
        missing: (H, W), True in the hole; some patches must be wholly known.
        context: cancelled after every ring.
    """
    result = picture.copy()
    open_hole = missing.copy()
    sources = _patches(picture)[~_patches(missing[..., None]).any(axis=1)]
    most = max(_LEAST_SOURCES, _COMPARISONS // int(np.count_nonzero(missing)))
    if len(sources) > most:
        sources = sources[np.random.default_rng(0).permutation(len(sources))[:most]]
    known_patches = torch.from_numpy(np.ascontiguousarray(sources, np.float32))
    squares = known_patches.square()
    channels = picture.shape[2]
    middle = slice(PATCH_PX * PATCH_PX // 2, None, PATCH_PX * PATCH_PX)
    while open_hole.any():
        context.checkpoint()
        rim = open_hole & ndimage.binary_dilation(~open_hole, np.ones((3, 3)))
        y, x = np.nonzero(rim if rim.any() else open_hole)
        around = ((RADIUS_PX, RADIUS_PX), (RADIUS_PX, RADIUS_PX), (0, 0))
        padded = np.pad(result, around)
        weights = np.pad((~open_hole)[..., None].astype(np.float32), around)
        wanted = _at(padded, y, x)
        counted = np.tile(_at(weights, y, x), (1, channels))
        colours = np.empty((len(y), channels), np.float32)
        for start in range(0, len(y), _CHUNK):
            part = slice(start, start + _CHUNK)
            mask = torch.from_numpy(counted[part])
            target = torch.from_numpy(wanted[part]) * mask
            cost = mask @ squares.T - 2 * target @ known_patches.T
            colours[part] = known_patches[cost.argmin(1)][:, middle].numpy()
        result[y, x] = colours
        open_hole[y, x] = False
    return result


def _patches(planes: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return every patch as a row, (places, C * 7 * 7)."""
    found = np.lib.stride_tricks.sliding_window_view(planes, (PATCH_PX, PATCH_PX), (0, 1))
    return found.reshape(-1, found[0, 0].size)


def _at(
    padded: NDArray[np.float32], y: NDArray[np.int64], x: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the patches in whose middle these pixels lie, (pixels, C * 7 * 7)."""
    found = np.lib.stride_tricks.sliding_window_view(padded, (PATCH_PX, PATCH_PX), (0, 1))
    return np.ascontiguousarray(found[y, x].reshape(len(y), -1))
