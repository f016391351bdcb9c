"""Several networks fill one hole: the command and its files."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest, OutputExists
from sr_studio.imaging.decode_image import decode_image
from sr_studio.jobs.progress import silent_context
from sr_studio.models.priors._registry import find_prior
from sr_studio.tasks._network_grid import (
    SIX_NETWORKS,
    NetworkGridSettings,
    count_in_words,
    grid_columns,
    hidden_pixels,
)
from sr_studio.tasks.networks import TASK

if TYPE_CHECKING:
    from pathlib import Path

_FEW = ("--networks", "projector-16, encoder-2", "--iterations", "4", "--edge", "40")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    y, x = np.mgrid[0:60, 0:80]
    values = (128 + 80 * np.sin(x / 9)[..., None] * np.cos(y / 7)[..., None] * np.ones(3)).round()
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "whole.png")
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:60] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    values[20:40, 30:60] = 0
    path = tmp_path / "holed.png"
    Image.fromarray(values.astype(np.uint8)).save(path)
    return path


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"networks": TASK}).parse_args(["networks", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


def test_sheet_pictures_and_losses_are_written(photo: Path) -> None:
    folder = photo.parent / "filled"
    words = (photo, "--mask", photo.parent / "mask.png", "--truth", photo.parent / "whole.png",
             "-o", folder, "--csv", photo.parent / "losses.csv", *_FEW)  # fmt: skip
    found = _run(*words)
    assert [each.network for each in found.networks] == ["projector-16", "encoder-2"]
    assert not found.failures
    for each in found.networks:
        assert each.iterations == 4
        assert each.psnr is not None
        assert each.loss is not None
        assert decode_image(each.output).pixels.shape == (30, 40, 3)
        assert each.network in found.text()
    sheet = decode_image(found.sheet)  # observed, two networks, truth
    assert sheet.width > 4 * 40
    assert sheet.height > 30
    rows = list(csv.reader((photo.parent / "losses.csv").read_text("utf-8").splitlines()))
    assert rows[0] == ["iteration", "projector-16", "encoder-2"]
    assert len(rows) == 5
    assert float(rows[4][1]) == pytest.approx(found.networks[0].loss)
    before = sorted(folder.iterdir())
    with pytest.raises(OutputExists):
        _run(*words)
    assert sorted(folder.iterdir()) == before


def test_wrong_requests_are_refused_before_the_work(photo: Path) -> None:
    words = (photo, "-o", photo.parent / "filled", *_FEW)
    with pytest.raises(InvalidRequest, match="Which pixels are missing"):
        _run(*words)
    Image.new("L", (80, 60)).save(photo.parent / "mask.png")
    with pytest.raises(InvalidRequest, match="No pixel is missing"):
        _run(*words, "--mask", photo.parent / "mask.png")
    with pytest.raises(InvalidRequest, match="no network 'vgg'"):
        _run(*words, "--networks", "vgg")
    with pytest.raises(InvalidRequest, match="No network is named"):
        NetworkGridSettings(networks=" ,")


def test_what_is_hidden_is_measured(photo: Path) -> None:
    found = _run(photo, "-o", photo.parent / "filled", *_FEW, "--hide", "hole")
    assert all(each.psnr is not None for each in found.networks)
    hole = hidden_pixels(80, 40, "hole", 0)
    assert hole.sum() == 10 * 20
    assert hole[15:25, 30:50].all()
    half = hidden_pixels(80, 40, "half", 0)
    assert half.mean() == pytest.approx(0.5, abs=0.03)
    assert (half != hidden_pixels(80, 40, "half", 1)).any()


def test_networks_that_are_offered_exist() -> None:
    assert NetworkGridSettings().ids() == SIX_NETWORKS
    assert [find_prior(each).id for each in SIX_NETWORKS] == list(SIX_NETWORKS)
    assert NetworkGridSettings(networks="unet, resnet,unet").ids() == ("unet", "resnet")


def test_rows_of_a_grid_are_even() -> None:
    assert [grid_columns(count) for count in (1, 2, 4, 5, 6, 7, 8, 9)] == [1, 2, 4, 3, 3, 4, 4, 3]


def test_large_counts_are_short() -> None:
    words = [count_in_words(count) for count in (6111, 59_491, 2_994_979)]
    assert words == ["6,111", "59 k", "3.0 M"]
