"""Networks that the zoo lacks come from spandrel."""

from __future__ import annotations

import json
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from sr_studio.cli.json_output import to_json
from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.imaging.decode_image import decode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.jobs.progress import silent_context
from sr_studio.models._community import build_community_network
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks._inpaint_pictures import (
    InpaintPictureRequest,
    InpaintSettings,
    methods_here,
)
from sr_studio.tasks._upscale_settings import UpscaleSettings
from sr_studio.tasks.models import ListModelsRequest
from sr_studio.tasks.upscale import UpscaledPicture, UpscaleRequest
from sr_studio.tasks.weights import WeightsRequest

MODEL = "community-tiny-swinir-x2"


def swinir(**changes: Any) -> nn.Module:
    """A small SwinIR for x2, with numbers that leave a picture recognisable."""
    pytest.importorskip("spandrel", reason="needs the extra community")
    sizes = {
        "img_size": 16,
        "embed_dim": 12,
        "depths": [2],
        "num_heads": [2],
        "window_size": 4,
        "mlp_ratio": 2,
        "upscale": 2,
        "upsampler": "pixelshuffledirect",
    } | changes
    torch.manual_seed(7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spandrel.architectures.SwinIR import SwinIR

        return SwinIR(**sizes).eval()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    # what spandrel needs of torchvision is provided while the program imports it
    build_once()
    path = tmp_path / "tiny SwinIR x2.pth"
    torch.save({"params_ema": swinir().state_dict()}, path)
    return path


def build_once() -> None:
    pytest.importorskip("einops", reason="needs the extra community")
    with pytest.raises(WeightsError):
        build_community_network({"no.weight": torch.ones(1)}, "nothing")


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


def test_torchvision_is_not_installed() -> None:
    """Beside the torch of the constraints its import fails, and that of others with it."""
    assert find_spec("torchvision") is None


def test_nothing_is_left_of_what_stands_in_for_torchvision(
    checkpoint: Path, store: WeightStore
) -> None:
    store.import_file(checkpoint)
    assert "spandrel" in sys.modules
    assert not [name for name in sys.modules if name.split(".")[0] == "torchvision"]


def test_a_foreign_network_is_kept_with_its_facts(checkpoint: Path, store: WeightStore) -> None:
    entry = store.import_file(checkpoint)
    assert (entry.id, entry.model_id, entry.scales) == ("tiny-swinir-x2", MODEL, (2,))
    assert (entry.origin, entry.found) == (
        "local",
        "SwinIR (tiny-swinir-x2) x2, recognised by spandrel",
    )
    spec = store.specs()[MODEL]
    assert (spec.channels, spec.scales, spec.task) == ("rgb", (2,), "upscale")
    assert spec.has_global_context, "how far it looks is not known"
    network = store.load(spec, 2)
    assert store.count_parameters(spec) == sum(each.numel() for each in network.parameters())
    assert store.verify(entry.id) == entry
    assert MODEL not in all_models()


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (13, 7), (16, 16)])
def test_it_computes_what_its_authors_network_does(
    size: tuple[int, int], checkpoint: Path, store: WeightStore
) -> None:
    store.import_file(checkpoint)
    low_res = torch.rand(2, 3, *size)
    before = low_res.clone()
    with torch.inference_mode():
        high_res = store.load(store.specs()[MODEL], 2)(low_res)
        assert high_res.shape == (2, 3, 2 * size[0], 2 * size[1])
        if size == (16, 16):
            torch.testing.assert_close(high_res, swinir()(low_res).clamp(0, 1))
    assert torch.equal(low_res, before)


def test_gray_networks_get_the_full_range_that_they_were_trained_on(
    checkpoint: Path, tmp_path: Path, store: WeightStore
) -> None:
    network = swinir(in_chans=1, upscale=1, upsampler="")
    path = tmp_path / "gray.pth"
    torch.save(network.state_dict(), path)
    entry = store.import_file(path)
    spec = store.specs()[entry.model_id]
    assert (spec.channels, spec.task, spec.scales) == ("y", "denoise", (1,))
    full_range = torch.rand(1, 1, 16, 16)
    luma = (16 + 219 * full_range) / 255
    with torch.inference_mode():
        expected = (16 + 219 * network(full_range).clamp(0, 1)) / 255
        torch.testing.assert_close(store.load(spec, 1)(luma), expected)


