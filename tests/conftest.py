from __future__ import annotations

import os
from pathlib import Path

import pytest

# before torch is imported: small networks on two workers only wait for each other's threads
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The benchmark data, which is not part of the project; tests that need it skip without."""
    here = Path(__file__).parents[1]
    folder = Path(os.environ.get("SR_STUDIO_DATA", here.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("needs the benchmark data: set SR_STUDIO_DATA to its folder")
    return folder


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own data folder."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SR_STUDIO_HOME", str(home))
    return home
