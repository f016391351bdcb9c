"""Runs a prepared network over a part of a picture and keeps what it returns."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np
import torch

from sr_studio.engines.check_result import ValueRange
from sr_studio.engines.device import free_memory_bytes
from sr_studio.engines.source_tiles import LUMA_TO_RGB, enlarge_tile, luma_of, read_tile
from sr_studio.engines.upscale_result import UpscalePreview
from sr_studio.errors import OutOfMemory
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.tensors.device_copies import DeviceCopies
from sr_studio.tensors.image_tensor import encode_tensor, pixels_from_tensor, tensor_from_pixels
from sr_studio.tensors.tile_geometry import TileGeometry, choose_tile_px
from sr_studio.tensors.tiled_inference import TileCounter, infer_tiles

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from sr_studio.engines.prepared_network import PreparedNetwork
    from sr_studio.engines.source_tiles import Floats
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._spec import ModelSpec

TileSize: TypeAlias = int | Literal["auto", "off"]

_MEMORY_SHARE = {"cpu": 0.5, "cuda": 0.8, "mps": 0.5}  # the rest is for others


# Channel attention sees the statistics of a tile instead of the picture's: tiles can only come
# near. Measured with IMDN x2 on a photo, against one pass: 384 px tiles 50.7 dB with the halo of
# its convolutions (27 px), 51.6 dB with 64 px, 53.8 dB with 128 px; 256 px tiles 48.0, 49.3 and
# 51.7 dB. Hence 64 px, and tiles as large as the memory allows.
_GLOBAL_OVERLAP_PX = 64


class _Tile(NamedTuple):
    """A computed tile on its way back: call the parts to wait for them."""

    codes: Callable[[], Tensor]
    bounds: Callable[[], Tensor]


class TileRun:
    """One pass of a network over `area`, which fills the same part of `store`.

    Args:
        image: the source.
        network: ready to run.
        store: (H*scale, W*scale, C), the whole result; written in its own depth.
        area: what to compute, in source pixels.
        tile: side in source pixels; "auto" follows the memory, "off" is one tile.
        strength: 1 is the network, 0 the bicubic enlargement.

    Raises:
        OutOfMemory: the tile that was asked for cannot fit.
    """

    def __init__(
        self,
        image: ImageBuffer,
        network: PreparedNetwork,
        store: Pixels,
        area: Region,
        tile: TileSize,
        strength: float,
    ) -> None:
        self._image = image
        self._network = network
        self._store = store
        self._strength = strength
        self._copies = DeviceCopies(network.device)
        spec, scale = network.spec, network.scale
        self._zoom = scale if spec.upsampling == "bicubic" else 1  # of the network's input
        self.geometry = TileGeometry(
            width=image.width * self._zoom,
            height=image.height * self._zoom,
            factor=scale // self._zoom,
            context_px=self._zoom * _halo_px(spec, scale),
            size_multiple=spec.size_multiple,
        )
        self.area = area.scale(self._zoom)
        self._may_shrink = tile == "auto"
        self.counter = TileCounter(self._first_tile_px(tile))

    @property
    def tile_px(self) -> int:
        """Side of the tiles in source pixels."""
        return self.counter.tile_px // self._zoom

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of the tiles."""
        if not self._network.spec.has_global_context or self.counter.done < 2:
            return ()
        title = self._network.spec.title
        return (f"{title} looks at the whole picture: in tiles its result is slightly different.",)

    def run(self, context: JobContext, *, has_previews: bool) -> bool:
        """Compute everything.

        Args:
            context: of the job.
            has_previews: what is in the store is final, so it may be shown.

        Returns:
            Whether the network's output had one value only.

        Raises:
            BadResult: a tile is not finite.
            OutOfMemory: even the smallest tile did not fit.
        """
        values = ValueRange()
        progress = _Progress(self, self._network, context)
        previews = _Previews(self._image) if has_previews else None
        on_the_way: deque[tuple[Region, _Tile]] = deque()
        depth = 1 if self._network.device.type == "cuda" else 0  # compute while one travels

        def keep() -> None:
            region, tile = on_the_way.popleft()
            values.add(*tile.bounds().tolist())
            target = region.scale(self.geometry.factor)
            self._store[target.slices] = pixels_from_tensor(tile.codes())
            progress.add(region)
            if previews is not None:
                previews.add(target, self._store[target.slices])
                context.offer_preview(previews.take)

        with self._network.on_step(progress.step):
            tiles = infer_tiles(
                self._network,
                lambda region: self._upload(self._read(region)),
                self._finish,
                self.geometry,
                self.area,
                self.counter,
                may_shrink=self._may_shrink,
                context=context,
            )
            for finished in tiles:
                on_the_way.append(finished)
                if len(on_the_way) > depth:
                    keep()
        while on_the_way:
            keep()
        return values.is_flat

    def _upload(self, pixels: Floats) -> Tensor:
        return self._copies.upload(tensor_from_pixels(pixels))

    def _read(self, region: Region) -> Floats:
        """Return what the network reads there: (h, w, 1 or 3)."""
        image, learned = self._image, self._network.enlargement
        is_luma = self._network.spec.channels == "y"
        if learned is not None:
            pixels: Floats = learned[region.slices]
        elif self._zoom > 1:
            pixels = enlarge_tile(image, self._zoom, region)
        else:
            pixels = read_tile(image, region)
        if is_luma:
            return pixels if learned is not None else luma_of(pixels)
        return np.repeat(pixels, 3, axis=2) if image.is_gray else pixels

    def _finish(self, region: Region, output: Tensor) -> _Tile:
        """Turn the network's output (1, C, H, W) over `region` into pixels of the store."""
        bounds = torch.stack(torch.aminmax(output))
        is_luma = self._network.spec.channels == "y"
        if not is_luma and self._image.is_gray:
            output = output.mean(dim=1, keepdim=True)
        if is_luma or self._strength != 1.0:
            target = region.scale(self.geometry.factor)
            pixels = enlarge_tile(self._image, self._network.scale, target)
            faithful = self._upload(pixels)
            if is_luma:  # chroma stays bicubic: the luma's change moves all channels alike
                change = output - self._upload(luma_of(pixels))
                output = torch.add(faithful, change, alpha=LUMA_TO_RGB)
            output = torch.lerp(faithful, output, self._strength)
        codes = encode_tensor(output, self._store.dtype)
        return _Tile(self._copies.download(codes), self._copies.download(bounds))

    def _first_tile_px(self, tile: TileSize) -> int:
        network = self._network
        device = network.device
        free = free_memory_bytes(device) - (self._store.nbytes if device.type == "cpu" else 0)
        budget = max(free, 1) * _MEMORY_SHARE.get(device.type, 0.5)
        if tile == "auto":
            return choose_tile_px(
                self.geometry,
                self.area,
                bytes_per_px=network.bytes_per_px,
                budget_bytes=budget,
                is_exact=not network.spec.has_global_context,
            )
        longest_px = max(self.area.width, self.area.height)
        wanted_px = longest_px if tile == "off" else tile * self._zoom
        side_px = self.geometry.tile_side(wanted_px + self.geometry.size_multiple - 1)
        # torch's allocator on the CPU raises nothing that can be told from a bug: look before
        first = Region(self.area.x, self.area.y, side_px, side_px).intersect(self.area)
        window = self.geometry.window(first)
        needed = window.width * window.height * network.bytes_per_px
        if needed > free:
            raise OutOfMemory(
                f"A tile of {side_px // self._zoom} px needs {needed / 1e9:.1f} GB, but only "
                f"{max(free, 0) / 1e9:.1f} GB are free on {device}.",
                advice="Set the tile size to auto, or choose a smaller one.",
            )
        return side_px


