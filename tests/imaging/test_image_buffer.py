from __future__ import annotations

from dataclasses import replace

import numpy as np

from sr_studio.imaging.image_buffer import ImageBuffer
from tests.helpers.pictures import make_picture


def test_a_digest_tells_pixels_depth_shape_and_alpha() -> None:
    picture = make_picture(6, 8, has_alpha=True)
    pixels = picture.pixels.copy()
    pixels[3, 3, 1] ^= 1
    others = [
        replace(picture, pixels=pixels),
        replace(picture, alpha=None),
        ImageBuffer(picture.pixels.reshape(8, 6, 3)),
        ImageBuffer(picture.pixels.astype(np.uint16)),
        ImageBuffer(picture.pixels[..., :1]),
    ]
    digests = {each.digest() for each in (picture, *others)}
    assert len(digests) == 6


def test_a_digest_ignores_where_the_pixels_come_from() -> None:
    picture = make_picture(6, 8)
    wide = np.zeros((6, 20, 3), np.uint8)
    wide[:, 5:13] = picture.pixels
    view = ImageBuffer(wide[:, 5:13], origin=replace(picture.origin, file_format="png"))
    assert view.digest() == picture.digest()
