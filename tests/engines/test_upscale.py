"""Laws of enlarging: any tile, any region, any depth, and nothing bad is ever called done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sr_studio.engines import result_store, tile_run
from sr_studio.engines.device import choose_precision
from sr_studio.engines.prepared_network import prepare_network
from sr_studio.engines.upscale import upscale
from sr_studio.engines.upscale_result import UpscalePreview, UpscaleResult
from sr_studio.errors import BadResult, CannotWrite, InvalidRequest, OutOfMemory
from sr_studio.imaging.image_buffer import ImageBuffer, Pixels, from_float, to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.preview_slot import PreviewSlot
from sr_studio.jobs.progress import ReportingContext, silent_context
from tests.helpers.networks import CPU, Mapped, make_spec, prepare, ready_without_checks

DTYPES = [np.uint8, np.uint16, np.float32]


def photo(
    height: int = 45, width: int = 61, *, dtype: Any = np.uint8, channels: int = 3, seed: int = 0
) -> ImageBuffer:
    rng = np.random.default_rng(seed)
    small = rng.random((7, 9, channels), dtype=np.float32)
    smooth = imresize(small, size=(width, height)) * 0.8 + 0.1
    return ImageBuffer(from_float(np.clip(smooth, 0, 1), dtype))


def run(image: ImageBuffer, network: Any, **options: Any) -> UpscaleResult:
    options.setdefault("context", silent_context())
    return upscale(image, network, **options)


def assert_close(found: Pixels, expected: Pixels) -> None:
    """Equal but for rounding: one step of integers, 1e-5 of floats."""
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    step = 1 if np.issubdtype(found.dtype, np.integer) else 1e-5
    assert np.abs(found.astype(np.float64) - expected).max() <= step


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("channels", ["y", "rgb"])
@pytest.mark.parametrize("upsampling", ["direct", "bicubic"])
@pytest.mark.parametrize("is_gray", [False, True])
def test_tiled_equals_untiled(dtype: Any, channels: Any, upsampling: Any, is_gray: bool) -> None:
    network = prepare(make_spec(channels, upsampling), 3)
    image = photo(dtype=dtype, channels=1 if is_gray else 3)
    whole = run(image, network, tile="off")
    tiled = run(image, network, tile=17)
    assert tiled.report.tiles == 12
    assert whole.report.tiles == 1
    assert tiled.image.is_gray == is_gray
    assert_close(tiled.image.pixels, whole.image.pixels)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strength": 0.5},
        {"size": (151, 97)},
        {"size": (50, 40)},
        {"should_match_tone": True},
        {"should_match_tone": True, "size": (131, 97)},
    ],
)
@pytest.mark.parametrize(
    "region", [Region(0, 0, 20, 9), Region(23, 11, 31, 20), Region(60, 44, 1, 1)]
)
def test_region_gives_the_pixels_of_the_whole(options: dict[str, Any], region: Region) -> None:
    network = prepare(make_spec())
    image = ImageBuffer(photo(dtype=np.uint16).pixels, alpha=photo(dtype=np.uint16).pixels[..., 0])
    whole = run(image, network, **options).image
    part = run(image, network, region=region, tile=16, **options)
    assert_close(part.image.pixels, whole.pixels[part.region.slices])
    assert part.image.alpha is not None
    assert whole.alpha is not None
    assert_close(part.image.alpha, whole.alpha[part.region.slices])
    if "size" not in options:
        assert part.region == region.scale(2)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3)])
@pytest.mark.parametrize("upsampling", ["direct", "bicubic"])
def test_tiny_pictures(size: tuple[int, int], upsampling: Any) -> None:
    network = prepare(make_spec("y", upsampling), 4)
    result = run(photo(size[1], size[0]), network)
    assert (result.image.width, result.image.height) == (size[0] * 4, size[1] * 4)


@pytest.mark.parametrize("channels", ["y", "rgb"])
def test_gray_is_the_same_as_gray_in_colour(channels: Any) -> None:
    network = prepare(make_spec(channels, "bicubic"))
    gray = photo(channels=1, dtype=np.float32)
    colour = ImageBuffer(np.repeat(gray.pixels, 3, axis=2))
    found = run(gray, network).image.pixels
    expected = run(colour, network).image.pixels.mean(axis=2, keepdims=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize("channels", ["y", "rgb"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_strength_zero_is_the_bicubic_enlargement(channels: Any, dtype: Any) -> None:
    image = photo(dtype=dtype)
    found = run(image, prepare(make_spec(channels)), strength=0.0, tile=20).image.pixels
    expected = from_float(imresize(to_float(image.pixels), scale=2), dtype)
    assert_close(found, expected)


def test_strength_blends_linearly() -> None:
    network, image = prepare(make_spec()), photo(dtype=np.float32)
    full, none, half = (
        run(image, network, strength=strength).image.pixels for strength in (1.0, 0.0, 0.5)
    )
    np.testing.assert_allclose(half, (full + none) / 2, atol=1e-5)


def test_luma_networks_leave_chroma_bicubic() -> None:
    image = photo(dtype=np.float32)
    found = run(image, prepare(make_spec("y"))).image.pixels
    change = found - imresize(image.pixels, scale=2)
    np.testing.assert_allclose(change[..., 0], change[..., 1], atol=1e-5)
    np.testing.assert_allclose(change[..., 0], change[..., 2], atol=1e-5)


def test_a_network_in_255_sees_255() -> None:
    seen: list[float] = []

    def note(pixels: torch.Tensor) -> torch.Tensor:
        seen.append(float(pixels.max()))
        return pixels

    image = ImageBuffer(np.full((8, 8, 3), 255, np.uint8))
    result = run(image, ready_without_checks(Mapped(2, note), value_range=255.0))
    assert seen == [255.0]
    assert (result.image.pixels == 255).all()


def test_alpha_is_enlarged_and_draws_no_dark_fringe() -> None:
    pixels = np.zeros((32, 32, 3), np.uint8)
    alpha = np.zeros((32, 32), np.uint8)
    pixels[8:24, 8:24], alpha[8:24, 8:24] = 255, 255  # a white card on transparent black
    result = run(ImageBuffer(pixels, alpha), prepare(make_spec("y", "bicubic")), strength=0.0).image
    assert result.alpha is not None
    np.testing.assert_array_equal(result.alpha, imresize(alpha, scale=2))
    visible = result.alpha > 0
    assert result.pixels[visible].min() >= 254


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_results_without_numbers_are_thrown_away(bad: float) -> None:
    def spoil(pixels: torch.Tensor) -> torch.Tensor:
        pixels = pixels.clone()
        pixels[..., -1, -1] = bad
        return pixels

    with pytest.raises(BadResult) as caught:
        run(photo(), ready_without_checks(Mapped(2, spoil)))
    assert caught.value.advice


def test_a_black_result_is_thrown_away() -> None:
    network = ready_without_checks(Mapped(2, torch.zeros_like))
    with pytest.raises(BadResult, match="one colour"):
        run(photo(), network)


def test_a_flat_source_may_give_a_flat_result() -> None:
    image = ImageBuffer(np.full((20, 20, 3), 77, np.uint8))
    check = run(image, ready_without_checks(Mapped(2, lambda pixels: pixels))).check
    assert check.is_flat
    assert check.verdict == "good"


def test_a_source_of_one_strong_colour_is_flat_too() -> None:
    image = ImageBuffer(np.broadcast_to(np.array([200, 10, 10], np.uint8), (20, 20, 3)).copy())
    luma = ready_without_checks(Mapped(2, lambda pixels: pixels), channels="y")
    assert run(image, luma).check.verdict == "good"


def test_swapped_colours_are_suspicious() -> None:
    swapped = Mapped(2, lambda pixels: pixels.flip(1))
    check = run(photo(), ready_without_checks(swapped)).check
    assert check.verdict == "suspicious"
    assert check.error_map.max() == 255


def test_one_black_tile_is_suspicious_and_seen_on_the_map() -> None:
    def blacken(pixels: torch.Tensor) -> torch.Tensor:
        return pixels * (pixels.shape[-1] != 2 * (16 + 2))  # only the tile in the corner

    image = photo(300, 304)
    check = run(image, ready_without_checks(Mapped(2, blacken)), tile=16).check
    assert check.verdict == "suspicious"
    assert check.error_map[0, 0] == 255
    assert np.median(check.error_map) < 30


def test_a_faithful_result_is_good() -> None:
    result = run(photo(), prepare(make_spec()))
    assert result.check.verdict == "good"
    assert result.check.consistency_psnr > 30
    assert not result.check.error_map.flags.writeable
    assert not result.image.pixels.flags.writeable


@pytest.mark.parametrize("size", [(40, 30), (40, 300), (3, 1)])
def test_a_result_smaller_than_its_source_is_not_blamed_for_that(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (83, 97, 4), dtype=np.uint8)
    image = ImageBuffer(noise[..., :3], alpha=noise[..., 3])
    network = prepare(make_spec())
    assert run(image, network, size=size).check.verdict == "good"
    part = run(image, network, size=size, region=Region(50, 40, 30, 30)).check
    assert part.verdict == "good"
    negative = ready_without_checks(Mapped(2, lambda pixels: 1 - pixels))
    dark = ImageBuffer(photo().pixels // 3)  # the negative of a mid gray would be itself
    assert run(dark, negative, size=size).check.verdict == "suspicious"


def test_single_pixels_of_hard_edges_are_not_suspicious() -> None:
    dots = np.full((60, 70, 3), 30, np.uint8)
    dots[5::9, 4::11] = 230  # a bicubic enlargement of dots never reduces to them exactly
    assert run(ImageBuffer(dots), prepare(make_spec()), strength=0.0).check.verdict == "good"


@pytest.mark.parametrize("dtype", DTYPES)
def test_match_tone_gives_the_source_tone_back(dtype: Any) -> None:
    image = photo(200, 150, dtype=dtype)
    tinted = Mapped(2, lambda pixels: pixels * torch.tensor([0.8, 1.0, 0.9])[None, :, None, None])
    network = ready_without_checks(tinted)
    before = run(image, network).check.consistency_psnr
    after = run(image, network, should_match_tone=True).check.consistency_psnr
    assert before < 27
    assert after > before + 10


@pytest.mark.parametrize("upsampling", ["direct", "bicubic"])
def test_sixteen_bit_gradients_do_not_band(upsampling: Any) -> None:
    ramp = np.linspace(20_000, 40_000, 256).astype(np.uint16)
    image = ImageBuffer(np.broadcast_to(ramp[None, :, None], (24, 256, 3)).copy())
    spec = make_spec("rgb", upsampling)
    precision = choose_precision(CPU, "auto", is_8bit=False)
    network = prepare_network(spec, spec.build(2), 2, device=CPU, precision=precision)
    row = run(image, network).image.pixels[24, ::2, 1].astype(int)
    steps = np.diff(row[8:-8])  # the ramp rises by 78 a pixel; a step of 8 bits is 257
    assert steps.min() > 60
    assert steps.max() < 96


@pytest.mark.parametrize("channels", ["y", "rgb"])
def test_half_precision_is_within_a_step_of_eight_bits(channels: Any) -> None:
    spec, image = make_spec(channels), photo(60, 80)
    exact = run(image, prepare(spec)).image.pixels.astype(int)
    network = prepare_network(spec, spec.build(2), 2, device=CPU, precision="bf16")
    assert network.precision == "bf16"
    assert np.abs(run(image, network).image.pixels - exact).max() <= 1


class FailsAt(Mapped):
    """Runs out of memory at one call."""

    def __init__(self, call: int) -> None:
        super().__init__(2, self.count)
        self.call, self.calls = call, 0

    def count(self, pixels: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        if self.calls == self.call:
            raise torch.OutOfMemoryError
        return pixels


@pytest.mark.parametrize("call", [1, 2, 4])
def test_out_of_memory_makes_tiles_smaller_and_goes_on(call: int) -> None:
    image = photo(500, 700)
    result = run(image, ready_without_checks(FailsAt(call)))
    assert result.report.tile_px in (125, 175)
    np.testing.assert_array_equal(
        result.image.pixels, image.pixels.repeat(2, axis=0).repeat(2, axis=1)
    )


def test_a_chosen_tile_is_kept_even_when_memory_runs_out() -> None:
    with pytest.raises(OutOfMemory):
        run(photo(), ready_without_checks(FailsAt(1)), tile=40)


@pytest.mark.parametrize("tile", [40, "off"])
def test_a_chosen_tile_that_cannot_fit_is_refused_before(
    tile: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tile_run, "free_memory_bytes", lambda _device: 100_000)
    with pytest.raises(OutOfMemory, match="GB"):
        run(photo(), ready_without_checks(Mapped(2, lambda pixels: pixels)), tile=tile)


def test_auto_tiles_follow_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tile_run, "free_memory_bytes", lambda _device: 2_000_000)
    result = run(photo(300, 300), ready_without_checks(Mapped(2, lambda pixels: pixels)))
    assert result.report.tile_px < 100


def test_cancel_ends_within_one_layer() -> None:
    token = CancelToken()
    network = prepare(make_spec())
    layers = list(network.module.children())
    layers[0].register_forward_hook(lambda *_: token.cancel())
    layers[1].register_forward_hook(lambda *_: pytest.fail("the next layer ran"))
    with pytest.raises(JobCancelled):
        run(photo(), network, context=ReportingContext(token, lambda *_: None))


def test_hooks_are_gone_after_a_cancel() -> None:
    token = CancelToken()
    token.cancel()
    network = prepare(make_spec())
    with pytest.raises(JobCancelled):
        run(photo(), network, context=ReportingContext(token, lambda *_: None))
    assert run(photo(), network).report.tiles == 1


def test_progress_only_rises_and_ends_at_one() -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, _note, _eta: told.append(fraction))
    run(photo(200, 200), prepare(make_spec()), tile=50, size=(300, 300), context=context)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_previews_cover_the_result_once() -> None:
    slot = PreviewSlot(lambda: None, min_interval_s=0)
    seen = np.zeros((90, 122), int)
    patches = []

    class Watched(ReportingContext):
        def offer_preview(self, make: Any) -> None:
            super().offer_preview(make)
            preview = slot.take()
            assert isinstance(preview, UpscalePreview)
            patches.extend(preview.patches)

        def part(self, offset: float, length: float) -> ReportingContext:
            return self

    image, network = photo(), prepare(make_spec())
    context = Watched(CancelToken(), lambda *_: None, slot)
    result = run(image, network, tile=20, context=context)
    for region, patch in patches:
        seen[region.slices] += 1
        np.testing.assert_array_equal(patch.pixels, result.image.pixels[region.slices])
    assert (seen == 1).all()


def test_large_results_live_in_a_file_without_a_name(
    monkeypatch: pytest.MonkeyPatch, own_home: Any
) -> None:
    image, network = photo(), prepare(make_spec())
    in_memory = run(image, network).image.pixels
    monkeypatch.setattr(result_store, "_LARGEST_IN_MEMORY_PX", 1000)
    mapped = run(image, network, tile=20).image.pixels
    assert isinstance(mapped, np.memmap)
    assert_close(np.asarray(mapped), in_memory)
    assert list((own_home / "scratch").iterdir()) == []


def test_a_full_disk_is_said_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(result_store, "_LARGEST_IN_MEMORY_PX", 1000)
    monkeypatch.setattr(result_store, "_SPARE_BYTES", 1 << 60)
    with pytest.raises(CannotWrite, match="GB") as caught:
        run(photo(), prepare(make_spec()))
    assert caught.value.advice


def test_a_region_outside_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        run(photo(), prepare(make_spec()), region=Region(100, 100, 5, 5))


@pytest.mark.parametrize("size", [(122, 90), (100, 100), (7, 300), (61, 45), (1, 1)])
def test_the_size_is_exact(size: tuple[int, int]) -> None:
    result = run(photo(), prepare(make_spec()), size=size, tile=20)
    assert (result.image.width, result.image.height) == size
    assert result.region == Region(0, 0, *size)
