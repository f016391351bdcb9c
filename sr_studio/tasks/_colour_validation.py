"""Measures a colorizer in training on pictures that it does not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from torch import nn

    from sr_studio.engines.colorization.learning import ColourLearning
    from sr_studio.engines.training.train import Measured
    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext

_MOST_PICTURES = 48
_HINTS = (0, 1, 10)
_HINT_PX = 5


class _Case(NamedTuple):
    """A picture with some hints: (1, 4, H, W) as a colorizer learns from, and the truth."""

    packed: NDArray[np.float32]
    truth: Pixels


class ColourValidator:
    """Mean PSNR of RGB over all pictures without hints, with one and with ten.

    Args:
        truths: (H, W, 3) uint8; some of them, evenly, where they are many.
        patch_px: to which the short side is brought.
        learning: the distribution is measured, by its annealed mean, where the colour head is not
            trained.
        context: asked to stop after each picture.
    """

    def __init__(
        self,
        truths: Sequence[Pixels],
        patch_px: int,
        learning: ColourLearning,
        context: JobContext,
    ) -> None:
        self._context = context
        self._learning = learning
        step = -(-len(truths) // _MOST_PICTURES) if truths else 1
        self._cases = [
            case
            for index, truth in enumerate(truths[::step])
            for case in _cases(truth, patch_px, index)
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
        return "gray"

    @property
    def baseline(self) -> Measured:
        """The gray pictures."""
        from sr_studio.engines.training.train import Measured

        if self._baseline is None:
            grays = [_coloured(case, None) for case in self._cases]
            self._baseline = Measured(_mean_psnr(grays, self._cases), grays[0])
        return self._baseline

    def __call__(self, network: nn.Module) -> Measured:
        """Measure a Colorizer."""
        import torch

        from sr_studio.engines.training.train import Measured
        from sr_studio.models._colorizer import as_colorizer
        from sr_studio.tensors.colour_bins import annealed_mean

        colorizer = as_colorizer(network)
        device = colorizer.bins.device
        results = []
        for case in self._cases:
            self._context.checkpoint()
            with torch.inference_mode():
                packed = torch.from_numpy(case.packed).to(device)
                guess = colorizer(packed[:, :1], packed[:, 1:3], packed[:, 3:])
                ab = guess.ab if self._learning.regression else None
                if ab is None:
                    ab = annealed_mean(guess.logits, colorizer.bins)
                ab = torch.nn.functional.interpolate(ab, packed.shape[-2:], mode="bilinear")
            results.append(_coloured(case, ab[0].permute(1, 2, 0).float().cpu().numpy()))
        return Measured(_mean_psnr(results, self._cases), results[0])


def _cases(truth: Pixels, patch_px: int, index: int) -> list[_Case]:
    import cv2
    import numpy as np

    from sr_studio.engines.colorization.simulated_hints import show_hints
    from sr_studio.imaging.image_buffer import from_float, to_float
    from sr_studio.imaging.lab import rgb_to_lab

    unit = 32  # every colorizer here takes multiples of it
    share = patch_px / min(truth.shape[:2])
    height, width = (max(unit, round(side * share / unit) * unit) for side in truth.shape[:2])
    resized = cv2.resize(to_float(truth), (width, height), interpolation=cv2.INTER_AREA)
    small = from_float(np.asarray(resized, np.float32), np.uint8)
    small.flags.writeable = False
    lab = rgb_to_lab(to_float(small))
    random = np.random.default_rng(index)
    cases = []
    for count in _HINTS:
        hints = show_hints(lab[..., 1:], random.random((count, 2)), np.full(count, _HINT_PX))
        packed = np.concatenate([lab[..., :1], hints], -1).transpose(2, 0, 1)[None]
        cases.append(_Case(packed, small))
    return cases


def _coloured(case: _Case, ab: NDArray[np.float32] | None) -> Pixels:
    """Return (H, W, 3) uint8."""
    import numpy as np

    from sr_studio.imaging.image_buffer import from_float
    from sr_studio.imaging.lab import lab_to_rgb

    lightness = case.packed[0, 0, ..., None]
    if ab is None:
        ab = np.zeros((*lightness.shape[:2], 2), np.float32)
    rgb = from_float(lab_to_rgb(np.concatenate([lightness, ab], -1)), np.uint8)
    rgb.flags.writeable = False
    return rgb


def _mean_psnr(results: Sequence[Pixels], cases: Sequence[_Case]) -> float:
    from sr_studio.imaging.image_buffer import to_float
    from sr_studio.metrics.psnr import psnr

    values = [
        psnr(to_float(result), to_float(case.truth), white=1.0)
        for result, case in zip(results, cases, strict=True)
    ]
    return sum(values) / len(values)