def test_upscale_runs_it_in_tiles_and_models_lists_it(checkpoint: Path, tmp_path: Path) -> None:
    (file,) = WeightsRequest("import", (str(checkpoint),)).run(silent_context())
    assert (file.model, file.scales) == (MODEL, (2,))
    listed = {model["id"]: model for model in json.loads(to_json(run_list()))}
    assert [weight["origin"] for weight in listed[MODEL]["weights"]] == ["local"]
    assert listed[MODEL]["scales"] == [2]
    source = tmp_path / "in.png"
    pixels = np.random.default_rng(1).integers(0, 255, (90, 70, 3), np.uint8)
    Image.fromarray(pixels).save(source)
    result = tmp_path / "out.png"
    settings = UpscaleSettings(model=MODEL, scale=2, tile="32", device="cpu")
    done = UpscaleRequest((source,), result, settings).run(silent_context())
    assert isinstance(done, UpscaledPicture)
    assert done.tiles > 1
    written = decode_image(result)
    assert (written.width, written.height) == (140, 180)


def run_list() -> Any:
    return ListModelsRequest().run(silent_context())


def test_only_its_own_scale_is_accepted(checkpoint: Path, store: WeightStore) -> None:
    with pytest.raises(InvalidRequest, match="SwinIR x2"):
        store.import_file(checkpoint, scale=4)
    assert store.import_file(checkpoint, scale=2).scales == (2,)


def test_a_damaged_file_is_a_sentence(checkpoint: Path, store: WeightStore) -> None:
    entry = store.import_file(checkpoint)
    assert entry.path
    data = bytearray(entry.path.read_bytes())
    data[-1] ^= 1
    entry.path.write_bytes(data)
    with pytest.raises(WeightsError, match="checksum"):
        store.verify(entry.id)


@pytest.mark.parametrize("kind", ["not finite", "missing", "of no network"])
def test_what_spandrel_cannot_fill_is_a_sentence(
    kind: str, checkpoint: Path, tmp_path: Path, store: WeightStore
) -> None:
    state = swinir().state_dict()
    if kind == "not finite":
        state["conv_first.bias"] = torch.full((12,), torch.nan)
    elif kind == "missing":
        del state["conv_after_body.weight"]
    else:
        state = {"conv_first.weight": torch.ones(3, 3)}
    torch.save(state, tmp_path / "bad.pth")
    with pytest.raises(WeightsError) as caught:
        store.import_file(tmp_path / "bad.pth")
    assert caught.value.advice
    assert not (tmp_path / "weights").exists()


def test_without_spandrel_the_command_is_said(
    checkpoint: Path, store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spandrel", None)
    with pytest.raises(WeightsError, match="spandrel") as caught:
        store.import_file(checkpoint)
    assert caught.value.advice == "Run: pip install --no-deps spandrel einops"


@pytest.fixture(scope="module")
def lama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LaMa as its authors have it, but untrained; spandrel knows it in this size alone."""
    build_once()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from spandrel.architectures.LaMa import LaMa

        torch.manual_seed(3)
        network = LaMa(in_nc=4, out_nc=3)
    path = tmp_path_factory.mktemp("lama") / "Big LaMa.pt"
    torch.save({"state_dict": network.state_dict()}, path)
    return path


def test_lama_fills_holes_and_enlarges_nothing(lama: Path, tmp_path: Path) -> None:
    (file,) = WeightsRequest("import", (str(lama),)).run(silent_context())
    assert (file.id, file.model, file.scales) == ("big-lama", "community-big-lama", (1,))
    store = WeightStore()
    assert list(store.hole_fillers()) == ["community-big-lama"]
    assert "community-big-lama" not in store.specs()
    assert "community-big-lama" not in {model["id"] for model in json.loads(to_json(run_list()))}
    with pytest.raises(InvalidRequest):
        UpscaleRequest(
            (tmp_path / "in.png",), tmp_path / "out.png", UpscaleSettings(model=file.model)
        ).run(silent_context())
    assert "network" in methods_here()
    coverage = np.zeros((90, 70), np.uint8)
    coverage[30:50, 20:41] = 255
    for channels in (3, 1):
        pixels = np.random.default_rng(1).integers(60, 200, (90, 70, channels), np.uint8)
        settings = InpaintSettings("network", device="cpu")
        request = InpaintPictureRequest(ImageBuffer(pixels), coverage, settings)
        filled = request.run(silent_context()).image.pixels
        np.testing.assert_array_equal(filled[coverage == 0], pixels[coverage == 0])
        assert (filled[coverage > 0] != pixels[coverage > 0]).any()


def test_without_a_network_that_fills_holes_the_way_to_one_is_said() -> None:
    assert "network" not in methods_here()
    coverage = np.zeros((9, 9), np.uint8)
    coverage[4, 4] = 255
    picture = ImageBuffer(np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(InvalidRequest) as caught:
        InpaintPictureRequest(picture, coverage, InpaintSettings("network")).run(silent_context())
    assert "sr-studio weights import" in caught.value.advice
