"""What is learned of a picture is enlarged as any network's picture is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from sr_studio.engines import learn_from_picture as engine
from sr_studio.engines.learn_from_picture import learn_from_picture
from sr_studio.engines.learners._spec import LearnedEnlargement, Learner
from sr_studio.engines.prepared_network import PreparedNetwork
from sr_studio.engines.upscale import upscale
from sr_studio.errors import InvalidRequest
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.region import Region
from sr_studio.imaging.resize import imresize
from sr_studio.imaging.ycbcr import rgb_to_y
from sr_studio.jobs.progress import silent_context
from sr_studio.models._conditions import Conditions
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec
from tests.helpers.pictures import make_picture

CPU = torch.device("cpu")
SPECS = [spec for spec in all_models().values() if spec.learns_from == "picture"]
EACH = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)


def bicubic_and_more(image: ImageBuffer, spec: ModelSpec, scale: int) -> NDArray[np.float32]:
    """Stands for what an engine learns: the bicubic enlargement, every fourth row lighter."""
    pixels = imresize(to_float(image.pixels), scale=scale)
    if spec.channels == "y":
        luma = rgb_to_y(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))
        pixels = luma[..., None]
    pixels[::4] += 0.1
    return pixels


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Conditions]]:
    """Replaces every engine by a quick one; returns the calls."""
    calls: list[tuple[int, Conditions]] = []

    def learn(
        image: ImageBuffer,
        spec: ModelSpec,
        scale: int,
        _device: torch.device,
        conditions: Conditions,
        _context: object,
    ) -> LearnedEnlargement:
        calls.append((scale, conditions))
        return LearnedEnlargement(bicubic_and_more(image, spec, scale), ("It was learned.",))

    quick = {spec.id: Learner(spec.id, learn) for spec in SPECS}
    monkeypatch.setattr(engine, "all_learners", lambda: quick)
    return calls


def prepare(image: ImageBuffer, spec: ModelSpec, scale: int = 2) -> PreparedNetwork:
    return learn_from_picture(image, spec, scale, device=CPU, context=silent_context())


@EACH
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_tiles_and_regions_are_those_of_the_whole(
    spec: ModelSpec, channels: int, dtype: object, learned: object
) -> None:
    image = make_picture(37, 45, channels, dtype)
    network = prepare(image, spec, 3)
    whole = upscale(image, network, tile="off", context=silent_context()).image.pixels
    tiled = upscale(image, network, tile=16, context=silent_context()).image.pixels
    assert whole.shape == (111, 135, channels)
    assert np.array_equal(tiled, whole)
    part = upscale(image, network, region=Region(7, 11, 20, 13), context=silent_context())
    assert np.array_equal(part.image.pixels, whole[part.region.slices])


@EACH
def test_the_result_is_what_was_learned(spec: ModelSpec, learned: object) -> None:
    image = make_picture(20, 30, 3, np.float32)
    result = upscale(image, prepare(image, spec), context=silent_context()).image.pixels
    expected = bicubic_and_more(image, spec, 2)
    if spec.channels == "y":
        assert np.allclose(rgb_to_y(result)[..., None], expected, atol=1e-5)
        chroma = [
            each - rgb_to_y(each)[..., None] for each in (result, imresize(image.pixels, scale=2))
        ]
        assert np.allclose(chroma[0] - chroma[0].mean(2, keepdims=True),
                           chroma[1] - chroma[1].mean(2, keepdims=True), atol=1e-5)  # fmt: skip
    else:
        assert np.allclose(result, expected, atol=1e-6)


@EACH
def test_strength_size_and_tone_work_as_ever(spec: ModelSpec, learned: object) -> None:
    image = replace(make_picture(24, 36, has_alpha=True))
    network = prepare(image, spec)
    faithful = upscale(image, network, strength=0.0, context=silent_context()).image.pixels
    bicubic = imresize(to_float(image.pixels), scale=2)
    assert np.abs(to_float(faithful) - bicubic.clip(0, 1)).max() < 1 / 255
    other = upscale(image, network, size=(50, 33), should_match_tone=True, context=silent_context())
    assert other.image.pixels.shape == (33, 50, 3)
    assert other.image.alpha is not None
    assert other.image.alpha.shape == (33, 50)
    assert other.report.notes == ("It was learned.",)


def test_the_report_counts_the_time_of_learning(learned: object) -> None:
    image = make_picture(16, 16)
    network = replace(prepare(image, SPECS[0]), learning_s=1000.0)
    assert 1000 < upscale(image, network, context=silent_context()).report.seconds < 1100


def test_what_is_told_reaches_the_engine(learned: list[tuple[int, Conditions]]) -> None:
    told = Conditions(blur_sigma=1.2, noise_sigma=5.0)
    image = make_picture(16, 16)
    network = learn_from_picture(
        image, all_models()["zssr"], 2, device=CPU, conditions=told, context=silent_context()
    )
    assert learned == [(2, told)]
    assert network.conditions == told
    assert network.removes_noise
    with pytest.raises(InvalidRequest, match="SelfExSR cannot be told"):
        learn_from_picture(
            image,
            all_models()["selfexsr"],
            2,
            device=CPU,
            conditions=told,
            context=silent_context(),
        )
