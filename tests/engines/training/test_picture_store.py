from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import torch

from sr_studio.engines.training.loader import BatchStream
from sr_studio.engines.training.pairs import CropBatches, ScalePairs
from sr_studio.engines.training.picture_store import PictureWriter, StoredPairs
from sr_studio.engines.training.schedule import TrainingSchedule


def store(folder: Path) -> tuple[StoredPairs, list[np.ndarray]]:
    random = np.random.default_rng(0)
    pictures = [
        random.integers(0, 256, (11, 13, 3), dtype=np.uint8),
        random.integers(0, 65536, (22, 26, 1), dtype=np.uint16),
        random.integers(0, 256, (12, 14, 3), dtype=np.uint8),
    ]
    path = folder / "pictures.bin"
    with path.open("wb") as file:
        writer = PictureWriter(file)
        places = [writer.add(picture) for picture in pictures]
    return StoredPairs(path, [(places[0], places[1]), (None, places[2])]), pictures


def test_what_is_stored_comes_back_bit_for_bit(tmp_path: Path) -> None:
    pairs, pictures = store(tmp_path)
    assert len(pairs) == 2
    np.testing.assert_array_equal(pairs[0].low_res, pictures[0])
    np.testing.assert_array_equal(pairs[0].high_res, pictures[1])
    assert pairs[1].low_res is None
    np.testing.assert_array_equal(pairs[1].high_res, pictures[2])


def test_another_process_gets_the_place_not_the_pixels(tmp_path: Path) -> None:
    pairs, pictures = store(tmp_path)
    assert pairs[0].high_res.size  # mapped by now
    packed = pickle.dumps(pairs)
    assert len(packed) < 1000
    np.testing.assert_array_equal(pickle.loads(packed)[1].high_res, pictures[2])


def test_workers_make_the_same_batches_as_the_training_itself(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "pictures.bin"
    low_res = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    with path.open("wb") as file:
        writer = PictureWriter(file)
        place = writer.add(low_res), writer.add(low_res.repeat(2, 0).repeat(2, 1))
    schedule = TrainingSchedule(steps=8, batch=3)
    batches = CropBatches({2: ScalePairs(StoredPairs(path, [place]), 2, 8)}, schedule)
    stream = BatchStream(batches, 5, device=torch.device("cpu"), workers=2)
    try:
        for step in (5, 6, 7):
            assert torch.equal(stream.take().low_res, batches[step].low_res)
    finally:
        stream.close()
    assert stream.waited_s > 0
