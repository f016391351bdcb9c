from __future__ import annotations

from pathlib import Path

import pytest

from sr_studio.bench import _timing
from sr_studio.bench._task import BenchRequest, all_benchmarks
from sr_studio.errors import InvalidRequest, OutputExists
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InvalidRequest) as refused:
        BenchRequest(("nonsense",)).run(silent_context())
    for name in all_benchmarks():
        assert name in refused.value.advice


def test_startup_is_measured_beside_its_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_timing, "_ROUNDS", 1)
    (measured,) = BenchRequest(("startup",)).run(silent_context())
    assert measured.value > 0
    assert measured.ratio == pytest.approx(measured.baseline / measured.value)


@pytest.mark.parametrize("name", all_benchmarks())
def test_cancel_ends_before_the_first_measurement(name: str) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(JobCancelled):
        BenchRequest((name,)).run(ReportingContext(token, lambda _f, _n, _e: None))


def test_a_sheet_needs_one_benchmark_that_has_pictures(tmp_path: Path) -> None:
    for names in ((), ("startup",), ("checkerboard", "startup")):
        with pytest.raises(InvalidRequest, match="one benchmark") as refused:
            BenchRequest(names, sheet=tmp_path / "sheet.png").run(silent_context())
        assert "checkerboard" in refused.value.advice


def test_a_sheet_that_exists_is_kept(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(b"mine")
    with pytest.raises(OutputExists):
        BenchRequest(("checkerboard",), sheet=sheet).run(silent_context())
    assert sheet.read_bytes() == b"mine"
