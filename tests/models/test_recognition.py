"""A file says which network it is for by the names and shapes of its tensors."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from sr_studio.errors import InvalidRequest, WeightsError
from sr_studio.models import _recognition, _weights
from sr_studio.models._recognition import (
    Recognition,
    UnknownNetwork,
    converts_of,
    join_scales,
    recognise,
)
from sr_studio.models._registry import all_models
from sr_studio.models._weight_files import sha256_of
from sr_studio.models._weights import WeightStore

SPECS = [spec for spec in all_models().values() if spec.learns_from == "weights"]
DATA = Path(os.environ.get("SR_STUDIO_DATA", Path(__file__).parents[3] / "shared" / "data"))
PUBLISHED = DATA / "weights" / "published.json"


def tensors_of(model_id: str, scale: int, prefix: str = "") -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        state = all_models()[model_id].build(scale).state_dict()
    return {prefix + name: tensor for name, tensor in state.items()}


def ask(tensors: dict[str, torch.Tensor], file_name: str, **options: Any) -> tuple[str, Any]:
    found = recognise(tensors, is_ordered=False, file_name=file_name, **options)
    return found.spec.id, found.scales


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_every_network_is_recognised_when_the_file_is_named_after_it(spec: Any) -> None:
    for scale in spec.scales:
        model_id, scales = ask(tensors_of(spec.id, scale), f"{spec.id}_x{scale}.pth")
        assert model_id == spec.id
        assert scale in scales


@pytest.mark.parametrize("prefix", ["module.", "model.", "net.", "generator.", "module.net."])
def test_what_stands_before_all_names_does_not_matter(prefix: str) -> None:
    assert ask(tensors_of("imdn", 3, prefix), "any.pth") == ("imdn", (3,))


def test_a_network_among_others_is_found() -> None:
    both = tensors_of("imdn", 3, "net_g.") | tensors_of("srcnn", 3, "net_d.")
    assert ask(both, "any.pth") == ("imdn", (3,))


def test_a_file_that_serves_all_scales_is_taken_for_all() -> None:
    assert ask(tensors_of("vdsr", 2), "any.pth") == ("vdsr", (2, 3, 4))
    assert ask(tensors_of("carn", 2), "any.pth") == ("carn", (2, 3, 4))


def test_the_file_name_or_the_user_narrows_the_scales() -> None:
    tensors = tensors_of("vdsr", 2)
    for name in ("vdsr_x3.pth", "VDSRx3.pth", "3x_vdsr.pth"):
        assert ask(tensors, name) == ("vdsr", (3,))
    assert ask(tensors, "vdsr_x3.pth", scale=2) == ("vdsr", (2,))
    assert ask(tensors, "vdsr_x2_x3.pth") == ("vdsr", (2, 3, 4))


def test_scales_that_look_alike_but_are_not_must_be_named() -> None:
    """An FSRCNN for x2 has the tensors of one for x3, and makes a bad picture of it."""
    with pytest.raises(InvalidRequest, match="look alike at x2 x3 x4") as caught:
        ask(tensors_of("fsrcnn", 2), "any.pth")
    assert "--scale" in caught.value.advice
    assert ask(tensors_of("fsrcnn", 2), "any.pth", scale=3) == ("fsrcnn", (3,))


def test_of_networks_that_look_alike_the_file_name_decides() -> None:
    rrdb = tensors_of("realesrgan-x4plus", 4)
    assert ask(rrdb, "RealESRGAN_x4plus.pth") == ("realesrgan-x4plus", (4,))


def test_networks_that_look_alike_are_refused_with_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = ("srcnn", "espcn", "fsrcnn")
    monkeypatch.setattr(
        _recognition, "_fitting_scales", lambda spec, *_a, **_k: (2,) if spec.id in fit else ()
    )
    with pytest.raises(
        InvalidRequest, match="fits several networks: espcn, fsrcnn, srcnn"
    ) as caught:
        ask({}, "any.pth")
    assert "--model" in caught.value.advice
    assert ask({}, "my ESPCN.pth") == ("espcn", (2,))
    assert ask({}, "SRCNN from FSRCNN.pth") == ("fsrcnn", (2,)), "the longer name says more"


def test_what_the_user_says_is_taken_as_said() -> None:
    found = recognise({}, is_ordered=False, file_name="a.pth", model_id="imdn", scale=2)
    assert found == Recognition(all_models()["imdn"], (2,), is_by_tensors=False)
    assert ask(tensors_of("imdn", 4), "any.pth", model_id="imdn") == ("imdn", (4,))


@pytest.mark.parametrize("options", [{}, {"model_id": "vdsr"}, {"scale": 2}])
def test_what_fits_nothing_is_said(options: dict[str, Any]) -> None:
    with pytest.raises(UnknownNetwork) as caught:
        ask({"a.weight": torch.ones(2, 2)}, "any.pth", **options)
    assert caught.value.advice


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_conversions_leave_alone_what_is_foreign(spec: Any) -> None:
    """They are tried on every file: an error in one would keep all others from being recognised."""
    foreign = [
        {},
        {"weight": torch.tensor(1.0), "0.weight": torch.ones(1), "model.0.weight": torch.ones(2, 2)},
        {"conv1.weight": torch.ones(3), "f1": torch.ones(2, 2), "b1": torch.tensor(1.0)},
        *(tensors_of(other.id, other.scales[0]) for other in SPECS if other.id != spec.id),
    ]  # fmt: skip
    for convert in converts_of(spec):
        for tensors in foreign:
            assert isinstance(convert(dict(tensors)), dict)


# -- what authors published --------------------------------------------------------------------------

PUBLISHED_FILES = json.loads(PUBLISHED.read_text()) if PUBLISHED.is_file() else []
IDS = {
    "CARN-M": "carn-m",
    "DnCNN (17 layers, sigma 25, gray)": "dncnn",
    "FSRCNN(56,12,4)": "fsrcnn",
    "IDN": "idn",
    "IMDN": "imdn",
    "LapSRN": "lapsrn",
    "RFDN": "(e-)?rfdn",
    "SRGAN generator (5 residual blocks)": "srgan",
    "VDSR": "vdsr",
}  # the list's names -> how ids of ours begin, as regular expressions


def model_of(listed: dict[str, Any]) -> str:
    begin = IDS[listed["network"]]
    if not any(re.match(begin, model_id) for model_id in all_models()):
        pytest.skip(f"{listed['network']} is not among the networks")
    return begin


def scales_of(listed: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(scale) for scale in listed["scale"].split(","))


@pytest.mark.skipif(not PUBLISHED_FILES, reason="needs the published weights: set SR_STUDIO_DATA")
@pytest.mark.parametrize("by", ["checksum", "tensors"])
@pytest.mark.parametrize("listed", PUBLISHED_FILES, ids=lambda listed: listed["file"])
def test_a_published_file_is_recognised(
    listed: dict[str, Any], by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = model_of(listed)
    if by == "tensors":
        monkeypatch.setattr(_weights, "_published_as", lambda _checksum: None)
    store = WeightStore(tmp_path)
    entry = store.import_file(PUBLISHED.parent / listed["file"])
    assert re.match(begin, entry.model_id)
    assert set(scales_of(listed)) <= set(entry.scales)
    assert by == "tensors" or entry.scales == scales_of(listed)
    assert join_scales(entry.scales) in entry.found
    assert by in entry.found
    assert store.verify(entry.id) == entry


def test_a_published_file_is_recognised_by_the_first_digits_of_its_checksum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the names that torch.hub and EDSR's authors give their files."""
    path = tmp_path / "vdsr.safetensors"
    save_file(all_models()["vdsr"].build(2).state_dict(), path)
    spec = all_models()["vdsr"]
    (source,) = spec.weights
    shortened = replace(spec, weights=(replace(source, sha256=sha256_of(path)[:8], bytes=0),))
    monkeypatch.setattr(_weights, "all_models", lambda: all_models() | {"vdsr": shortened})
    assert WeightStore(tmp_path / "weights").import_file(path).id == source.id


def test_a_file_of_no_network_names_what_could_be_done(tmp_path: Path) -> None:
    path = tmp_path / "foreign.safetensors"
    save_file({"a.weight": torch.ones(2, 2)}, path)
    with pytest.raises(WeightsError) as caught:
        WeightStore(tmp_path / "weights").import_file(path)
    assert caught.value.advice
    assert not (tmp_path / "weights").exists()
