"""SelfExSR: enlarges a picture with transformed patches of its own smaller versions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.ndimage import correlate1d

from sr_studio.engines.device import free_memory_bytes
from sr_studio.engines.learners._spec import LearnedEnlargement, Learner
from sr_studio.engines.learners._transform_field import TransformField, make_atlas
from sr_studio.engines.source_tiles import LUMA_TO_RGB, enlarge_tile, luma_of, read_tile
from sr_studio.errors import OutOfMemory
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from sr_studio.engines.learners._transform_field import Atlas
    from sr_studio.imaging.image_buffer import ImageBuffer
    from sr_studio.jobs.control import JobContext
    from sr_studio.models._conditions import Conditions
    from sr_studio.models._spec import ModelSpec

    Plane = NDArray[np.float32]
    Size = tuple[int, int]

_BLACK_Y = np.float32(16 / 255)
_SEARCHES, _SEARCHES_LESS, _LEAST_SEARCHES = 12, 3, 3  # at the first level, fewer at each further
_BACK_PROJECTIONS = 20
_KERNEL = np.exp(-(np.arange(-2, 3, dtype=np.float32) ** 2))  # a Gaussian of sigma 1, squared
_KERNEL /= _KERNEL.sum()
_LEAST_SIDE_PX = 8  # below it nothing repeats
_BYTES_PER_PX = 260  # of the result: 202 measured at 512 × 512, 244 at 1280 × 1280
_SEED = 0


@dataclass(frozen=True, slots=True)
class _Steps:
    """How a scale is reached: `up` levels of `factor` each, with `down` coarser ones to learn from.

    Three levels for each doubling, five for x3; the coarsest has an eighth or ninth of the side.
    """

    factor: float
    up: int
    down: int

    def size(self, width: int, height: int, level: int) -> Size:
        """Return (width, height) of a level: 0 is the source, positive is finer."""
        factor = self.factor**level
        return max(1, round(width * factor)), max(1, round(height * factor))


def _steps_for(scale: int) -> _Steps:
    if scale % 3 == 0:
        return _Steps(3 ** (1 / 5), round(5 * math.log(scale, 3)), 10)
    return _Steps(2 ** (1 / 3), round(3 * math.log2(scale)), 9)


def enlarge_by_exemplars(
    gray: Plane, scale: int, device: torch.device, context: JobContext, seed: int = _SEED
) -> Plane:
    """Enlarge one plane by patches of its own pyramid that may be moved, scaled, turned, sheared.

    Jia-Bin Huang, Abhishek Singh, Narendra Ahuja: "Single Image Super-Resolution from Transformed
    Self-Exemplars", CVPR 2015, https://openaccess.thecvf.com/content_cvpr_2015/html/
    Huang_Single_Image_Super-Resolution_2015_CVPR_paper.html, with the numbers of the authors'
    https://github.com/jbhuang0604/SelfExSR. The picture grows in small steps. At each, PatchMatch
    finds for every 5 x 5 patch of the bicubic enlargement a patch among the coarser levels, each
    blurred by one step; the same patches, unblurred, are averaged with Gaussian weights, and
    iterative back-projection makes the result agree with the source.

    Deviations: luma instead of RGB, its cost counted three times; affine transforms only, without
    the perspective of planes that vanishing points reveal (the authors detect those with a
    program of which only the binary is published); the affine product is the one of the paper,
    where a row of the authors' code reads the wrong column; every position is computed with
    pixel centres at half integers; the end of the picture is repeated, not black.

    Args:
        gray: (H, W) float32, black at 0 and white at 1; at least 8 px a side.
        scale: a power of two or of three.
        device: where to search.
        context: cancelled within one chunk of patches; finishing early searches no further.
        seed: of the random search.

    Returns:
        (H*scale, W*scale), within the bounds of `gray` and [0, 1].
    """
    steps = _steps_for(scale)
    height, width = gray.shape
    sizes = {level: steps.size(width, height, level) for level in range(-steps.down, steps.up + 1)}
    highs: dict[int, Plane] = {0: gray}
    for level in range(-1, -steps.down, -1):
        highs[level] = _resize(gray, sizes[level])
    lows = {level: _blur_by_step(highs[level], sizes[level - 1]) for level in highs}
    generator = torch.Generator(device).manual_seed(seed)
    searches = [
        max(_SEARCHES - _SEARCHES_LESS * index, _LEAST_SEARCHES) for index in range(steps.up)
    ]
    progress = _Progress(context, searches, [sizes[level + 1] for level in range(steps.up)])
    field: TransformField | None = None
    for level in range(1, steps.up + 1):
        coarser = range(level - 1, level - 1 - steps.down, -1)
        atlas = make_atlas(
            _to_tensors([lows[each] for each in coarser], device),
            _to_tensors([highs[each] for each in coarser], device),
            sizes[level],
        )
        target = _to_tensors([_resize(highs[level - 1], sizes[level])], device)[0]
        finer = TransformField(sizes[level], steps.factor, steps.down, generator)
        if field is not None:
            finer.take_over(field)
        field = finer
        _search(field, target, atlas, searches[level - 1], progress)
        voted: Plane = field.vote(atlas, context.checkpoint).cpu().numpy()
        highs[level] = _back_project(voted, gray, context)
        lows[level] = _blur_by_step(highs[level], sizes[level - 1])
    return highs[steps.up]


class _Progress:
    """Reports patches searched; those of finer levels are more."""

    def __init__(self, context: JobContext, searches: Sequence[int], sizes: Sequence[Size]) -> None:
        self.context = context
        pairs = zip(searches, sizes, strict=True)
        self._total = sum(count * width * height for count, (width, height) in pairs)
        self._done = 0

    def add(self, size: Size) -> None:
        self._done += size[0] * size[1]
        self.context.report(self._done, self._total, f"search at {size[0]} × {size[1]}")


def _search(
    field: TransformField, target: Tensor, atlas: Atlas, searches: int, progress: _Progress
) -> None:
    field.measure(target, atlas)
    for _ in range(searches):
        progress.context.checkpoint()
        if progress.context.should_finish:
            return
        field.improve(target, atlas, progress.context.checkpoint)
        progress.add(field.size)


def _back_project(high: Plane, low: Plane, context: JobContext) -> Plane:
    """Correct `high` until it gives `low` when it is made small again."""
    size = high.shape[1], high.shape[0]
    bounds = min(0.0, float(low.min())), max(1.0, float(low.max()))
    for _ in range(_BACK_PROJECTIONS):
        context.checkpoint()
        lacking = _resize(low - _resize(high, (low.shape[1], low.shape[0])), size)
        for axis in (0, 1):
            lacking = correlate1d(lacking, _KERNEL, axis=axis, mode="nearest")
        high = np.clip(high + lacking, *bounds)
    return high


def _blur_by_step(plane: Plane, coarser: Size) -> Plane:
    return _resize(_resize(plane, coarser), (plane.shape[1], plane.shape[0]))


def _resize(plane: Plane, size: Size) -> Plane:
    return imresize(plane, size=size)


def _to_tensors(planes: Sequence[Plane], device: torch.device) -> list[Tensor]:
    return [torch.from_numpy(plane).to(device) for plane in planes]


def _learn(
    image: ImageBuffer,
    spec: ModelSpec,
    scale: int,
    device: torch.device,
    conditions: Conditions,
    context: JobContext,
) -> LearnedEnlargement:
    """Enlarge the luma of `image`; see `Learner`."""
    del conditions  # it can be told none
    if min(image.width, image.height) < _LEAST_SIDE_PX:
        whole = Region(0, 0, image.width * scale, image.height * scale)
        note = f"{spec.title} finds nothing in so small a picture: it is enlarged by bicubic."
        return LearnedEnlargement(luma_of(enlarge_tile(image, scale, whole)), (note,))
    needed = image.width * image.height * scale**2 * _BYTES_PER_PX
    free = free_memory_bytes(device)
    if needed > free:
        raise OutOfMemory(
            f"{spec.title} needs {needed / 1e9:.1f} GB for this picture, but only "
            f"{max(free, 0) / 1e9:.1f} GB are free on {device}.",
            advice="Choose a smaller picture or scale, or another network.",
        )
    luma = luma_of(read_tile(image, Region(0, 0, image.width, image.height)))[..., 0]
    gray = (luma - _BLACK_Y) * np.float32(LUMA_TO_RGB)
    enlarged = enlarge_by_exemplars(gray, scale, device, context)
    return LearnedEnlargement((enlarged / np.float32(LUMA_TO_RGB) + _BLACK_Y)[..., None])


LEARNER = Learner(id="selfexsr", learn=_learn)
