"""The pattern that each way of upsampling leaves, untrained and after a short training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import nn

from sr_studio.bench._spec import BenchSpec, Measurement
from sr_studio.degradations.degrade import crop_to_multiple, degrade
from sr_studio.degradations.recipe import Degradation
from sr_studio.engines.training.pairs import CropBatches, Pair, ScalePairs
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.engines.training.train import Training
from sr_studio.imaging.comparison_sheet import SheetPane, comparison_sheet
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, to_float
from sr_studio.metrics.checkerboard import checkerboard
from sr_studio.models._upsampling import UPSAMPLING_KINDS, UpsamplingKind, upsampler
from sr_studio.resource_files import resource_folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Tensor

    from sr_studio.jobs.control import JobContext

_FACTOR = 4
_FEATURES = 16
_SEEDS = 3
_STEPS = 400
_BASELINE: UpsamplingKind = "deconvolution"
_TITLES: Mapping[UpsamplingKind, str] = {
    "deconvolution": "deconvolution",
    "sub-pixel": "sub-pixel",
    "sub-pixel-icnr": "sub-pixel, ICNR",
    "nearest": "nearest, then conv",
    "bilinear": "bilinear, then conv",
}
_BORDER_PX = 2 * (3 + _FACTOR)  # more than zero padding can reach in any of the networks
_FLAT_PX = 24
_CROP = (slice(48, 112), slice(88, 152))  # the face: smooth skin beside sharp edges
_ZOOM = 3
_GAP_PX = 12


class _Artifact(NamedTuple):
    """Of one network: share of the pattern in a picture's detail, steps of 255 in flat gray."""

    share: float
    flat_steps: float


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One network on the sample picture, (H, W, 3) floats, before and after its training."""

    untrained: tuple[_Artifact, NDArray[np.float32]]
    trained: tuple[_Artifact, NDArray[np.float32]]


def _measure(context: JobContext) -> tuple[Measurement, ...]:
    pair = _sample_pair()
    figures: dict[UpsamplingKind, tuple[float, float, float]] = {}
    for index, kind in enumerate(UPSAMPLING_KINDS):
        part = context.part(index / len(UPSAMPLING_KINDS), 1 / len(UPSAMPLING_KINDS))
        runs = [
            _run_network(kind, seed, pair, part.part(seed / _SEEDS, 1 / _SEEDS))
            for seed in range(_SEEDS)
        ]
        figures[kind] = (
            100 * fmean(run.untrained[0].share for run in runs),
            100 * fmean(run.trained[0].share for run in runs),
            fmean(run.trained[0].flat_steps for run in runs),
        )
    names = (
        ("untrained", "% detail"),
        ("trained", "% detail"),
        ("trained, gray", "of 255"),
    )
    return tuple(
        Measurement(
            f"{_TITLES[kind]}: {state}",
            figures[kind][column],
            unit,
            figures[_BASELINE][column],
            figures[_BASELINE][column] / figures[kind][column]
            if figures[kind][column]
            else float("inf"),
            _TITLES[_BASELINE],
        )
        for column, (state, unit) in enumerate(names)
        for kind in UPSAMPLING_KINDS
    )


def _draw(context: JobContext) -> ImageBuffer:
    """Return a crop of what each network makes of the sample, untrained above, trained below."""
    pair = _sample_pair()
    truth = to_float(pair.high_res)[_CROP]
    panes = [SheetPane("the truth", "above and below", _stack(truth, truth))]
    for index, kind in enumerate(UPSAMPLING_KINDS):
        part = context.part(index / len(UPSAMPLING_KINDS), 1 / len(UPSAMPLING_KINDS))
        run = _run_network(kind, 0, pair, part)
        untrained, trained = (values[_CROP] for _, values in (run.untrained, run.trained))
        # what an untrained network returns has a range of its own: give it the truth's
        untrained = (untrained - untrained.mean()) / (untrained.std() + 1e-12)
        untrained = untrained * truth.std() + truth.mean()
        shares = (100 * run.untrained[0].share, 100 * run.trained[0].share)
        caption = f"{shares[0]:.2f} % / {shares[1]:.2f} % of detail"
        panes.append(SheetPane(_TITLES[kind], caption, _stack(untrained, trained)))
    return comparison_sheet(panes)


def _stack(above: NDArray[np.float32], below: NDArray[np.float32]) -> ImageBuffer:
    """Return both crops, each pixel several pixels large, with a gap between them."""
    large = [
        from_float(values, np.dtype(np.uint8)).repeat(_ZOOM, 0).repeat(_ZOOM, 1)
        for values in (above, below)
    ]
    gap = np.full((_GAP_PX, large[0].shape[1], 3), 36, np.uint8)
    return ImageBuffer(np.concatenate([large[0], gap, large[1]]))


def _sample_pair() -> Pair:
    sample = decode_image(resource_folder() / "samples" / "astronaut.png")
    high_res = crop_to_multiple(sample, _FACTOR)
    return Pair(degrade(high_res, Degradation(scale=_FACTOR)).pixels, high_res.pixels)


def _run_network(kind: UpsamplingKind, seed: int, pair: Pair, context: JobContext) -> _Run:
    context.checkpoint()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(3, _FEATURES, 3, padding=1),
            nn.PReLU(),
            nn.Conv2d(_FEATURES, _FEATURES, 3, padding=1),
            nn.PReLU(),
            upsampler(kind, _FEATURES, 3, _FACTOR),
        )
    untrained = _artifact(network, pair)
    schedule = TrainingSchedule(
        steps=_STEPS, batch=8, patch_px=12, learning_rate=3e-3, warm_up=20, seed=seed
    )
    by_scale = {_FACTOR: ScalePairs([pair], _FACTOR, schedule.patch_px)}
    batches = CropBatches(by_scale, schedule)
    result = Training(network, batches, schedule, context=context).run()
    network.load_state_dict(result.weights)
    return _Run(untrained, _artifact(network, pair))


@torch.inference_mode()
def _artifact(network: nn.Module, pair: Pair) -> tuple[_Artifact, NDArray[np.float32]]:
    """Measure away from the border; returns also the whole enlarged picture."""
    if pair.low_res is None:
        raise ValueError("the pair has no input")
    picture = torch.from_numpy(to_float(pair.low_res)).permute(2, 0, 1)[None]
    enlarged = _run(network, picture)
    flat = _run(network, torch.full((1, 3, _FLAT_PX, _FLAT_PX), 0.5))
    inner = (slice(_BORDER_PX, -_BORDER_PX), slice(_BORDER_PX, -_BORDER_PX))
    measure = partial(checkerboard, period_px=_FACTOR)
    share = measure(enlarged[inner]).share
    return _Artifact(share, 255 * measure(flat[inner]).amplitude), enlarged


def _run(network: nn.Module, low_res: Tensor) -> NDArray[np.float32]:
    """low_res: (1, 3, H, W). Returns: (H*factor, W*factor, 3)."""
    enlarged: NDArray[np.float32] = network(low_res)[0].permute(1, 2, 0).numpy()
    return enlarged


BENCH = BenchSpec("checkerboard", "The pattern that upsampling leaves", _measure, _draw)
