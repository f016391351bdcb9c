from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest, SrStudioError, WeightsError
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.encode_image import encode_image
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.resize import imresize
from sr_studio.imaging.ycbcr import rgb_to_y
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks import _training_pictures
from sr_studio.tasks._networks import Networks
from sr_studio.tasks._train_recipe import read_recipe
from sr_studio.tasks._training_pictures import read_training_pictures
from sr_studio.tasks._training_validation import Validator
from sr_studio.tasks.train import TASK, TrainRequest

RECIPE = """
model = "espcn"
scale = 2

[data]
folders = ["photos"]

[schedule]
steps = 4
batch = 2
patch_px = 8
validate_every = 2
"""


@pytest.fixture
def request_(tmp_path: Path) -> TrainRequest:
    (tmp_path / "photos").mkdir()
    random = np.random.default_rng(0)
    for name in ("a.png", "b.png"):
        pixels = random.integers(0, 256, (40, 48, 3), dtype=np.uint8)
        encode_image(ImageBuffer(pixels), tmp_path / "photos" / name)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.replace("espcn", "compact"))
    return TrainRequest(tmp_path, tmp_path / "run", recipe, validation=tmp_path / "photos")


def test_writes_weights_that_the_network_takes(request_: TrainRequest) -> None:
    report = request_.run(silent_context())
    assert report.steps == 4
    assert report.validation_psnr is not None
    network = all_models()["compact"].build(2)
    network.load_state_dict(load_file(report.weights[0]))


def test_resumes_only_when_asked_and_goes_on(request_: TrainRequest) -> None:
    started = replace(request_, time_budget="0s").run(silent_context())
    assert started.steps == 0
    with pytest.raises(SrStudioError, match="exists already"):
        request_.run(silent_context())
    assert replace(request_, resume=True).run(silent_context()).steps == 4


def test_starts_from_the_fitting_layers_of_another_scale(request_: TrainRequest) -> None:
    report = request_.run(silent_context())
    recipe = request_.recipe.with_name("x3.toml")
    recipe.write_text(request_.recipe.read_text().replace("scale = 2", "scale = 3"))
    for number, start in enumerate((report.checkpoint, report.weights[0])):
        other = replace(
            request_,
            recipe=recipe,
            output=request_.output.with_name(f"run3-{number}"),
            start_from=start,
            time_budget="0s",
        ).run(silent_context())
        first, third = load_file(report.weights[0]), load_file(other.weights[0])
        equal = [name for name in first if torch.equal(first[name], third[name])]
        assert len(equal) == len(first) - 2  # all but weight and bias of the last layer


@pytest.mark.parametrize(
    ("old", "new"),
    [("[schedule]", "[schedule"), ("steps", "stepps"), ("model", "modell"), ("2", '"two"')],
)
def test_a_bad_recipe_is_wrong_usage(request_: TrainRequest, old: str, new: str) -> None:
    request_.recipe.write_text(request_.recipe.read_text().replace(old, new, 1))
    with pytest.raises(InvalidRequest):
        request_.run(silent_context())


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("steps = 4", "steps = -1", "steps is at least 0, not -1"),  # it never ended
        ("steps = 4", 'steps = "4"', "steps is a whole number"),
        ("batch = 2", "batch = 0", "batch is at least 1"),
        ("patch_px = 8", "patch_px = -8", "patch_px is at least 1"),
        ("validate_every = 2", "validate_every = 0", "validate_every is at least 1"),
        ("batch = 2", 'decay = "cosinus"', "decay is one of cosine, step, constant"),
        ("batch = 2", "decay_every = 0", "decay_every is above 0"),
        ("batch = 2", "learning_rate = nan", "learning_rate is at least 0"),
        ("[schedule]", "hold_uot = 6\n[schedule]", "hold_uot is no part of"),
        ("[schedule]", "shrink = [0]\n[schedule]", "shrink is a list"),
        ("[schedule]", "hold_out = -1\n[schedule]", "hold_out is a whole number"),
        ('["photos"]', '"photos"', "folders is a list"),
        ("scale = 2", "scale = 2.5", "scale is a whole number"),
    ],
)
def test_a_value_that_cannot_be_followed_is_named(
    request_: TrainRequest, old: str, new: str, words: str
) -> None:
    request_.recipe.write_text(request_.recipe.read_text().replace(old, new, 1))
    with pytest.raises(InvalidRequest, match=words):
        request_.run(silent_context())


