"""Only holes are filled, by every method, in every depth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pytest

from sr_studio.engines.deep_image_prior import PriorFit
from sr_studio.engines.inpainting.fill import FilledPart, FillMethod, fill_holes
from sr_studio.engines.inpainting.holes import find_holes
from sr_studio.engines.inpainting.methods import classical_method
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.region import Region
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.tasks._inpaint_pictures import (
    InpaintMethod,
    InpaintSettings,
    make_method,
)
from tests.helpers.pictures import make_picture

METHODS: tuple[InpaintMethod, ...] = tuple(
    each
    for each in get_args(InpaintMethod)
    if each != "network"  # none ships
)
every_method = pytest.mark.parametrize("method", METHODS)


def _fill(image: ImageBuffer, coverage: np.ndarray, method: InpaintMethod, **more: Any) -> Any:
    settings = InpaintSettings(method=method, iterations=3, device="cpu")
    more.setdefault("context", silent_context())
    return fill_holes(image, coverage, make_method(settings), **more)


def _coverage(height: int, width: int) -> np.ndarray:
    coverage = np.zeros((height, width), np.uint8)
    coverage[0:4, 0:5] = 255  # at the border
    coverage[height // 2, width // 2] = 255  # one pixel
    coverage[height - 12 : height - 5, width - 14 : width - 4] = 200
    coverage[height - 9, width - 9] = 255
    return coverage


@every_method
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_what_is_known_stays_bit_for_bit(method: InpaintMethod, dtype: Any, channels: int) -> None:
    image = make_picture(47, 51, channels, dtype, has_alpha=True)
    coverage = _coverage(image.height, image.width)
    filled, region = _fill(image, coverage, method, feather_px=2)
    known = coverage == 0
    assert filled.pixels.dtype == dtype
    np.testing.assert_array_equal(filled.pixels[known], image.pixels[known])
    np.testing.assert_array_equal(filled.alpha[known], image.alpha[known])
    assert (filled.alpha[coverage == 255] >= image.alpha[coverage == 255]).all()
    assert filled.origin is image.origin
    assert region == Region(0, 0, image.width - 4, image.height - 5)
    assert np.isfinite(to_float(filled.pixels)).all()
    assert image.pixels.flags.writeable is False


@every_method
def test_a_plain_picture_becomes_plain(method: InpaintMethod) -> None:
    pixels = np.full((60, 70, 3), (40, 120, 200), np.uint16) * 257
    holed = pixels.copy()
    coverage = np.zeros((60, 70), np.uint8)
    coverage[20:32, 25:45] = 255
    holed[coverage > 0] = 0
    filled, _ = _fill(ImageBuffer(holed), coverage, method)
    if method == "deep":  # three iterations know nothing yet
        assert (filled.pixels[coverage > 0] > 0).any()
    else:
        np.testing.assert_allclose(filled.pixels.astype(int), pixels, atol=130)


@pytest.mark.parametrize("method", [each for each in METHODS if each != "deep"])
def test_holes_far_apart_are_as_alone(method: InpaintMethod) -> None:
    image = make_picture(420, 900, 3, np.uint8)
    first, second = np.zeros((2, 420, 900), np.uint8)
    first[30:50, 30:60] = 255
    second[350:380, 800:830] = 255
    both, region = _fill(image, first | second, method)
    alone = [_fill(image, each, method)[0] for each in (first, second)]
    for coverage, one in zip((first, second), alone, strict=True):
        where = coverage > 0
        np.testing.assert_array_equal(both.pixels[where], one.pixels[where])
    assert region == Region(30, 30, 800, 350)


def test_exemplar_goes_on_with_a_texture_that_others_blur() -> None:
    y, x = np.mgrid[0:160, 0:200]
    values = 128 + 60 * np.sign(np.sin(x / 2.5)) + 40 * np.sin(y / 3.0)
    truth = np.repeat(values[..., None], 3, axis=2).round().astype(np.uint8)
    coverage = np.zeros((160, 200), np.uint8)
    coverage[60:100, 80:130] = 255
    holed = truth.copy()
    holed[coverage > 0] = 0

    def psnr(method: InpaintMethod) -> float:
        filled, _ = _fill(ImageBuffer(holed), coverage, method)
        errors = (filled.pixels.astype(float) - truth)[coverage > 0]
        return float(10 * np.log10(255**2 / max(np.mean(errors**2), 1e-9)))

    assert psnr("exemplar") > 30
    assert psnr("exemplar") > psnr("telea") + 10


def test_soft_edges_and_feathers_mix_within_the_mask() -> None:
    image = ImageBuffer(np.zeros((60, 60, 1), np.float32))
    white = FillMethod(lambda picture, missing, context: np.ones_like(picture), 8, 0, 1_000_000)
    coverage = np.zeros((60, 60), np.uint8)
    coverage[20:40, 20:40] = 255
    coverage[20:40, 20] = 51
    soft, _ = fill_holes(image, coverage, white, context=silent_context())
    assert soft.pixels[30, 20, 0] == pytest.approx(0.2)
    assert soft.pixels[30, 21, 0] == 1
    feathered, _ = fill_holes(image, coverage, white, feather_px=4, context=silent_context())
    line = feathered.pixels[30, 20:31, 0]
    assert line[1] == pytest.approx(0.4)
    assert (np.diff(line) >= 0).all()
    assert line[5:].min() == 1
    assert not feathered.pixels[coverage == 0].any()


def test_large_holes_are_filled_tile_by_tile() -> None:
    seen: list[tuple[int, int]] = []

    def fill(picture: Any, missing: Any, context: Any) -> Any:
        seen.append(picture.shape[:2])
        return np.where(missing[..., None], picture[~missing].mean(axis=0), picture)

    image = ImageBuffer(np.full((900, 1000, 1), 77, np.uint8))
    coverage = np.zeros((900, 1000), np.uint8)
    coverage[10:890, 10:990] = 255
    method = FillMethod(fill, 16, 0, 400 * 400)
    filled, _ = fill_holes(image, coverage, method, context=silent_context())
    assert len(seen) > 4
    assert all(height * width <= 420 * 420 for height, width in seen)
    assert (filled.pixels == 77).all()


def test_bright_floats_are_filled_as_bright() -> None:
    pixels = np.full((40, 40, 3), 3.5, np.float32)
    coverage = np.zeros((40, 40), np.uint8)
    coverage[10:20, 10:20] = 255
    filled, _ = _fill(ImageBuffer(pixels), coverage, "telea")
    np.testing.assert_allclose(filled.pixels, 3.5, rtol=1e-3)


def test_transparent_holes_become_opaque() -> None:
    image = make_picture(40, 40, 3, np.uint8)
    alpha = np.full((40, 40), 255, np.uint8)
    alpha[10:20, 10:20] = 0
    coverage = 255 - alpha
    filled, _ = _fill(replace(image, alpha=alpha), coverage, "telea")
    assert filled.alpha.min() == 255


@pytest.mark.parametrize(
    ("coverage", "words"),
    [
        (np.zeros((20, 30), np.uint8), "Nothing is masked"),
        (np.full((20, 30), 255, np.uint8), "Everything is masked"),
        (np.zeros((20, 31), np.uint8), "31 × 20, the picture 30 × 20"),
    ],
)
def test_masks_that_make_no_sense_are_refused(coverage: np.ndarray, words: str) -> None:
    image = ImageBuffer(np.zeros((20, 30, 3), np.uint8))
    with pytest.raises(InvalidRequest, match=words):
        _fill(image, coverage, "telea")


@pytest.mark.parametrize("method", ["exemplar", "deep"])
def test_cancel_ends_a_slow_method(method: InpaintMethod) -> None:
    token = CancelToken()
    told: list[float] = []

    def tell(fraction: float, _note: str, _eta_s: float | None) -> None:
        told.append(fraction)
        token.cancel()

    image = make_picture(80, 80, 3, np.uint8)
    coverage = np.zeros((80, 80), np.uint8)
    coverage[20:50, 20:50] = 255
    with pytest.raises(JobCancelled):
        _fill(image, coverage, method, context=ReportingContext(token, tell))
    assert len(told) == 1


def test_a_warm_start_shows_the_exemplar_first() -> None:
    image = make_picture(64, 64, 3, np.uint8)
    coverage = np.zeros((64, 64), np.uint8)
    coverage[20:40, 20:44] = 255
    expected, _ = _fill(image, coverage, "exemplar")
    shown: list[Any] = []

    class Slot(PreviewSlot):
        def wants_one(self) -> bool:
            return True

        def put(self, preview: object) -> None:
            shown.append(preview)

    settings = InpaintSettings(method="deep", iterations=4, warm_start=True, device="cpu")
    context = ReportingContext(CancelToken(), lambda *_: None, Slot(lambda: None))
    fill_holes(image, coverage, make_method(settings), context=context)
    parts = [each for each in shown if isinstance(each, FilledPart)]
    assert parts[0].region == Region(20, 20, 24, 20)
    alike = parts[0].image.pixels.astype(int) - expected.pixels[20:40, 20:44]
    assert np.abs(alike).mean() < 20  # the same method, seeing less of the picture


def test_specks_of_dust_share_boxes() -> None:
    random = np.random.default_rng(0)
    missing = random.random((2000, 3000)) < 0.02
    assert len(find_holes(missing, 24)) == 1
    missing[:] = False
    missing[100, 100] = missing[104, 130] = missing[1500, 2000] = True
    assert find_holes(missing, 24) == (Region(100, 100, 31, 5), Region(2000, 1500, 1, 1))


def test_methods_are_those_of_the_registry() -> None:
    for method in METHODS:
        if method != "deep":
            assert classical_method(method).most_pixels > 0


def test_deep_fills_wide_holes_by_what_has_no_skips_and_at_a_working_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fitted: list[tuple[str, int, int]] = []
    run = PriorFit.run

    def watched(self: PriorFit) -> Any:
        result = run(self)
        height, width = result.moment.restored.shape[-2:]
        fitted.append((self._spec.id, width, height))
        return result

    monkeypatch.setattr(PriorFit, "run", watched)
    image = make_picture(300, 460, 3, np.uint8)
    thin, wide = np.zeros((2, 300, 460), np.uint8)
    thin[100:104, 50:400] = 255
    wide[100:180, 150:330] = 255
    _fill(image, thin, "deep")
    filled, _ = _fill(image, wide, "deep")
    assert [spec for spec, _, _ in fitted] == ["projector-32", "encoder-6"]
    assert fitted[0][1] == 460
    assert fitted[1][1] == 352
    np.testing.assert_array_equal(filled.pixels[wide == 0], image.pixels[wide == 0])
