from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sr_studio.tensors.image_tensor import encode_tensor, pixels_from_tensor, tensor_from_pixels


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_pixels_come_back_exactly(dtype: Any, channels: int) -> None:
    rng = np.random.default_rng(0)
    pixels = np.empty((5, 7, channels), dtype)
    if dtype == np.float32:
        pixels[:] = rng.normal(size=pixels.shape)  # beyond black and white too
    else:
        pixels[:] = rng.integers(0, np.iinfo(dtype).max + 1, pixels.shape)
        pixels[0, 0], pixels[0, 1] = 0, np.iinfo(dtype).max
    pixels.flags.writeable = False
    tensor = tensor_from_pixels(pixels)
    assert tensor.shape == (1, channels, 5, 7)
    assert tensor.dtype == torch.float32
    back = np.empty_like(pixels)
    back[:] = pixels_from_tensor(encode_tensor(tensor, pixels.dtype))
    np.testing.assert_array_equal(back, pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_overshoot_is_clipped(dtype: Any) -> None:
    values = torch.tensor([-0.2, 0.0, 0.5, 1.0, 1.7]).reshape(1, 1, 1, 5)
    white = np.iinfo(dtype).max
    found = pixels_from_tensor(encode_tensor(values, np.dtype(dtype))).ravel().tolist()
    assert found == [0, 0, round(white / 2), white, white]
