from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sr_studio.settings import (
    RECENT_FILES_KEPT,
    Settings,
    load_settings,
    save_settings,
    with_recent_file,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    settings = Settings(
        theme="light",
        surround="gray",
        recent_files=("/a/ä b.jpg", "/c.png"),
        forms=MappingProxyType({"upscale": MappingProxyType({"scale": 3, "strength": 0.5})}),
    )
    path = tmp_path / "new" / "settings.json"
    save_settings(settings, path)
    assert load_settings(path) == settings
    assert [p.name for p in path.parent.iterdir()] == ["settings.json"]


def test_no_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == Settings()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "\x00\xff", '{"theme": 3}', '{"forms": {"a": 1}}', "[" * 99_999]
)
def test_damage_never_raises(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text, encoding="latin-1")
    assert load_settings(path) == Settings()


@given(st.dictionaries(st.sampled_from(["theme", "recent_files", "forms", "panel", "x"]),
                       st.recursive(st.none() | st.integers() | st.text("aä{\"\\", max_size=5), st.lists)))  # fmt: skip
def test_any_json_loads(tmp_path_factory: pytest.TempPathFactory, values: object) -> None:
    path = tmp_path_factory.mktemp("any") / "settings.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    assert load_settings(path).theme in {"system", "dark", "light"}


def test_one_bad_field_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "pink", "panel": "colour", "recent_files": [1]}', encoding="utf-8")
    assert load_settings(path) == Settings(panel="colour")


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "settings.json"
    save_settings(Settings(panel="old"), path)

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sr_studio.settings.os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        save_settings(Settings(panel="new"), path)
    assert load_settings(path).panel == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["settings.json"]


def test_recent_files_hold_each_once_newest_first(tmp_path: Path) -> None:
    settings = Settings()
    for number in [*range(RECENT_FILES_KEPT + 5), 7]:
        recent = with_recent_file(settings, tmp_path / f"{number}.jpg")
        settings = Settings(recent_files=recent)
    assert len(settings.recent_files) == RECENT_FILES_KEPT
    assert settings.recent_files[0].endswith("7.jpg")
    assert len(set(settings.recent_files)) == RECENT_FILES_KEPT
