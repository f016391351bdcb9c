"""Networks are kept: loaded ones for any picture, learned ones for theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sr_studio.engines.learners import _registry, self_exemplars
from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.imaging.region import Region
from sr_studio.jobs.control import CancelToken
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks._networks import Networks
from sr_studio.tasks.evaluate import EvaluateRequest
from sr_studio.tasks.upscale import UpscalePictureRequest, UpscaleRequest, UpscaleSettings
from sr_studio.tasks.weights import WeightsRequest
from tests.helpers.pictures import make_picture

SETTINGS = UpscaleSettings(model="selfexsr", device="cpu")


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[ImageBuffer]:
    """The pictures that SelfExSR was asked to learn from."""
    asked: list[ImageBuffer] = []
    learner = self_exemplars.LEARNER

    def learn(image: ImageBuffer, *others: object) -> object:
        asked.append(image)
        return learner.learn(image, *others)  # type: ignore[arg-type]  # passed through

    replaced = replace(learner, learn=learn)
    monkeypatch.setitem(_registry.all_learners(), "selfexsr", replaced)
    return asked


def test_a_picture_is_learned_from_once(searches: list[ImageBuffer]) -> None:
    networks = Networks()
    image = make_picture(10, 12)

    def run(image: ImageBuffer, region: Region | None = None, **changes: object) -> None:
        settings = replace(SETTINGS, **changes)  # type: ignore[arg-type]  # as given
        UpscalePictureRequest(image, settings, region, networks).run(silent_context())

    run(image)
    run(image, Region(0, 0, 5, 5), strength=0.5, match_tone=True)
    run(ImageBuffer(image.pixels.copy()))  # read again from its file
    assert len(searches) == 1
    run(make_picture(10, 12, seed=1))
    run(make_picture(10, 12, seed=1), scale=3)
    assert len(searches) == 3


def test_what_was_cut_short_is_learned_anew(searches: list[ImageBuffer]) -> None:
    networks, image = Networks(), make_picture(10, 12)
    token = CancelToken()
    token.finish_early()
    request = UpscalePictureRequest(image, SETTINGS, networks=networks)
    request.run(ReportingContext(token, lambda *_: None))
    request.run(silent_context())
    assert len(searches) == 2


def test_progress_rises_through_learning_and_enlarging(searches: list[ImageBuffer]) -> None:
    told: list[float] = []
    context = ReportingContext(CancelToken(), lambda fraction, *_: told.append(fraction))
    UpscalePictureRequest(make_picture(10, 12), SETTINGS).run(context)
    assert told == sorted(told)
    assert told[-1] == 1


def test_a_size_between_scales_takes_the_next_larger_one() -> None:
    networks = Networks()
    for factor, scale in ((1.0, 2), (2.5, 3), (9.0, 4)):
        choice = networks.choose("selfexsr", None, factor)
        assert (choice.scale, choice.entry) == (scale, None)
    with pytest.raises(InvalidRequest, match="not made for scale 8"):
        networks.choose_scale("zssr", None, 8)
    with pytest.raises(InvalidRequest):
        networks.choose("zssr", "imdn-x2", 2.0)


def test_files_are_enlarged_and_measured_without_weights(tmp_path: Path) -> None:
    source = tmp_path / "photo.png"
    Image.fromarray(make_picture(12, 16).pixels).save(source)
    output = tmp_path / "large.png"
    done = UpscaleRequest((source,), output, SETTINGS).run(silent_context())
    assert np.asarray(Image.open(output)).shape == (24, 32, 3)
    assert (done.model, done.weights, done.precision) == ("selfexsr", "", "fp32")
    folder = tmp_path / "truth"
    folder.mkdir()
    Image.fromarray(make_picture(24, 32).pixels).save(folder / "a.png")
    measured = EvaluateRequest("selfexsr", 2, folder, device="cpu").run(silent_context())
    assert measured.psnr is not None
    assert measured.text().startswith("selfexsr x2, cpu, fp32")


@pytest.mark.parametrize(
    "spec",
    [spec for spec in all_models().values() if spec.learns_from == "picture"],
    ids=lambda spec: spec.id,
)
def test_weights_for_it_are_refused_with_the_reason(spec: object, tmp_path: Path) -> None:
    file = tmp_path / "any.safetensors"
    from safetensors.torch import save_file

    save_file(all_models()["espcn"].build(2).state_dict(), file)
    for refused in (
        lambda: WeightStore().load(spec, 2),
        lambda: WeightStore().import_file(file, spec.id, 2),
        lambda: WeightsRequest("download", (spec.id,)).run(silent_context()),
    ):
        with pytest.raises(InvalidRequest, match="learns from each picture") as caught:
            refused()
        assert f"--model {spec.id}" in caught.value.advice


def test_other_networks_still_need_theirs() -> None:
    with pytest.raises(WeightsError, match="No weights of IMDN x4"):
        Networks().choose_scale("imdn", None, 4)
