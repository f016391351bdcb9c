"""CIE Lab of sRGB pictures (D65): conversions, and colours put on a given lightness."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from sr_studio.imaging.image_buffer import from_float, white_of
from sr_studio.imaging.srgb_curve import linear_to_srgb, srgb_to_linear

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels

_XYZ_OF_RGB: Final = np.array(  # IEC 61966-2-1, as scikit-image has it
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ],
    np.float32,
)
_RGB_OF_XYZ: Final = np.linalg.inv(_XYZ_OF_RGB.astype(np.float64)).astype(np.float32)
_WHITE: Final = np.array([0.95047, 1.0, 1.08883], np.float32)
_LUMINANCE: Final = _XYZ_OF_RGB[1]
_DARK = np.float32(6 / 29)
_SLACK = np.float32(2e-6)  # outside of [0, 1] by so much is the rounding of float32
_HALVINGS = 14
_ROUNDS = 3
# in what order channels go on by a level: by the light that it makes, the least first
_STEPS: Final = ((0, 0, 1), (1, 0, 0), (1, 0, 1), (0, 1, -1), (0, 1, 0), (0, 1, 1), (1, 1, 1))


def rgb_to_lab(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3) float32: L in [0, 100], a and b in about [-108, 99].

    By scikit-image: OpenCV's is wrong by up to 0.3 units.

    Args:
        rgb: (H, W, 3) float32, sRGB-encoded, in [0, 1].
    """
    from skimage.color import rgb2lab

    return np.asarray(rgb2lab(rgb), np.float32)


def lab_to_rgb(lab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3) float32, sRGB-encoded, clipped to [0, 1]; the reverse of `rgb_to_lab`."""
    from skimage.color import lab2rgb

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # colours that there cannot be are clipped
        return np.asarray(lab2rgb(lab), np.float32)


def lightness_of(gray: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return L in [0, 100] of sRGB-encoded grays in [0, 1], any shape."""
    return np.asarray(116 * _cube_root(srgb_to_linear(gray)) - 16, np.float32)


