"""DnCNN's published denoiser reaches its figure; its checkpoints of training are merged."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import fill_network
from sr_studio.models._weights import WeightStore
from sr_studio.models.dncnn import DnCNN, merge_batch_norm
from sr_studio.tasks.evaluate import EvaluateRequest, Evaluation

# the 68 of the 100 validation pictures on which Roth and Black's "Fields of Experts" was tested
BSD68 = [
    "101085",
    "101087",
    "102061",
    "103070",
    "105025",
    "106024",
    "108005",
    "108070",
    "108082",
    "109053",
    "119082",
    "12084",
    "123074",
    "126007",
    "130026",
    "134035",
    "14037",
    "143090",
    "145086",
    "147091",
    "148026",
    "148089",
    "157055",
    "159008",
    "160068",
    "16077",
    "163085",
    "167062",
    "167083",
    "170057",
    "175032",
    "175043",
    "182053",
    "189080",
    "19021",
    "196073",
    "197017",
    "208001",
    "210088",
    "21077",
    "216081",
    "219090",
    "220075",
    "223061",
    "227092",
    "229036",
    "236037",
    "24077",
    "241004",
    "241048",
    "253027",
    "253055",
    "260058",
    "271035",
    "285079",
    "291000",
    "295087",
    "296007",
    "296059",
    "299086",
    "300091",
    "302008",
    "304034",
    "304074",
    "306005",
    "3096",
    "33039",
    "351093",
]


def test_luma_is_denoised_as_gray_of_the_full_range() -> None:
    network = all_models()["dncnn-25"].build(1)
    plain = DnCNN(17)
    plain.load_state_dict(network.state_dict())
    gray = torch.rand(1, 1, 5, 6)
    luma = gray * 219 / 255 + 16 / 255
    expected = plain(gray) * 219 / 255 + 16 / 255
    torch.testing.assert_close(network(luma), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize(("prefix", "has_bias"), [("model", True), ("dncnn", False)])
def test_batch_norm_is_merged_into_the_convolution_before_it(prefix: str, has_bias: bool) -> None:
    torch.manual_seed(0)
    layers: list[nn.Module] = [nn.Conv2d(1, 64, 3, padding=1, bias=has_bias), nn.ReLU()]
    for _ in range(15):
        norm = nn.BatchNorm2d(64, eps=1e-4)
        for tensor in (norm.weight, norm.running_var):
            nn.init.uniform_(tensor, 0.5, 1.5)
        for tensor in (norm.bias, norm.running_mean):
            nn.init.uniform_(tensor, -0.5, 0.5)
        layers += [nn.Conv2d(64, 64, 3, padding=1, bias=has_bias), norm, nn.ReLU()]
    trained = nn.Sequential(*layers, nn.Conv2d(64, 1, 3, padding=1, bias=has_bias)).eval()
    tensors = {f"{prefix}.{name}": tensor for name, tensor in trained.state_dict().items()}
    network = DnCNN(17)
    fill_network(network, tensors, label="trained", converts=(merge_batch_norm,))
    picture = torch.rand(1, 1, 6, 7)
    torch.testing.assert_close(network(picture), picture - trained(picture), atol=1e-5, rtol=0)


@pytest.mark.parametrize(
    "tensors",
    [
        {"body.0.weight": torch.zeros(1)},
        {"model.0.bias": torch.zeros(3)},
        {"model.0.weight": torch.zeros(8, 3)},
        {"model.0.weight": torch.zeros(8, 1, 3, 3), "model.1.running_var": torch.ones(8)},
        {"model.0.weight": torch.zeros(8, 1, 3, 3), "model.1.weight": torch.ones(1)},
    ],
)
def test_tensors_of_another_network_are_left_alone(tensors: dict[str, torch.Tensor]) -> None:
    assert merge_batch_norm(tensors) is tensors


def evaluate_bsd(shared_data: Path, names: list[str], folder: Path) -> Evaluation:
    weights = shared_data / "weights" / "kair" / "dncnn_25.pth"
    assert WeightStore().import_file(weights).id == "dncnn-25-kair"
    folder.mkdir()
    for name in names:
        (folder / f"{name}.jpg").symlink_to(
            shared_data / "benchmarks" / "BSD100" / "HR" / f"{name}.jpg"
        )
    request = EvaluateRequest("dncnn-25", 1, folder, noise=25, metrics="psnr", device="cpu")
    return request.run(silent_context())


@pytest.mark.slow
def test_bsd68_is_denoised_as_published(shared_data: Path, tmp_path: Path) -> None:
    """The paper has 29.23 dB."""
    assert len(BSD68) == len(set(BSD68)) == 68
    result = evaluate_bsd(shared_data, BSD68, tmp_path / "bsd68")
    assert result.images == 68
    assert result.psnr == pytest.approx(29.23, abs=0.03)


def test_one_picture_is_denoised(shared_data: Path, tmp_path: Path) -> None:
    result = evaluate_bsd(shared_data, ["101085"], tmp_path / "one")
    figures = {each.name: each.psnr for each in result.per_image}
    assert figures == pytest.approx({"101085": 25.95}, abs=0.03)
    assert "gray values, with no border left off" in result.definition
