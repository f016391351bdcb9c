"""Runs a network over a picture of any size, tile by tile, as if it had seen it whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import torch

from sr_studio.errors import OutOfMemory
from sr_studio.imaging.region import Region
from sr_studio.tensors.tile_geometry import SMALLEST_TILE_PX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from torch import Tensor

    from sr_studio.jobs.control import JobContext
    from sr_studio.tensors.tile_geometry import TileGeometry

T = TypeVar("T")

_ADVICE = "Choose a smaller tile, a smaller network or a smaller scale, or compute on the CPU."


@dataclass(slots=True)
class TileCounter:
    """Where a run stands; the caller may read it at any time.

    Attributes:
        tile_px: side of the tiles from here on, without halo.
        done: tiles.
        current: what is being computed.
    """

    tile_px: int
    done: int = 0
    current: Region | None = None


def infer_tiles(
    network: Callable[[Tensor], Tensor],
    read: Callable[[Region], Tensor],
    finish: Callable[[Region, Tensor], T],
    geometry: TileGeometry,
    area: Region,
    counter: TileCounter,
    *,
    may_shrink: bool,
    context: JobContext,
) -> Iterator[tuple[Region, T]]:
    """Yield the network's output over `area`, tile by tile, without overlap.

    Equals one pass over the whole picture (reflected at the right and bottom up to
    `geometry.size_multiple`) wherever the network sees no further than `geometry.context_px`.
    Out of memory halves the tiles and goes on with the tile that failed.

    Args:
        network: (1, C, H, W) -> (1, C', H*factor, W*factor); called in inference mode.
        read: region of the true picture -> (1, C, h, w), on the network's device.
        finish: a tile's region (in the network's input pixels) and its output, without halo ->
            what is yielded; runs under the same protection.
        geometry: the network's view of the picture.
        area: what to compute, in the network's input pixels, within the picture.
        counter: the tile size to start with; kept up to date.
        may_shrink: the tile size may be halved; False where the user chose it.
        context: of the job; its `checkpoint` is called before each tile.

    Raises:
        OutOfMemory: even the smallest tile did not fit, or the chosen one and it is fixed.
        JobCancelled: from the context.
    """
    pending = deque(geometry.align(area).tiles(counter.tile_px))
    while pending:
        context.checkpoint()
        core = pending.popleft()
        if max(core.width, core.height) > counter.tile_px:  # planned before memory ran out
            pending.extendleft(reversed(list(core.tiles(counter.tile_px))))
            continue
        wanted = core.intersect(area)
        if wanted.is_empty:
            continue
        counter.current = wanted
        output = _attempt(network, read, finish, geometry, core, wanted)
        if output is None:
            _shrink(geometry, counter, may_shrink=may_shrink)
            pending.appendleft(core)
            continue
        counter.done += 1
        yield wanted, output


def _attempt(
    network: Callable[[Tensor], Tensor],
    read: Callable[[Region], Tensor],
    finish: Callable[[Region, Tensor], T],
    geometry: TileGeometry,
    core: Region,
    wanted: Region,
) -> T | None:
    """Return what `finish` makes of `wanted`, None where memory ran out.

    A function of its own, so that the caller retries outside the `except` block: the traceback
    would keep the failed tile's tensors alive.
    """
    window = geometry.window(core)
    factor = geometry.factor
    expected = (window.height * factor, window.width * factor)
    try:
        with torch.inference_mode():
            output = network(read_reflected(read, geometry, window))
            if output.shape[2:] != expected:
                raise ValueError(f"the network returned {tuple(output.shape[2:])}, not {expected}")
            rows, columns = wanted.shift(-window.x, -window.y).scale(factor).slices
            return finish(wanted, output[:, :, rows, columns])
    except (torch.OutOfMemoryError, MemoryError):
        return None


def _shrink(geometry: TileGeometry, counter: TileCounter, *, may_shrink: bool) -> None:
    tile_px = geometry.tile_side(counter.tile_px // 2)
    if not may_shrink:
        raise OutOfMemory(
            f"There is not enough memory for tiles of {counter.tile_px} px.",
            advice="Set the tile size to auto, or choose a smaller one.",
        )
    if tile_px < SMALLEST_TILE_PX or tile_px >= counter.tile_px:
        raise OutOfMemory(
            f"There is not enough memory even for tiles of {counter.tile_px} px.", advice=_ADVICE
        )
    counter.tile_px = tile_px
    if torch.cuda.is_available():
        torch.cuda.empty_cache()  # in pieces of the wrong size


def read_reflected(
    read: Callable[[Region], Tensor], geometry: TileGeometry, window: Region
) -> Tensor:
    """Read `window`, which may reach beyond the picture's right and bottom: reflected there."""
    inside = window.intersect(geometry.picture)
    if inside == window:
        return read(window)
    columns = _reflect(window.x, window.right, geometry.width)
    rows = _reflect(window.y, window.bottom, geometry.height)
    x, y = min(columns), min(rows)
    source = read(Region(x, y, max(columns) + 1 - x, max(rows) + 1 - y))
    row_index = torch.tensor(rows, device=source.device) - y
    column_index = torch.tensor(columns, device=source.device) - x
    return source.index_select(2, row_index).index_select(3, column_index)


def _reflect(start: int, stop: int, length: int) -> list[int]:
    """Return the pixels that stand for start..stop when the edge pixel is the mirror."""
    period = max(2 * (length - 1), 1)
    return [min(i % period, (period - i) % period) for i in range(start, stop)]
