"""ZSSR learns from one picture, the same each time, and can be stopped at any step."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch

from sr_studio.engines.learners import zero_shot
from sr_studio.engines.learners._father_crops import FatherSource
from sr_studio.engines.learners.zero_shot import LEARNER, ZeroShotSettings, train_and_enlarge
from sr_studio.engines.upscale_result import UpscalePreview
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._conditions import NOTHING_TOLD
from sr_studio.models._registry import all_models
from sr_studio.models.zssr import ZSSR
from tests.helpers.pictures import make_picture

CPU = torch.device("cpu")


def small_network() -> ZSSR:
    return ZSSR(num_layers=3, num_feat=8)


def enlarge(image: ImageBuffer, scale: int = 2, steps: int = 3, **changes: object) -> np.ndarray:
    context = changes.pop("context", silent_context())
    values = {"most_steps": steps, "crop_px": 24} | changes
    return train_and_enlarge(
        image,
        small_network(),
        scale,
        device=CPU,
        settings=ZeroShotSettings(**values),
        context=context,
    )


def stripes(side: int = 64) -> ImageBuffer:
    """Slanted bars with hard edges: what bicubic blurs, everywhere alike."""
    y, x = np.mgrid[0 : 4 * side, 0 : 4 * side]
    bars = ((x + y // 2) // 24 % 2).astype(np.float32)
    return ImageBuffer(imresize(bars[..., None].repeat(3, 2), scale=0.25))


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize(("height", "width"), [(21, 16), (8, 33)])
def test_any_size_is_enlarged_by_the_scale(scale: int, height: int, width: int) -> None:
    result = enlarge(make_picture(height, width), scale, steps=1)
    assert result.shape == (height * scale, width * scale, 3)
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


def test_the_same_picture_gives_the_same_result() -> None:
    picture = make_picture(20, 26)
    assert np.array_equal(enlarge(picture), enlarge(picture))
    assert not np.array_equal(enlarge(picture), enlarge(picture, seed=1))


def test_training_brings_back_edges_that_bicubic_blurs() -> None:
    truth = to_float(stripes(64).pixels)
    small = ImageBuffer(imresize(truth, scale=0.5))
    result = enlarge(small, steps=150, back_projections=2)
    errors = [
        np.sqrt(np.mean((each - truth)[8:-8, 8:-8] ** 2))
        for each in (result, imresize(small.pixels, scale=2))
    ]
    assert errors[0] < 0.7 * errors[1]


def test_the_result_made_small_again_is_the_source() -> None:
    picture = make_picture(24, 24)
    error = np.abs(imresize(enlarge(picture), scale=0.5) - to_float(picture.pixels))
    without = enlarge(picture, back_projections=0)
    error_without = np.abs(imresize(without, scale=0.5) - to_float(picture.pixels))
    assert error.mean() < 0.1 * error_without.mean()


@pytest.mark.parametrize("factor", [Fraction(2), Fraction(3), Fraction(3, 2)])
def test_blocks_meet_without_a_seam(factor: Fraction, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    network = ZSSR(num_feat=8).requires_grad_(requires_grad=False)
    source = FatherSource(make_picture(90, 71), 1.0)
    degradation = zero_shot._Degradation(factor, 0.0, 0.0)

    def run(block_px: int) -> np.ndarray:
        monkeypatch.setattr(zero_shot, "_BLOCK_PX", block_px)
        return zero_shot._enlarge(network, source, degradation, 3, silent_context())

    whole, blocks = run(10_000), run(64)
    assert whole.shape[:2] == (90 * factor, -(-71 * factor // 1))
    assert np.abs(blocks - whole).max() < 0.1 / 255


def test_a_son_is_what_the_project_calls_a_small_picture() -> None:
    pixels = np.random.default_rng(0).random((24, 18, 3)).astype(np.float32)
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1))[None]
    degradation = zero_shot._Degradation(Fraction(3), 0.0, 0.0)
    son = degradation.reduce(tensor, (8, 6))
    expected = imresize(pixels, scale=1 / 3)
    assert np.allclose(son[0].permute(1, 2, 0).numpy(), expected, atol=1e-5)
    father = degradation.enlarge(son, (24, 18))[0].permute(1, 2, 0).numpy()
    assert np.allclose(father, imresize(expected, scale=3), atol=1e-5)


def test_a_told_blur_blurs_the_sons() -> None:
    tensor = torch.rand(1, 3, 24, 24, generator=torch.Generator().manual_seed(0))
    plain = zero_shot._Degradation(Fraction(2), 0.0, 0.0).reduce(tensor, (12, 12))
    blurred = zero_shot._Degradation(Fraction(2), 1.5, 0.0).reduce(tensor, (12, 12))
    assert float(blurred.std()) < 0.7 * float(plain.std())
    assert float(blurred.mean()) == pytest.approx(float(plain.mean()), abs=0.02)


def test_an_error_that_falls_steadily_is_not_stalled() -> None:
    noise = np.array([0.01, -0.01, 0.0, -0.01, 0.01])
    assert not zero_shot._is_stalled(list(1 - 0.1 * np.arange(5) + noise))
    assert zero_shot._is_stalled(list(1 + noise))
    assert zero_shot._is_stalled(list(1 + 0.1 * np.arange(5) + noise))


def test_intermediate_scales_are_learned_from() -> None:
    picture = make_picture(22, 25)
    result = enlarge(picture, steps=2, scales=(Fraction(3, 2),))
    assert result.shape == (44, 50, 3)
    assert not np.array_equal(result, enlarge(picture, steps=2))


@pytest.mark.parametrize("stop_at", [1, 4])
def test_cancel_ends_within_one_step(stop_at: int) -> None:
    steps, context = stopping_context(stop_at, "cancel")
    with pytest.raises(JobCancelled):
        LEARNER.learn(make_picture(16, 16), all_models()["zssr"], 2, CPU, NOTHING_TOLD, context)
    assert len(steps) == stop_at


def test_finishing_early_keeps_what_is_learned() -> None:
    picture = make_picture(16, 16)
    steps, context = stopping_context(4, "finish_early")
    result = train_and_enlarge(
        picture,
        small_network(),
        2,
        device=CPU,
        settings=ZeroShotSettings(crop_px=24),
        context=context,
    )
    assert sum("step" in step for step in steps) == 4
    assert np.array_equal(result, enlarge(picture, steps=4))


def stopping_context(stop_at: int, verb: str) -> tuple[list[str], ReportingContext]:
    """A job that is stopped at a report; returns the notes of all reports, too."""
    notes: list[str] = []
    token = CancelToken()

    class Context(ReportingContext):
        def report(self, done: float, total: float, note: str = "") -> None:
            notes.append(note)
            if len(notes) == stop_at:
                getattr(token, verb)()

        def part(self, offset: float, length: float) -> Context:
            return self

    return notes, Context(token, lambda _fraction, _note, _eta_s: None)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_too_small_to_learn_from_is_enlarged_by_bicubic(channels: int) -> None:
    picture = make_picture(1, 7, channels)
    spec = all_models()["zssr"]
    learned = LEARNER.learn(picture, spec, 3, CPU, NOTHING_TOLD, silent_context())
    assert np.allclose(learned.pixels, imresize(to_float(picture.pixels), scale=3))
    assert len(learned.notes) == 1


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scale", "least_db"), [("butterfly", 2, 30.5)])
def test_zssr_beats_bicubic_by_far(
    name: str, scale: int, least_db: float, shared_data: object
) -> None:
    """Bicubic has 27.43 dB; takes a quarter of an hour on two cores."""
    from PIL import Image

    from sr_studio.imaging.ycbcr import rgb_to_y
    from sr_studio.metrics.psnr import psnr

    set5 = shared_data / "benchmarks" / "Set5"  # type: ignore[operator]
    small = ImageBuffer(np.asarray(Image.open(set5 / f"LRx{scale}" / f"{name}.png")))
    truth = np.asarray(Image.open(set5 / "HR" / f"{name}.png")).astype(np.float32) / 255
    learned = LEARNER.learn(small, all_models()["zssr"], scale, CPU, NOTHING_TOLD, silent_context())
    inner = (slice(scale, -scale), slice(scale, -scale))
    lumas = (rgb_to_y(each)[inner] for each in (learned.pixels, truth))
    assert psnr(*lumas, white=1.0) > least_db


class Watching(ReportingContext):
    """Takes every preview that is offered."""

    def __init__(self) -> None:
        super().__init__(CancelToken(), lambda *_: None)
        self.seen: list[UpscalePreview] = []

    def part(self, offset: float, length: float) -> Watching:
        return self

    def offer_preview(self, make: Callable[[], object]) -> None:
        preview = make()
        assert isinstance(preview, UpscalePreview)
        self.seen.append(preview)


@pytest.mark.parametrize("channels", [1, 3])
def test_previews_show_the_middle_of_the_result_and_change_nothing(
    channels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zero_shot, "_PREVIEW_EVERY", 2)
    monkeypatch.setattr(zero_shot, "_PREVIEW_PX", 20)
    image = ImageBuffer(np.ascontiguousarray(stripes(48).pixels[:, :40, :channels]))
    watched = Watching()
    shown = enlarge(image, steps=5, context=watched)
    np.testing.assert_array_equal(shown, enlarge(image, steps=5))
    assert len(watched.seen) == 2
    ((region, patch),) = watched.seen[-1].patches
    assert region == Region(20, 28, 40, 40)
    assert (patch.height, patch.width) == (40, 40)
    assert patch.pixels.dtype == image.pixels.dtype
    assert patch.is_gray == (channels == 1)
    # the same part of the result, but for its eight turns and its back-projection
    inner = shown[region.slices].mean(axis=2)
    assert abs(float(inner.mean()) - float(to_float(patch.pixels).mean())) < 0.2
