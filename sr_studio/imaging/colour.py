"""Colour management: for the screen, and for the few pictures that must be converted when read.

Pictures keep their own profile; only what is shown becomes sRGB. By LittleCMS.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal, cast

import imagecodecs
import numpy as np
from PIL import Image, ImageCms

from sr_studio.imaging.image_buffer import to_float, white_of
from sr_studio.imaging.srgb_curve import linear_to_srgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sr_studio.imaging.image_buffer import Pixels

_SRGB: Final = imagecodecs.cms_profile("srgb")
_LINEAR_SRGB: Final = imagecodecs.cms_profile(
    "rgb",
    whitepoint=(0.3127, 0.3290, 1.0),
    primaries=(0.64, 0.33, 1.0, 0.30, 0.60, 1.0, 0.15, 0.06, 1.0),
    gamma=1.0,
)
_RELATIVE = int(ImageCms.Intent.RELATIVE_COLORIMETRIC)
_BLACK_POINT = int(ImageCms.Flags.BLACKPOINTCOMPENSATION)
_EXACT = int(imagecodecs.CMS.FLAGS.NOOPTIMIZE) | _BLACK_POINT
_LEVELS = 1 << 16
_SPACES: Final = {"gray": b"GRAY", "rgb": b"RGB ", "cmyk": b"CMYK"}
_MODES: Final = {"gray": "L", "rgb": "RGB", "cmyk": "CMYK"}


def is_usable_profile(profile: bytes, ink: Literal["gray", "rgb", "cmyk"]) -> bool:
    """Return whether LittleCMS can convert from this profile and it is made for these channels."""
    if profile[16:20] != _SPACES[ink]:
        return False
    try:
        _to_srgb_transform(profile, ink)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return False
    return True


def _to_srgb_transform(
    profile: bytes, ink: Literal["gray", "rgb", "cmyk"]
) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.ImageCmsProfile(io.BytesIO(_SRGB)),
        _MODES[ink],
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


class DisplayTransform:
    """Turns a picture's values into 8-bit sRGB for the screen; relative, black point compensated.

    Safe to call from several threads: everything is computed at construction and only read after.

    Args:
        icc_profile: the picture's profile; None means sRGB. A damaged one counts as None.
        is_gray: the picture has one channel.
    """

    def __init__(self, icc_profile: bytes | None, *, is_gray: bool) -> None:
        self._is_gray = is_gray
        self._transform: ImageCms.ImageCmsTransform | None = None
        self._tables: NDArray[np.float32] | None = None
        self._gray_table: NDArray[np.uint8] | None = None
        if icc_profile is None:
            return
        ink: Literal["gray", "rgb"] = "gray" if is_gray else "rgb"
        if not is_usable_profile(icc_profile, ink):
            return
        if is_gray:
            self._gray_table = _tabulate_gray(icc_profile)
            return
        transform = _to_srgb_transform(icc_profile, ink)
        if not _is_identity(transform):
            self._transform = transform
            self._tables = _tabulate_rgb(icc_profile)

    @property
    def is_identity(self) -> bool:
        """Whether the picture is sRGB already, so that values pass unchanged."""
        return self._transform is None and self._gray_table is None

    def __call__(self, pixels: Pixels) -> NDArray[np.uint8]:
        """Convert (H, W, 1 or 3) in the picture's own depth; return (H, W, 3), 8-bit sRGB."""
        if self._is_gray:
            gray = pixels[..., 0]
            if self._gray_table is not None:
                gray = self._gray_table[_to_levels(gray)]
            return np.repeat(_to_uint8(gray)[..., None], 3, axis=2)
        if self._transform is None:
            return _to_uint8(pixels)
        if pixels.dtype != np.uint8 and self._tables is not None:
            return _look_up(self._tables, _to_levels(pixels))
        return _apply(self._transform, _to_uint8(pixels), "RGB")


