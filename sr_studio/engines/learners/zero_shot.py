"""ZSSR: trains a small network on one picture, then enlarges that picture with it."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch import nn

from sr_studio.engines.learners._father_crops import FatherSource, draw_father
from sr_studio.engines.learners._spec import LearnedEnlargement, Learner
from sr_studio.engines.result_store import allocate_pixels
from sr_studio.engines.source_tiles import enlarge_tile
from sr_studio.engines.upscale_result import UpscalePreview
from sr_studio.imaging.image_buffer import ImageBuffer, from_float, white_of
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import resize_region

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

    from sr_studio.imaging.image_buffer import Pixels
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._conditions import Conditions
    from sr_studio.models._spec import ModelSpec

_INITIAL_VARIANCE = 0.1
_LEARNING_RATE, _LEAST_LEARNING_RATE = 1e-3, 9e-6  # by tens: three rates are used
_MEASURE_EVERY, _JUDGE_EVERY, _JUDGED_STEPS = 50, 60, 256
_STALLED_RATIO = 1.5  # of the slope's deviation over the slope
_PROBE_PX = 256
_BLOCK_PX = 384  # of the enlargement at once
_MARGIN_PX = 16  # around a block, of the source: more than back-projection carries visibly
_LEAST_SIDE_PX = 8  # below it a picture has no smaller version to learn from
_TRAINING_SHARE = 0.85  # of the progress bar
_PREVIEW_EVERY = 150  # steps; at x2 a preview costs some four of them
_PREVIEW_PX = 192  # side of the part of the source that it shows
_BLURRED_BACK_PROJECTIONS = 2


@dataclass(frozen=True, slots=True)
class ZeroShotSettings:
    """How ZSSR learns; the defaults are the authors'.

    Attributes:
        most_steps: of training at each scale; it ends earlier where nothing is learned any more.
        crop_px: largest side of the pieces that are learned from.
        scales: intermediate ones before the last: each result is learned from at the next.
        back_projections: after each of the eight turned results and after their median.
        seed: of the initial weights and the pieces.
    """

    most_steps: int = 3000
    crop_px: int = 128
    scales: tuple[Fraction, ...] = ()
    back_projections: int = 10
    seed: int = 0


@dataclass(frozen=True, slots=True)
class _Degradation:
    """How a small picture comes of a large one: blur, bicubic reduction, noise.

    Attributes:
        factor: of the sides.
        blur_sigma: of a Gaussian, in pixels of the large picture.
        noise: standard deviation, white is 1.
    """

    factor: Fraction
    blur_sigma: float
    noise: float

    def reduce(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return (B, 3, h, w) of (B, 3, H, W), without noise; `size` is (h, w)."""
        down, across = (
            _reducing_matrix(side, target, self.factor, self.blur_sigma).to(pixels.device)
            for side, target in zip(pixels.shape[2:], size, strict=True)
        )
        return down @ pixels @ across.T

    def enlarge(self, pixels: Tensor, size: tuple[int, int]) -> Tensor:
        """Return the bicubic enlargement to (height, width)."""
        down, across = (
            _resizing_matrix(side, target, self.factor).to(pixels.device)
            for side, target in zip(pixels.shape[2:], size, strict=True)
        )
        return down @ pixels @ across.T

    def enlarged_son(
        self, father: Tensor, bounds: tuple[float, float], generator: torch.Generator
    ) -> Tensor:
        """Return what the network sees of a father, whose sides are multiples of the factor's."""
        height, width = father.shape[2:]
        son = self.reduce(father, (int(height / self.factor), int(width / self.factor)))
        if self.noise:
            noise = torch.randn(son.shape, generator=generator).to(father.device)
            son = son + self.noise * noise
        return self.enlarge(son.clamp_(*bounds), (height, width))


