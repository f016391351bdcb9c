from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.engines.training.pairs import Batch, CropBatches, Pair, ScalePairs
from sr_studio.engines.training.schedule import TrainingSchedule
from sr_studio.imaging.image_buffer import Pixels

SCHEDULE = TrainingSchedule(steps=8, batch=6, seed=3)


def repeated(height: int, width: int, scale: int = 2) -> Pair:
    random = np.random.default_rng(height)
    low_res = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Pair(low_res, low_res.repeat(scale, 0).repeat(scale, 1))


def batches(schedule: TrainingSchedule = SCHEDULE, **more: int) -> CropBatches:
    pairs = [repeated(20, 31), repeated(9, 8)]
    return CropBatches({2: ScalePairs(pairs, 2, 8)}, schedule, **more)


def test_a_step_has_the_same_batch_in_whatever_order_it_is_asked_for() -> None:
    forwards = [batches()[step] for step in range(4)]
    one = batches()
    for step in (3, 1, 2, 0):
        again = one[step]
        assert torch.equal(again.low_res, forwards[step].low_res)
        assert torch.equal(again.high_res, forwards[step].high_res)
    assert not torch.equal(forwards[0].low_res, forwards[1].low_res)


def test_another_seed_has_other_batches() -> None:
    other = TrainingSchedule(steps=8, batch=6, seed=4)
    assert not torch.equal(batches()[0].low_res, batches(other)[0].low_res)


def test_low_and_high_resolution_are_cut_and_turned_alike() -> None:
    for step in range(6):
        batch = batches()[step]
        assert batch.low_res.shape == (6, 3, 8, 8)
        expected = batch.low_res.repeat_interleave(2, 2).repeat_interleave(2, 3)
        assert torch.equal(batch.high_res, expected)


def test_all_eight_positions_and_every_corner_are_drawn() -> None:
    ramp = np.arange(16, dtype=np.uint8).reshape(4, 4, 1) * 16
    pair = Pair(ramp, ramp.repeat(2, 0).repeat(2, 1))
    schedule = TrainingSchedule(steps=1, batch=200)
    drawn = CropBatches({2: ScalePairs([pair], 2, 4)}, schedule)[0].low_res
    assert len({tuple(crop.flatten().tolist()) for crop in drawn}) == 8
    small = CropBatches({2: ScalePairs([pair], 2, 2)}, schedule)[0].low_res
    pixels = {round(float(value) * 255) for value in small.flatten()}
    assert pixels == set(ramp.flatten().tolist())


def test_the_devices_share_the_batch_of_a_single_one() -> None:
    whole = batches()[5]
    parts = [batches(rank=rank, world_size=2)[5] for rank in range(2)]
    assert torch.equal(
        torch.cat([part.low_res for part in parts]), whole.low_res[[0, 2, 4, 1, 3, 5]]
    )


def test_each_step_takes_one_of_several_scales() -> None:
    by_scale = {scale: ScalePairs([repeated(20, 20, scale)], scale, 8) for scale in (2, 3, 4)}
    several = CropBatches(by_scale, SCHEDULE)
    seen = [several[step] for step in range(30)]
    assert {batch.scale for batch in seen} == {2, 3, 4}
    assert all(batch.high_res.shape[-1] == 8 * batch.scale for batch in seen)


class Halves:
    """Keeps every other pixel; its margin shows whether it is cut away."""

    scale = 2
    margin_px = 4

    def __init__(self) -> None:
        self.given: list[tuple[int, ...]] = []
        self.drawn: list[float] = []

    def __call__(self, high_res: Pixels, random: np.random.Generator) -> tuple[Pixels, Pixels]:
        self.given.append(high_res.shape)
        self.drawn.append(float(random.random()))
        return high_res[::2, ::2], high_res


def made(batch: int = 40) -> tuple[Batch, Halves, Pixels]:
    picture = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)
    make = Halves()
    schedule = TrainingSchedule(steps=1, batch=batch)
    source = ScalePairs([Pair(None, picture)], 2, 6, make)
    return CropBatches({2: source}, schedule)[0], make, picture


def test_made_inputs_lie_on_their_truth_and_lose_their_margins() -> None:
    batch, make, _ = made()
    assert batch.low_res.shape == (40, 3, 6, 6)
    assert {shape[0] for shape in make.given} <= {16, 18, 20}
    assert max(shape[1] for shape in make.given) == 12 + 2 * 4
    for low_res, high_res in zip(batch.low_res, batch.high_res, strict=True):
        # a turned crop keeps one pixel of each block of four, another one for each turn
        kept = [high_res[:, y::2, x::2] for y in (0, 1) for x in (0, 1)]
        assert any(torch.equal(low_res, each) for each in kept)


def test_each_crop_is_degraded_by_chances_of_its_own() -> None:
    _, first, _ = made()
    _, again, _ = made()
    assert len(set(first.drawn)) == 40
    assert first.drawn == again.drawn


def test_a_pair_without_an_input_needs_a_maker() -> None:
    picture = np.zeros((8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="maker"):
        CropBatches({2: ScalePairs([Pair(None, picture)], 2, 2)}, SCHEDULE)[0]
