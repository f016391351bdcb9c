from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from sr_studio.cli.json_output import to_json
from sr_studio.jobs.progress import silent_context
from sr_studio.models._registry import all_models
from sr_studio.tasks.models import ListModelsRequest, ModelInfo, ModelList, WeightInfo
from tests.helpers.model_infos import make_info

KEYS = {"id", "title", "task", "year", "paper", "parameters", "scales", "loss", "upsampling"}


def test_every_network_has_the_keys_that_others_rely_on() -> None:
    listed = json.loads(to_json(ListModelsRequest().run(silent_context())))
    assert [model["id"] for model in listed] == list(all_models())
    for model in listed:
        assert KEYS | {"weights"} <= model.keys()
        if model["learns_from"] == "picture":
            assert model["weights"] == []
        else:
            assert model["parameters"] > 0
            assert {weight["scale"] for weight in model["weights"]} == set(model["scales"])
        for weight in model["weights"]:
            assert {"id", "scale", "origin", "licence", "trained_on", "set5_psnr"} <= weight.keys()
            assert weight["origin"] in ("shipped", "installed", "downloadable", "local", "none")


def test_weights_that_are_missing_come_with_advice() -> None:
    models = {model.id: model for model in ListModelsRequest().run(silent_context())}
    assert models["imdn"].ready_scales == ()
    assert {weight.advice for weight in models["imdn"].weights if weight.scale == 4} == {
        "Run: sr-studio weights download imdn-x4"
    }
    assert {weight.origin for weight in models["srcnn"].weights} == {"none"}


def test_what_learns_from_the_picture_is_always_ready() -> None:
    listed = ListModelsRequest().run(silent_context())
    learning = [model for model in listed if model.learns_from == "picture"]
    assert {model.id for model in learning} == {"zssr", "selfexsr"}
    for model in learning:
        assert model.ready_scales == model.scales
        assert model.weights == ()
        line = next(line for line in listed.text().splitlines() if line.startswith(model.id + " "))
        assert " ".join(f"x{scale}" for scale in model.scales) in line


def test_the_table_has_one_line_for_each_network() -> None:
    weight = WeightInfo("w", 2, "local", "MIT", "DIV2K", 37.5, "")
    missing = WeightInfo("v", 4, "none", "MIT", "DIV2K", 32.25, "Run: something")
    model = ModelInfo(
        "net", "Net", "upscale", 2020, "", 1234567, 4, (2, 4), "rgb", "l1", "direct", "faithful",
        "weights", (weight, missing),
    )  # fmt: skip
    lines = ModelList((model,)).text().splitlines()
    assert lines[1].split("  ")[0] == "net"
    assert "1,234,567" in lines[1]
    assert "37.50 / 32.25" in lines[1]
    assert lines[-1] == "Run: something"


def test_describing_the_tasks_imports_no_torch() -> None:
    program = (
        "import sys, sr_studio.tasks.models, sr_studio.tasks.weights;"
        "sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("changes", "group"),
    [
        ({}, "fast"),
        ({"upsampling": "bicubic"}, "faithful"),
        ({"upsampling": "progressive"}, "faithful"),
        ({"parameters": 1_000_000}, "faithful"),
        ({"learns_from": "picture"}, "faithful"),
        ({"trained_as": "parts"}, "faithful"),
        ({"year": 2016}, "historical"),
        ({"look": "perceptual"}, "perceptual"),
        ({"look": "perceptual", "year": 2016}, "perceptual"),
        ({"task": "denoise", "scales": (1,), "year": 2016}, "denoise"),
    ],
)
def test_the_group_follows_from_facts(changes: dict[str, Any], group: str) -> None:
    assert make_info(**changes).group == group


@pytest.mark.parametrize(
    ("paper", "citation"),
    [
        ("Ada Byron: A Net: Once More, CVPR 2018, https://x.org/1", "Byron, CVPR 2018"),
        ("Ada Byron, K. Gauß: A Net, TPAMI 2016 (ECCV 2014)", "Byron et al., TPAMI 2016 (ECCV 2014)"),
        ("Ada Byron, K. Gauß: A Net, ICCV 2021, https://x.org; code: 0.2", "Byron et al., ICCV 2021"),
        ("Ada Byron et al.: A Net, https://x.org; after K. Gauß", "Byron et al., A Net"),
        ("unpublished", "unpublished"),
    ],
)  # fmt: skip
def test_a_citation_is_the_first_author_and_the_venue(paper: str, citation: str) -> None:
    assert make_info(paper=paper).citation == citation


def test_every_network_has_a_short_citation() -> None:
    for model in ListModelsRequest().run(silent_context()):
        assert len(model.citation) <= 60, model.id
        assert re.fullmatch(r"[A-Z]\S+( et al\.)?, .+", model.citation), model.id
        assert "http" not in model.citation, model.id


def test_what_learns_from_the_picture_runs_without_weights() -> None:
    assert make_info(learns_from="picture").can_run
    assert not make_info(learns_from="picture").can_be_trained
    assert not make_info().can_run
    assert make_info("net", "local").can_run
