from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from sr_studio.bench import checkerboard
from sr_studio.bench._task import BenchRequest
from sr_studio.imaging.decode_image import decode_image
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._upsampling import UPSAMPLING_KINDS


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkerboard, "_STEPS", 3)
    monkeypatch.setattr(checkerboard, "_SEEDS", 1)


def test_phases_that_are_initialised_apart_leave_a_pattern_and_the_others_none() -> None:
    measured = {each.name: each for each in BenchRequest(("checkerboard",)).run(silent_context())}
    assert len(measured) == 3 * len(UPSAMPLING_KINDS)
    for name in ("deconvolution", "sub-pixel"):
        assert measured[f"{name}: untrained"].value > 30
    for name in ("sub-pixel, ICNR", "nearest, then conv", "bilinear, then conv"):
        assert measured[f"{name}: untrained"].value < 1
        assert measured[f"{name}: untrained"].ratio > 30
    for name in ("nearest, then conv", "bilinear, then conv"):
        assert measured[f"{name}: trained, gray"].value == 0
        assert math.isinf(measured[f"{name}: trained, gray"].ratio)
        assert "inf x deconvolution" in measured[f"{name}: trained, gray"].text()
    for state in ("untrained", "trained", "trained, gray"):
        assert measured[f"deconvolution: {state}"].ratio == 1


def test_figures_are_those_of_every_run_and_leave_the_generator_alone() -> None:
    before = torch.random.get_rng_state()
    first = BenchRequest(("checkerboard",)).run(silent_context())
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(123)
    assert BenchRequest(("checkerboard",)).run(silent_context()) == first


def test_the_sheet_shows_every_kind_beside_the_truth(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    BenchRequest(("checkerboard",), sheet=sheet).run(silent_context())
    picture = decode_image(sheet)
    assert picture.width > (1 + len(UPSAMPLING_KINDS)) * 64 * 3
    assert picture.height > 2 * 64 * 3


def test_cancel_ends_within_a_step() -> None:
    token = CancelToken()

    def cancel_in_training(_fraction: float, note: str, _eta_s: float | None) -> None:
        if "step 1" in note:
            token.cancel()

    with pytest.raises(JobCancelled):
        BenchRequest(("checkerboard",)).run(ReportingContext(token, cancel_in_training))
