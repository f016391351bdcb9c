"""What a network learns from: pairs of pictures, and the crops of each step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset
from typing_extensions import override

from sr_studio.imaging.image_buffer import white_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sr_studio.engines.training.schedule import TrainingSchedule
    from sr_studio.imaging.image_buffer import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """What a network reads and what it should return: (h, w, C) and (h*scale, w*scale, C).

    Each is uint8 or uint16. For networks on the bicubic enlargement `low_res` is that one, of
    the same size as `high_res`. None: it is made of each crop of `high_res` anew.
    """

    low_res: Pixels | None
    high_res: Pixels


class PairMaker(Protocol):
    """Makes what a network reads out of a good crop, each time anew."""

    @property
    def scale(self) -> int:
        """What the sides of a crop must be a multiple of."""

    @property
    def margin_px(self) -> int:
        """What a crop needs at each side beyond what is learned from, a multiple of the scale."""

    def __call__(self, high_res: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels]:
        """Return the network's input and what it should return, of (H, W, 3) uint8."""


class Batch(NamedTuple):
    """One step's crops, float32 in [0, 1].

    Attributes:
        scale: which of a family of networks they are for.
        low_res: (B, C, p, p).
        high_res: (B, C, p*s, p*s), s the enlargement that the network itself does.
    """

    scale: int
    low_res: Tensor
    high_res: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class ScalePairs:
    """The pairs of one scale.

    Attributes:
        pairs: at least one, each at least patch_px a side in low resolution.
        input_scale: what the network enlarges its input by: 1 where that is enlarged already.
        patch_px: side of a crop of the network's input.
        make: makes the inputs of pairs that have none.
    """

    pairs: Sequence[Pair]
    input_scale: int
    patch_px: int
    make: PairMaker | None = None


class StepBatches(Dataset[Batch]):
    """The batch of each step: batches[step] is always the same, whoever asks, in any order.

    So a training that goes on, one with many workers and one on several devices see the same
    crops.
    """

    def part(self, rank: int, world_size: int) -> StepBatches:
        """Return what process `rank` of `world_size` gets: its own part of each batch."""
        raise NotImplementedError


class CropBatches(StepBatches):
    """Crops of pairs at the same place.

    They are drawn with a probability proportional to the picture's area and turned by one
    of the eight symmetries of the square, as is usual since Timofte et al., "Seven ways to improve
    example-based single image super resolution" (CVPR 2016). Of several scales each step takes one
    by chance, as MDSR does.

    Args:
        by_scale: the pairs of each scale.
        schedule: for its batch and seed.
        rank: of this process, which gets only its own part of each batch.
        world_size: how many there are.
    """

    def __init__(
        self,
        by_scale: Mapping[int, ScalePairs],
        schedule: TrainingSchedule,
        *,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self._by_scale = by_scale
        self._schedule = schedule
        self._rank = rank
        self._world_size = world_size
        self._chances = {scale: _chances(each.pairs) for scale, each in by_scale.items()}

    @override
    def part(self, rank: int, world_size: int) -> CropBatches:
        return CropBatches(self._by_scale, self._schedule, rank=rank, world_size=world_size)

    @override
    def __getitem__(self, step: int) -> Batch:
        key = (self._schedule.seed, step)
        random = np.random.default_rng(key)
        scales = tuple(self._by_scale)
        scale = scales[int(random.integers(len(scales)))]
        source = self._by_scale[scale]
        count = self._schedule.batch
        indices = random.choice(len(source.pairs), count, p=self._chances[scale])
        places = random.random((count, 2))
        turns = random.integers(8, size=count)
        crops = [
            _turned(
                _crop(source, int(indices[number]), places[number], (*key, number)),
                int(turns[number]),
            )
            for number in range(self._rank, count, self._world_size)
        ]
        low_res, high_res = (_to_batch([crop[side] for crop in crops]) for side in (0, 1))
        return Batch(scale, low_res, high_res)


def _chances(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    areas = np.array([pair.high_res.shape[0] * pair.high_res.shape[1] for pair in pairs], float)
    chances: NDArray[np.float64] = areas / areas.sum()
    return chances


def _crop(
    source: ScalePairs,
    index: int,
    place: NDArray[np.float64],
    key: tuple[int, int, int],
) -> tuple[Pixels, Pixels]:
    pair = source.pairs[index]
    side, scale = source.patch_px, source.input_scale
    if pair.low_res is not None:
        y, x = (
            int(share * (length - side + 1))
            for share, length in zip(place, pair.low_res.shape[:2], strict=True)
        )
        low_res = pair.low_res[y : y + side, x : x + side]
        high_res = pair.high_res[y * scale : (y + side) * scale, x * scale : (x + side) * scale]
        return low_res, high_res
    return _made_crop(source, pair.high_res, place, np.random.default_rng(key))


def _made_crop(
    source: ScalePairs,
    picture: Pixels,
    place: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[Pixels, Pixels]:
    """Make the input of a crop with its margins, and cut these away."""
    if source.make is None:
        raise ValueError("pairs without low_res need a maker")
    unit, margin = source.make.scale, source.make.margin_px
    side = source.patch_px * source.input_scale  # in high resolution
    windows: list[slice] = []
    starts: list[int] = []  # of what is learned from, inside the window
    for share, length in zip(place, picture.shape[:2], strict=True):
        start = int(share * ((length - side) // unit + 1)) * unit
        end = -(-(start + side) // unit) * unit
        first = max(0, start - margin)
        windows.append(slice(first, min(length, end + margin)))
        starts.append(start - first)
    low_res, high_res = source.make(picture[tuple(windows)], random)
    y, x = starts
    high_res = high_res[y : y + side, x : x + side]
    y, x = y // source.input_scale, x // source.input_scale
    return low_res[y : y + source.patch_px, x : x + source.patch_px], high_res


def _turned(crop: tuple[Pixels, Pixels], turn: int) -> tuple[Pixels, Pixels]:
    """Return the pair in one of its eight positions."""
    quarters, is_mirrored = turn % 4, turn >= 4
    low_res, high_res = (
        np.rot90(pixels[:, ::-1] if is_mirrored else pixels, quarters) for pixels in crop
    )
    return low_res, high_res


def _to_batch(crops: list[Pixels]) -> Tensor:
    stacked = torch.from_numpy(np.stack(crops))  # (B, H, W, C)
    return stacked.permute(0, 3, 1, 2).to(torch.float32).div_(white_of(crops[0].dtype))
