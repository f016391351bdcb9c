"""Filling holes of files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest, OutputExists
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks._inpaint_pictures import methods_here
from sr_studio.tasks.inpaint import TASK

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"inpaint": TASK}).parse_args(["inpaint", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    """A photo with a black hole, its mask and the truth."""
    y, x = np.mgrid[0:60, 0:80]
    truth = (128 + 80 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 8)], -1)).round()
    holed, mask = truth.copy(), np.zeros((60, 80))
    holed[20:30, 30:50], mask[20:30, 30:50] = 0, 255
    paths = tuple(tmp_path / name for name in ("phötö.png", "mask.png", "truth.png"))
    for path, pixels in zip(paths, (holed, mask, truth), strict=True):
        Image.fromarray(pixels.astype(np.uint8)).save(path)
    return paths[0], paths[1], paths[2]


def test_a_hole_is_filled_and_measured(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    photo, mask, truth = files
    output = tmp_path / "filled.png"
    found = _run(photo, "-o", output, "--mask", mask, "--truth", truth, "--method", "biharmonic")
    errors = np.asarray(Image.open(output), float) - np.asarray(Image.open(truth), float)
    inside = errors[20:30, 30:50]
    assert found.psnr == pytest.approx(10 * np.log10(255**2 / np.mean(inside**2)), abs=0.01)
    assert found.psnr > 25
    assert not errors.any(axis=2)[np.asarray(Image.open(mask)) == 0].any()
    assert "biharmonic" in found.text()
    with pytest.raises(OutputExists):
        _run(photo, "-o", output, "--mask", mask)


def test_every_method_is_compared(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    photo, mask, truth = files
    folder = tmp_path / "all"
    more = ("--compare", "--iterations", "3", "--feather", "1.5")
    found = _run(photo, "-o", folder, "--mask", mask, "--truth", truth, *more)
    assert [each.method for each in found] == list(methods_here())
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        f"phötö-{method}.png" for method in methods_here()
    )
    assert all(each.psnr > 5 for each in found)


def test_transparency_is_a_mask(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    photo, mask, _ = files
    alpha = 255 - np.asarray(Image.open(mask))
    source, output = tmp_path / "transparent.png", tmp_path / "out.png"
    Image.fromarray(np.dstack([np.asarray(Image.open(photo)), alpha])).save(source)
    _run(source, "-o", output, "--method", "telea")
    filled = np.asarray(Image.open(output))
    assert filled[..., 3].min() == 255
    assert filled[20:30, 30:50, :3].min() > 20


def test_what_is_missing_is_said(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    photo, _, _ = files
    with pytest.raises(InvalidRequest, match="is not said"):
        _run(photo, "-o", tmp_path / "a.png")
    small = tmp_path / "small.png"
    Image.new("L", (10, 10)).save(small)
    with pytest.raises(InvalidRequest, match="10 × 10"):
        _run(photo, "-o", tmp_path / "a.png", "--mask", small)