def test_bad_time_and_missing_pictures_are_said(request_: TrainRequest) -> None:
    with pytest.raises(InvalidRequest, match="no time"):
        replace(request_, time_budget="soon").run(silent_context())
    with pytest.raises(SrStudioError, match="There is no"):
        replace(request_, data=request_.data / "photos").run(silent_context())


def test_a_validation_folder_without_pictures_is_said(request_: TrainRequest) -> None:
    (request_.data / "empty").mkdir()
    with pytest.raises(SrStudioError, match="No pictures"):
        replace(request_, validation=request_.data / "empty").run(silent_context())


def test_a_damaged_checkpoint_is_said(request_: TrainRequest) -> None:
    request_.output.mkdir()
    (request_.output / "checkpoint.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(WeightsError, match="no checkpoint"):
        replace(request_, resume=True).run(silent_context())


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Ten small photographs, one larger one, and a file that only looks like one."""
    folder = tmp_path / "my photos"
    folder.mkdir()
    random = np.random.default_rng(1)
    for number in range(11):
        cells = random.integers(0, 256, (12, 14, 3), dtype=np.uint8)
        encode_image(ImageBuffer(cells.repeat(8, 0).repeat(8, 1)), folder / f"{number}.png")
    whole = (folder / "0.png").read_bytes()
    (folder / "broken.png").write_bytes(whole[:60])
    return folder


def general(photos: Path, **changes: Any) -> TrainRequest:
    values: dict[str, Any] = {
        "output": photos.parent / "run",
        "model": "srcnn-915",
        "scale": 3,
        "time_budget": "1s",
        "device": "cpu",
    }
    return TrainRequest(photos, **(values | changes))


def quick_recipe(folder: Path) -> Path:
    """One step on a small crop: enough to see whether a network can be trained at all."""
    path = folder / "quick.toml"
    path.write_text(
        '[data]\nfolders = ["."]\n[schedule]\nsteps = 1\nbatch = 1\npatch_px = 8\nwarm_up = 0\n'
    )
    return path


def trainable() -> list[Any]:
    return [
        pytest.param(
            spec.id,
            marks=pytest.mark.slow if max(spec.published_parameters.values(), default=1e7) > 2e6
            else (),
        )
        for spec in all_models().values()
        if spec.task == "upscale" and (spec.learns_from, spec.trained_as) == ("weights", "whole")
    ]  # fmt: skip


@pytest.mark.parametrize("model", trainable())
def test_any_network_can_be_trained(photos: Path, model: str) -> None:
    spec = all_models()[model]
    scale = min(spec.scales)
    request = general(
        photos, model=model, scale=scale, recipe=quick_recipe(photos.parent), time_budget=""
    )
    report = request.run(silent_context())
    assert report.steps == 1
    assert math.isfinite(report.loss)
    trained = load_file(report.weights[0])
    network = spec.build(scale)
    network.load_state_dict(trained)
    torch.manual_seed(0)
    untrained = spec.build(scale).state_dict()
    assert any(not torch.equal(trained[name], untrained[name]) for name in trained)


def test_the_general_recipe_measures_on_what_it_keeps_back(photos: Path) -> None:
    report = general(photos).run(silent_context())
    assert (report.pictures, report.left_out) == (9, 1)  # of twelve files two are kept back
    assert report.validation_psnr is not None
    assert "bicubic" in report.text()
    assert report.baseline_psnr is not None
    for psnr, is_said in ((report.baseline_psnr - 1, True), (report.baseline_psnr + 1, False)):
        text = replace(report, validation_psnr=psnr).text()
        assert ("still worse than bicubic" in text) == is_said


def test_a_network_on_luma_gets_the_luma_and_enlargement_of_the_papers(photos: Path) -> None:
    recipe = read_recipe(None, model="srcnn", scale=3, precision=None)
    pictures = read_training_pictures(photos, recipe, photos.parent, silent_context())
    pair = pictures.by_scale[3].pairs[0]
    assert pair.low_res is not None
    assert pair.low_res.shape == pair.high_res.shape == (96, 111, 1)
    truth = decode_image(photos / "0.png").pixels[:96, :111]
    luma = rgb_to_y(to_float(truth))
    np.testing.assert_allclose(to_float(pair.high_res)[..., 0], luma, atol=1e-5)
    enlarged = imresize(to_float(imresize(truth, scale=1 / 3)), scale=3)
    expected = rgb_to_y(enlarged).clip(0, 1)
    np.testing.assert_allclose(to_float(pair.low_res)[..., 0], expected, atol=1e-5)


def test_the_measure_of_an_identity_is_that_of_bicubic(photos: Path) -> None:
    recipe = read_recipe(None, model="srcnn", scale=3, precision=None)
    truths = read_validation_of(photos)
    validator = Validator(truths, recipe, silent_context())
    same = torch.nn.Conv2d(1, 1, 1, bias=False)
    torch.nn.init.ones_(same.weight)
    measured, bicubic = validator(same), validator.baseline
    assert measured.psnr == pytest.approx(bicubic.psnr, abs=0.1)  # which rounds to 8 bits
    # luma alone comes from the network: shown are the colours of the enlargement
    assert np.abs(measured.restored.astype(int) - bicubic.restored.astype(int)).mean() < 0.5


def read_validation_of(photos: Path) -> list[Any]:
    return [decode_image(photos / f"{number}.png").pixels for number in range(3)]


def test_large_photographs_are_cut_to_what_the_store_may_hold(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_training_pictures, "_ALL_PX", 12 * 64 * 64)
    recipe = read_recipe(None, model="espcn", scale=2, precision=None)
    pictures = read_training_pictures(photos, recipe, photos.parent, silent_context())
    shapes = [pair.high_res.shape for pair in pictures.by_scale[2].pairs]
    assert all(height * width <= 64 * 64 for height, width, _ in shapes)


def test_keep_brings_the_weights_into_use_under_a_name_of_their_own(photos: Path) -> None:
    names = []
    for number in (1, 2):
        request = general(photos, output=photos.parent / f"run{number}", keep=True)
        names += request.run(silent_context()).kept_as
    assert names == ["srcnn-915-x3-own-1", "srcnn-915-x3-own-2"]
    store = WeightStore()
    entry = store.find("srcnn-915-x3-own-1")
    assert (entry.origin, entry.scales, entry.trained_on) == ("local", (3,), "my photos")
    store.load(all_models()["srcnn-915"], 3)


def test_nothing_learned_is_not_kept(photos: Path) -> None:
    with pytest.raises(SrStudioError, match="learned nothing"):
        general(photos, time_budget="0s", keep=True).run(silent_context())
    mine = [entry for entry in WeightStore().entries() if entry.origin == "local"]
    assert mine == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"time_budget": ""}, "needs a time"),
        ({"scale": None}, "must be named"),
        ({"model": "srcn"}, "no network"),
        ({"scale": 5}, "not made for scale 5"),
    ],
)
def test_what_the_general_recipe_lacks_is_said(
    photos: Path, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        general(photos, **changes).run(silent_context())
    assert not (photos.parent / "run").exists()


def test_what_needs_no_training_is_refused(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for changes, words in (
        ({"learns_from": "picture"}, "anew"),
        ({"task": "denoise"}, "enlarge"),
        ({"trained_as": "parts"}, "apart"),
    ):
        spec = replace(all_models()["srcnn"], **changes)
        monkeypatch.setattr(Networks, "find_model", lambda _self, _id, spec=spec: spec)
        with pytest.raises(InvalidRequest, match=words):
            general(photos).run(silent_context())


def test_pictures_that_are_too_small_are_said(photos: Path) -> None:
    recipe = photos.parent / "large.toml"
    recipe.write_text('[data]\nfolders = ["."]\n[schedule]\npatch_px = 64\n')
    with pytest.raises(SrStudioError, match="192 pixels a side"):
        general(photos, recipe=recipe).run(silent_context())


def test_the_command_line_trains_without_a_recipe(photos: Path) -> None:
    words = ["train", "--model", "srcnn", "--scale", "3", "--data", "d", "-o", "run"]
    parser = build_parser({"train": TASK})
    for positional, expected in ((["r.toml"], Path("r.toml")), ([], None)):
        arguments = parser.parse_args([*words, *positional])
        request = request_from_arguments(TASK, arguments)
        assert request.recipe == expected
        assert (request.model, request.scale) == ("srcnn", 3)


def test_a_stopped_training_finds_its_pictures_decoded_and_a_complete_one_deletes_them(
    request_: TrainRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = replace(request_, time_budget="0s").run(silent_context())
    assert not stopped.is_complete
    assert "--resume" in stopped.text()
    assert (request_.output / "pictures.bin").exists()

    def forbidden(*_arguments: Any) -> None:
        raise AssertionError("the pictures were stored again")

    with monkeypatch.context() as patch:
        patch.setattr(_training_pictures, "_store", forbidden)
        finished = replace(request_, resume=True).run(silent_context())
    assert finished.is_complete
    assert not (request_.output / "pictures.bin").exists()


def test_changed_pictures_are_read_again(request_: TrainRequest) -> None:
    replace(request_, time_budget="0s").run(silent_context())
    (request_.data / "photos" / "b.png").unlink()
    report = replace(request_, resume=True).run(silent_context())
    assert report.pictures == 1


def test_larger_crops_than_before_leave_the_small_pictures_out(request_: TrainRequest) -> None:
    small = np.zeros((20, 20, 3), np.uint8)
    encode_image(ImageBuffer(small), request_.data / "photos" / "small.png")
    text = request_.recipe.read_text().replace(
        "[schedule]", '[degradation]\nkind = "bicubic"\n[schedule]'
    )
    request_.recipe.write_text(text)
    assert replace(request_, time_budget="0s").run(silent_context()).pictures == 3
    request_.recipe.write_text(text.replace("patch_px = 8", "patch_px = 16"))
    report = replace(request_, resume=True).run(silent_context())
    assert (report.pictures, report.steps) == (2, 4)


def test_a_checkpoint_of_another_network_is_not_gone_on_with(
    request_: TrainRequest, photos: Path
) -> None:
    replace(request_, time_budget="0s").run(silent_context())
    with pytest.raises(WeightsError, match="a training of compact x2"):
        general(photos, output=request_.output, resume=True).run(silent_context())


def test_a_checkpoint_of_another_optimiser_is_not_gone_on_with(request_: TrainRequest) -> None:
    replace(request_, time_budget="0s").run(silent_context())
    text = request_.recipe.read_text()
    request_.recipe.write_text(text.replace("[schedule]", '[schedule]\noptimiser = "sgd"'))
    with pytest.raises(WeightsError, match="follows adam, the recipe sgd"):
        replace(request_, resume=True).run(silent_context())


def test_several_scales_share_a_training(request_: TrainRequest) -> None:
    text = request_.recipe.read_text().replace("scale = 2", "scale = [2, 3]")
    request_.recipe.write_text(text.replace("compact", "mdsr-baseline").replace("= 8", "= 6"))
    report = request_.run(silent_context())
    assert report.scales == (2, 3)
    assert [path.name for path in report.weights] == [
        "mdsr-baseline-x2.safetensors",
        "mdsr-baseline-x3.safetensors",
    ]
    second, third = map(load_file, report.weights)
    assert second.keys() == third.keys()
    for scale, weights in ((2, second), (3, third)):
        all_models()["mdsr-baseline"].build(scale).load_state_dict(weights)
    assert torch.equal(second["body.0.body.0.weight"], third["body.0.body.0.weight"])


def test_what_tensorboard_shows_is_written(request_: TrainRequest) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    report = request_.run(silent_context())
    events = EventAccumulator(str(request_.output / "tensorboard"))
    events.Reload()
    assert report.validation_psnr is not None
    measured = [event.value for event in events.Scalars("validation PSNR")]
    assert max(measured) == pytest.approx(report.validation_psnr, abs=1e-4)
    assert events.Tags()["images"] == ["validation"]


def test_a_killed_training_goes_on_to_the_same_weights_bit_for_bit(
    request_: TrainRequest,
) -> None:
    recipe = request_.recipe
    recipe.write_text(recipe.read_text().replace("steps = 4", "steps = 40"))
    whole = replace(request_, output=request_.output.with_name("whole")).run(silent_context())
    command = [sys.executable, "-m", "sr_studio", "train", str(recipe)]
    command += ["--data", str(request_.data), "-o", str(request_.output), "--device", "cpu"]
    command += ["--validation", str(request_.validation)]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not (request_.output / "checkpoint.pt").exists() and killed.poll() is None:
            time.sleep(0.02)
    finally:
        killed.kill()
        killed.wait()
    resumed = replace(request_, resume=True).run(silent_context())
    assert resumed.steps == whole.steps == 40
    expected, weights = load_file(whole.weights[0]), load_file(resumed.weights[0])
    assert all(torch.equal(weights[name], expected[name]) for name in expected)


def test_two_processes_train_as_one_does(request_: TrainRequest) -> None:
    alone = replace(request_, output=request_.output.with_name("alone")).run(silent_context())
    command = [sys.executable, "-m", "sr_studio", "train", str(request_.recipe)]
    command += ["--data", str(request_.data), "-o", str(request_.output), "--devices", "2"]
    command += ["--device", "cpu", "--json", "--quiet"]
    command += ["--validation", str(request_.validation)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    report = json.loads(done.stdout)  # of the first process alone
    assert report["steps"] == 4
    assert report["validation_psnr"] == pytest.approx(alone.validation_psnr, abs=1e-3)
    expected, weights = load_file(alone.weights[0]), load_file(report["weights"][0])
    for name, tensor in expected.items():
        torch.testing.assert_close(weights[name], tensor, rtol=1e-3, atol=1e-5)


def write_photos(folder: Path, count: int = 6) -> Path:
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(count):
        pixels = random.integers(0, 256, (64, 70, 3), dtype=np.uint8)
        encode_image(ImageBuffer(pixels), folder / f"{number}.png")
    return folder


@pytest.mark.parametrize(
    "colour", ["regression = 4.0", "regression = 0.0\nrebalance = false", "classification = 0.0"]
)
def test_a_colorizer_learns_by_the_same_command(tmp_path: Path, colour: str) -> None:
    photos = write_photos(tmp_path / "photos")
    recipe = tmp_path / "colour.toml"
    recipe.write_text(
        'model = "colorizer-lite"\nscale = 1\n[data]\nfolders = ["."]\nhold_out = 1\n'
        f"[colour]\n{colour}\n[schedule]\nsteps = 1\nbatch = 2\npatch_px = 32\n"
    )
    output = tmp_path / "run"
    report = TrainRequest(data=photos, recipe=recipe, output=output, device="cpu").run(
        silent_context()
    )
    assert report.steps == 1
    assert report.validation_psnr is not None
    assert "gray" in report.text()
    all_models()["colorizer-lite"].build(1).load_state_dict(load_file(report.weights[0]))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[colour]\nworn = 2.0", "worn is a share"),
        ("[colour]\nsharp = 1", "sharp is no part"),
        ("[colour]\nregression = 0\nclassification = 0", "one is above it"),
        ("[loss]\nl1 = 1.0", "a colorizer has no loss"),
    ],
)
def test_a_colour_recipe_says_what_is_wrong(tmp_path: Path, table: str, words: str) -> None:
    photos = write_photos(tmp_path / "photos", 1)
    recipe = tmp_path / "colour.toml"
    recipe.write_text(
        f'model = "colorizer-lite"\nscale = 1\n[data]\nfolders = ["."]\n{table}\n[schedule]\n'
    )
    request = TrainRequest(data=photos, recipe=recipe, output=tmp_path / "run", time_budget="1s")
    with pytest.raises(InvalidRequest, match=words):
        request.run(silent_context())