def _halo_px(spec: ModelSpec, scale: int) -> int:
    """Return how far tiles look around themselves, in source pixels."""
    context_px = spec.context_px(scale)
    if spec.has_global_context:
        return max(context_px, _GLOBAL_OVERLAP_PX)
    return context_px if spec.visible_context_px is None else spec.visible_context_px(scale)


class _Progress:
    """Reports the pixels done; within a tile, its share of layers done."""

    def __init__(self, run: TileRun, network: PreparedNetwork, context: JobContext) -> None:
        self._run = run
        self._network = network
        self._context = context
        self._total_px = run.area.width * run.area.height
        self._done_px = 0
        self._tile: Region | None = None
        self._steps = 0

    def step(self) -> None:
        """Take note of a layer; this is where a long tile is cancelled or paused."""
        self._context.checkpoint()
        current = self._run.counter.current
        if current is not self._tile:
            self._tile, self._steps = current, 0
        self._steps += 1
        if current is not None and self._network.device.type == "cpu":  # others run behind
            share = min(self._steps / self._network.steps, 1.0)
            self._tell(self._done_px + share * current.width * current.height)

    def add(self, region: Region) -> None:
        self._done_px += region.width * region.height
        self._tell(self._done_px)

    def _tell(self, done_px: float) -> None:
        self._context.report(done_px, self._total_px, f"tile {self._run.tile_px} px")


class _Previews:
    """Collects what is finished until a viewer wants it."""

    def __init__(self, image: ImageBuffer) -> None:
        self._image = image
        self._patches: list[tuple[Region, ImageBuffer]] = []

    def add(self, region: Region, pixels: Pixels) -> None:
        patch = ImageBuffer(pixels=pixels, origin=self._image.origin)
        self._patches.append((region, patch))

    def take(self) -> UpscalePreview:
        taken = UpscalePreview(tuple(self._patches))
        self._patches.clear()
        return taken
