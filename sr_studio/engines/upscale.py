"""Enlarges a picture with a network: whole or one region, in tiles, checked before it is done."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sr_studio.engines.check_result import check_result
from sr_studio.engines.match_tone import match_tone
from sr_studio.engines.memory_probe import process_peak_mib
from sr_studio.engines.result_layout import plan_layout
from sr_studio.engines.result_store import allocate_pixels
from sr_studio.engines.tile_run import TileRun, TileSize
from sr_studio.engines.upscale_result import UpscaleReport, UpscaleResult
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import from_float, to_float, white_of
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sr_studio.engines.prepared_network import PreparedNetwork
    from sr_studio.engines.result_layout import ResultLayout
    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels
    from sr_studio.jobs.control import JobContext

_STRIP_PX = 64
_NOISE_MEAN_PX = 16  # over which noise of 75 of 255, the strongest, is 5 of 255
_TILES_SHARE, _FINISHED_SHARE = 0.9, 0.95  # of the progress bar


def upscale(
    image: ImageBuffer,
    network: PreparedNetwork,
    *,
    size: tuple[int, int] | None = None,
    region: Region | None = None,
    tile: TileSize = "auto",
    strength: float = 1.0,
    should_match_tone: bool = False,
    weights: str = "",
    context: JobContext,
) -> UpscaleResult:
    """Enlarge `image` by `network.scale`, then to `size` where given.

    Networks on luma get bicubic chroma: those that remove noise leave the noise of the colours.
    RGB networks see gray pictures three times and their answers are averaged; alpha is enlarged by
    bicubic. A region gives the very pixels that the whole picture would have there. Previews are
    `UpscalePreview`.

    Args:
        image: any depth; the result has the same.
        network: from `prepare_network`.
        size: (width, height) of the whole result; the network's own where None.
        region: in source pixels; computes only this.
        tile: side in source pixels, without halo; "off": the whole picture at once. A number
            is never changed; "auto" shrinks when memory runs out.
        strength: 1 is the network, 0 the faithful bicubic enlargement.
        should_match_tone: give the result the source's low frequencies back.
        weights: their id, for the report.
        context: of the job.

    Raises:
        InvalidRequest: `region` lies outside the picture.
        OutOfMemory: see `infer_tiles`; also when a chosen tile cannot fit.
        CannotWrite: a large result finds no room on disk.
        BadResult: the result is not finite, or of one colour while the source is not.
        JobCancelled: from the context, within one layer of the network.
    """
    started_s = time.monotonic()
    whole = Region(0, 0, image.width, image.height)
    wanted = whole if region is None else region.intersect(whole)
    if wanted.is_empty:
        raise InvalidRequest(f"{region} lies outside the picture of {whole.right} × {whole.bottom}")
    layout = plan_layout(
        (image.width, image.height), network.scale, size, wanted, needs_tone=should_match_tone
    )
    is_sparse = region is not None
    dtype = image.pixels.dtype
    has_second_pass = layout.is_resized or should_match_tone
    # an 8-bit result that is worked on further is kept finer until then
    kept = np.dtype(np.uint16) if has_second_pass and dtype == np.uint8 else dtype
    shape = (layout.own_size[1], layout.own_size[0], image.pixels.shape[2])
    store = allocate_pixels(shape, kept, is_sparse=is_sparse)

    run = TileRun(image, network, store, layout.computed, tile, strength)
    is_flat = run.run(context.part(0, _TILES_SHARE), has_previews=not has_second_pass)
    finishing = context.part(_TILES_SHARE, _FINISHED_SHARE - _TILES_SHARE)
    if should_match_tone:
        match_tone(image.pixels, store, network.scale, layout.computed, finishing)
    if layout.is_resized or kept != dtype:
        store = _finish(store, layout, dtype, finishing, is_sparse=is_sparse)
    alpha = None
    if image.alpha is not None:
        alpha = _enlarge_alpha(image.alpha, layout, finishing, is_sparse=is_sparse)
    checking = context.part(_FINISHED_SHARE, 1 - _FINISHED_SHARE)
    if network.removes_noise:
        check = check_result(
            image.crop(wanted),
            store[layout.target.slices],
            Region(0, 0, wanted.width, wanted.height),
            is_flat=is_flat,
            context=checking,
            mean_px=_NOISE_MEAN_PX,
        )
    else:
        check = check_result(image, store, wanted, is_flat=is_flat, context=checking)
    pixels = store[layout.target.slices]
    if is_sparse:  # let go of the rest
        pixels = pixels.copy()
    context.report(1, 1)
    return UpscaleResult(
        image=replace(image, pixels=pixels, alpha=alpha),
        region=layout.target,
        report=UpscaleReport(
            model=network.spec.id,
            weights=weights,
            device=str(network.device),
            precision=network.precision,
            tiles=run.counter.done,
            tile_px=run.tile_px,
            seconds=network.learning_s + time.monotonic() - started_s,
            peak_memory_mib=process_peak_mib(),
            notes=network.notes + run.notes,
        ),
        check=check,
    )


def _finish(
    store: Pixels,
    layout: ResultLayout,
    dtype: np.dtype[Any],
    context: JobContext,
    *,
    is_sparse: bool,
) -> Pixels:
    """Bring the network's result to the size and depth that are wanted, strip by strip."""
    shape = (layout.size[1], layout.size[0], store.shape[2])
    result = allocate_pixels(shape, dtype, is_sparse=is_sparse)
    for strip in _strips(layout.filled):
        context.checkpoint()
        pixels = (
            resize_region(store, layout.size, strip) if layout.is_resized else store[strip.slices]
        )
        result[strip.slices] = from_float(to_float(pixels), dtype)
    return result


def _enlarge_alpha(
    alpha: Pixels, layout: ResultLayout, context: JobContext, *, is_sparse: bool
) -> Pixels:
    """Return alpha over the target, enlarged by bicubic; it never overshoots."""
    target = layout.target
    result = allocate_pixels((target.height, target.width), alpha.dtype, is_sparse=is_sparse)
    for strip in _strips(target):
        context.checkpoint()
        rows, columns = strip.shift(-target.x, -target.y).slices
        enlarged = resize_region(alpha, layout.size, strip)
        result[rows, columns] = np.clip(enlarged, 0, white_of(alpha.dtype))
    return result


def _strips(region: Region) -> Iterator[Region]:
    for y in range(region.y, region.bottom, _STRIP_PX):
        yield Region(region.x, y, region.width, min(_STRIP_PX, region.bottom - y))