def _to_uint8(pixels: Pixels) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return cast("NDArray[np.uint8]", pixels)
    if pixels.dtype == np.uint16:
        # (v * 255 + 32895) >> 16 rounds v / 257 exactly, without a float copy
        rounded = (pixels.astype(np.uint32) * 255 + 32895) >> 16
        return np.asarray(rounded, np.uint8)
    return _quantise(pixels, 255).astype(np.uint8)


def _to_levels(pixels: Pixels) -> NDArray[np.uint16]:
    """Return 16-bit values."""
    if pixels.dtype == np.uint16:
        return cast("NDArray[np.uint16]", pixels)
    if pixels.dtype == np.uint8:
        return np.multiply(pixels, 257, dtype=np.uint16)
    return _quantise(pixels, _LEVELS - 1).astype(np.uint16)


def _quantise(values: Pixels, white: int) -> NDArray[np.float32]:
    """Return floats as whole numbers up to `white`; what is no number becomes black."""
    scaled = np.nan_to_num(values).astype(np.float32, copy=False)
    scaled = np.clip(scaled, 0, 1) * np.float32(white)
    return cast("NDArray[np.float32]", np.rint(scaled))


def _apply(
    transform: ImageCms.ImageCmsTransform, pixels: NDArray[np.uint8], mode: str
) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    data = np.ascontiguousarray(pixels)
    picture = Image.frombuffer(mode, (width, height), data, "raw", mode, 0, 1)
    return np.asarray(ImageCms.applyTransform(picture, transform))


def _is_identity(transform: ImageCms.ImageCmsTransform) -> bool:
    """Return whether no colour of a grid moves by more than one level."""
    steps = np.linspace(0, 255, 18).astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    moved = np.abs(_apply(transform, grid, "RGB").astype(np.int16) - grid)
    return int(moved.max()) <= 1


_SRGB_OF_LINEAR: Final[NDArray[np.uint8]] = np.rint(
    linear_to_srgb(np.linspace(0, 1, _LEVELS)) * 255
).astype(np.uint8)


def _tabulate_gray(profile: bytes) -> NDArray[np.uint8] | None:
    """Return sRGB for each of the 65536 grays; None where it is what stands there already."""
    ramp = np.arange(256, dtype=np.uint8).reshape(1, -1)
    eight = _apply(_to_srgb_transform(profile, "gray"), ramp, "L")[0, :, 1]
    if np.abs(eight.astype(np.int16) - ramp[0]).max() <= 1:
        return None
    levels = np.arange(_LEVELS, dtype=np.uint16).reshape(1, -1)
    shown = imagecodecs.cms_transform(
        levels,
        profile,
        _SRGB,
        colorspace="gray",
        outcolorspace="rgb",
        outdtype=np.uint8,
        intent=_RELATIVE,
        flags=_EXACT,
    )
    table: NDArray[np.uint8] = shown[0, :, 1].copy()
    return table


def _tabulate_rgb(profile: bytes) -> NDArray[np.float32] | None:
    """Return what each level of each channel adds to linear sRGB: (3, 65536, 3).

    In profiles made of curves and a matrix the channels add up. Then three tables are exact in
    16 bits, where LittleCMS is either wrong by up to 20 of 255 (optimised, measured with Adobe
    RGB) or five times slower. None for profiles made of tables: 8 bits do for those.
    """
    ramps = np.zeros((3, _LEVELS, 3), np.float32)
    for channel in range(3):
        ramps[channel, :, channel] = np.linspace(0, 1, _LEVELS)
    tables = _convert(ramps, profile, _LINEAR_SRGB)
    tables -= tables[0, 0]  # black adds nothing
    probes = np.random.default_rng(0).integers(0, _LEVELS, (16, 16, 3), dtype=np.uint16)
    exact = _convert(to_float(probes), profile, _LINEAR_SRGB)
    shown = _SRGB_OF_LINEAR[np.rint(np.clip(exact, 0, 1) * (_LEVELS - 1)).astype(np.uint16)]
    moved = np.abs(_look_up(tables, probes).astype(np.int16) - shown)
    return tables if moved.max() <= 1 else None


