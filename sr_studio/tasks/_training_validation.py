"""Measures a network in training on pictures that it does not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sr_studio.errors import SrStudioError
from sr_studio.tasks._picture_sources import find_sources
from sr_studio.tasks._training_pictures import crop_to_multiple, rgb8

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from sr_studio.engines.training.train import Measured
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.tasks._train_recipe import TrainRecipe

_LUMA_SPAN = 219 / 255  # of MATLAB's Y, for a step of equal R, G and B


class _Case(NamedTuple):
    """A picture at a scale: what the network reads, the enlargement beside it, the truth."""

    scale: int
    network_input: Pixels
    enlarged: Pixels
    truth: Pixels


def read_validation(place: Path) -> tuple[Pixels, ...]:
    """Return the pictures of a folder or tar file, uint8 RGB.

    Raises:
        UnreadableImage: one cannot be read, or there is none.
    """
    if not place.exists():
        raise SrStudioError(f"{place} is not there.", advice="Check --validation.")
    return tuple(rgb8(source) for source in find_sources([place]))


class Validator:
    """Mean PSNR of Y, shaved by the scale, over all pictures and scales; one is kept to show.

    Args:
        truths: (H, W, 3) uint8; those too small to be measured are left out.
        recipe: of the training; its degradation makes the inputs, each time the same.
        context: asked to stop after each picture.
    """

    def __init__(self, truths: Sequence[Pixels], recipe: TrainRecipe, context: JobContext) -> None:
        self._recipe = recipe
        self._context = context
        self._cases = [
            self._case(crop_to_multiple(truth, recipe.crop_px(scale)), scale, index)
            for scale in recipe.scales
            for index, truth in enumerate(truths)
            if min(truth.shape[:2]) > 2 * recipe.crop_px(scale)
        ]
        self._baseline: Measured | None = None

    def __bool__(self) -> bool:
        return bool(self._cases)

    @property
    def truth(self) -> Pixels:
        """What the picture that is shown should be, (H, W, 3) uint8."""
        return self._cases[0].truth

    @property
    def baseline_name(self) -> str:
        return "bicubic"

    @property
    def baseline(self) -> Measured:
        """What bicubic interpolation makes of the same."""
        from sr_studio.engines.training.train import Measured

        if self._baseline is None:
            values = [_psnr(case.enlarged, case.truth, case.scale) for case in self._cases]
            self._baseline = Measured(sum(values) / len(values), self._cases[0].enlarged)
        return self._baseline

    def __call__(self, network: nn.Module) -> Measured:
        """Measure a network whose white is its own, where its parameters lie."""
        from sr_studio.engines.training.train import Measured

        values = []
        shown: Pixels | None = None
        for case in self._cases:
            self._context.checkpoint()
            output = self._output(network, case)
            # papers measure networks on luma on the luma that they return
            is_luma = output.shape[2] == 1
            values.append(_psnr(output[..., 0] if is_luma else output, case.truth, case.scale))
            if shown is None:
                shown = _coloured(output, case.enlarged) if is_luma else output
        if shown is None:
            raise ValueError("there is nothing to measure on")
        shown.flags.writeable = False
        return Measured(sum(values) / len(values), shown)

    def _case(self, truth: Pixels, scale: int, index: int) -> _Case:
        import numpy as np

        from sr_studio.imaging.resize import imresize

        random = np.random.default_rng([self._recipe.schedule.seed, index])
        network_input, _ = self._recipe.maker(scale)(truth, random)
        random = np.random.default_rng([self._recipe.schedule.seed, index])
        low_res = self._recipe.degradation.degrade(truth, scale, random)
        case = _Case(scale, network_input, imresize(low_res, scale=scale), truth)
        for pixels in (case.enlarged, case.truth):
            pixels.flags.writeable = False
        return case

    def _output(self, network: nn.Module, case: _Case) -> Pixels:
        """Return (H, W, 3) uint8, or (H, W, 1) float32 luma."""
        import numpy as np
        import torch

        from sr_studio.engines.training.scale_family import ScaleFamily
        from sr_studio.imaging.image_buffer import from_float
        from sr_studio.tensors.image_tensor import tensor_from_pixels

        one = network.at(case.scale) if isinstance(network, ScaleFamily) else network
        white = self._recipe.spec.value_range
        device = next(network.parameters()).device
        with torch.inference_mode():
            output = one(tensor_from_pixels(case.network_input).to(device) * white) / white
        pixels: Pixels = output[0].permute(1, 2, 0).float().cpu().numpy()
        return pixels if pixels.shape[2] == 1 else from_float(pixels, np.uint8)


def _psnr(result: Pixels, truth: Pixels, shave_px: int) -> float:
    """Compare (H, W, 3) uint8, or (H, W) luma, with the (H, W, 3) truth."""
    from sr_studio.imaging.image_buffer import to_float
    from sr_studio.imaging.ycbcr import rgb_to_y
    from sr_studio.metrics.psnr import psnr

    inner = slice(shave_px, -shave_px)
    luma = result if result.ndim == 2 else rgb_to_y(to_float(result))
    return psnr(luma[inner, inner], rgb_to_y(to_float(truth))[inner, inner], white=1.0)


def _coloured(luma: Pixels, enlarged: Pixels) -> Pixels:
    """Give (H, W, 1) luma the colours of the bicubic enlargement."""
    import numpy as np

    from sr_studio.imaging.image_buffer import from_float, to_float
    from sr_studio.imaging.ycbcr import rgb_to_y

    rgb = to_float(enlarged)
    detail = (luma[..., 0] - rgb_to_y(rgb)) / _LUMA_SPAN
    return from_float(rgb + detail[..., None], np.uint8)
