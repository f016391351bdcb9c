"""Makes a poor picture of a good one, by a recipe: for ground-truth tests and training data."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from sr_studio.degradations.blur import blur
from sr_studio.degradations.downsample import downsample
from sr_studio.degradations.jpeg import compress_as_jpeg
from sr_studio.degradations.noise import add_noise
from sr_studio.errors import SrStudioError
from sr_studio.imaging.image_buffer import from_float, to_float
from sr_studio.imaging.region import Region

if TYPE_CHECKING:
    from sr_studio.degradations.recipe import Degradation
    from sr_studio.imaging.image_buffer import ImageBuffer, Pixels


def degrade(image: ImageBuffer, recipe: Degradation) -> ImageBuffer:
    """Carry out `recipe`; nothing else about the picture changes.

    Depth, gray and metadata stay. "matlab-bicubic" alone gives the published test sets bit for
    bit: integers are rounded after each dimension, as MATLAB does. After a blur all goes on in
    floats and is rounded once, or once more by JPEG. Transparency is downsampled only.

    Raises:
        SrStudioError: the picture is smaller than the scale, or too large for JPEG.
    """
    good = crop_to_multiple(image, recipe.scale)
    dtype = good.pixels.dtype
    pixels = good.pixels
    origin = good.origin
    own_kernel = recipe.kernel == "gaussian"
    if recipe.sigma_blur > 0 and not own_kernel:
        pixels = blur(to_float(pixels), recipe.sigma_blur)
    pixels = _downsample(pixels, recipe)
    if recipe.noise > 0:
        generator = np.random.default_rng(recipe.seed)
        pixels = add_noise(to_float(pixels), recipe.noise / 255, generator)
    if recipe.jpeg is not None:
        eight_bit = pixels if pixels.dtype == np.uint8 else from_float(to_float(pixels), np.uint8)
        pixels = compress_as_jpeg(eight_bit, recipe.jpeg)
        if dtype != np.uint8:
            note = "JPEG has 8 bits a channel: finer steps of this picture were lost."
            origin = replace(origin, notes=(*origin.notes, note))
    if pixels.dtype != dtype:
        pixels = from_float(to_float(pixels), dtype)
    alpha = None if good.alpha is None else _downsample(good.alpha, recipe)
    return replace(good, pixels=pixels, alpha=alpha, origin=origin)


def add_float_noise(image: ImageBuffer, sigma: float, seed: int) -> ImageBuffer:
    """Return `image` in float32 with white Gaussian noise, neither rounded nor clipped.

    As the papers on denoising add it; a file, which `degrade` has in mind, could not hold it.

    Args:
        image: any depth.
        sigma: standard deviation, on the scale of 0 to 255.
        seed: of the noise.
    """
    generator = np.random.default_rng(seed)
    pixels = add_noise(to_float(image.pixels), sigma / 255, generator)
    return replace(image, pixels=pixels)


def crop_to_multiple(image: ImageBuffer, multiple: int) -> ImageBuffer:
    """Return the top left part whose sides are multiples of `multiple`, as papers do.

    Raises:
        SrStudioError: a side is smaller than `multiple`.
    """
    width, height = (side // multiple * multiple for side in (image.width, image.height))
    if min(width, height) < 1:
        raise SrStudioError(
            f"A picture of {image.width} × {image.height} px cannot be made {multiple} × smaller.",
            advice="Choose a smaller scale or a larger picture.",
        )
    return image.crop(Region(0, 0, width, height))


def _downsample(pixels: Pixels, recipe: Degradation) -> Pixels:
    return downsample(pixels, recipe.scale, recipe.kernel, sigma_px=recipe.sigma_blur)
