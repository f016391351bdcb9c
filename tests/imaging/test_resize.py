from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import Edge, Kernel, imresize, resize_region

if TYPE_CHECKING:
    from pathlib import Path

KERNELS: tuple[Kernel, ...] = ("nearest", "bilinear", "bicubic", "lanczos2", "lanczos")
EDGES: tuple[Edge, ...] = ("symmetric", "replicate")
DTYPES = (np.uint8, np.uint16, np.float32, np.float64)
EPS = float(np.finfo(np.float64).eps)


def kernel_value(kernel: Kernel, x: float) -> float:
    """The kernels of imresize.m, one number at a time."""
    a = abs(x)
    if kernel == "nearest":
        return 1.0 if -0.5 <= x < 0.5 else 0.0
    if kernel == "bilinear":
        return 1 - a if a <= 1 else 0.0
    if kernel == "bicubic":
        if a <= 1:
            return 1.5 * a**3 - 2.5 * a**2 + 1
        return -0.5 * a**3 + 2.5 * a**2 - 4 * a + 2 if a <= 2 else 0.0
    lobes = 2 if kernel == "lanczos2" else 3
    if a >= lobes:
        return 0.0
    sines = math.sin(math.pi * x) * math.sin(math.pi * x / lobes)
    return (sines + EPS) / ((math.pi**2 * x**2 / lobes) + EPS)


def resize_rows_literally(
    picture: np.ndarray, out_length: int, scale: float, kernel: Kernel, antialias: bool, edge: Edge
) -> np.ndarray:
    """imresize.m along the first dimension, written down slowly; integers come back rounded."""
    width = {"nearest": 1.0, "bilinear": 2.0, "bicubic": 4.0, "lanczos2": 4.0, "lanczos": 6.0}[
        kernel
    ]
    stretch = scale if scale < 1 and antialias and kernel != "nearest" else 1.0
    width /= stretch
    in_length = len(picture)
    result = np.zeros((out_length, *picture.shape[1:]), np.float64)
    for x in range(1, out_length + 1):
        u = x / scale + 0.5 * (1 - 1 / scale)
        left = math.floor(u - width / 2)
        indices = [left + j for j in range(math.ceil(width) + 2)]
        weights = [stretch * kernel_value(kernel, stretch * (u - i)) for i in indices]
        total = sum(weights)
        for index, weight in zip(indices, weights, strict=True):
            if edge == "replicate":
                source = min(max(index, 1), in_length)
            else:
                mirrored = [*range(1, in_length + 1), *range(in_length, 0, -1)]
                source = mirrored[(index - 1) % len(mirrored)]
            result[x - 1] += weight / total * picture[source - 1].astype(np.float64)
    if np.issubdtype(picture.dtype, np.integer):
        white = np.iinfo(picture.dtype).max
        return np.clip(np.floor(result + 0.5), 0, white).astype(picture.dtype)
    return result


def resize_literally(
    picture: np.ndarray,
    size: tuple[int, int],
    scales: tuple[float, float],
    kernel: Kernel = "bicubic",
    antialias: bool = True,
    edge: Edge = "symmetric",
) -> np.ndarray:
    """imresize.m: the dimension with the smaller scale first, rows where they are equal."""
    order = (0, 1) if scales[0] <= scales[1] else (1, 0)
    for axis in order:
        moved = np.moveaxis(picture, axis, 0)
        moved = resize_rows_literally(
            moved, (size[1], size[0])[axis], scales[axis], kernel, antialias, edge
        )
        picture = np.moveaxis(moved, 0, axis)
    return picture


