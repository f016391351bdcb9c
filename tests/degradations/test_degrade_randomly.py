from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from sr_studio.degradations.degrade_randomly import degrade_randomly
from sr_studio.degradations.random_degradation import DegradationKind, RandomDegradation
from sr_studio.errors import SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin
from sr_studio.imaging.resize import imresize

KINDS = get_args(DegradationKind)


def random_image(dtype: type, channels: int = 3) -> ImageBuffer:
    generator = np.random.default_rng(0)
    pixels, alpha = generator.random((31, 26, channels)), generator.random((31, 26))
    white = 1 if dtype is np.float32 else np.iinfo(dtype).max
    origin = ImageOrigin(exif=b"exif", notes=("Read.",))
    return ImageBuffer((pixels * white).astype(dtype), (alpha * white).astype(dtype), origin)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_depth_gray_and_metadata_stay(kind: DegradationKind, dtype: type, channels: int) -> None:
    image = random_image(dtype, channels)
    poor, steps = degrade_randomly(image, RandomDegradation(kind), 3, np.random.default_rng(5))
    assert poor.pixels.shape == (10, 8, channels)
    assert poor.pixels.dtype == dtype
    assert poor.origin.exif == b"exif"
    assert steps
    np.testing.assert_array_equal(poor.alpha, imresize(image.alpha[:30, :24], scale=1 / 3))
    assert poor.origin.notes[0] == "Read."
    is_coarse = any(step.startswith(("JPEG", "MATLAB")) for step in steps)
    assert len(poor.origin.notes) == (2 if is_coarse and dtype != np.uint8 else 1)


@pytest.mark.parametrize("kind", KINDS)
def test_eight_bits_are_degraded_as_in_training(kind: DegradationKind) -> None:
    image, degradation = random_image(np.uint8), RandomDegradation(kind)
    poor, steps = degrade_randomly(image, degradation, 2, np.random.default_rng(1))
    expected = degradation.degrade(image.pixels[:30].copy(), 2, np.random.default_rng(1))
    np.testing.assert_array_equal(poor.pixels, expected)
    sampled = degradation.sample(26, 30, 2, np.random.default_rng(1))
    assert steps == tuple(step.text() for step in sampled)


def test_a_picture_smaller_than_the_scale_is_refused() -> None:
    image = ImageBuffer(np.zeros((3, 20, 3), np.uint8))
    with pytest.raises(SrStudioError, match="20 × 3"):
        degrade_randomly(image, RandomDegradation(), 4, np.random.default_rng(0))
