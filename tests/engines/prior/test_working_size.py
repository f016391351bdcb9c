"""A large picture fitted small keeps its detail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from sr_studio.engines.prior.problems import Damage, restored_picture
from sr_studio.engines.prior.working_size import FullSize, fitted_size
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.metrics.psnr import psnr

if TYPE_CHECKING:
    from torch import Tensor


def _photo(height: int = 60, width: int = 90, dtype: Any = np.uint8) -> ImageBuffer:
    """Soft waves with a sharp grid that half the size cannot hold."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    values = 0.5 + 0.2 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    values += 0.2 * ((x % 6 == 0) | (y % 6 == 0))[..., None]
    white = np.iinfo(dtype).max if np.issubdtype(dtype, np.integer) else 1
    return ImageBuffer((values * white).astype(dtype))


def _tensor(image: ImageBuffer) -> Tensor:
    return torch.from_numpy(to_float(image.pixels).copy()).permute(2, 0, 1)[None]


def _full(damage: Damage, working_px: int) -> FullSize:
    return FullSize(damage, working_px, silent_context())


def test_picture_that_is_small_enough_is_fitted_as_it_is() -> None:
    damage = Damage(_photo(), "denoise")
    for working_px in (0, 90, 200):
        full = _full(damage, working_px)
        assert full.fitted is damage
        restored = torch.rand(1, 3, 60, 90)
        expected = restored_picture(restored, damage).pixels
        np.testing.assert_array_equal(full.picture(restored).pixels, expected)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_known_pixels_stay_bit_for_bit_and_missing_ones_do_not_shine_through(dtype: Any) -> None:
    photo = _photo(dtype=dtype)
    even = np.full_like(photo.pixels, photo.white * 0.5)
    missing = np.zeros((60, 90), np.bool_)
    missing[21:38, 32:49] = True
    holed = even.copy()
    holed[missing] = photo.white
    full = _full(Damage(ImageBuffer(holed), "inpaint", missing=missing), 45)
    fitted = full.fitted
    assert fitted.image.pixels.shape == (30, 45, 3)
    assert fitted.missing is not None
    assert 0.5 * missing.mean() < fitted.missing.mean() < 1.1 * missing.mean()
    known = to_float(fitted.image.pixels)[~fitted.missing]
    np.testing.assert_allclose(known, 0.5, atol=0.003)
    whole = _full(Damage(photo, "inpaint", missing=missing), 45)
    made = whole.picture(torch.full((1, 3, 30, 45), 0.25))
    np.testing.assert_array_equal(made.pixels[~missing], photo.pixels[~missing])
    np.testing.assert_allclose(to_float(made.pixels)[missing], 0.25, atol=0.003)
    assert made.pixels.dtype == dtype


def test_detail_above_the_working_size_comes_from_the_full_picture() -> None:
    photo = _photo()
    noise = np.random.default_rng(0).normal(0, 8, photo.pixels.shape)
    noisy = ImageBuffer(np.clip(photo.pixels + noise, 0, 255).astype(np.uint8))
    full = _full(Damage(noisy, "denoise", truth=photo), 45)
    perfect = imresize(to_float(photo.pixels), size=(45, 30)).clip(0, 1)
    made = full.picture(torch.from_numpy(perfect).permute(2, 0, 1)[None])
    plain = imresize(perfect, size=(90, 60))
    found = full.measure(made)
    assert found is not None
    assert found > psnr(plain, to_float(photo.pixels), white=1.0) + 3
    assert found > psnr(to_float(noisy.pixels), to_float(photo.pixels), white=1.0)


def test_blocks_of_jpeg_are_too_weak_to_come_back() -> None:
    blocks = np.full((64, 96, 3), 0.5, np.float32)
    blocks[:, ::8] += 0.01
    blocks[:, 1::8] -= 0.01
    blocks[:, 48:] += 0.3  # an edge
    rough = blocks + np.random.default_rng(0).normal(0, 0.008, blocks.shape).astype(np.float32)
    full = _full(Damage(ImageBuffer(rough), "jpeg"), 48)
    made = full.picture(torch.full((1, 3, 32, 48), 0.5)).pixels
    assert np.abs(made[:, :40] - 0.5).max() < 0.012
    assert made[:, 48].mean() - made[:, 47].mean() > 0.05


def test_enlarging_never_reduces_what_was_observed() -> None:
    damage = Damage(_photo(20, 30), "enlarge", scale=4, truth=_photo(80, 120))
    full = _full(damage, 70)
    assert full.fitted.image is damage.image
    assert full.fitted.scale == 2
    assert full.fitted.truth is not None
    assert full.fitted.truth.pixels.shape == (40, 60, 3)
    made = full.picture(torch.rand(1, 3, 40, 60))
    assert made.pixels.shape == (80, 120, 3)


def test_what_cannot_be_done_small_is_refused() -> None:
    photo = _photo()
    with pytest.raises(InvalidRequest, match="nothing to enlarge"):
        fitted_size("enlarge", photo, 4, 100)
    with pytest.raises(InvalidRequest, match="task flash"):
        _full(Damage(photo, "flash", guide=photo), 45)
    nearly_all = np.ones((60, 90), np.bool_)
    nearly_all[30, 45] = False
    with pytest.raises(InvalidRequest, match="no pixel is known"):
        _full(Damage(photo, "inpaint", missing=nearly_all), 45)


def test_gray_and_alpha_survive() -> None:
    gray = ImageBuffer(_photo().pixels[..., :1].copy(), np.full((60, 90), 77, np.uint8))
    full = _full(Damage(gray, "denoise"), 45)
    made = full.picture(_tensor(full.fitted.image))
    assert made.pixels.shape == (60, 90, 1)
    assert made.alpha is not None
    assert (made.alpha == 77).all()


def test_cancel_while_the_detail_is_sought() -> None:
    token = CancelToken()
    token.cancel()
    context = ReportingContext(token, lambda _share, _note, _eta_s: None)
    with pytest.raises(JobCancelled):
        FullSize(Damage(_photo(), "denoise"), 45, context)
