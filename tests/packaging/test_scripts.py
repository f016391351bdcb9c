from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sr_studio.imaging.decode_image import decode_image

ROOT = Path(__file__).parents[2]


@pytest.fixture
def check_system() -> ModuleType:
    path = ROOT / "packaging" / "check_system.py"
    spec = importlib.util.spec_from_file_location("check_system", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_is_named_with_a_way_out(
    check_system: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_system.missing_from_python() == ""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    sentence = check_system.missing_from_python()
    assert "3.9.2" in sentence
    assert "PYTHON=" in sentence


def test_a_missing_module_is_named_with_its_package(
    check_system: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert "apt-get install python3-venv" in check_system.missing_from_python()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks ldd")
def test_missing_libraries_are_one_sentence_with_the_command(
    check_system: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"\tlib{name}.so.1 => not found" for name in "abcde"]
    told = subprocess.CompletedProcess([], 0, "\n".join([*lines, "\tlibc.so.6 => /lib/libc.so.6"]))
    monkeypatch.setattr(check_system.shutil, "which", lambda _name: "/usr/bin/ldd")
    monkeypatch.setattr(check_system.subprocess, "run", lambda *_args, **_options: told)
    sentence = check_system.missing_from_qt()
    assert "liba.so.1, libb.so.1, libc.so.1 and 2 more" in sentence
    assert "apt-get install" in sentence
    assert "libegl1" in sentence


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is a display")
def test_without_a_display_the_same_job_is_done_headless(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, str(ROOT / "packaging" / "try_it.py"), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 0, done.stderr
    result = decode_image(tmp_path / "out" / "astronaut_photo_x4.png")
    assert (result.width, result.height) == (1024, 1024)
    for name in ("comparison.png", "window.png"):
        assert str(tmp_path / "out" / name) in done.stdout
        assert decode_image(tmp_path / "out" / name).width >= 1024
