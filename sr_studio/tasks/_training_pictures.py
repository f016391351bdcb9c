"""The pictures of a training: pairs to learn from, and pairs kept back to measure on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sr_studio.errors import SrStudioError
from sr_studio.tasks._picture_files import find_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from sr_studio.engines.train import Pair
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._train_recipe import TrainRecipe

_ALL_PX = 300_000_000  # of high-resolution pixels in memory: about 1.5 GB at most
_HELD_OUT_PX = 300_000  # of a picture that is kept back: measuring must not take the time


@dataclass(frozen=True, slots=True, eq=False)
class TrainingPictures:
    """What was read.

    Attributes:
        pairs: to learn from; the network's input and what it should return.
        held_out: high-resolution pictures to measure on, uint8.
        left_out: files that could not be read or are too small.
    """

    pairs: tuple[Pair, ...]
    held_out: tuple[Pixels, ...]
    left_out: int


def read_training_pictures(
    data: Path, recipe: TrainRecipe, context: JobContext
) -> TrainingPictures:
    """Read the pictures, at every size of `shrink`, and degrade them by MATLAB bicubic.

    Of pictures too many or too large for the memory the middle is taken.

    Raises:
        SrStudioError: none can be used.
    """
    from sr_studio.imaging.resize import imresize

    folders = [path for folder in recipe.folders if (path := data / folder).is_dir()]
    if not folders:
        raise SrStudioError(
            f"No pictures in {', '.join(recipe.folders)} below {data}.", advice="Check --data."
        )
    files = find_pictures(folders)
    kept_back = _evenly(len(files), min(recipe.hold_out, len(files) // 5))
    least_px = recipe.schedule.patch_px
    pairs: list[Pair] = []
    held_out: list[Pixels] = []
    left_out = 0
    for index, path in enumerate(files):
        context.checkpoint()
        context.report(index, len(files), f"reading {path.name}")
        try:
            picture = _middle(_rgb8(path), _ALL_PX // len(files))
        except SrStudioError:  # one bad file must not end a night's work
            left_out += 1
            continue
        if index in kept_back:
            held_out.append(_middle(picture, _HELD_OUT_PX))
            continue
        before = len(pairs)
        for factor in recipe.shrink:
            high_res = picture if factor == 1 else imresize(picture, scale=factor)
            high_res = _crop_to_multiple(high_res, recipe.crop_px)
            if min(high_res.shape[:2]) // recipe.input_scale >= least_px:
                pairs.append(_pair(high_res, recipe))
        left_out += len(pairs) == before
    if not pairs:
        raise SrStudioError(
            f"No picture in {data} can be learned from: they need {least_px * recipe.input_scale} "
            "pixels a side.",
            advice="Choose another folder.",
        )
    return TrainingPictures(tuple(pairs), tuple(held_out), left_out)


def read_validation(folder: Path) -> tuple[Pixels, ...]:
    """Return the pictures of `folder`, uint8 RGB."""
    return tuple(_rgb8(path) for path in find_pictures([folder]))


class Validator:
    """Measures mean PSNR of Y, shaved by the scale, on pictures made small by MATLAB bicubic.

    Args:
        truths: (H, W, 3) uint8; those too small to be measured are left out.
        recipe: of the training.
        context: asked to stop after each picture.
    """

    def __init__(self, truths: Sequence[Pixels], recipe: TrainRecipe, context: JobContext) -> None:
        fitting = (_crop_to_multiple(truth, recipe.crop_px) for truth in truths)
        self._truths = [truth for truth in fitting if min(truth.shape[:2]) > 2 * recipe.scale]
        self._pairs = [_pair(truth, recipe) for truth in self._truths]
        self._recipe = recipe
        self._context = context

    def __bool__(self) -> bool:
        return bool(self._truths)

    def __call__(self, network: nn.Module) -> float:
        """Return dB of a network whose white is its own."""
        import numpy as np
        import torch

        from sr_studio.imaging.image_buffer import from_float
        from sr_studio.tensors.image_tensor import tensor_from_pixels

        device = next(network.parameters()).device
        white = self._recipe.spec.value_range
        values = []
        for pair, truth in zip(self._pairs, self._truths, strict=True):
            self._context.checkpoint()
            with torch.inference_mode():
                output = network(tensor_from_pixels(pair.low_res).to(device) * white) / white
            pixels = output[0].permute(1, 2, 0).float().cpu().numpy()
            # papers measure networks on luma on the luma that they return
            is_luma = pixels.shape[2] == 1
            values.append(
                self._psnr(pixels[..., 0] if is_luma else from_float(pixels, np.uint8), truth)
            )
        return float(np.mean(values))

    def bicubic(self) -> float:
        """Return dB of the bicubic enlargement."""
        import numpy as np

        from sr_studio.imaging.resize import imresize

        scale = self._recipe.scale
        values = [
            self._psnr(imresize(imresize(truth, scale=1 / scale), scale=scale), truth)
            for truth in self._truths
        ]
        return float(np.mean(values))

    def _psnr(self, result: Pixels, truth: Pixels) -> float:
        """Compare (H, W, 3) uint8, or (H, W) luma, with the (H, W, 3) truth."""
        from sr_studio.imaging.image_buffer import to_float
        from sr_studio.imaging.ycbcr import rgb_to_y
        from sr_studio.metrics.psnr import psnr

        inner = slice(self._recipe.scale, -self._recipe.scale)
        luma = result if result.ndim == 2 else rgb_to_y(to_float(result))
        return psnr(luma[inner, inner], rgb_to_y(to_float(truth))[inner, inner], white=1.0)


def _pair(high_res: Pixels, recipe: TrainRecipe) -> Pair:
    """Return what the network reads of the small version, and what it should return.

    Luma and enlargements have more than 8 bits in use, so they are kept as uint16.
    """
    import numpy as np

    from sr_studio.engines.source_tiles import luma_of
    from sr_studio.engines.train import Pair
    from sr_studio.imaging.image_buffer import from_float, to_float
    from sr_studio.imaging.resize import imresize

    low_res = imresize(high_res, scale=1 / recipe.scale)
    if recipe.input_scale == 1:  # in float: its overshoot must reach the luma
        low_res = imresize(to_float(low_res), scale=recipe.scale)
    if recipe.spec.channels == "y":
        low_res, high_res = (luma_of(to_float(pixels)) for pixels in (low_res, high_res))
    low_res, high_res = (
        from_float(pixels, np.uint16) if pixels.dtype == np.float32 else pixels
        for pixels in (low_res, high_res)
    )
    return Pair(low_res, high_res)


def _rgb8(path: Path) -> Pixels:
    import numpy as np

    from sr_studio.imaging.decode_image import decode_image
    from sr_studio.imaging.image_buffer import from_float, to_float

    pixels = decode_image(path).pixels
    return from_float(to_float(np.broadcast_to(pixels, (*pixels.shape[:2], 3))), np.uint8)


def _crop_to_multiple(pixels: Pixels, multiple: int) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[: height // multiple * multiple, : width // multiple * multiple]


def _middle(pixels: Pixels, most_px: int) -> Pixels:
    """Return at most so many pixels around the middle, in the picture's proportions."""
    height, width = pixels.shape[:2]
    share = math.sqrt(most_px / (height * width))
    if share >= 1:
        return pixels
    rows, columns = max(1, int(height * share)), max(1, int(width * share))
    top, left = (height - rows) // 2, (width - columns) // 2
    return pixels[top : top + rows, left : left + columns].copy()  # not the whole behind a view


def _evenly(count: int, wanted: int) -> frozenset[int]:
    """Return `wanted` of the first `count` numbers, spread over them."""
    return frozenset((2 * number + 1) * count // (2 * wanted) for number in range(wanted))
