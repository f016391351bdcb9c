from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from sr_studio.cli.json_output import to_json
from sr_studio.degradations.degrade import crop_to_multiple, degrade
from sr_studio.degradations.recipe import Degradation
from sr_studio.engines.prepared_network import prepare_network
from sr_studio.engines.upscale import upscale
from sr_studio.errors import (
    InvalidRequest,
    OutputExists,
    SrStudioError,
    UnreadableImage,
    WeightsError,
)
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer, to_float
from sr_studio.imaging.ycbcr import rgb_to_gray
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.metrics.picture import compare_pictures
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks.evaluate import EvaluateRequest, Evaluation

if TYPE_CHECKING:
    from pathlib import Path

SCALE = 3


@pytest.fixture(autouse=True)
def own_weights(own_home: Path, tmp_path: Path) -> None:
    """ESPCN with small random weights: any network will do to see the figures added up."""
    generator = torch.Generator().manual_seed(0)
    network = all_models()["espcn"].build(SCALE)
    state = {
        name: 0.05 * torch.randn(values.shape, generator=generator)
        for name, values in network.state_dict().items()
    }
    save_file(state, tmp_path / "any.safetensors")
    WeightStore().import_file(tmp_path / "any.safetensors", "espcn", SCALE, "any-espcn")


@pytest.fixture
def truths(tmp_path: Path) -> Path:
    """Two colour pictures and a gray one, with sides that are no multiples of the scale."""
    folder = tmp_path / "Wahrheit ä"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, shape in {"a": (40, 50, 3), "b": (31, 44, 3), "gray": (40, 41)}.items():
        noise = rng.integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{name}.png")
    return folder


def evaluate(high_res: Path, **settings: object) -> Evaluation:
    defaults = {"model": "espcn", "scale": SCALE, "precision": "fp32"}
    return EvaluateRequest(high_res=high_res, **{**defaults, **settings}).run(silent_context())


def test_figures_are_those_of_each_picture_and_their_mean(truths: Path) -> None:
    result = evaluate(truths)
    spec = all_models()["espcn"]
    network = prepare_network(
        spec,
        WeightStore().load(spec, SCALE),
        SCALE,
        device=torch.device("cpu"),
        precision="fp32",
    )
    expected = {}
    for path in truths.iterdir():
        truth = crop_to_multiple(decode_image(path), SCALE)
        small = degrade(truth, Degradation(scale=SCALE))
        unrounded = ImageBuffer(to_float(small.pixels))  # a network on luma
        enlarged = upscale(unrounded, network, context=silent_context()).image
        expected[path.stem] = compare_pictures(enlarged, truth, shave_px=SCALE)
    assert [each.name for each in result.per_image] == ["a", "b", "gray"]
    assert result.images == 3
    for each in result.per_image:
        assert each.psnr == expected[each.name].psnr
        assert each.ssim == expected[each.name].ssim
        assert each.ms_ssim is None
    assert result.psnr == pytest.approx(np.mean([each.psnr for each in expected.values()]))
    assert result.ssim == pytest.approx(np.mean([each.ssim for each in expected.values()]))
    assert result.ms_ssim is None
    assert (result.model, result.weights, result.scale) == ("espcn", "any-espcn", SCALE)
    assert (result.device, result.precision) == ("cpu", "fp32")
    assert result.failures == ()
    assert "3 px left off" in result.definition
    assert "luma" in result.definition
    assert "gray" in result.definition


def test_json_and_text_hold_what_scripts_and_people_need(truths: Path) -> None:
    result = evaluate(truths, metrics="ssim")
    plain = json.loads(to_json(result))
    assert plain["images"] == 3
    assert plain["psnr"] is None
    assert plain["per_image"][1]["name"] == "b"
    assert plain["per_image"][1]["ssim"] == result.per_image[1].ssim
    text = result.text()
    assert f"{result.ssim:.4f}" in text
    assert "PSNR/dB" not in text