def gray_of(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sRGB-encoded gray of the same L: (H, W, 3) in [0, 1] to (H, W)."""
    return linear_to_srgb(srgb_to_linear(rgb) @ _LUMINANCE)


def is_showable(lab: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return which colours (..., 3) of Lab sRGB holds."""
    root = np.asarray((lab[..., 0] + 16) / 116, np.float32)
    linear = _linear(root, lab[..., 1], lab[..., 2])
    return _is_inside(linear, np.float32(1e-4))


def put_colour(gray: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (H, W, 3), sRGB-encoded in [0, 1], of the very lightness of the gray.

    Where sRGB has no such colour at that lightness, it is made paler at the same hue until it has.

    Args:
        gray: (H, W), sRGB-encoded, in [0, 1].
        ab: (H, W, 2), units of a and b.
    """
    root = _cube_root(srgb_to_linear(gray))
    linear = _linear(root, ab[..., 0], ab[..., 1])
    outside = ~_is_inside(linear)
    if outside.any():
        linear[:, outside] = _paler(root[outside], ab[outside])
    return np.ascontiguousarray(np.moveaxis(linear_to_srgb(np.clip(linear, 0, 1)), 0, -1))


def round_keeping_lightness(
    rgb: NDArray[np.float32], gray: NDArray[np.float32], dtype: np.dtype[Any]
) -> Pixels:
    """Return `rgb` in `dtype` so that its `gray_of`, in the same depth, is `gray` to the last bit.

    Rounding each channel alone misses it by a level now and then. There one channel or two go on
    by a level; only at the corners of the cube none may be left.

    Args:
        rgb: (H, W, 3) of the lightness of `gray`.
        gray: (H, W), sRGB-encoded, in [0, 1].
        dtype: uint8, uint16 or float32.
    """
    rounded = from_float(rgb, dtype)
    if not np.issubdtype(dtype, np.integer):
        return rounded
    white = int(white_of(dtype))
    codes = from_float(gray, dtype)
    for _ in range(_ROUNDS):
        luminance = _luminance(rounded, white)
        edges = _levels(white)[1]
        low, high = luminance < edges[codes], luminance >= edges[codes.astype(np.int64) + 1]
        if not (low | high).any():
            break
        for missed, direction in ((low, 1), (high, -1)):
            where = np.nonzero(missed)
            rounded[where] = _moved(rounded[where], codes[where], direction, white)
    return rounded


def _luminance(colours: Pixels, white: int) -> NDArray[np.float64]:
    """Return the light of whole numbers (..., 3)."""
    light = _levels(white)[0]
    parts = [light[colours[..., c]] * np.float64(_LUMINANCE[c]) for c in range(3)]
    return np.asarray(parts[0] + parts[1] + parts[2], np.float64)


def _moved(colours: Pixels, codes: Pixels, direction: int, white: int) -> Pixels:
    """Return colours (N, 3) a level on, so that their grays are the codes (N,)."""
    edges = _levels(white)[1]
    moved = np.clip(colours.astype(np.int64) + direction, 0, white).astype(colours.dtype)
    is_open = np.ones(len(colours), bool)
    for step in _STEPS:
        tried = np.clip(colours.astype(np.int64) + direction * np.array(step), 0, white)
        luminance = _luminance(tried, white)
        fits = (luminance >= edges[codes]) & (luminance < edges[codes.astype(np.int64) + 1])
        moved[is_open & fits] = tried[is_open & fits]
        is_open &= ~fits
    return moved  # what is still open has gone on in all channels, for another round


@cache
def _levels(white: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the light of each level, and from which light on each is rounded to."""
    light = srgb_to_linear(np.arange(white + 1) / white)
    edges = srgb_to_linear((np.arange(white + 2) - 0.5) / white)
    edges[0], edges[-1] = -np.inf, np.inf
    return light, edges


def _paler(root: NDArray[np.float32], ab: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return linear RGB (3, N) of the most of each colour (N, 2) that sRGB holds."""
    a, b = ab[:, 0], ab[:, 1]
    least, most = np.zeros(len(ab), np.float32), np.ones(len(ab), np.float32)
    for _ in range(_HALVINGS):
        middle = (least + most) * np.float32(0.5)
        inside = _is_inside(_linear(root, a * middle, b * middle))
        least[inside], most[~inside] = middle[inside], middle[~inside]
    return _linear(root, a * least, b * least)


def _is_inside(linear: NDArray[np.float32], slack: np.float32 = _SLACK) -> NDArray[np.bool_]:
    return np.asarray((linear.min(0) >= -slack) & (linear.max(0) <= 1 + slack))


def _linear(
    root: NDArray[np.float32], a: NDArray[np.float32], b: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return linear RGB (3, ...), not clipped, of f(Y), a and b, each (...)."""
    roots = root + a / np.float32(500), root, root - b / np.float32(200)
    xyz = [_cube(roots[axis]) * _WHITE[axis] for axis in range(3)]
    rows = [x * xyz[0] + y * xyz[1] + z * xyz[2] for x, y, z in _RGB_OF_XYZ]
    return np.asarray(rows, np.float32)


def _cube(root: NDArray[np.float32]) -> NDArray[np.float32]:
    """The reverse of CIE Lab's f."""
    straight = 3 * _DARK**2 * (root - np.float32(4 / 29))
    return np.asarray(np.where(root > _DARK, root * root * root, straight), np.float32)


def _cube_root(luminance: NDArray[np.float32]) -> NDArray[np.float32]:
    """The f of CIE Lab."""
    bent = np.cbrt(luminance)
    dark = luminance <= _DARK**3
    if dark.any():
        slope = luminance.dtype.type((29 / 6) ** 2 / 3)
        bent[dark] = slope * luminance[dark] + luminance.dtype.type(4 / 29)
    return bent
