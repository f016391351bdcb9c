from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from sr_studio.errors import InvalidRequest, SrStudioError, WeightsError
from sr_studio.imaging.encode_image import encode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.tasks.train import TrainRequest

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
    network.load_state_dict(load_file(report.weights))


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
    other = replace(
        request_,
        recipe=recipe,
        output=request_.output.with_name("run3"),
        start_from=report.checkpoint,
        time_budget="0s",
    ).run(silent_context())
    first, third = load_file(report.weights), load_file(other.weights)
    equal = [name for name in first if torch.equal(first[name], third[name])] if first else []
    assert len(equal) == len(first) - 2  # all but weight and bias of the last layer


@pytest.mark.parametrize(
    ("old", "new"),
    [("[schedule]", "[schedule"), ("steps", "stepps"), ("model", "modell"), ("2", '"two"')],
)
def test_a_bad_recipe_is_wrong_usage(request_: TrainRequest, old: str, new: str) -> None:
    request_.recipe.write_text(request_.recipe.read_text().replace(old, new, 1))
    with pytest.raises(InvalidRequest):
        request_.run(silent_context())


def test_bad_time_and_missing_pictures_are_said(request_: TrainRequest) -> None:
    with pytest.raises(InvalidRequest, match="no time"):
        replace(request_, time_budget="soon").run(silent_context())
    with pytest.raises(SrStudioError, match="No pictures"):
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
