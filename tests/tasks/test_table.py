from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from sr_studio.cli.json_output import to_json
from sr_studio.errors import (
    BadResult,
    CannotWrite,
    InvalidRequest,
    OutputExists,
    SrStudioError,
    UnreadableImage,
    WeightsError,
)
from sr_studio.jobs.control import CancelToken, JobCancelled
from sr_studio.jobs.progress import ReportingContext, silent_context
from sr_studio.models._registry import all_models
from sr_studio.models._weights import WeightStore
from sr_studio.tasks import _benchmark_sets, _table_run
from sr_studio.tasks._benchmark_table import BenchmarkTable, TableRow
from sr_studio.tasks.evaluate import EvaluateRequest
from sr_studio.tasks.table import TableRequest

NETWORKS = "espcn-relu,fsrcnn-s"
PICTURES = {"Set5": ("a", "b"), "Set14": ("c",)}


def import_weights(model: str, scale: int, folder: Path, seed: int = 0) -> str:
    """Small random weights: any network will do to see the figures added up."""
    generator = torch.Generator().manual_seed(seed)
    state = {
        name: 0.05 * torch.randn(values.shape, generator=generator)
        for name, values in all_models()[model].build(scale).state_dict().items()
    }
    file = folder / f"{model}-{scale}-{seed}.safetensors"
    save_file(state, file)
    return WeightStore().import_file(file, model, scale).id


@pytest.fixture(autouse=True)
def own_weights(own_home: Path, tmp_path: Path) -> None:
    """ESPCN at two scales, FSRCNN at one."""
    for model, scale in (("espcn-relu", 2), ("espcn-relu", 3), ("fsrcnn-s", 2)):
        import_weights(model, scale, tmp_path)


