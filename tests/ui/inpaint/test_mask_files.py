from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sr_studio.errors import InvalidRequest, OutputExists
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.progress import silent_context
from sr_studio.ui.inpaint.mask_files import ReadMaskRequest, WriteMaskRequest


def coverage() -> np.ndarray:
    found = np.zeros((20, 30), np.uint8)
    found[4:9, 10:25] = 255
    found[9, 10:25] = 100
    return found


def test_a_mask_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = WriteMaskRequest(coverage(), tmp_path / "mask.png").run(silent_context())
    np.testing.assert_array_equal(ReadMaskRequest(path, 30, 20).run(silent_context()), coverage())
    with pytest.raises(OutputExists):
        WriteMaskRequest(coverage(), path).run(silent_context())
    with pytest.raises(InvalidRequest, match="30 × 20"):
        ReadMaskRequest(path, 31, 20).run(silent_context())


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_it_comes_back_from_the_alpha_channel_of_a_photo(dtype: type, tmp_path: Path) -> None:
    white = np.iinfo(dtype).max
    pixels = np.random.default_rng(0).integers(0, white // 2, (20, 30, 3)).astype(dtype)
    request = WriteMaskRequest(coverage(), tmp_path / "photo.png", picture=ImageBuffer(pixels))
    path = request.run(silent_context())
    written = decode_image(path)
    np.testing.assert_array_equal(written.pixels, pixels)
    assert written.alpha is not None
    assert written.alpha[0, 0] == white
    assert written.alpha[5, 12] == 0
    np.testing.assert_array_equal(ReadMaskRequest(path, 30, 20).run(silent_context()), coverage())
