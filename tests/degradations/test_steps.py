from __future__ import annotations

import numpy as np
import pytest
import torch

from sr_studio.degradations import steps
from sr_studio.degradations.jpeg import compress_as_jpeg
from sr_studio.degradations.kernels.gaussian import gaussian_kernel
from sr_studio.degradations.kernels.motion import linear_motion_kernel
from sr_studio.degradations.steps import (
    BlurStep,
    DecimationStep,
    GaussianNoiseStep,
    JpegStep,
    ResizeStep,
    ShotNoiseStep,
    Step,
)


def picture(height: int = 37, width: int = 43, channels: int = 3) -> torch.Tensor:
    """Soft waves with a fine grain, in steps of 8 bits."""
    y, x = np.mgrid[:height, :width]
    waves = 0.5 + 0.3 * np.sin(x / 5) * np.cos(y / 7)
    grain = np.random.default_rng(0).normal(0, 0.05, (channels, height, width))
    return torch.from_numpy(((waves + grain).clip(0, 1) * 255).round() / 255).float()


STEPS: dict[str, Step] = {
    "blur": BlurStep(gaussian_kernel(9, 1.5), "Gaussian"),
    "area": ResizeStep(20, 11, "area"),
    "bilinear": ResizeStep(20, 11, "bilinear"),
    "bicubic": ResizeStep(61, 70, "bicubic"),
    "Gaussian noise": GaussianNoiseStep(12.0, is_gray=False, seed=5),
    "gray noise": GaussianNoiseStep(12.0, is_gray=True, seed=5),
    "shot noise": ShotNoiseStep(12.0, is_gray=False, seed=5),
    "gray shot noise": ShotNoiseStep(12.0, is_gray=True, seed=5),
    "JPEG": JpegStep(40, 3, 5),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_step_does_the_same_every_time_and_leaves_its_input(name: str, channels: int) -> None:
    step = STEPS[name]
    pixels = picture(channels=channels)
    before = pixels.clone()
    result = step.apply(pixels)
    assert torch.equal(pixels, before)
    assert torch.equal(result, step.apply(pixels))
    assert result.dtype == torch.float32
    height, width = (step.height, step.width) if isinstance(step, ResizeStep) else (37, 43)
    assert result.shape == (channels, height, width)
    assert not torch.equal(result, pixels)


@pytest.mark.parametrize("height", [1, 37, 300, 700])
def test_blur_in_strips_is_that_of_the_whole(height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    blur = BlurStep(linear_motion_kernel(19, 0.8), "motion")
    pixels = picture(height, 16)
    whole = blur.apply(pixels)
    monkeypatch.setattr(steps, "_STRIP_PX", 1)  # strips of their smallest height
    torch.testing.assert_close(blur.apply(pixels), whole, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (3, 0), (0, 9), (15, 15)])
def test_jpeg_is_libjpegs_with_its_blocks_moved(left: int, top: int) -> None:
    pixels = picture()
    eight_bit = (pixels.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    # the blocks of a larger picture in which this one begins there
    larger = np.pad(eight_bit, ((top, 0), (left, 0), (0, 0)), mode="symmetric")
    expected = compress_as_jpeg(larger, 30)[top:, left:]
    result = JpegStep(30, left, top).apply(pixels)
    np.testing.assert_array_equal((result.permute(1, 2, 0).numpy() * 255).round(), expected)


def test_jpeg_clips_overshoot_as_a_file_would() -> None:
    pixels = torch.tensor([-0.4, 1.4]).repeat_interleave(16).expand(3, 16, 32)
    result = JpegStep(95).apply(pixels)
    torch.testing.assert_close(result, pixels.clamp(0, 1), atol=0.02, rtol=0)


@pytest.mark.parametrize("noise", [GaussianNoiseStep, ShotNoiseStep])
def test_noise_is_as_strong_as_it_says(
    noise: type[GaussianNoiseStep] | type[ShotNoiseStep],
) -> None:
    light = torch.full((3, 120, 120), 0.5)
    of_light = 0.5**0.5 if noise is ShotNoiseStep else 1.0
    for is_gray in (False, True):
        difference = noise(10.0, is_gray, 3).apply(light) - light
        assert float(difference.std()) * 255 == pytest.approx(10 * of_light, rel=0.03)
        assert bool((difference[0] == difference[1]).all()) == is_gray


def test_decimation_keeps_pixels_from_the_first_on() -> None:
    pixels = picture(12, 18)
    assert torch.equal(DecimationStep(3).apply(pixels), pixels[:, ::3, ::3])