@pytest.fixture
def benchmarks(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmarks"
    rng = np.random.default_rng(0)
    for name, pictures in PICTURES.items():
        (folder / name / "HR").mkdir(parents=True)
        for picture in pictures:
            noise = rng.integers(0, 256, (31, 44, 3), dtype=np.uint8)
            Image.fromarray(noise).save(folder / name / "HR" / f"{picture}.png")
    return folder


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each picture that is measured rather than remembered, as "espcn-relu x2"."""
    calls: list[str] = []
    plain = _table_run.TableRun._measure_picture

    def counted(run, candidate, pair, context):
        calls.append(f"{candidate.model} x{candidate.scale}")
        return plain(run, candidate, pair, context)

    monkeypatch.setattr(_table_run.TableRun, "_measure_picture", counted)
    return calls


def make_table(benchmarks: Path, **settings: object) -> BenchmarkTable:
    defaults = {"models": NETWORKS, "sets": "Set5,Set14", "scales": "2,3"}
    return TableRequest(benchmarks, **{**defaults, **settings}).run(silent_context())


def row(table: BenchmarkTable, name: str, model: str, scale: int) -> TableRow:
    (found,) = [
        each for each in table.rows if (each.set, each.model, each.scale) == (name, model, scale)
    ]
    return found


def test_every_network_is_measured_at_every_scale_on_every_set(benchmarks: Path) -> None:
    table = make_table(benchmarks)
    assert [(each.set, each.model, each.scale) for each in table.rows] == [
        (name, model, scale)
        for name in PICTURES
        for model, scale in (
            ("bicubic", 2),
            ("bicubic", 3),
            ("espcn-relu", 2),
            ("espcn-relu", 3),
            ("fsrcnn-s", 2),
        )
    ]
    assert [each.images for each in table.rows] == [2] * 5 + [1] * 5
    assert table.failures == ()
    assert (table.device, table.precision) == ("cpu", "fp32")


def test_figures_are_those_of_evaluate(benchmarks: Path) -> None:
    table = make_table(benchmarks)
    for model, scale in (("espcn-relu", 3), ("fsrcnn-s", 2)):
        evaluation = EvaluateRequest(
            model, scale, benchmarks / "Set5" / "HR", precision="fp32"
        ).run(silent_context())
        found = row(table, "Set5", model, scale)
        assert (found.psnr, found.ssim) == (evaluation.psnr, evaluation.ssim)
        assert found.weights == evaluation.weights


def test_measured_stands_beside_published(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = make_table(benchmarks)
    bicubic = row(table, "Set14", "bicubic", 3)
    assert bicubic.published_psnr == 27.55
    assert bicubic.psnr is not None
    assert bicubic.difference == bicubic.psnr - 27.55
    published = all_models()["espcn-relu"].published_psnr
    for name in PICTURES:
        expected = published.get(name, {}).get(3)
        found = row(table, name, "espcn-relu", 3)
        assert found.published_psnr == expected
        assert (found.difference is None) == (expected is None)


def test_a_second_run_measures_nothing_and_says_the_same(
    benchmarks: Path, measured: list[str]
) -> None:
    first = make_table(benchmarks)
    assert len(measured) == 5 * 3
    measured.clear()
    assert make_table(benchmarks) == first
    assert measured == []
    make_table(benchmarks, fresh=True, models="espcn-relu", scales="3")
    assert measured == ["bicubic x3"] * 3 + ["espcn-relu x3"] * 3


def test_other_weights_pictures_and_scales_are_measured_anew(
    benchmarks: Path, measured: list[str], tmp_path: Path
) -> None:
    make_table(benchmarks, scales="2")
    measured.clear()
    make_table(benchmarks, scales="2,3", models="espcn-relu")
    assert measured == ["bicubic x3"] * 3 + ["espcn-relu x3"] * 3
    measured.clear()
    (WeightStore().find("espcn-relu-2-0").path or tmp_path).unlink()
    import_weights("espcn-relu", 2, tmp_path, seed=1)
    make_table(benchmarks, scales="2")
    assert measured == ["espcn-relu x2"] * 3
    measured.clear()
    Image.fromarray(np.zeros((30, 30, 3), np.uint8)).save(benchmarks / "Set14" / "HR" / "c.png")
    make_table(benchmarks, scales="2")
    assert measured == ["bicubic x2", "espcn-relu x2", "fsrcnn-s x2"]


def test_an_interrupted_run_goes_on_where_it_was(benchmarks: Path, measured: list[str]) -> None:
    token = CancelToken()

    def cancel_in_the_second_network(_fraction: float, note: str, _eta_s: float | None) -> None:
        if note.startswith("espcn-relu x2, Set5: b"):
            token.cancel()

    context = ReportingContext(token, cancel_in_the_second_network)
    request = TableRequest(benchmarks, models=NETWORKS, sets="Set5,Set14", scales="2")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sr_studio.jobs.progress._MIN_INTERVAL_S", 0.0)
        with pytest.raises(JobCancelled):
            request.run(context)
    assert measured[-2:] == [
        "espcn-relu x2",
        "espcn-relu x2",
    ]  # the second one was cancelled in its layers
    measured.clear()
    assert len(request.run(silent_context()).rows) == 6
    assert measured == ["espcn-relu x2"] * 2 + ["fsrcnn-s x2"] * 3


def test_measuring_afresh_keeps_what_other_tables_have(
    benchmarks: Path, measured: list[str]
) -> None:
    make_table(benchmarks)
    make_table(benchmarks, models="espcn-relu", scales="2", sets="Set14", fresh=True)
    measured.clear()
    make_table(benchmarks)
    assert measured == []


@pytest.mark.parametrize("error", [BadResult("It is gray."), RuntimeError("sizes differ")])
def test_a_network_that_fails_is_reported_and_the_rest_goes_on(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    plain = _table_run.measure_network

    def fail_at_espcn(small, truth, network, settings, **rest):
        if network.spec.id == "espcn-relu" and network.scale == 2:
            raise error
        return plain(small, truth, network, settings, **rest)

    monkeypatch.setattr(_table_run, "measure_network", fail_at_espcn)
    table = make_table(benchmarks)
    (failure,) = table.failures
    assert failure.startswith("espcn-relu x2: ")
    assert str(error) in failure
    assert {(each.model, each.scale) for each in table.rows} == {
        ("bicubic", 2),
        ("bicubic", 3),
        ("espcn-relu", 3),
        ("fsrcnn-s", 2),
    }


def test_damaged_weights_are_reported_and_the_rest_goes_on(benchmarks: Path) -> None:
    path = WeightStore().find("espcn-relu-3-0").path
    assert path is not None
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\1")
    table = make_table(benchmarks)
    (failure,) = table.failures
    assert "espcn-relu x3" in failure
    assert "damaged" in failure


def test_a_set_with_a_broken_picture_is_left_out_whole(benchmarks: Path) -> None:
    broken = benchmarks / "Set5" / "HR" / "b.png"
    broken.write_bytes(broken.read_bytes()[:200])
    table = make_table(benchmarks)
    assert {each.set for each in table.rows} == {"Set14"}
    assert len(table.failures) == 2  # once a scale
    assert all("Set5" in failure and "b.png" in failure for failure in table.failures)
    broken.unlink()
    (benchmarks / "Set14" / "HR" / "c.png").unlink()
    Image.fromarray(np.zeros((1, 1, 3), np.uint8)).save(benchmarks / "Set5" / "HR" / "a.png")
    (benchmarks / "Set14" / "HR" / "c.png").write_bytes(b"")
    with pytest.raises(UnreadableImage, match="No pictures"):
        make_table(benchmarks)
    with pytest.raises(SrStudioError, match=r"Nothing could be measured.*a\.png"):
        make_table(benchmarks, sets="Set5")


def test_markdown_has_a_table_for_each_set(benchmarks: Path, tmp_path: Path) -> None:
    table = make_table(benchmarks, markdown=tmp_path / "table.md", csv=tmp_path / "table.csv")
    text = (tmp_path / "table.md").read_text("utf-8")
    assert text.count("\n## ") == 2
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 * (2 + 3)
    assert {len(cells) for cells in rows} == {3 + 2 * 2}
    bicubic = row(table, "Set5", "bicubic", 2)
    assert f"{bicubic.psnr:.2f} / {bicubic.ssim:.4f}" in rows[2][3]
    assert f"33.66 ({bicubic.difference:+.2f})" in rows[2][4]
    assert "`fsrcnn-s`" in rows[4][0]
    assert [cell.strip() for cell in rows[4][5:]] == ["", ""]  # no weights at x3
    command = f"sr-studio table benchmarks --models {NETWORKS} --sets Set5,Set14 --scales 2,3"
    assert f"{command} --markdown table.md\n" in text
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        figures = list(csv.DictReader(file))
    assert [float(each["psnr"]) for each in figures] == [each.psnr for each in table.rows]
    assert json.loads(to_json(table))["rows"][0]["psnr"] == table.rows[0].psnr
    assert f"{bicubic.psnr:.2f}" in table.text()


def test_all_networks_with_weights_run_where_none_is_named(benchmarks: Path) -> None:
    table = make_table(benchmarks, models=None, sets="Set14", scales="3")
    models = [each.model for each in table.rows]
    assert models[0] == "bicubic"
    assert {"espcn-relu", "compact"} <= set(models)  # one imported, one shipped
    assert "fsrcnn-s" not in models  # only its x2 is here
    years = [each.year for each in table.rows]
    assert years == sorted(years)


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"models": "espcm"}, InvalidRequest),
        ({"models": ","}, InvalidRequest),
        ({"models": "vdsr"}, WeightsError),
        ({"models": "fsrcnn-s", "scales": "3"}, WeightsError),
        ({"sets": "Set5,Set6"}, InvalidRequest),
        ({"scales": "1"}, InvalidRequest),
        ({"scales": "two"}, InvalidRequest),
        ({"scales": ""}, InvalidRequest),
        ({"device": "abacus"}, InvalidRequest),
    ],
)
def test_what_cannot_be_done_is_refused_before_any_work(
    benchmarks: Path, measured: list[str], settings: dict[str, str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        make_table(benchmarks, **settings)
    assert measured == []


def test_outputs_that_exist_are_kept_and_said_before_any_work(
    benchmarks: Path, tmp_path: Path, measured: list[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine")
    for settings in ({"csv": taken}, {"markdown": taken}):
        with pytest.raises(OutputExists):
            make_table(benchmarks, **settings)
    with pytest.raises(CannotWrite):
        make_table(benchmarks, cache=taken / "figures.json")
    with pytest.raises(InvalidRequest, match="two outputs"):
        make_table(benchmarks, csv=tmp_path / "new", markdown=tmp_path / "new")
    with pytest.raises(UnreadableImage):
        make_table(tmp_path / "nowhere")
    assert measured == []
    assert taken.read_text() == "mine"


def test_pictures_are_read_once_a_scale_and_more_where_memory_is_short(
    benchmarks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sr_studio.imaging import decode_image

    reads: list[str] = []
    plain = decode_image.decode_image

    def counted(path: Path):
        reads.append(path.name)
        return plain(path)

    monkeypatch.setattr(decode_image, "decode_image", counted)
    first = make_table(benchmarks, scales="2")
    assert sorted(reads) == ["a.png", "b.png", "c.png"]
    monkeypatch.setattr(_benchmark_sets, "_KEPT_BYTES", 0)
    reads.clear()
    again = make_table(benchmarks, scales="2", fresh=True)
    assert len(reads) == 3 * 3
    assert [each.psnr for each in again.rows] == [each.psnr for each in first.rows]


@pytest.mark.needs_data
def test_bicubic_and_compact_reach_their_figures_on_set5(shared_data: Path) -> None:
    table = make_table(shared_data / "benchmarks", models="compact", sets="Set5", scales="4")
    bicubic, compact = table.rows
    assert bicubic.difference == pytest.approx(0.01, abs=0.01)
    assert bicubic.ssim == pytest.approx(0.8104, abs=0.001)
    assert compact.psnr == pytest.approx(31.12, abs=0.01)
