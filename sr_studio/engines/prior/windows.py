"""The windows in which a large picture is fitted, and how their results become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor


def windows_of(width: int, height: int, tile_px: int, overlap_px: int) -> tuple[Region, ...]:
    """Return windows that cover a picture; neighbours share 2 * overlap_px columns or rows.

    Args:
        width: of the picture.
        height: of the picture.
        tile_px: side of a window without its overlap.
        overlap_px: on each side that has a neighbour.
    """
    whole = Region(0, 0, width, height)
    return tuple(core.grow(overlap_px).intersect(whole) for core in whole.tiles(tile_px))


def join_windows(
    parts: Sequence[Tensor], windows: Sequence[Region], width: int, height: int, overlap_px: int
) -> Tensor:
    """Return the picture, (1, C, H, W) on the CPU; where windows overlap, one fades into the next.

    Args:
        parts: (1, C, h, w) for each window, any device.
        windows: where they lie.
        width: of the picture.
        height: of the picture.
        overlap_px: as `windows_of` had it.
    """
    if len(parts) == 1:
        return parts[0].detach().float().cpu()
    channels = parts[0].shape[1]
    joined = torch.zeros(1, channels, height, width)
    weights = torch.zeros(height, width)
    for part, window in zip(parts, windows, strict=True):
        rows, columns = window.slices
        down = _ramp(window.y, window.bottom, height, overlap_px)
        across = _ramp(window.x, window.right, width, overlap_px)
        weight = down[:, None] * across[None, :]
        joined[:, :, rows, columns] += weight * part.detach().float().cpu()
        weights[rows, columns] += weight
    return joined / weights


def _ramp(start: int, end: int, side: int, overlap_px: int) -> Tensor:
    """Return (end - start,) weights that rise from a neighbour's side to 1."""
    weights = torch.ones(end - start)
    shared = min(2 * overlap_px, end - start)
    slope = (torch.arange(shared) + 0.5) / max(shared, 1)
    if start > 0:
        weights[:shared] *= slope
    if end < side:
        weights[end - start - shared :] *= slope.flip(0)
    return weights