@pytest.mark.parametrize("suffix", ["", f"x{SCALE}"])
def test_small_pictures_are_found_by_name(truths: Path, tmp_path: Path, suffix: str) -> None:
    low_res = tmp_path / "small"
    low_res.mkdir()
    for path in truths.iterdir():
        truth = crop_to_multiple(decode_image(path), SCALE)
        small = degrade(truth, Degradation(scale=SCALE)).pixels
        picture = Image.fromarray(small[..., 0] if small.shape[2] == 1 else small)
        picture.save(low_res / f"{path.stem}{suffix}.png")
    figures = [(each.psnr, each.ssim) for each in evaluate(truths).per_image]
    given = evaluate(truths, low_res=low_res)
    assert [(each.psnr, each.ssim) for each in given.per_image] == figures


def test_pictures_that_fail_are_reported_and_the_rest_goes_on(truths: Path, tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(truths / "tiny.png")
    (truths / "broken.png").write_bytes((truths / "a.png").read_bytes()[:100])
    (truths / "notes.txt").write_text("no picture")
    result = evaluate(truths)
    assert result.images == 3
    assert len(result.failures) == 2
    assert "broken.png" in result.failures[0]
    assert "tiny.png" in result.failures[1]

    low_res = tmp_path / "small"
    low_res.mkdir()
    Image.fromarray(np.zeros((13, 16, 3), np.uint8)).save(low_res / "a.png")
    Image.fromarray(np.zeros((9, 14, 3), np.uint8)).save(low_res / "b.png")
    (truths / "broken.png").unlink()
    (truths / "tiny.png").unlink()
    result = evaluate(truths, low_res=low_res)
    assert [each.name for each in result.per_image] == ["a"]
    assert "not 1/3" in result.failures[0]
    assert "no small version" in result.failures[1]


def test_nothing_measured_is_an_error(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / "tiny.png")
    with pytest.raises(SrStudioError, match=r"tiny\.png"):
        evaluate(tmp_path / "tiny.png")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UnreadableImage, match="No pictures"):
        evaluate(tmp_path / "empty")


def test_what_is_wrong_for_all_ends_at_once(truths: Path) -> None:
    with pytest.raises(InvalidRequest):
        evaluate(truths, model="no-such-network")
    with pytest.raises(WeightsError):
        evaluate(truths, model="srcnn", scale=2)
    for metrics in ("psnr,lpips", "", ","):
        with pytest.raises(InvalidRequest, match="metric"):
            evaluate(truths, metrics=metrics)


def test_metrics_border_and_channel_are_as_asked(truths: Path) -> None:
    result = evaluate(truths / "a.png", metrics="ms_ssim, psnr", shave=0, channel="rgb")
    assert result.ssim is None
    assert result.psnr is not None
    assert "R, G and B" in result.definition
    assert "no border" in result.definition


def test_cancelling_ends_it(truths: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(JobCancelled):
        EvaluateRequest("espcn", SCALE, truths).run(ReportingContext(token, lambda *_: None))


@pytest.mark.needs_data
def test_a_published_network_reaches_its_figure_on_set5(shared_data: Path) -> None:
    WeightStore().import_file(shared_data / "weights" / "fsrcnn_yjn870" / "fsrcnn_x4.pth")
    set5 = shared_data / "benchmarks" / "Set5"
    result = evaluate(set5 / "HR", model="fsrcnn", scale=4)
    assert result.psnr == pytest.approx(30.51, abs=0.03)
    assert result.images == 5
    given = evaluate(set5 / "HR", model="fsrcnn", scale=4, low_res=set5 / "LRx4")
    assert given.psnr == result.psnr


def test_csv_holds_every_figure_and_the_mean(truths: Path, tmp_path: Path) -> None:
    result = evaluate(truths, metrics="psnr,ssim", csv=tmp_path / "figures.csv")
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["picture"] for row in rows] == ["a", "b", "gray", "mean"]
    figures = [*((each.psnr, each.ssim) for each in result.per_image), (result.psnr, result.ssim)]
    assert [(float(row["psnr"]), float(row["ssim"])) for row in rows] == figures
    assert {row["ms_ssim"] for row in rows} == {""}
    assert all(float(row["seconds"]) >= 0 for row in rows)