def random_picture(shape: tuple[int, ...], dtype: type, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    if np.issubdtype(dtype, np.integer):
        # many extremes, so that the cubic's overshoot is clipped
        values = rng.integers(0, np.iinfo(dtype).max + 1, shape)
        extremes = rng.choice([0, np.iinfo(dtype).max], shape)
        return np.where(rng.random(shape) < 0.5, values, extremes).astype(dtype)
    return rng.random(shape).astype(dtype)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("antialias", [True, False])
def test_equals_the_published_algorithm(
    kernel: Kernel, edge: Edge, dtype: type, antialias: bool
) -> None:
    options = {"kernel": kernel, "antialias": antialias, "edge": edge}
    picture = random_picture((11, 14, 3), dtype)
    for size in [(28, 22), (42, 33), (7, 5), (5, 13), (19, 11), (3, 29), (1, 1)]:
        scales = size[1] / 11, size[0] / 14
        expected = resize_literally(picture, size, scales, **options)
        assert_same(imresize(picture, size=size, **options), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [1 / 2, 1 / 3, 1 / 4, 2, 3, 4, 1.7, 0.37, 1])
def test_a_scale_is_used_as_given_and_the_size_rounded_up(dtype: type, scale: float) -> None:
    picture = random_picture((13, 10), dtype)
    size = math.ceil(10 * scale), math.ceil(13 * scale)
    expected = resize_literally(picture, size, (scale, scale))
    assert_same(imresize(picture, scale=scale), expected)


def assert_same(ours: np.ndarray, expected: np.ndarray) -> None:
    if np.issubdtype(ours.dtype, np.integer):
        np.testing.assert_array_equal(ours, expected)
    else:
        tolerance = 1e-6 if ours.dtype == np.float32 else 1e-12
        np.testing.assert_allclose(ours, expected, atol=tolerance, rtol=0)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_region_equals_the_whole(data: st.DataObject) -> None:
    side = st.integers(1, 40)
    height, width = data.draw(side), data.draw(side)
    new_width, new_height = data.draw(st.integers(1, 120)), data.draw(st.integers(1, 120))
    x, y = data.draw(st.integers(0, new_width - 1)), data.draw(st.integers(0, new_height - 1))
    region = Region(
        x, y, data.draw(st.integers(1, new_width - x)), data.draw(st.integers(1, new_height - y))
    )
    channels = data.draw(st.sampled_from([(), (1,), (3,)]))
    picture = random_picture((height, width, *channels), data.draw(st.sampled_from(DTYPES)))
    size = (new_width, new_height)
    kernel, edge = data.draw(st.sampled_from(KERNELS)), data.draw(st.sampled_from(EDGES))
    whole = imresize(picture, size=size, kernel=kernel, edge=edge)
    part = resize_region(picture, size, region, kernel=kernel, edge=edge)
    np.testing.assert_array_equal(part, whole[region.slices])


def test_a_picture_of_many_tiles_has_no_seam() -> None:
    picture = random_picture((300, 420, 3), np.uint8)
    for size in [(1100, 1300), (700, 90), (40, 33)]:
        whole = resize_region(picture, size, Region(0, 0, *size))
        np.testing.assert_array_equal(imresize(picture, size=size), whole)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_flat_picture_stays_flat(kernel: Kernel, dtype: type) -> None:
    picture = np.full((9, 7, 3), 201 if np.issubdtype(dtype, np.integer) else 0.7, dtype)
    for size in [(3, 4), (20, 31)]:
        assert np.allclose(imresize(picture, size=size, kernel=kernel), picture[0, 0], atol=1e-6)


def test_floats_overshoot_and_are_not_clipped() -> None:
    edge = np.repeat(np.array([[0.0, 1.0]], np.float32), 4, axis=1)
    enlarged = imresize(edge, scale=4)
    assert enlarged.min() < 0
    assert enlarged.max() > 1


def test_read_only_pictures_are_left_alone() -> None:
    picture = random_picture((8, 8, 3), np.uint8)
    picture.flags.writeable = False
    before = picture.copy()
    imresize(picture, scale=1)[:] = 0
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"scale": 2.0, "size": (4, 4)}, {"size": (0, 4)}, {"scale": 0.0}],
)
def test_impossible_sizes_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"scale or size|at least 1 x 1"):
        imresize(random_picture((4, 4), np.uint8), **arguments)


def test_a_region_beyond_the_result_is_refused() -> None:
    with pytest.raises(ValueError, match="does not lie within"):
        resize_region(random_picture((4, 4), np.uint8), (8, 8), Region(4, 4, 5, 4))


@pytest.mark.needs_data
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(
    ("suffix", "edge"), [("", "symmetric"), ("_selfex", "replicate")], ids=["today", "older"]
)
def test_reproduces_the_published_low_resolution_set5(
    shared_data: Path, scale: int, suffix: str, edge: Edge
) -> None:
    published = shared_data / "benchmarks" / "Set5"
    files = sorted((published / "HR").glob("*.png"))
    assert len(files) == 5
    for file in files:
        high_res = np.array(Image.open(file))
        height, width = (side // scale * scale for side in high_res.shape[:2])
        low_res = imresize(high_res[:height, :width], scale=1 / scale, edge=edge)
        expected = np.array(Image.open(published / f"LRx{scale}{suffix}" / file.name))
        np.testing.assert_array_equal(low_res, expected, err_msg=file.name)


@pytest.mark.parametrize("scale", [0.3, 1.7, 2.45])
def test_a_region_can_be_placed_by_the_factor_when_the_size_was_rounded_up(scale):
    picture = random_picture((23, 31), np.uint8)
    whole = imresize(picture, scale=scale)
    size = whole.shape[1], whole.shape[0]
    region = Region(1, 2, size[0] - 1, size[1] - 2)
    part = resize_region(picture, size, region, scales=(scale, scale))
    np.testing.assert_array_equal(part, whole[region.slices])