def train_and_enlarge(
    image: ImageBuffer,
    network: nn.Module,
    scale: int,
    *,
    device: torch.device,
    settings: ZeroShotSettings,
    blur_sigma: float = 0.0,
    noise_sigma: float = 0.0,
    context: JobContext,
) -> Pixels:
    """Train `network` on `image` alone and return the enlargement, (H*scale, W*scale, 3) float32.

    Assaf Shocher, Nadav Cohen, Michal Irani: "'Zero-Shot' Super-Resolution using Deep Internal
    Learning", CVPR 2018, https://arxiv.org/abs/1712.06087, with the numbers of the authors'
    https://github.com/assafshocher/ZSSR. A random piece of the picture (the father) is made small
    (the son); the network learns to turn the son's bicubic enlargement into the father, by l1 and
    Adam, one pair a step. The learning rate falls to a tenth where a straight line through the
    last errors falls no longer. At the end the median of eight turned and mirrored runs counts,
    each corrected by back-projection, as is the median.

    Deviations: pieces are no larger than the transformed picture and mirrored beyond its edge,
    where the authors' are black; the error is measured in the middle 256 px of the picture; the
    weights of the least error are kept; intermediate scales are the same for both sides.

    Args:
        image: any depth; at least 8 px a side. Read piece by piece: only blocks go to the device.
        network: (B, 3, H, W) bicubic -> the same size; its weights are drawn anew.
        scale: of the result.
        device: where to train, in fp32.
        settings: how long and how.
        blur_sigma: Gaussian blur that was there before the picture was made small.
        noise_sigma: of the picture, on the scale of 0 to 255; then nothing is back-projected.
        context: cancelled within one step; finishing early takes the best weights so far. Its
            previews are of the middle of the picture, by the network as it is at that moment.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    network = network.to(device).train()
    for parameter in network.parameters():
        deviation = math.sqrt(_INITIAL_VARIANCE / math.prod(parameter.shape[1:]))
        with torch.no_grad():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * deviation)
    projections = settings.back_projections
    if noise_sigma:
        projections = 0
    elif blur_sigma:
        projections = min(projections, _BLURRED_BACK_PROJECTIONS)
    sources = [FatherSource(image, 1.0)]
    result: Pixels = image.pixels
    factors = (*settings.scales, Fraction(scale))
    for index, factor in enumerate(factors):
        part = context.part(index / len(factors), 1 / len(factors))
        degradation = _Degradation(
            factor, blur_sigma * float(factor / scale), noise_sigma / white_of(np.dtype(np.uint8))
        )
        training = part.part(0, _TRAINING_SHARE)
        is_last = index == len(factors) - 1

        def offer(training: JobContext = training, degradation: _Degradation = degradation) -> None:
            training.offer_preview(lambda: _preview(network, sources[0], degradation))

        _train(
            network, sources, degradation, settings, generator, training,
            offer=offer if is_last else None,
        )  # fmt: skip
        enlarging = part.part(_TRAINING_SHARE, 1 - _TRAINING_SHARE)
        result = _enlarge(network, sources[0], degradation, projections, enlarging)
        sources.append(FatherSource(ImageBuffer(result), float(factor)))
    return result


def _train(
    network: nn.Module,
    sources: Sequence[FatherSource],
    degradation: _Degradation,
    settings: ZeroShotSettings,
    generator: torch.Generator,
    context: JobContext,
    *,
    offer: Callable[[], None] | None,
) -> None:
    """Train until nothing is learned any more; leaves the best weights in `network`.

    Args:
        network: trained in place.
        sources: pictures to draw fathers from.
        degradation: makes sons of them.
        settings: how long.
        generator: the only source of chance.
        context: of this part of the job.
        offer: shows where the network is; called now and then.
    """
    device = next(network.parameters()).device
    multiple = degradation.factor.numerator
    probe = _middle_of(sources[0], multiple).to(device)
    bounds = _bounds(sources[0].image)
    blurred = degradation.enlarged_son(probe, bounds, generator)
    optimiser = torch.optim.Adam(network.parameters(), lr=_LEARNING_RATE)
    errors: list[float] = []
    best_error, best = math.inf, copy.deepcopy(network.state_dict())
    rate, changed_at = _LEARNING_RATE, 0

    def measure() -> None:
        nonlocal best_error, best
        with torch.no_grad():
            rebuilt = network(blurred).clamp_(*bounds)
            errors.append(float(torch.mean((rebuilt - probe) ** 2)))
        if errors[-1] < best_error:
            best_error, best = errors[-1], copy.deepcopy(network.state_dict())

    for step in range(settings.most_steps):
        context.checkpoint()
        if context.should_finish:
            break
        father = draw_father(sources, settings.crop_px, multiple, generator)
        father = father.clamp_(*bounds).to(device)
        enlarged = degradation.enlarged_son(father, bounds, generator)
        with torch.enable_grad():
            loss = nn.functional.l1_loss(network(enlarged), father)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        optimiser.step()
        if step % _MEASURE_EVERY == 0:
            measure()
        if offer is not None and (step + 1) % _PREVIEW_EVERY == 0:
            offer()
        rmse = 255 * math.sqrt(best_error)
        context.report(step + 1, settings.most_steps, f"step {step + 1}, error {rmse:.2f}")
        is_time = (step + 1) % _JUDGE_EVERY == 0 and step - changed_at > _JUDGED_STEPS
        if is_time and _is_stalled(errors):
            rate, changed_at = rate / 10, step
            if rate < _LEAST_LEARNING_RATE:
                break
            for group in optimiser.param_groups:
                group["lr"] = rate
    measure()
    network.load_state_dict(best)


def _preview(network: nn.Module, source: FatherSource, degradation: _Degradation) -> UpscalePreview:
    """Return the middle of the result as one plain run makes it, in the picture's own depth."""
    image = source.image
    whole = Region(0, 0, image.width, image.height)
    width, height = (min(side, _PREVIEW_PX) for side in (image.width, image.height))
    core = Region((image.width - width) // 2, (image.height - height) // 2, width, height)
    window = core.grow(_MARGIN_PX).intersect(whole)
    block = source.read(window).to(next(network.parameters()).device)
    size = [math.ceil(side * degradation.factor) for side in block.shape[2:]]
    with torch.no_grad():
        made = network(degradation.enlarge(block, (size[0], size[1]))).clamp_(*_bounds(image))
    target, given = _scaled(core, degradation.factor), _scaled(window, degradation.factor)
    rows, columns = target.shift(-given.x, -given.y).slices
    pixels = made[0, :, rows, columns].permute(1, 2, 0).cpu().numpy()
    if image.is_gray:
        pixels = pixels.mean(axis=2, keepdims=True)
    shown = replace(image, pixels=from_float(pixels, image.pixels.dtype), alpha=None)
    return UpscalePreview(((target, shown),))


def _is_stalled(errors: Sequence[float]) -> bool:
    """Whether a line through the last errors falls less than its slope is uncertain."""
    last = errors[-(_JUDGED_STEPS // _MEASURE_EVERY) :]
    steps = np.arange(len(last), dtype=np.float64) * _MEASURE_EVERY
    (slope, _), covariance = np.polyfit(steps, last, 1, cov=True)
    return bool(-_STALLED_RATIO * slope < math.sqrt(covariance[0, 0]))


def _enlarge(
    network: nn.Module,
    source: FatherSource,
    degradation: _Degradation,
    projections: int,
    context: JobContext,
) -> Pixels:
    """Return (H*factor, W*factor, 3) float32, sides rounded up, made block by block."""
    image, factor = source.image, degradation.factor
    device = next(network.parameters()).device
    bounds = _bounds(image)
    whole = Region(0, 0, image.width, image.height)
    granule = factor.denominator
    core_px = max(int(_BLOCK_PX / factor) // granule, 1) * granule
    margin_px = _MARGIN_PX * granule
    shape = (math.ceil(image.height * factor), math.ceil(image.width * factor), 3)
    result = allocate_pixels(shape, np.dtype(np.float32))
    cores = list(whole.tiles(core_px))
    for index, core in enumerate(cores):
        window = core.grow(margin_px).intersect(whole)
        block = source.read(window).to(device)
        part = context.part(index / len(cores), 1 / len(cores))
        enlarged = _enlarge_block(network, block, degradation, projections, bounds, part)
        pixels = enlarged[0].permute(1, 2, 0).cpu().numpy()
        target, made = _scaled(core, factor), _scaled(window, factor)
        rows, columns = target.shift(-made.x, -made.y).slices
        result[target.slices] = pixels[rows, columns]
    return result


def _enlarge_block(
    network: nn.Module,
    block: Tensor,
    degradation: _Degradation,
    projections: int,
    bounds: tuple[float, float],
    context: JobContext,
) -> Tensor:
    """Return (1, 3, H, W): the median of eight runs, corrected by back-projection."""
    height, width = (math.ceil(side * degradation.factor) for side in block.shape[2:])
    size = height, width
    enlarged = degradation.enlarge(block, size)

    def project(high: Tensor) -> Tensor:
        for _ in range(projections):
            context.checkpoint()
            lacking = block - degradation.reduce(high, (block.shape[2], block.shape[3]))
            high = (high + degradation.enlarge(lacking, size)).clamp_(*bounds)
        return high

    runs = []
    for turn in range(8):
        context.checkpoint()
        turned = enlarged.rot90(turn % 4, (2, 3))
        turned = turned.flip(3) if turn >= 4 else turned
        with torch.no_grad():
            run = network(turned).clamp_(*bounds)
        run = run.flip(3) if turn >= 4 else run
        runs.append(project(run.rot90(-(turn % 4), (2, 3))))
        context.report(turn + 1, 8)
    middle = torch.cat(runs).sort(dim=0).values[3:5]
    return project(middle.mean(dim=0, keepdim=True))


def _scaled(region: Region, factor: Fraction) -> Region:
    """Return what becomes of a region whose left and top are whole when scaled."""
    x, y = int(region.x * factor), int(region.y * factor)
    return Region(x, y, math.ceil(region.right * factor) - x, math.ceil(region.bottom * factor) - y)


def _middle_of(source: FatherSource, multiple: int) -> Tensor:
    sides = [source.image.width, source.image.height]
    width, height = (min(side, _PROBE_PX) // multiple * multiple for side in sides)
    return source.read(Region((sides[0] - width) // 2, (sides[1] - height) // 2, width, height))


def _bounds(image: ImageBuffer) -> tuple[float, float]:
    """Return what results are clamped to: black and white, or what a float picture has beyond."""
    white = white_of(image.pixels.dtype)
    low, high = float(image.pixels.min()) / white, float(image.pixels.max()) / white
    return min(0.0, low), max(1.0, high)


@lru_cache(maxsize=64)
def _resizing_matrix(source: int, target: int, scale: Fraction) -> Tensor:
    """Return (target, source): one side of MATLAB's `imresize`, mirrored edges and all."""
    unit = np.eye(source, dtype=np.float64)
    matrix = resize_region(
        unit, (source, target), Region(0, 0, source, target), scales=(1.0, float(scale))
    )
    return torch.from_numpy(matrix.astype(np.float32))


@lru_cache(maxsize=64)
def _reducing_matrix(source: int, target: int, factor: Fraction, blur_sigma: float) -> Tensor:
    """Return (target, source): one side of blur and reduction."""
    matrix = _resizing_matrix(source, target, 1 / factor)
    if blur_sigma == 0:
        return matrix
    unit = np.eye(source, dtype=np.float64)
    blur = gaussian_filter1d(unit, blur_sigma, axis=0, mode="reflect", truncate=4.0)
    return torch.from_numpy((matrix.numpy() @ blur).astype(np.float32))


def _learn(
    image: ImageBuffer,
    spec: ModelSpec,
    scale: int,
    device: torch.device,
    conditions: Conditions,
    context: JobContext,
) -> LearnedEnlargement:
    """See `Learner`."""
    if min(image.width, image.height) < _LEAST_SIDE_PX:
        whole = Region(0, 0, image.width * scale, image.height * scale)
        note = f"{spec.title} learns nothing from so small a picture: it is enlarged by bicubic."
        return LearnedEnlargement(enlarge_tile(image, scale, whole), (note,))
    pixels = train_and_enlarge(
        image,
        spec.build(scale),
        scale,
        device=device,
        settings=ZeroShotSettings(),
        blur_sigma=conditions.blur_sigma or 0.0,
        noise_sigma=conditions.noise_sigma or 0.0,
        context=context,
    )
    if image.is_gray:
        pixels = pixels.mean(axis=2, keepdims=True)
    return LearnedEnlargement(pixels)


LEARNER = Learner(id="zssr", learn=_learn)
