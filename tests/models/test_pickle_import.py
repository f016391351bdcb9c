"""Pickles are read without running anything in them."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from sr_studio.errors import WeightsError
from sr_studio.models._pickle_import import read_pickled_network
from sr_studio.models._weight_files import read_tensors


class Net(nn.Module):
    """What a published file may hold: a class of the author's own module."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.PReLU(4))
        self.features[0].weight = nn.Parameter(torch.randn(4, 1, 3, 3).transpose(2, 3))
        self.act = nn.ReLU()


def save_whole(path: Path, saved: object) -> None:
    """Save as torch did before version 1.6."""
    torch.save(saved, path, _use_new_zipfile_serialization=False)


@pytest.mark.parametrize("is_checkpoint", [False, True])
def test_a_whole_network_gives_its_state_dict(is_checkpoint: bool, tmp_path: Path) -> None:
    network = Net()
    path = tmp_path / "net.pth"
    save_whole(path, {"epoch": 3, "model": network} if is_checkpoint else network)
    tensors = read_pickled_network(path)
    expected = network.state_dict()
    assert tensors.keys() == expected.keys()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)
    assert read_tensors(path).keys() == expected.keys()


class Attack:
    """Runs a command when unpickled."""

    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (self.command,)


@pytest.mark.parametrize("form", ["pickle", "torch-legacy", "torch-zip", "inside-network"])
def test_nothing_in_a_file_is_run(form: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    path = tmp_path / "weights.pth"
    attack = Attack(f"touch '{mark}'")
    if form == "pickle":
        path.write_bytes(pickle.dumps({"weight": attack}))
    elif form == "inside-network":
        network = Net()
        network.act.extra = attack  # type: ignore[assignment]  # any attribute is pickled
        save_whole(path, network)
    else:
        torch.save(
            {"weight": torch.ones(3), "x": attack},
            path,
            _use_new_zipfile_serialization=form == "torch-zip",
        )
    if form == "inside-network":
        assert len(read_tensors(path)) == 8, "the tensors beside it are harmless"
    else:
        with pytest.raises(WeightsError) as caught:
            read_tensors(path)
        assert caught.value.advice
    assert not mark.exists()


def test_any_damage_is_a_sentence(tmp_path: Path) -> None:
    """Cut and flipped anywhere, the file is refused or read, and nothing else happens."""
    whole = tmp_path / "whole.pth"
    save_whole(whole, Net())
    data = whole.read_bytes()
    damaged = tmp_path / "damaged.pth"
    random = np.random.default_rng(5)
    for position in random.integers(0, len(data), 150):
        for content in (data[:position], data[:position] + b"\xff" + data[position + 1 :]):
            damaged.write_bytes(content)
            try:
                tensors = read_tensors(damaged)
            except WeightsError as error:
                assert error.advice  # noqa: PT017  most damage is refused, some hits unused bytes
            else:
                assert tensors
