"""Masks from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import OutputExists
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks.mask import TASK

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"mask": TASK}).parse_args(["mask", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


def test_a_mask_is_written_and_as_alpha(tmp_path: Path) -> None:
    photo, mask, cut = (tmp_path / name for name in ("phötö.png", "mask.png", "cut.png"))
    pixels = np.full((60, 80, 3), 120, np.uint8)
    pixels[20:30, 30:50] = 0
    Image.fromarray(pixels).save(photo)
    report = _run(photo, "-o", mask, "--find", "missing-pixels")
    assert report.share == pytest.approx(200 / 4800)
    assert "4.17%" in report.text()
    found = np.asarray(Image.open(mask))
    assert (found[20:30, 30:50] == 255).all()
    assert found.sum() == 200 * 255
    _run(photo, "-o", cut, "--find", "missing-pixels", "--as-alpha")
    np.testing.assert_array_equal(np.asarray(Image.open(cut))[..., 3], 255 - found)
    with pytest.raises(OutputExists):
        _run(photo, "-o", mask)
