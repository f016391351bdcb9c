from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.json_output import to_json
from sr_studio.errors import SrStudioError, UnreadableImage
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.jobs.progress import silent_context
from sr_studio.metrics.picture import compare_pictures
from sr_studio.tasks.compare import ComparePicturesRequest, CompareRequest

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(0)


def random_pixels(height: int = 190, width: int = 200, channels: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, channels), dtype=np.uint8)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    first, second = tmp_path / "ä first.png", tmp_path / "second.png"
    pixels = random_pixels()
    Image.fromarray(pixels).save(first)
    Image.fromarray(
        np.clip(pixels + RNG.integers(-20, 20, pixels.shape), 0, 255).astype("u1")
    ).save(second)
    return first, second


def test_files_give_the_figures_of_their_pictures(files: tuple[Path, Path]) -> None:
    images = [ImageBuffer(np.array(Image.open(file))) for file in files]
    for channel in ("y", "rgb"):
        expected = compare_pictures(*images, shave_px=3, channel=channel)
        result = CompareRequest(*files, shave=3, channel=channel).run(silent_context())
        assert (result.psnr, result.ssim, result.ms_ssim) == (
            expected.psnr,
            expected.ssim,
            expected.ms_ssim,
        )
        assert result.definition == expected.definition
        assert (result.width, result.height) == (200, 190)
        assert result.notes == ()
        assert f"{expected.psnr:.2f} dB" in result.text()


def test_identical_files_are_null_in_json_and_said_to_be_so(files: tuple[Path, Path]) -> None:
    result = CompareRequest(files[0], files[0]).run(silent_context())
    plain = json.loads(to_json(result))
    assert plain["psnr"] is None
    assert plain["is_identical"] is True
    assert plain["ssim"] == pytest.approx(1)
    assert "identical" in result.text()


def test_notes_say_what_the_figures_leave_out(tmp_path: Path) -> None:
    gray, clear = tmp_path / "gray.png", tmp_path / "clear.png"
    Image.fromarray(random_pixels(channels=1)[..., 0]).save(gray)
    Image.fromarray(random_pixels(channels=4)).save(clear, icc_profile=b"")
    notes = " ".join(CompareRequest(gray, clear).run(silent_context()).notes)
    assert "gray" in notes
    assert "Transparency" in notes


def test_bad_files_and_sizes_are_refused(files: tuple[Path, Path], tmp_path: Path) -> None:
    text = tmp_path / "text.png"
    text.write_text("no picture")
    with pytest.raises(UnreadableImage):
        CompareRequest(files[0], text).run(silent_context())
    small = tmp_path / "small.png"
    Image.fromarray(random_pixels(20, 20)).save(small)
    with pytest.raises(SrStudioError, match="differ in size"):
        CompareRequest(files[0], small).run(silent_context())


def test_pictures_in_memory_are_measured_in_order() -> None:
    truth = ImageBuffer(random_pixels())
    images = tuple(ImageBuffer(random_pixels()) for _ in range(2))
    region = Region(20, 30, 50, 40)
    measured = ComparePicturesRequest(
        images, truth, shave_px=4, region=region, metrics=("psnr", "ssim")
    ).run(silent_context())
    assert measured == tuple(
        compare_pictures(image, truth, shave_px=4, region=region, metrics=("psnr", "ssim"))
        for image in images
    )
    assert all(metrics.ms_ssim is None for metrics in measured)
