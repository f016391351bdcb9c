"""Says in one sentence what the system lacks for SR Studio, and which command installs it.

    python3 packaging/check_system.py python   before the virtual environment is made
    .venv/bin/python packaging/check_system.py qt   after the packages are installed

Standard library only. Exit code 0: nothing is missing; 1: one sentence on standard error.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = Path(__file__).with_name("debian-packages.txt")


def missing_from_python() -> str:
    """Return a sentence, empty if this Python can make the virtual environment."""
    if sys.version_info < (3, 11):
        found = ".".join(map(str, sys.version_info[:3]))
        return (
            f"SR Studio needs Python 3.11 or newer, this is {found}: install one "
            "(sudo apt-get install python3) and run: make PYTHON=python3.11 run"
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        return (
            "Python's module for virtual environments is missing: sudo apt-get install python3-venv"
        )
    return ""


def missing_from_qt() -> str:
    """Return a sentence, empty if every library that Qt's window needs can be loaded."""
    if not sys.platform.startswith("linux") or shutil.which("ldd") is None:
        return ""
    spec = importlib.util.find_spec("PySide6")
    if spec is None or spec.origin is None:
        return "PySide6 is not installed in this environment: make install"
    root = Path(spec.origin).parent
    wanted = [
        *root.glob("QtWidgets*.so"),
        *(root / "Qt/plugins/platforms").glob("libq[ox]*.so"),  # offscreen and X11
    ]
    shown = subprocess.run(
        ["ldd", *map(str, wanted)],
        capture_output=True,
        text=True,
        check=False,
    )
    absent = sorted({line.split()[0] for line in shown.stdout.splitlines() if "not found" in line})
    if not absent:
        return ""
    packages = " ".join(PACKAGES.read_text().split())
    named = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
    return f"Qt needs {named}, which this system lacks: sudo apt-get install {packages}"


def main() -> int:
    """Check what the first argument names."""
    sentence = missing_from_qt() if sys.argv[1:] == ["qt"] else missing_from_python()
    if sentence:
        sys.stderr.write(sentence + "\n")
    return 1 if sentence else 0


if __name__ == "__main__":
    sys.exit(main())