def test_markdown_is_a_table_with_the_definition(truths: Path, tmp_path: Path) -> None:
    (truths / "a.png").rename(truths / "a|b.png")
    result = evaluate(truths, markdown=tmp_path / "figures.md")
    text = (tmp_path / "figures.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + 3 + 1
    assert "PSNR/dB" in rows[0]
    assert rows[2].startswith("| a\\|b ")
    assert f"{result.psnr:.2f}" in rows[-1]
    assert f"{result.ssim:.4f}" in rows[-1]
    assert result.definition in text


@pytest.mark.parametrize("kind", ["csv", "markdown"])
def test_files_that_exist_are_kept_unless_asked_for(
    truths: Path, tmp_path: Path, kind: str
) -> None:
    output = tmp_path / "figures"
    output.write_text("mine")
    with pytest.raises(OutputExists, match="figures"):
        evaluate(truths, **{kind: output})
    assert output.read_text() == "mine"
    evaluate(truths, overwrite=True, **{kind: output})
    assert "gray" in output.read_text()


def test_nothing_is_written_where_nothing_is_measured(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(tmp_path / "tiny.png")
    with pytest.raises(SrStudioError, match=r"tiny\.png"):
        evaluate(tmp_path / "tiny.png", csv=tmp_path / "figures.csv")
    assert not (tmp_path / "figures.csv").exists()


@pytest.fixture
def denoiser(tmp_path: Path) -> str:
    """IRCNN's denoisers, of which each returns the picture less a constant of its own."""
    network = all_models()["ircnn-denoise-gray"].build(1)
    state = {name: torch.zeros_like(values) for name, values in network.state_dict().items()}
    for index in range(25):
        state[f"denoisers.{index}.model.12.bias"] += index / 100
    save_file(state, tmp_path / "denoisers.safetensors")
    WeightStore().import_file(
        tmp_path / "denoisers.safetensors", "ircnn-denoise-gray", 1, "constants"
    )
    return "ircnn-denoise-gray"


def test_noise_is_added_to_gray_floats_and_told(truths: Path, denoiser: str) -> None:
    result = evaluate(truths, model=denoiser, scale=1, noise=25, seed=4, metrics="psnr")
    assert "gray values, with no border left off" in result.definition
    for each in result.per_image:
        truth = decode_image(truths / f"{each.name}.png").pixels
        gray = (truth if truth.shape[2] == 1 else rgb_to_gray(truth)[..., None]) / 255
        noise = np.random.default_rng(4).standard_normal(gray.shape, dtype=np.float32) * 25 / 255
        # denoiser 12 is that for a noise of 25; beyond black and white nothing was clipped
        error = noise - 0.12
        assert each.psnr == pytest.approx(-10 * np.log10(np.mean(error**2)), abs=0.01)


def test_another_seed_is_another_noise(truths: Path, denoiser: str) -> None:
    settings = {"model": denoiser, "scale": 1, "noise": 25, "metrics": "psnr"}
    first, again, other = (evaluate(truths, **settings, seed=seed).psnr for seed in (0, 0, 1))
    assert first == again != other


def test_without_noise_nothing_is_added(truths: Path, denoiser: str) -> None:
    result = evaluate(truths, model=denoiser, scale=1, metrics="psnr")
    assert result.psnr == pytest.approx(-20 * np.log10(0.12), abs=0.01)


def test_noise_also_makes_enlarging_harder(truths: Path) -> None:
    clean, noisy = evaluate(truths).psnr, evaluate(truths, noise=50).psnr
    assert clean is not None
    assert noisy is not None
    assert noisy < clean
