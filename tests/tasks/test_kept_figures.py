from __future__ import annotations

import math
from pathlib import Path

import pytest

from sr_studio.errors import CannotWrite
from sr_studio.tasks import _kept_figures
from sr_studio.tasks._kept_figures import KeptFigures, PictureFigures

FIGURES = PictureFigures(30.5, 0.9, 1.25)


def test_what_is_kept_is_found_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "figures.json"
    kept = KeptFigures(path)
    others = {"b": PictureFigures(math.inf, None, 0.0), "c": PictureFigures(None, None, 2)}
    kept.keep("key", "a", FIGURES)
    for name, figures in others.items():
        kept.keep("key", name, figures)
    kept.save()
    again = KeptFigures(path)
    assert again.find("key", "a") == FIGURES
    assert {name: again.find("key", name) for name in others} == others
    assert again.find("key", "d") is None
    assert again.find("other", "a") is None
    again.forget("key")
    again.forget("never known")
    assert again.find("key", "a") is None
    assert KeptFigures(path).find("key", "a") == FIGURES
    again.save()
    assert KeptFigures(path).find("key", "a") is None


def test_it_is_saved_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "figures.json"
    kept = KeptFigures(path)
    kept.keep("key", "a", FIGURES)
    assert KeptFigures(path).find("key", "a") is None
    monkeypatch.setattr(_kept_figures, "_SAVE_EVERY_S", 0.0)
    kept.keep("key", "b", FIGURES)
    assert KeptFigures(path).find("key", "a") == FIGURES


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"version": 1', '{"version": 1, "figures": {"key": {"a": ["x", 0.9, 1]}}}'],
)
def test_a_file_of_something_else_is_not_replaced(tmp_path: Path, content: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(CannotWrite, match="no file of measured figures"):
        KeptFigures(path)
    assert path.read_text() == content
    path.write_bytes(b"\x89PNG\xff")
    with pytest.raises(CannotWrite, match="no file of measured figures"):
        KeptFigures(path)


def test_another_version_counts_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"version": 0, "figures": {"key": {"a": [1, 2, 3]}}}')
    assert KeptFigures(path).find("key", "a") is None
    assert '"version": 1' in path.read_text()


def test_a_disk_that_fills_up_ends_the_keeping_and_not_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = KeptFigures(tmp_path / "figures.json")

    def refuse(*_arguments: object, **_settings: object) -> None:
        raise CannotWrite("The disk is full.", advice="Free some space.")

    monkeypatch.setattr(_kept_figures, "write_text", refuse)
    kept.keep("key", "a", FIGURES)
    kept.save()
    assert kept.trouble == "The disk is full. Free some space."
    assert kept.find("key", "a") == FIGURES


def test_a_place_that_cannot_be_written_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        KeptFigures(tmp_path / "file" / "figures.json")
    with pytest.raises(CannotWrite):
        KeptFigures(tmp_path)
