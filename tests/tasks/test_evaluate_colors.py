"""Measuring colours on photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks.evaluate_colors import TASK
from tests.helpers.colorizers import WarmLights

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"evaluate-colors": TASK}).parse_args(
        ["evaluate-colors", *map(str, words)]
    )
    return request_from_arguments(TASK, arguments).run(silent_context())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos, warm where they are bright: what the network in these tests believes."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2):
        pixels = np.zeros((64, 96, 3), np.uint8)
        pixels[:, :50] = 70
        pixels[:, 50:] = (240, 190 - 5 * number, 130)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_hints_alone_come_nearer_the_more_there_are(photos: Path, tmp_path: Path) -> None:
    found = _run(photos, "--method", "levin", "--hints", "0,1,40", "--csv", tmp_path / "a.csv")
    assert found.images == 2
    assert found.name == "levin"
    none, _, many = (found.by_hints[count].rgb_psnr for count in (0, 1, 40))
    assert none == pytest.approx(found.gray.rgb_psnr, abs=0.1)
    assert many > none + 5
    rows = (tmp_path / "a.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["hints", "gray", "0", "1", "40"]


def test_a_network_that_is_right_is_better_than_gray(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Colorizers, "load", lambda *_: WarmLights())
    found = _run(photos, "--markdown", tmp_path / "a.md", "--most", "1")
    assert found.images == 1
    assert found.by_hints[0].auc > found.gray.auc
    assert found.by_hints[0].share_within_20 > 0.9
    assert "| gray" in (tmp_path / "a.md").read_text()
    assert "colorizer-lite, 1 photographs" in found.text()


@pytest.mark.parametrize("hints", ["", "one", "1,-2"])
def test_no_numbers_of_hints_are_refused(photos: Path, hints: str) -> None:
    with pytest.raises(InvalidRequest, match="names no numbers"):
        _run(photos, "--hints", hints)


def test_methods_with_a_reference_are_refused(photos: Path) -> None:
    with pytest.raises(InvalidRequest, match="needs a reference"):
        _run(photos, "--method", "welsh")
