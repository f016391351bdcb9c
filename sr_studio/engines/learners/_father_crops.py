"""Draws what a network learns from: pieces of the picture, turned, mirrored, scaled and sheared."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional as F

from sr_studio.engines.source_tiles import read_tile
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from sr_studio.imaging.image_buffer import ImageBuffer

_AS_IS_CHANCE, _TURNED_CHANCE = 0.05, 0.45  # the rest is transformed
_LEAST_SCALE = 0.5
_STRETCH_SIGMA, _SHEAR_SIGMA = 0.25, 0.1
_LEAST_STRETCH = 0.25  # of one side: keeps a rare draw from flattening the picture
_CUBIC_REACH_PX = 2


@dataclass(frozen=True, slots=True, eq=False)
class FatherSource:
    """A picture to draw from: the source itself, or a result at an intermediate scale.

    Attributes:
        image: any depth, gray or RGB.
        scale: of it over the source: 1 for that itself.
    """

    image: ImageBuffer
    scale: float

    def read(self, region: Region) -> Tensor:
        """Return (1, 3, h, w), RGB, white at 1."""
        pixels = read_tile(self.image, region)
        rgb = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1)))[None]


def draw_father(
    sources: Sequence[FatherSource], crop_px: int, multiple: int, generator: torch.Generator
) -> Tensor:
    """Return a random piece of the picture, (1, 3, h, w), on the CPU.

    One in twenty is as it is, nine are turned by one of the eight symmetries of the square, ten are
    transformed: scaled by 0.5 up to the largest source, stretched, mirrored, sheared, turned.
    Beyond its edge the picture is mirrored.

    Args:
        sources: by rising scale, the first is the picture itself.
        crop_px: largest side; pieces are no larger than the picture is, once scaled.
        multiple: of both sides.
        generator: on the CPU.
    """
    chance = _uniform(generator)
    if chance < _AS_IS_CHANCE:
        return _crop(sources[0], crop_px, multiple, generator)
    largest = sources[-1].scale
    scale = _LEAST_SCALE + (largest - _LEAST_SCALE) * _uniform(generator)
    source = next(each for each in sources if each.scale > scale - 1e-6)
    if chance < _AS_IS_CHANCE + _TURNED_CHANCE:
        father = _crop(source, crop_px, multiple, generator)
        father = father.rot90(int(_uniform(generator) * 4), (2, 3))
        return father.flip(3) if _uniform(generator) < 0.5 else father
    return _transform(source, scale / source.scale, crop_px, multiple, generator)


def _crop(source: FatherSource, crop_px: int, multiple: int, generator: torch.Generator) -> Tensor:
    image = source.image
    width, height = (
        min(crop_px, side) // multiple * multiple for side in (image.width, image.height)
    )
    x = int(_uniform(generator) * (image.width - width + 1))
    y = int(_uniform(generator) * (image.height - height + 1))
    return source.read(Region(x, y, width, height))


def _transform(
    source: FatherSource, scale: float, crop_px: int, multiple: int, generator: torch.Generator
) -> Tensor:
    image = source.image
    side_px = min(crop_px, int(scale * min(image.width, image.height)))
    side_px = max(side_px // multiple, 1) * multiple
    stretch = _STRETCH_SIGMA * _normal(generator)
    mirror = -1.0 if _uniform(generator) < 0.5 else 1.0
    angle = 2 * math.pi * _uniform(generator)
    shear_x, shear_y = _SHEAR_SIGMA * _normal(generator), _SHEAR_SIGMA * _normal(generator)
    cos, sin = math.cos(angle), math.sin(angle)
    stretched = np.diag(
        [
            mirror * max(scale + stretch / 2, _LEAST_STRETCH),
            max(scale - stretch / 2, _LEAST_STRETCH),
        ]
    )
    matrix = np.array([[1, shear_x], [shear_y, 1]]) @ np.array([[cos, sin], [-sin, cos]])
    back = np.linalg.inv(matrix @ stretched)  # of the piece to the source
    reach = np.abs(back).sum(axis=1) * side_px / 2
    centre = [
        length / 2 if length < 2 * half else half + _uniform(generator) * (length - 2 * half)
        for length, half in zip((image.width, image.height), reach, strict=True)
    ]
    left, top = (math.floor(c - r) - _CUBIC_REACH_PX for c, r in zip(centre, reach, strict=True))
    right, bottom = (math.ceil(c + r) + _CUBIC_REACH_PX for c, r in zip(centre, reach, strict=True))
    box = Region(left, top, right - left, bottom - top).intersect(
        Region(0, 0, image.width, image.height)
    )
    position = torch.arange(side_px, dtype=torch.float32) + 0.5 - side_px / 2
    y, x = position[:, None], position[None, :]
    columns = back[0, 0] * x + back[0, 1] * y + (centre[0] - box.x)
    rows = back[1, 0] * x + back[1, 1] * y + (centre[1] - box.y)
    grid = torch.stack([columns * (2 / box.width) - 1, rows * (2 / box.height) - 1], dim=-1)
    return F.grid_sample(
        source.read(box),
        grid[None],
        mode="bicubic",
        padding_mode="reflection",
        align_corners=False,
    )


def _uniform(generator: torch.Generator) -> float:
    return float(torch.rand((), generator=generator))


def _normal(generator: torch.Generator) -> float:
    return float(torch.randn((), generator=generator))
