"""Pixels to tensors and back, one tile at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from sr_studio.imaging.image_buffer import white_of

if TYPE_CHECKING:
    from torch import Tensor

    from sr_studio.imaging.image_buffer import Pixels


def tensor_from_pixels(pixels: Pixels) -> Tensor:
    """Turn a tile of a picture into a tensor on the CPU.

    Args:
        pixels: (H, W, C), uint8 / uint16 in full range or float32; any range of float32 passes.

    Returns:
        (1, C, H, W) float32, white at 1.0, a copy in channels-last memory order.
    """
    own = torch.from_numpy(np.array(pixels, order="C"))  # a copy: pixels are read-only
    scaled = own.to(torch.float32)
    if pixels.dtype != np.float32:
        scaled = scaled.mul_(1.0 / white_of(pixels.dtype))
    return scaled.permute(2, 0, 1).unsqueeze(0)  # (1, C, H, W), its bytes still (H, W, C)


def encode_tensor(values: Tensor, dtype: np.dtype[Any]) -> Tensor:
    """Quantise a tile on its own device, so that what travels back is small.

    Args:
        values: (1, C, H, W) float32, white at 1.0; finite; overwritten.
        dtype: of the picture: uint8, uint16 or float32.

    Returns:
        (1, C, H, W), rounded half to even and clipped, as uint8 or int32 (not every device knows
        uint16), unchanged for float32; dense, in channels-last memory order.
    """
    if dtype == np.float32:
        return values.contiguous(memory_format=torch.channels_last)
    white = white_of(dtype)
    codes = values.mul_(white).round_().clamp_(0, white)
    return codes.to(
        torch.uint8 if dtype == np.uint8 else torch.int32, memory_format=torch.channels_last
    )


def pixels_from_tensor(codes: Tensor) -> Pixels:
    """Return (H, W, C) values of a (1, C, H, W) tensor on the CPU; shares its memory."""
    pixels: Pixels = codes[0].permute(1, 2, 0).numpy()
    return pixels
