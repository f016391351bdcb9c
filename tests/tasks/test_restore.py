"""Restoring pictures by fitting a network to each."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.engines.deep_image_prior import PriorMoment
from sr_studio.engines.prior.presets import find_preset
from sr_studio.engines.prior.restoration import Curves
from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists, SrStudioError
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.tasks import _training_files
from sr_studio.tasks._restore_pictures import (
    EstimateRestorationRequest,
    RestorePictureRequest,
    plan_restoration,
)
from sr_studio.tasks._restore_reports import RestoredFolder, RestoredPicture
from sr_studio.tasks._restore_runs import RunDescription, RunFolder
from sr_studio.tasks._restore_settings import RestoreSettings
from sr_studio.tasks.restore import TASK
from tests.helpers.pictures import make_picture

if TYPE_CHECKING:
    from pathlib import Path

_SHORT = RestoreSettings(iterations=8, network="projector-16", tile="off")


def _smooth(height: int, width: int, dtype: Any = np.uint8) -> np.ndarray:
    y, x = np.mgrid[0:height, 0:width].astype(float)
    values = 0.5 + 0.4 * np.stack([np.sin(x / 9), np.cos(y / 7), np.sin((x + y) / 11)], axis=-1)
    if dtype == np.float32:
        return values.astype(np.float32)
    return (values * np.iinfo(dtype).max).round().astype(dtype)


def _run(*words: str | Path) -> Any:
    """Run the request that the command line makes of these words."""
    arguments = build_parser({"restore": TASK}).parse_args(["restore", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


_FEW = ("--iterations", "6", "--network", "projector-16")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "grainy phötö.png"
    noise = np.random.default_rng(0).normal(0, 25, (40, 50, 3))
    Image.fromarray(np.clip(_smooth(40, 50) + noise, 0, 255).astype(np.uint8)).save(path)
    return path


def test_noise_is_removed_from_a_file(photo: Path, tmp_path: Path) -> None:
    truth = tmp_path / "truth.png"
    Image.fromarray(_smooth(40, 50)).save(truth)
    output = tmp_path / "clean.png"
    found = _run(photo, "-o", output, "--truth", truth, "--iterations", "120", "--stop", "never")
    assert isinstance(found, RestoredPicture)
    restored, good, poor = (
        np.asarray(Image.open(path), np.float64) for path in (output, truth, photo)
    )
    psnr, before = (10 * np.log10(255**2 / np.mean((p - good) ** 2)) for p in (restored, poor))
    assert psnr > before + 4
    assert found.psnr is not None
    assert found.best_psnr is not None
    assert found.psnr == pytest.approx(psnr, abs=0.1)
    assert found.best_psnr >= found.psnr
    assert found.fit is not None
    assert found.fit.stopped_by == "iterations"
    assert f"{found.psnr:.2f} dB" in found.text()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3])
def test_depth_channels_and_alpha_survive(dtype: Any, channels: int) -> None:
    image = make_picture(21, 17, channels, dtype, has_alpha=True)
    image = replace(
        image, pixels=np.clip(image.pixels, 0, 1) if dtype == np.float32 else image.pixels
    )
    restored = RestorePictureRequest(image, _SHORT).run(silent_context()).image
    assert restored.pixels.dtype == dtype
    assert restored.pixels.shape == image.pixels.shape
    assert restored.alpha is not None
    assert image.alpha is not None
    np.testing.assert_array_equal(restored.alpha, image.alpha)


def test_only_missing_pixels_change() -> None:
    image = ImageBuffer(_smooth(40, 50, np.uint16))
    missing = np.zeros((40, 50), np.bool_)
    missing[10:20, 15:30] = True
    holed = image.pixels.copy()
    holed[missing] = 0
    settings = replace(_SHORT, task="inpaint", network=None, iterations=150, stop="never")
    request = RestorePictureRequest(ImageBuffer(holed), settings, missing=missing)
    restored = request.run(silent_context()).image.pixels
    np.testing.assert_array_equal(restored[~missing], image.pixels[~missing])
    error = to_float(restored)[missing] - to_float(image.pixels)[missing]
    assert np.sqrt(np.mean(error**2)) < 0.1


def test_transparent_pixels_are_filled_and_become_opaque(tmp_path: Path) -> None:
    source = tmp_path / "holes.png"
    pixels = np.dstack([_smooth(32, 32), np.full((32, 32), 255, np.uint8)])
    pixels[8:14, 8:20, 3] = 0
    Image.fromarray(pixels).save(source)
    output = tmp_path / "filled.png"
    _run(source, "-o", output, "--task", "inpaint", *_FEW)
    filled = np.asarray(Image.open(output))
    assert filled[..., 3].min() == 255
    kept = pixels[..., 3] == 255
    np.testing.assert_array_equal(filled[kept], pixels[kept])


def test_small_picture_gets_its_size_and_profile(tmp_path: Path) -> None:
    source, output = tmp_path / "small.tif", tmp_path / "large.tif"
    tifffile.imwrite(source, _smooth(12, 15, np.uint16), photometric="rgb")
    found = _run(source, "-o", output, "--task", "enlarge", "--scale", "4", *_FEW)
    assert (found.width, found.height) == (60, 48)
    assert tifffile.imread(output).dtype == np.uint16


def test_folder_names_what_it_makes_and_reports_what_fails(photo: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    photo.rename(folder / "a.png")
    broken = tmp_path / "b.jpg"
    broken.write_text("no picture")
    found = _run(folder, broken, "-o", tmp_path / "out", *_FEW)
    assert isinstance(found, RestoredFolder)
    assert [each.output.name for each in found.pictures] == ["a-restored.png"]
    assert len(found.failures) == 1
    assert "b.jpg" in found.failures[0]


def test_nothing_is_overwritten_unasked(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "there.png"
    output.write_bytes(b"precious")
    with pytest.raises(OutputExists):
        _run(photo, "-o", output, *_FEW)
    assert output.read_bytes() == b"precious"
    _run(photo, "-o", output, "--overwrite", *_FEW)
    assert output.read_bytes() != b"precious"


def test_run_goes_on_where_it_was_stopped(photo: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole.png"
    flags = ("--network", "projector-16", "--stop", "never", "--average", "0.5")
    _run(photo, "-o", whole, "--iterations", "12", *flags)
    run = tmp_path / "run"
    _run(photo, "-o", tmp_path / "half.png", "--iterations", "5", "--run", run, *flags)
    output = tmp_path / "rest.png"
    found = _run(photo, "-o", output, "--iterations", "12", "--run", run, *flags)
    assert found.fit is not None
    assert found.fit.iterations == 12
    np.testing.assert_array_equal(Image.open(output), Image.open(whole))
    kept = RunFolder(run)
    description = kept.description()
    assert description is not None
    assert description.is_finished
    iterations = kept.iterations()
    assert iterations
    assert kept.moment(iterations[-1]).shape == (40, 50, 3)


def test_run_of_another_picture_is_refused(photo: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    _run(photo, "-o", tmp_path / "a.png", "--run", run, *_FEW)
    other = tmp_path / "other.png"
    Image.fromarray(_smooth(40, 50)).save(other)
    with pytest.raises(InvalidRequest, match="another picture"):
        _run(other, "-o", tmp_path / "b.png", "--run", run, *_FEW)
    with pytest.raises(InvalidRequest, match="other settings"):
        _run(
            photo,
            "-o",
            tmp_path / "c.png",
            "--run",
            run,
            "--iterations",
            "6",
            "--network",
            "skip-32",
        )


def test_cancel_leaves_no_output(photo: Path, tmp_path: Path) -> None:
    token = CancelToken()

    def tell(fraction: float, _note: str, _eta_s: float | None) -> None:
        if fraction > 0:
            token.cancel()

    output = tmp_path / "clean.png"
    arguments = build_parser({"restore": TASK}).parse_args(
        ["restore", str(photo), "-o", str(output), "--iterations", "300"]
    )
    with pytest.raises(JobCancelled):
        request_from_arguments(TASK, arguments).run(ReportingContext(token, tell))
    assert sorted(file.name for file in tmp_path.iterdir()) == [photo.name]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--task", "inpaint"), "missing is not said"),
        (("--task", "flash"), "flash picture is not given"),
        (("--network", "vgg"), "no network 'vgg'"),
        (("--time-budget", "soon"), "is no time"),
        (("--task", "invert", "--layer", "none"), "no layer 'none'"),
    ],
)
def test_what_cannot_be_done_is_said(
    photo: Path, tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(InvalidRequest, match=message) as caught:
        _run(photo, "-o", tmp_path / "out.png", "--iterations", "2", *words)
    assert caught.value.advice


def test_mask_of_another_size_is_refused(photo: Path, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    Image.new("L", (7, 9), 255).save(mask)
    with pytest.raises(InvalidRequest, match="mask is 7 × 9"):
        _run(photo, "-o", tmp_path / "out.png", "--task", "inpaint", "--mask", mask, *_FEW)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2)])
def test_tiny_pictures_are_restored(size: tuple[int, int]) -> None:
    image = make_picture(*size)
    restored = RestorePictureRequest(image, _SHORT).run(silent_context()).image
    assert restored.pixels.shape == image.pixels.shape


def test_large_pictures_are_fitted_in_windows() -> None:
    image = ImageBuffer(_smooth(90, 120))
    found = RestorePictureRequest(image, replace(_SHORT, tile="64")).run(silent_context())
    assert found.windows == 4
    assert found.image.pixels.shape == image.pixels.shape


def test_run_that_goes_on_keeps_its_windows(tmp_path: Path) -> None:
    image = ImageBuffer(_smooth(90, 120))
    settings = replace(_SHORT, tile="64", stop="never")
    first = RestorePictureRequest(image, settings, folder=tmp_path).run(silent_context())
    longer = replace(settings, tile="off", iterations=12)  # as if more memory were free by now
    found = RestorePictureRequest(image, longer, folder=tmp_path).run(silent_context())
    assert (first.windows, found.windows) == (4, 4)
    assert found.iterations == 12


def test_settings_go_before_the_preset() -> None:
    spec, numbers = plan_restoration(RestoreSettings())
    assert spec.id == find_preset("denoise", "quick").prior
    assert numbers.learning_rate == spec.learning_rate
    spec, numbers = plan_restoration(
        RestoreSettings(network="skip-32", learning_rate=0.5, iterations=7, tv=0.25)
    )
    assert (spec.id, numbers.learning_rate, numbers.iterations) == ("skip-32", 0.5, 7)
    assert numbers.tv_weight == 0.25
    assert not numbers.fits_input


def test_cost_grows_with_the_picture() -> None:
    small, large = (
        EstimateRestorationRequest(ImageBuffer(_smooth(side, side)), _SHORT).run(silent_context())
        for side in (64, 256)
    )
    assert large.memory_bytes == pytest.approx(16 * small.memory_bytes, rel=1e-3)
    assert large.seconds > 4 * small.seconds


def _moment(iteration: int) -> PriorMoment:
    restored = torch.full((1, 3, 4, 4), iteration / 2000)
    return PriorMoment(iteration, restored, Curves(np.zeros((0, 4), np.float32)), 0)


def test_moments_are_thinned_evenly(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.to_pixels = lambda moment: np.full((4, 4, 3), moment.iteration, np.uint16)
    for iteration in range(1, 1001):
        run._kept_s = 0.0
        if run.is_due(iteration):
            run.keep(_moment(iteration))
    kept = run.iterations()
    assert 60 < len(kept) <= 160
    assert len(set(np.diff(kept))) == 1
    assert run.moment(kept[3])[0, 0, 0] == kept[3]
    again = RunFolder(run.path)
    assert not again.is_due(kept[0] + 1)


def test_damaged_run_says_so(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    assert run.load_state() is None
    assert run.description() is None
    (run.path / "checkpoint.pt").write_bytes(b"nothing")
    (run.path / "run.json").write_text("{}")
    with pytest.raises(SrStudioError, match="cannot go on"):
        run.load_state()
    assert run.description() is None
    with pytest.raises(SrStudioError, match="moment 5 cannot be read"):
        run.moment(5)


def test_description_is_read_back(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    description = RunDescription("/photos/ü.jpg", "ab", {"task": "denoise"}, started=5.0)
    run.describe(description)
    assert run.description() == description
    assert json.loads((run.path / "run.json").read_text("utf-8"))["digest"] == "ab"


@pytest.mark.parametrize(("task", "method"), [("denoise", "nlm"), ("enlarge", "bicubic")])
def test_classical_method_fits_nothing(photo: Path, tmp_path: Path, task: str, method: str) -> None:
    output = tmp_path / "classical.png"
    flags = ("--task", task, "--quality", "classical")
    found = _run(photo, "-o", output, *flags, "--scale", "2")
    assert found.method == method
    assert found.fit is None
    with Image.open(output) as picture:
        assert picture.size == ((100, 80) if task == "enlarge" else (50, 40))


def test_classical_filling_changes_only_what_is_missing(photo: Path, tmp_path: Path) -> None:
    mask = np.zeros((40, 50), np.uint8)
    mask[5:9, 7:20] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    output, truth = tmp_path / "filled.png", tmp_path / "truth.png"
    Image.fromarray(_smooth(40, 50)).save(truth)
    _run(
        truth, "-o", output, "--task", "inpaint", "--quality", "classical",
        "--mask", tmp_path / "mask.png",
    )  # fmt: skip
    filled, good = np.asarray(Image.open(output)), np.asarray(Image.open(truth))
    np.testing.assert_array_equal(filled[mask == 0], good[mask == 0])
    assert np.abs(filled.astype(int) - good)[mask > 0].mean() < 8


def test_no_classical_method_does_everything(photo: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="No classical method does invert"):
        _run(photo, "-o", tmp_path / "x.png", "--task", "invert", "--quality", "classical")


def test_full_disk_costs_the_checkpoint_not_the_run(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, state: dict[str, Any]) -> None:
        raise CannotWrite(f"{path} could not be written: the disk is full.")

    monkeypatch.setattr(_training_files, "write_state", refuse)
    output = tmp_path / "clean.png"
    found = _run(photo, "-o", output, "--run", tmp_path / "run", *_FEW)
    assert output.exists()
    assert any("disk is full" in note for note in found.notes)


def test_working_size_is_fitted_and_costs_less(photo: Path, tmp_path: Path) -> None:
    truth, output = tmp_path / "truth.png", tmp_path / "clean.png"
    Image.fromarray(_smooth(40, 50)).save(truth)
    run = tmp_path / "run"
    words = (photo, "-o", output, "--truth", truth, *_FEW, "--run", run)
    found = _run(*words, "--working-size", "32")
    assert (found.width, found.height) == (50, 40)
    assert any("fitted at 32 × 26 px" in note for note in found.notes)
    restored, good = (np.asarray(Image.open(path), np.float64) for path in (output, truth))
    assert found.psnr == pytest.approx(10 * np.log10(255**2 / np.mean((restored - good) ** 2)))
    assert found.best_psnr is None
    with pytest.raises(InvalidRequest, match="other settings"):
        _run(*words, "--overwrite")
    assert _run(*words, "--overwrite", "--working-size", "32").fit.iterations == 6
    image = ImageBuffer(_smooth(256, 512))
    costs = [
        EstimateRestorationRequest(image, replace(_SHORT, working_px=px)).run(silent_context())
        for px in (0, 128)
    ]
    assert (costs[1].width, costs[1].height) == (128, 64)
    assert costs[1].seconds < costs[0].seconds / 4
    assert costs[1].memory_bytes < costs[0].memory_bytes


def test_run_from_before_a_setting_was_there_goes_on(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    settings = asdict(_SHORT)
    wanted = RunDescription("", "0a", dict(settings))
    del settings["working_px"]
    folder.describe(RunDescription("", "0a", settings))
    folder.check(wanted)
    with pytest.raises(InvalidRequest, match="other settings"):
        folder.check(replace(wanted, settings=settings | {"working_px": 512}))
