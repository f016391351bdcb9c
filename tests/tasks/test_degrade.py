from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import tifffile
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.cli.json_output import to_json
from sr_studio.degradations.degrade import degrade
from sr_studio.degradations.random_degradation import DegradationKind
from sr_studio.degradations.recipe import Degradation
from sr_studio.errors import (
    CannotWrite,
    InvalidRequest,
    OutputExists,
    SrStudioError,
    UnreadableImage,
)
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.control import JobCancelled
from sr_studio.jobs.progress import silent_context
from sr_studio.tasks.degrade import (
    TASK,
    DegradationSettings,
    DegradePictureRequest,
    DegradeRequest,
    Preset,
)

RNG = np.random.default_rng(0)


def random_pixels(height: int = 24, width: int = 30) -> np.ndarray:
    return RNG.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "phötö 1.png"
    Image.fromarray(random_pixels()).save(path)
    return path


def run(*words: str | Path) -> object:
    """Run the request that the command line makes of these words."""
    arguments = build_parser({"degrade": TASK}).parse_args(["degrade", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


def test_a_file_is_degraded_as_in_memory(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.png"
    flags = ["--scale", "3", "--kernel", "bilinear", "--sigma-blur", "0.8", "--noise", "5"]
    result = run(photo, "-o", output, *flags, "--jpeg", "80", "--seed", "3")
    recipe = Degradation(3, "bilinear", 0.8, 5, 80, 3)
    expected = degrade(ImageBuffer(np.array(Image.open(photo))), recipe)
    np.testing.assert_array_equal(np.array(Image.open(output)), expected.pixels)
    plain = json.loads(to_json(result))
    assert plain["output"] == str(output)
    assert (plain["width"], plain["height"]) == (10, 8)


def test_settings_have_the_defaults_of_the_recipe() -> None:
    assert DegradationSettings() == DegradationSettings(
        **{name: getattr(Degradation(), name) for name in Degradation.__slots__}
    )


def test_sixteen_bit_stays_sixteen_bit(tmp_path: Path) -> None:
    source, output = tmp_path / "deep.tif", tmp_path / "small.tif"
    pixels = RNG.integers(0, 65536, (16, 16, 3), dtype=np.uint16)
    tifffile.imwrite(source, pixels, photometric="rgb")
    run(source, "-o", output, "--scale", "2")
    expected = degrade(ImageBuffer(pixels), Degradation(scale=2))
    np.testing.assert_array_equal(tifffile.imread(output), expected.pixels)


def test_an_output_that_exists_is_refused_without_overwrite(photo: Path, tmp_path: Path) -> None:
    output = tmp_path / "small.png"
    output.write_bytes(b"precious")
    with pytest.raises(OutputExists):
        run(photo, "-o", output)
    assert output.read_bytes() == b"precious"
    run(photo, "-o", output, "--overwrite")
    with Image.open(output) as picture:
        assert picture.size == (7, 6)


def test_a_missing_picture_with_an_output_that_exists_is_said(photo: Path) -> None:
    with pytest.raises(OutputExists, match="exists already") as caught:
        run(photo.with_name("missing.png"), "-o", photo)
    assert "--overwrite" in caught.value.advice
    with pytest.raises(UnreadableImage, match="not there"):
        run(photo.with_name("missing.png"), "-o", photo, "--overwrite")


@pytest.mark.parametrize("name", ["small.xyz", "s" * 400 + ".png"])
def test_a_name_that_cannot_be_written_is_said(name: str, photo: Path) -> None:
    with pytest.raises(CannotWrite):
        run(photo, "-o", photo.with_name(name))


def test_the_good_picture_is_never_overwritten(photo: Path) -> None:
    before = photo.read_bytes()
    with pytest.raises(OutputExists, match="itself"):
        run(photo, "-o", photo, "--overwrite")
    assert len(run(photo, "-o", photo.parent, "--overwrite").failures) == 1
    assert photo.read_bytes() == before


def test_a_lossy_output_is_pointed_out(photo: Path, tmp_path: Path) -> None:
    result = run(photo, "-o", tmp_path / "small.jpg")
    assert "a .png keeps them" in result.text()
    assert "keeps them" not in run(photo, "-o", tmp_path / "small.png").text()


def test_a_folder_goes_on_after_a_bad_file(photo: Path, tmp_path: Path) -> None:
    folder, output = tmp_path / "photos", tmp_path / "made" / "small"
    folder.mkdir()
    Image.fromarray(random_pixels()).save(folder / "a.jpg")
    Image.fromarray(random_pixels(2, 2)).save(folder / "b.png")
    Image.fromarray(random_pixels()).save(folder / "c.png")
    (folder / "notes.txt").write_text("no picture")
    result = run(folder, photo, tmp_path / "missing.png", "-o", output)
    names = {"a.png", "c.png", f"{photo.stem}.png"}
    assert {path.name for path in output.iterdir()} == names
    assert {picture.output.name for picture in result.pictures} == names
    assert len(result.failures) == 2
    assert "b.png" in result.failures[0]
    assert "missing.png" in result.failures[1]


def test_two_pictures_of_one_name_never_overwrite_each_other(tmp_path: Path) -> None:
    for suffix in ("bmp", "jpg"):
        Image.fromarray(random_pixels()).save(tmp_path / f"a.{suffix}")
    output = tmp_path / "out"
    result = run(tmp_path / "a.bmp", tmp_path / "a.jpg", "-o", output, "--overwrite")
    assert len(result.pictures) == 1
    assert "just made of" in result.failures[0]


@pytest.mark.parametrize("name", ["missing.png", "empty.png", "text.png"])
def test_bad_input_is_a_sentence_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(UnreadableImage) as caught:
        run(tmp_path / name, "-o", tmp_path / "out.png")
    assert caught.value.advice
    assert not (tmp_path / "out.png").exists()


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage, match="No pictures"):
        run(tmp_path, "-o", tmp_path / "out")


def test_an_output_folder_that_is_a_file_is_refused(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(SrStudioError, match="is a file"):
        run(photo, photo, "-o", tmp_path / "out")


def test_no_input_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest):
        DegradeRequest((), tmp_path / "out").run(silent_context())


def test_cancelling_leaves_nothing_behind(photo: Path, tmp_path: Path) -> None:
    from sr_studio.jobs.control import CancelToken
    from sr_studio.jobs.progress import ReportingContext

    token = CancelToken()
    token.cancel()
    context = ReportingContext(token, lambda *_: None)
    with pytest.raises(JobCancelled):
        DegradeRequest((photo,), tmp_path / "out.png").run(context)
    assert not (tmp_path / "out.png").exists()


def test_a_picture_in_memory_is_degraded_by_the_same_code() -> None:
    image, recipe = ImageBuffer(random_pixels()), Degradation(scale=2, noise=3)
    result = DegradePictureRequest(image, recipe).run(silent_context())
    np.testing.assert_array_equal(result.pixels, degrade(image, recipe).pixels)


def test_every_random_degradation_is_a_preset() -> None:
    assert {*get_args(Preset), "bicubic"} == set(get_args(DegradationKind))


@pytest.mark.parametrize("preset", get_args(Preset))
def test_a_preset_says_what_it_did_and_does_it_again(
    preset: str, photo: Path, tmp_path: Path
) -> None:
    outputs = [tmp_path / f"{name}.png" for name in ("one", "same", "other")]
    results = [
        run(photo, "-o", output, "--scale", "3", "--preset", preset, "--seed", seed)
        for output, seed in zip(outputs, "334", strict=True)
    ]
    one, same, other = (np.array(Image.open(output)) for output in outputs)
    assert one.shape == (8, 10, 3)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    plain = json.loads(to_json(results[0]))
    assert plain["steps"] == list(results[1].steps) != list(results[2].steps)
    assert all(f"\n  {step}" in results[0].text() for step in plain["steps"])
    assert results[0].text().count("\n") == len(plain["steps"]) > 1


def test_pictures_of_a_folder_are_each_damaged_in_their_own_way(tmp_path: Path) -> None:
    for name in "ab":
        Image.fromarray(random_pixels()).save(tmp_path / f"{name}.png")
    result = run(tmp_path, "-o", tmp_path / "out", "--preset", "second-order")
    one, other = result.pictures
    assert one.steps != other.steps


def test_without_a_preset_there_are_no_steps_to_tell(photo: Path, tmp_path: Path) -> None:
    result = run(photo, "-o", tmp_path / "small.png")
    assert result.steps == ()
    assert "\n" not in result.text()


@pytest.mark.parametrize(
    "flags", [("--noise", "3"), ("--jpeg", "80"), ("--sigma-blur", "1"), ("--kernel", "nearest")]
)
def test_a_preset_takes_no_other_damage(
    flags: tuple[str, str], photo: Path, tmp_path: Path
) -> None:
    with pytest.raises(InvalidRequest, match="classical"):
        run(photo, "-o", tmp_path / "small.png", "--preset", "classical", *flags)


@pytest.mark.needs_data
def test_gives_the_published_low_resolution_files(shared_data: Path, tmp_path: Path) -> None:
    published = shared_data / "benchmarks" / "Set5"
    run(published / "HR", "-o", tmp_path, "--scale", "4")
    for file in (published / "LRx4").iterdir():
        np.testing.assert_array_equal(
            np.array(Image.open(tmp_path / file.name)), np.array(Image.open(file))
        )
