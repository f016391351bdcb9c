from __future__ import annotations

from pathlib import Path

import pytest

from sr_studio.errors import CannotWrite
from sr_studio.tasks._picture_files import make_folder


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "out.png").write_bytes(b"mine")
    with pytest.raises(CannotWrite, match="is a file") as refused:
        make_folder(tmp_path / "out.png")
    assert "folder" in refused.value.advice
    assert (tmp_path / "out.png").read_bytes() == b"mine"
