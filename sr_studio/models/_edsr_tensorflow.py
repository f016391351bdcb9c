"""Brings the EDSR of OpenCV's dnn_superres to the layout of EDSR-PyTorch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor

_MEAN_RGB = (114.35629928, 111.561547, 103.1545782)  # in its main.py, blue first
_COLOURS = 3


def from_tensorflow(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the tensors of https://github.com/Saafke/EDSR_Tensorflow under EDSR-PyTorch's names.

    That network takes and returns blue first, and its mean colour lies outside. It ends with one
    convolution to scale^2 pixels of three colours and a shuffle; EDSR has a convolution to features
    of the large picture and another to colours. The same is computed: the colours become the first
    three features (at scale 4, pixels of colours the first twelve, which the second step of two
    only moves), and the last convolution passes them on.

    Args:
        tensors: resFilter0, resBias0, ... resFilter_one, BiasOne, ... BiasThree, filters as
            (out, in, H, W). Anything else is left alone.
    """
    num_block = sum(name.startswith("resFilter") and name[9:].isdecimal() for name in tensors) // 2
    pairs = {
        "head.0": ("resFilter_one", "BiasOne"),
        f"body.{num_block}": ("resFilter_two", "BiasTwo"),
    }
    for number in range(2 * num_block):
        name = f"body.{number // 2}.body.{2 * (number % 2)}"
        pairs[name] = (f"resFilter{number}", f"resBias{number}")
    last = ("resFilter_three", "BiasThree")
    if not num_block or not {name for pair in (*pairs.values(), last) for name in pair} <= set(
        tensors
    ):
        return tensors
    converted = {
        f"{name}.{key}": tensors[source]
        for name, pair in pairs.items()
        for key, source in zip(("weight", "bias"), pair, strict=True)
    }
    first = converted["head.0.weight"]
    weight = tensors[last[0]]
    scale = math.isqrt(weight.shape[0] // _COLOURS)
    if first.ndim != 4 or weight.ndim != 4 or scale not in (2, 3, 4):
        return tensors
    converted["head.0.weight"] = first.flip(1)
    return converted | _tail(weight, tensors[last[1]], scale) | _mean_shifts()


def _tail(weight: Tensor, bias: Tensor, scale: int) -> dict[str, Tensor]:
    """weight: (scale*scale*3, F, 3, 3), pixels by rows, blue first in each."""
    num_feat = weight.shape[1]
    order = torch.arange(scale**2 * _COLOURS).view(scale, scale, _COLOURS).flip(2)  # row, column
    if scale == 4:
        # rows and columns of the second step before those of the first: (c, i2, j2, i1, j1)
        order = order.view(2, 2, 2, 2, _COLOURS).permute(4, 1, 3, 0, 2)
    else:
        order = order.permute(2, 0, 1)
    order = order.flatten()
    tail = {}
    step = 2 if scale == 4 else scale
    wide = weight.new_zeros(num_feat * step**2, *weight.shape[1:])
    wide_bias = bias.new_zeros(num_feat * step**2)
    wide[: len(order)] = weight[order]
    wide_bias[: len(order)] = bias[order]
    tail["tail.0.0.weight"], tail["tail.0.0.bias"] = wide, wide_bias
    if scale == 4:
        count = _COLOURS * step**2
        tail |= _passing_on("tail.0.2", weight, num_feat * step**2, count)
    return tail | _passing_on("tail.1", weight, _COLOURS, _COLOURS)


def _passing_on(name: str, like: Tensor, out_channels: int, count: int) -> dict[str, Tensor]:
    """Return a convolution that gives the first `count` features as they are, and zero."""
    weight = like.new_zeros(out_channels, *like.shape[1:])
    weight[range(count), range(count), 1, 1] = 1
    return {f"{name}.weight": weight, f"{name}.bias": like.new_zeros(out_channels)}


def _mean_shifts() -> dict[str, Tensor]:
    mean = torch.tensor(_MEAN_RGB)
    eye = torch.eye(_COLOURS).view(_COLOURS, _COLOURS, 1, 1)
    return {
        "sub_mean.weight": eye,
        "sub_mean.bias": -mean,
        "add_mean.weight": eye.clone(),
        "add_mean.bias": mean,
    }
