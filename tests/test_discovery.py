from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from sr_studio.discovery import discover


@dataclass(frozen=True)
class Thing:
    id: str


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    (tmp_path / "things").mkdir()
    (tmp_path / "things" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    for name in [name for name in sys.modules if name.split(".")[0] == "things"]:
        monkeypatch.delitem(sys.modules, name)
    return importlib.import_module("things")


def write(package: ModuleType, name: str, text: str) -> None:
    folder = Path(package.__path__[0])
    (folder / f"{name}.py").write_text(f"from {__name__} import Thing\n{text}\n")
    importlib.invalidate_caches()


def test_finds_constants_and_tuples_in_order_of_file_name(package: ModuleType) -> None:
    write(package, "b", "THING = Thing('one')")
    write(package, "a", "THING = (Thing('two'), Thing('three'))")
    write(package, "_private", "raise RuntimeError('not to be imported')")
    assert list(discover(package, "THING", Thing)) == ["two", "three", "one"]


def test_a_missing_constant_names_the_file(package: ModuleType) -> None:
    write(package, "empty", "")
    with pytest.raises(TypeError, match=r"things\.empty must define THING"):
        discover(package, "THING", Thing)


def test_a_duplicate_id_names_the_file(package: ModuleType) -> None:
    write(package, "a", "THING = Thing('same')")
    write(package, "b", "THING = Thing('same')")
    with pytest.raises(ValueError, match=r"things\.b: the id 'same' is taken"):
        discover(package, "THING", Thing)


def test_an_import_error_is_not_hidden(package: ModuleType) -> None:
    write(package, "broken", "import nowhere_to_be_found")
    with pytest.raises(ImportError, match="nowhere_to_be_found"):
        discover(package, "THING", Thing)
