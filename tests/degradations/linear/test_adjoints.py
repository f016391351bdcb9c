from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from sr_studio.degradations.blur import blur
from sr_studio.degradations.kernels.defocus import defocus_kernel
from sr_studio.degradations.kernels.gaussian import gaussian_kernel
from sr_studio.degradations.kernels.motion import linear_motion_kernel
from sr_studio.degradations.linear._spec import LinearDegradation
from sr_studio.degradations.linear.blur import Blur
from sr_studio.degradations.linear.composition import Composition, blur_and_decimate
from sr_studio.degradations.linear.decimation import Decimation
from sr_studio.degradations.linear.downsampling import Downsampling
from sr_studio.degradations.linear.identity import Identity
from sr_studio.degradations.linear.mask import Mask
from sr_studio.imaging.resize import imresize
from sr_studio.tensors.bicubic import reduce_bicubic

HEIGHT, WIDTH = 36, 48  # multiples of every scale


def half_missing(height: int, width: int) -> torch.Tensor:
    return torch.rand(height, width, generator=torch.Generator().manual_seed(1)) < 0.5


# name -> (operator for a picture of that size, what its sides must be a multiple of)
OPERATORS: dict[str, tuple[Callable[[int, int], LinearDegradation], int]] = {
    "identity": (lambda _h, _w: Identity(), 1),
    "mask": (lambda h, w: Mask(half_missing(h, w)), 1),
    "gaussian": (lambda _h, _w: Blur(gaussian_kernel(9, 1.6, 0.7, 0.4)), 1),
    "defocus": (lambda _h, _w: Blur(defocus_kernel(2.3)), 1),
    "motion": (lambda _h, _w: Blur(linear_motion_kernel(9, 0.6)), 1),
    "decimation": (lambda _h, _w: Decimation(3, 1), 3),
    "blur and decimation": (lambda _h, _w: blur_and_decimate(gaussian_kernel(7, 1.2), 2), 2),
    "composition": (
        lambda h, w: Composition(Mask(half_missing(h, w)), Downsampling(2), Identity()),
        2,
    ),
} | {
    f"{kernel} /{scale} {edge}": (
        lambda _h, _w, kernel=kernel, scale=scale, edge=edge: Downsampling(scale, kernel, edge=edge),
        scale,
    )
    for kernel in ("bicubic", "bilinear", "lanczos2", "nearest")
    for scale in (2, 3, 4)
    for edge in ("symmetric", "replicate")
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("cells", [(1, 1), (5, 7), (11, 4)])
def test_the_adjoint_is_the_transposed_operator(name: str, cells: tuple[int, int]) -> None:
    make, multiple = OPERATORS[name]
    height, width = (multiple * count for count in cells)
    operator = make(height, width)
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, height, width, generator=generator, dtype=torch.float64)
    observed = operator(x)
    y = torch.randn(observed.shape, generator=generator, dtype=torch.float64)
    back = operator.adjoint(y)
    assert back.shape == x.shape
    assert float((observed * y).sum()) == pytest.approx(float((x * back).sum()), abs=1e-9)


@pytest.mark.parametrize("name", OPERATORS)
def test_the_slope_is_the_adjoint(name: str) -> None:
    operator = OPERATORS[name][0](HEIGHT, WIDTH)
    x = torch.rand(1, 1, HEIGHT, WIDTH, dtype=torch.float64, requires_grad=True)
    observed = operator(x)
    y = torch.rand_like(observed)
    (slope,) = torch.autograd.grad((observed * y).sum(), x)
    torch.testing.assert_close(slope, operator.adjoint(y))


def picture() -> np.ndarray:
    return np.random.default_rng(0).random((HEIGHT, WIDTH, 3))


def run(operator: LinearDegradation, pixels: np.ndarray) -> np.ndarray:
    tensor = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    return operator(tensor)[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("kernel", ["bicubic", "bilinear", "lanczos2"])
def test_downsampling_is_that_of_matlab(kernel: str, scale: int) -> None:
    expected = imresize(picture().astype(np.float32), scale=1 / scale, kernel=kernel)
    np.testing.assert_allclose(run(Downsampling(scale, kernel), picture()), expected, atol=1e-6)


def test_bicubic_downsampling_is_that_of_the_networks() -> None:
    tensor = torch.from_numpy(picture()).permute(2, 0, 1)[None]
    torch.testing.assert_close(Downsampling(3)(tensor), reduce_bicubic(tensor, 3))


def test_blur_is_that_of_scipy() -> None:
    expected = blur(picture(), 1.5)
    kernel = gaussian_kernel(13, 1.5)  # reaches four sigma, as that one
    np.testing.assert_allclose(run(Blur(kernel), picture()), expected, atol=1e-9)


def test_a_missing_pixel_is_nought_whatever_it_was() -> None:
    missing = half_missing(4, 5)
    pixels = torch.full((1, 3, 4, 5), float("nan"))
    pixels[:, :, ~missing] = 0.25
    observed = Mask(missing)(pixels)
    assert torch.equal(observed[0, 0], torch.where(missing, 0.0, 0.25))


def test_sides_that_do_not_suit_are_refused() -> None:
    for operator in (Downsampling(3), Decimation(3), Mask(half_missing(4, 4))):
        with pytest.raises(ValueError, match=r"\(5, 6\)"):
            operator(torch.zeros(1, 1, 5, 6))