def _look_up(tables: NDArray[np.float32], levels: NDArray[np.uint16]) -> NDArray[np.uint8]:
    linear = np.take(tables[0], levels[..., 0], axis=0)
    linear += np.take(tables[1], levels[..., 1], axis=0)
    linear += np.take(tables[2], levels[..., 2], axis=0)
    linear *= _LEVELS - 1
    np.clip(linear, 0, _LEVELS - 1, out=linear)
    return _SRGB_OF_LINEAR[linear.astype(np.uint16)]


def cmyk_to_srgb(samples: Pixels, profile: bytes | None) -> Pixels:
    """Convert ink, (H, W, 4), uint8 or uint16, 0 is paper; return (H, W, 3) in the same depth.

    Args:
        samples: the amounts of ink.
        profile: the embedded one; None takes inks for ideal ones.
    """
    converted = np.empty((*samples.shape[:2], 3), samples.dtype)
    white = white_of(samples.dtype)
    for rows in (slice(at, at + 256) for at in range(0, len(samples), 256)):
        part = np.ascontiguousarray(samples[rows])
        if profile is None:
            light = white - part.astype(np.float32)
            converted[rows] = np.rint(light[..., :3] * light[..., 3:] / white)
        else:
            converted[rows] = imagecodecs.cms_transform(
                part,
                profile,
                _SRGB,
                colorspace="cmyk",
                outcolorspace="rgb",
                outdtype=samples.dtype,
                intent=_RELATIVE,
                flags=_BLACK_POINT,
            )
    return converted


def lab_to_srgb(samples: Pixels) -> Pixels:
    """Convert TIFF's CIE L*a*b*, (H, W, 3), uint8 or uint16 (a and b signed); D50 white."""
    lab_profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    converted = np.empty_like(samples)
    white = white_of(samples.dtype)
    signed, units = ("int8", 1.0) if samples.dtype == np.uint8 else ("int16", 256.0)
    for rows in (slice(at, at + 256) for at in range(0, len(samples), 256)):
        part = np.ascontiguousarray(samples[rows])
        lab = np.empty(part.shape, np.float32)
        lab[..., 0] = part[..., 0] * np.float32(100 / white)
        lab[..., 1:] = part[..., 1:].view(signed).astype(np.float32) / units
        converted[rows] = imagecodecs.cms_transform(
            lab,
            lab_profile,
            _SRGB,
            colorspace="lab",
            outcolorspace="rgb",
            outdtype=samples.dtype,
            intent=_RELATIVE,
            flags=_EXACT,
        )
    return converted


def to_srgb(pixels: Pixels, profile: bytes | None) -> NDArray[np.float32]:
    """Return (H, W, 1 or 3) float32, sRGB-encoded, white at 1; gray stays gray.

    Args:
        pixels: (H, W, 1 or 3), any depth, encoded as the profile says.
        profile: an unusable one counts as None, which means sRGB.
    """
    ink: Literal["gray", "rgb"] = "gray" if pixels.shape[2] == 1 else "rgb"
    if profile is None or not is_usable_profile(profile, ink):
        return to_float(pixels)
    values = to_float(pixels if ink == "rgb" else pixels[..., 0])
    converted = _convert(values, profile, _SRGB, ink)
    return converted[..., 1:2] if ink == "gray" else converted


def from_srgb(rgb: NDArray[np.float32], profile: bytes) -> NDArray[np.float32]:
    """Return (H, W, 3) float32 encoded as a usable profile of RGB says, of sRGB-encoded values."""
    return _convert(rgb, _SRGB, profile)


def _convert(
    values: NDArray[np.float32],
    given: bytes,
    wanted: bytes,
    ink: Literal["gray", "rgb"] = "rgb",
) -> NDArray[np.float32]:
    """Return float32 of RGB in the wanted profile, nothing of the precision lost."""
    converted: NDArray[np.float32] = imagecodecs.cms_transform(
        np.ascontiguousarray(values),
        given,
        wanted,
        colorspace=ink,
        outcolorspace="rgb",
        outdtype=np.float32,
        intent=_RELATIVE,
        flags=_EXACT,
    )
    return converted
