"""What removes noise is checked over means; what is wrong with a result still shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from sr_studio.engines.upscale import upscale
from sr_studio.engines.upscale_result import UpscaleResult
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.jobs.progress import silent_context
from sr_studio.models._conditions import Conditions
from tests.helpers.networks import Mapped, ready_without_checks


def run(image: ImageBuffer, network: Any, **options: Any) -> UpscaleResult:
    return upscale(image, network, tile="off", context=silent_context(), **options)


def noisy_photo() -> tuple[ImageBuffer, ImageBuffer]:
    """A picture of 160 x 120 px, and the same with strong noise, 8-bit as cameras store it."""
    y, x = np.mgrid[0:120, 0:160, 0:3][:2]
    clean = ImageBuffer((128 + 100 * np.sin(x / 17) * np.cos(y / 13)).astype(np.uint8))
    noise = np.random.default_rng(3).normal(0, 75, clean.pixels.shape)
    levels = np.clip(np.rint(clean.pixels + noise), 0, 255).astype(np.uint8)
    return clean, ImageBuffer(levels)


def denoiser(clean: ImageBuffer) -> Mapped:
    """The perfect one, for this picture as a whole."""
    pixels = torch.from_numpy(clean.pixels.copy()).permute(2, 0, 1)[None].float() / 255
    return Mapped(1, lambda seen: pixels if seen.shape == pixels.shape else seen)


def test_what_removes_noise_is_not_blamed_for_that() -> None:
    clean, noisy = noisy_photo()
    network = ready_without_checks(denoiser(clean), 1, task="denoise", scales=(1,))
    assert run(noisy, network).check.verdict == "good"
    plain = ready_without_checks(denoiser(clean), 1)
    assert run(noisy, plain).check.verdict == "suspicious"


def test_a_told_noise_may_be_removed_too() -> None:
    clean, noisy = noisy_photo()
    network = replace(
        ready_without_checks(denoiser(clean), 1), conditions=Conditions(noise_sigma=75.0)
    )
    assert run(noisy, network).check.verdict == "good"


def test_a_part_without_noise_is_not_blamed_either() -> None:
    _, noisy = noisy_photo()
    smooth = Mapped(1, lambda seen: F.avg_pool2d(F.pad(seen, (4, 4, 4, 4), "reflect"), 9, 1))
    region = Region(37, 21, 60, 50)
    network = ready_without_checks(smooth, 1, task="denoise", scales=(1,))
    assert run(noisy, network, region=region).check.verdict == "good"
    plain = ready_without_checks(smooth, 1)
    assert run(noisy, plain, region=region).check.verdict == "suspicious"


def test_a_black_tile_of_a_denoiser_is_suspicious() -> None:
    _, noisy = noisy_photo()

    def blacken(seen: torch.Tensor) -> torch.Tensor:
        spoiled = seen.clone()
        spoiled[:, :, :32, :32] = 0
        return spoiled

    network = ready_without_checks(Mapped(1, blacken), 1, task="denoise", scales=(1,))
    assert run(noisy, network).check.verdict == "suspicious"


@pytest.mark.parametrize("size", [(320, 240), (90, 67)])
def test_denoised_and_resized_is_good(size: tuple[int, int]) -> None:
    clean, noisy = noisy_photo()
    network = ready_without_checks(denoiser(clean), 1, task="denoise", scales=(1,))
    result = run(noisy, network, size=size)
    assert (result.image.width, result.image.height) == size
    assert result.check.verdict == "good"
