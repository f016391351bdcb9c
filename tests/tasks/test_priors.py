"""Several untrained networks on one picture, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks.priors import TASK, PriorsSettings, hidden_pixels

if TYPE_CHECKING:
    from pathlib import Path

_FEW = ("--networks", "projector-16, encoder-2,projector-16", "--edge", "64", "--iterations", "10")


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"priors": TASK}).parse_args(["priors", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    y, x = np.mgrid[0:90, 0:120]
    Image.fromarray((128 + 80 * np.sin(x / 9) * np.cos(y / 7)).astype(np.uint8)).save(path)
    return path


def test_sheet_and_losses_are_written(photo: Path, tmp_path: Path) -> None:
    sheet, csv = tmp_path / "sheet.png", tmp_path / "losses.csv"
    reports = _run(photo, *_FEW, "--sheet", sheet, "--csv", csv)
    assert [report.network for report in reports] == ["projector-16", "encoder-2"]
    assert all(report.psnr > 3 for report in reports)
    assert "dB hidden" in reports[0].text()
    lines = csv.read_text().splitlines()
    assert lines[0] == "iteration,projector-16,encoder-2"
    assert len(lines) == 11
    with Image.open(sheet) as picture:
        assert picture.width > 2 * 64
    with pytest.raises(OutputExists):
        _run(photo, *_FEW, "--sheet", sheet)


def test_what_cannot_be_done_is_said(photo: Path) -> None:
    with pytest.raises(SrStudioError, match="no network 'vgg'"):
        _run(photo, "--networks", "vgg")
    with pytest.raises(InvalidRequest, match="No network is named"):
        _run(photo, "--networks", " ,")


def test_what_is_hidden() -> None:
    image = ImageBuffer(np.zeros((40, 80, 3), np.uint8))
    hole = hidden_pixels(image, "hole", 0)
    assert hole.sum() == 10 * 20
    assert hole[15:25, 30:50].all()
    half = hidden_pixels(image, "half", 0)
    assert half.mean() == pytest.approx(0.5, abs=0.03)
    assert (half != hidden_pixels(image, "half", 1)).any()
    assert PriorsSettings().ids[0] == "encoder-2"
