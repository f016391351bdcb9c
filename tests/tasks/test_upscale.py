"""Enlarging files: nothing is overwritten, nothing stops the rest, the size is as asked."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from sr_studio.errors import (
    CannotWrite,
    InvalidRequest,
    OutputExists,
    SrStudioError,
    UnreadableImage,
)
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import encode_image
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.ycbcr import rgb_to_ycbcr
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks import upscale as task
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._picture_batch import PictureBatch
from sr_studio.tasks.upscale import (
    UpscaledPicture,
    UpscalePictureRequest,
    UpscaleRequest,
    UpscaleSettings,
    result_size,
)


def write_photo(path: Path, width: int = 24, height: int = 16, seed: int = 0) -> Path:
    levels = np.random.default_rng(seed).integers(60, 180, (height, width, 3), np.uint8)
    encode_image(ImageBuffer(levels), path)
    return path


def run(*inputs: Path, output: Path, **options: object) -> UpscaledPicture | PictureBatch:
    return UpscaleRequest(inputs, output, **options).run(silent_context())  # type: ignore[arg-type]  # tests pass options by name


def test_a_file_is_enlarged_with_what_ships(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "photo.png")
    done = run(source, output=tmp_path / "large.png")
    assert isinstance(done, UpscaledPicture)
    written = decode_image(done.output)
    assert (written.width, written.height) == (done.width, done.height) == (48, 32)
    assert done.model == "photo"
    assert done.weights
    assert done.device == "cpu"
    assert done.tiles == 1
    assert done.seconds > 0
    assert done.peak_memory_mib > 0


def test_a_folder_goes_on_after_a_failure_and_skips_what_is_no_picture(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_photo(folder / "a.png")
    write_photo(folder / "c.png")
    (folder / "b.png").write_bytes((folder / "a.png").read_bytes()[:200])
    (folder / "notes.png").write_text("not a picture")
    done = run(folder, output=tmp_path / "out")
    assert isinstance(done, PictureBatch)
    assert [picture.output.name for picture in done.pictures] == [
        "a_photo_x2.png",
        "c_photo_x2.png",
    ]
    assert len(done.failures) == 1
    assert "b.png" in done.failures[0]


def test_two_sources_of_one_name_get_two_results(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    sources = [write_photo(tmp_path / folder / "same.png") for folder in ("one", "two")]
    done = run(*sources, output=tmp_path / "out")
    assert isinstance(done, PictureBatch)
    assert [p.output.name for p in done.pictures] == [
        "same_photo_x2.png",
        "same_photo_x2 (2).png",
    ]


def test_taken_names_are_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [write_photo(tmp_path / name) for name in ("a.png", "b.png")]
    out = tmp_path / "out"
    out.mkdir()
    (out / "b_photo_x2.png").write_text("precious")
    monkeypatch.setattr(UpscalePictureRequest, "run", lambda *_: pytest.fail("it worked"))
    with pytest.raises(OutputExists, match="b_photo_x2"):
        run(*sources, output=out)
    with pytest.raises(OutputExists):
        run(sources[0], output=out / "b_photo_x2.png")
    assert (out / "b_photo_x2.png").read_text() == "precious"


def test_overwrite_replaces(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.png")
    target = tmp_path / "b.png"
    target.write_text("old")
    run(source, output=target, overwrite=True)
    assert decode_image(target).width == 48


def test_the_original_is_never_touched(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.png")
    before = source.read_bytes()
    with pytest.raises(InvalidRequest, match="replace"):
        run(source, output=source, overwrite=True)
    with pytest.raises(InvalidRequest, match="replace"):
        run(tmp_path, output=tmp_path, template="{name}", overwrite=True)
    assert source.read_bytes() == before


@pytest.mark.parametrize("name", ["b.xyz", "b.gif", "b"])
def test_a_name_of_no_format_is_said_before_the_work(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpscalePictureRequest, "run", lambda *_: pytest.fail("it was enlarged"))
    source = write_photo(tmp_path / "a.png")
    with pytest.raises(CannotWrite, match="no format"):
        run(source, output=tmp_path / name)


@pytest.mark.parametrize("suffix", [".jpg", ".webp", ".avif"])
def test_a_size_over_the_format_is_said_before_the_work(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpscalePictureRequest, "run", lambda *_: pytest.fail("it was enlarged"))
    source = write_photo(tmp_path / "a.png")
    with pytest.raises(CannotWrite, match="pixels on a side"):
        run(source, output=tmp_path / f"b{suffix}", settings=UpscaleSettings(long_edge=70_000))


def test_a_folder_that_may_not_be_written_to_is_said_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UpscalePictureRequest, "run", lambda *_: pytest.fail("it was enlarged"))
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    source = write_photo(tmp_path / "a.png")
    with pytest.raises(CannotWrite, match="may not be written to"):
        run(source, output=tmp_path / "b.png")


@pytest.mark.parametrize("is_output", [True, False])
def test_a_name_that_is_too_long_is_said_in_a_sentence(is_output: bool, tmp_path: Path) -> None:
    source, long = write_photo(tmp_path / "a.png"), tmp_path / ("x" * 400 + ".png")
    with pytest.raises(SrStudioError) as caught:
        run(source, output=long) if is_output else run(long, output=tmp_path / "b.png")
    assert caught.value.advice


def test_a_folder_that_cannot_be_read_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may read anything
    with pytest.raises(UnreadableImage, match="cannot be read: Permission denied"):
        run(tmp_path, output=tmp_path / "out")


def test_a_missing_folder_is_said_before_the_work(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.png")
    with pytest.raises(CannotWrite, match="does not exist"):
        run(source, output=tmp_path / "no" / "b.png")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"model": "compakt"}, InvalidRequest),
        ({"device": "toaster"}, InvalidRequest),
        ({"device": "cuda:77"}, SrStudioError),
        ({"model": "vdsr"}, SrStudioError),
    ],
)
def test_what_fails_for_all_is_said_once(
    tmp_path: Path, changes: dict[str, str], kind: type[Exception]
) -> None:
    sources = [write_photo(tmp_path / name) for name in ("a.png", "b.png")]
    with pytest.raises(kind):
        run(*sources, output=tmp_path / "out", settings=UpscaleSettings(**changes))  # type: ignore[arg-type]  # strings only


def test_names_can_tell_the_size(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.png", 20, 10)
    done = run(
        source,
        write_photo(tmp_path / "b.png", 10, 20),
        output=tmp_path / "out",
        template="{name}-{width}x{height}-{scale}",
        settings=UpscaleSettings(long_edge=30),
    )
    assert isinstance(done, PictureBatch)
    names = [picture.output.name for picture in done.pictures]
    assert names == ["a-30x15-1.5.png", "b-15x30-1.5.png"]


def test_what_was_done_is_written_on_request(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.jpg")
    run(source, output=tmp_path / "b.jpg", describe=True)
    assert b"photo, x2" in (tmp_path / "b.jpg").read_bytes()


def test_cancel_leaves_nothing_behind(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "a.png")
    token = CancelToken()
    context = ReportingContext(token, lambda *_: token.cancel())
    with pytest.raises(JobCancelled):
        UpscaleRequest((source,), tmp_path / "b.png").run(context)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


@given(
    width=st.integers(1, 5000),
    height=st.integers(1, 5000),
    settings=st.one_of(
        st.builds(UpscaleSettings, scale=st.integers(1, 16)),
        st.builds(UpscaleSettings, long_edge=st.integers(1, 20_000)),
        st.builds(UpscaleSettings, size=st.sampled_from(["100x50", "640X480", "1920x", "x1080"])),
    ),
)
def test_result_size_keeps_what_was_asked(
    width: int, height: int, settings: UpscaleSettings
) -> None:
    wide, high = result_size(width, height, settings)
    assert min(wide, high) >= 1
    if settings.scale:
        assert (wide, high) == (width * settings.scale, height * settings.scale)
    if settings.long_edge:
        assert max(wide, high) == settings.long_edge
    if settings.size == "1920x":
        assert wide == 1920
        assert abs(high - 1920 * height / width) <= 0.5 or high == 1


@pytest.mark.parametrize(
    "values",
    [
        {"size": "10"},
        {"size": "x"},
        {"size": "0x10"},
        {"size": "9999999x1"},
        {"tile": "big"},
        {"tile": "3"},
        {"tile": "-64"},
        {"scale": 2, "long_edge": 100},
        {"scale": 2, "size": "10x10"},
    ],
)
def test_settings_that_cannot_be_are_wrong_usage(values: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        UpscaleSettings(**values)  # type: ignore[arg-type]  # wrong on purpose


def test_a_network_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from sr_studio.models._weights import WeightStore

    loads = []
    load = WeightStore.load

    def counting(*arguments: object) -> object:
        loads.append(arguments)
        return load(*arguments)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(WeightStore, "load", counting)
    networks = Networks()
    image = ImageBuffer(np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8))
    for region in (Region(0, 0, 10, 10), Region(5, 5, 20, 20), None):
        UpscalePictureRequest(image, UpscaleSettings(), region, networks).run(silent_context())
    assert len(loads) == 1


def test_a_size_between_scales_takes_the_next_larger_network() -> None:
    networks = Networks()
    assert networks.choose("compact", None, 1.0).scale == 2
    assert networks.choose("compact", None, 2.0).scale == 2
    beyond = networks.choose("compact", None, 50.0).scale
    here = {
        scale
        for entry in networks.choose("compact", None, 1).spec.weights
        for scale in entry.scales
    }
    assert beyond <= max(here)


def test_importing_the_task_loads_neither_torch_nor_numpy() -> None:
    program = f"import sys, {task.__name__}; print('torch' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def import_random(model_id: str, scale: int, folder: Path) -> None:
    """Weights that are none: small random numbers."""
    generator = torch.Generator().manual_seed(0)
    state = all_models()[model_id].build(scale).state_dict()
    tensors = {
        name: 0.01 * torch.randn(tensor.shape, generator=generator)
        for name, tensor in state.items()
    }
    save_file(tensors, folder / "any.safetensors")
    WeightStore().import_file(folder / "any.safetensors", model_id, scale, f"any-{model_id}")


@pytest.mark.parametrize(
    ("options", "size", "name"),
    [
        ({}, (24, 16), "photo_dncnn-25_x1.png"),
        ({"scale": 1}, (24, 16), "photo_dncnn-25_x1.png"),
        ({"scale": 2}, (48, 32), "photo_dncnn-25_x2.png"),
    ],
)
def test_a_network_that_removes_noise_keeps_the_size_unless_told(
    options: dict[str, int], size: tuple[int, int], name: str, tmp_path: Path
) -> None:
    import_random("dncnn-25", 1, tmp_path)
    source = write_photo(tmp_path / "photo.png")
    settings = UpscaleSettings(model="dncnn-25", precision="fp32", **options)  # type: ignore[arg-type]  # parametrised
    (tmp_path / "out").mkdir()
    done = run(source, output=tmp_path / "out", settings=settings)
    assert isinstance(done, PictureBatch)
    [picture] = done.pictures
    assert (picture.width, picture.height) == size
    assert picture.output.name == name


def test_denoised_luma_leaves_the_colours(tmp_path: Path) -> None:
    import_random("dncnn-25", 1, tmp_path)
    photo = decode_image(write_photo(tmp_path / "photo.png"))
    photo = ImageBuffer(to_float(photo.pixels))
    settings = UpscaleSettings(model="dncnn-25", precision="fp32")
    result = UpscalePictureRequest(photo, settings).run(silent_context()).image
    before, after = rgb_to_ycbcr(photo.pixels), rgb_to_ycbcr(result.pixels)
    assert np.abs(after[..., 0] - before[..., 0]).max() > 1e-4
    np.testing.assert_allclose(after[..., 1:], before[..., 1:], atol=1e-5)


def test_what_a_network_cannot_be_told_is_refused_before_any_work(tmp_path: Path) -> None:
    source = write_photo(tmp_path / "photo.png")
    settings = UpscaleSettings(noise_sigma=15.0)
    with pytest.raises(InvalidRequest, match="Photo cannot be told the noise"):
        run(source, output=tmp_path / "large.png", settings=settings)
    with pytest.raises(InvalidRequest, match="Photo cannot be told the blur"):
        UpscalePictureRequest(decode_image(source), UpscaleSettings(blur_sigma=1.0)).run(
            silent_context()
        )


def test_what_is_told_reaches_the_network_and_is_not_kept(tmp_path: Path) -> None:
    import_random("srmd", 2, tmp_path)
    photo = decode_image(write_photo(tmp_path / "photo.png"))
    photo = ImageBuffer(to_float(photo.pixels))
    networks = Networks()
    results = [
        UpscalePictureRequest(photo, settings, networks=networks).run(silent_context())
        for settings in (
            UpscaleSettings(model="srmd", weights="any-srmd", precision="fp32"),
            UpscaleSettings(
                model="srmd", weights="any-srmd", precision="fp32", blur_sigma=1.6, noise_sigma=15
            ),
            UpscaleSettings(model="srmd", weights="any-srmd", precision="fp32"),
        )
    ]
    plain, told, again = (result.image.pixels for result in results)
    assert (plain != told).any()
    np.testing.assert_array_equal(plain, again)
