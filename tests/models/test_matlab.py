"""Matrices of MATLAB files become tensors; a damaged file is an error that says so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.io
import torch

from sr_studio.errors import WeightsError
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import fill_network, read_tensors
from tests.models.test_scn import release


def test_variables_and_fields_of_structs_are_read(tmp_path: Path) -> None:
    file = tmp_path / "weights.mat"
    contents = {"alone": np.eye(2), "model": {"wd": np.arange(6.0).reshape(2, 3)}, "note": "hello"}
    scipy.io.savemat(file, contents, do_compression=True)
    tensors = read_tensors(file)
    assert set(tensors) == {"alone", "wd"}
    assert torch.equal(tensors["alone"], torch.eye(2))
    assert torch.equal(tensors["wd"], torch.arange(6.0).view(2, 3))


def test_the_release_of_scn_fills_the_network(tmp_path: Path) -> None:
    file = tmp_path / "weights_srnet_x2_52.mat"
    scipy.io.savemat(file, {"model": release()})
    spec = all_models()["scn"]
    network = spec.build(2)
    fill_network(network, read_tensors(file), label="scn", converts=spec.converts)
    expected = torch.from_numpy(release()["usd1"].T.astype(np.float32))
    assert torch.equal(network.usd1.weight[:, :, 0, 0], expected)


@pytest.mark.parametrize("kept", [60, 129, 400, 1500])
def test_a_file_cut_short_is_refused(tmp_path: Path, kept: int) -> None:
    file = tmp_path / "weights.mat"
    scipy.io.savemat(file, {"model": {"wd": np.random.default_rng(0).random((40, 40))}})
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(WeightsError, match="weights"):
        read_tensors(file)


def test_a_file_without_numbers_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.mat"
    scipy.io.savemat(file, {"note": "hello"})
    with pytest.raises(WeightsError, match="no tensors"):
        read_tensors(file)
