from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from sr_studio.errors import CannotWrite, InvalidRequest, OutputExists
from sr_studio.tasks._output_files import (
    check_outputs,
    csv_text,
    in_digits,
    markdown_table,
    write_text,
)


def test_what_could_not_be_written_is_refused_beforehand(tmp_path: Path) -> None:
    there = tmp_path / "there.csv"
    there.write_text("mine")
    check_outputs((None, tmp_path / "new.csv"), overwrite=False)
    check_outputs((there,), overwrite=True)
    with pytest.raises(OutputExists, match="exists already"):
        check_outputs((None, there), overwrite=False)
    with pytest.raises(CannotWrite, match="folder does not exist"):
        check_outputs((tmp_path / "no" / "new.csv",), overwrite=True)
    with pytest.raises(CannotWrite, match="a folder has that name"):
        check_outputs((tmp_path,), overwrite=True)
    with pytest.raises(CannotWrite):
        check_outputs((tmp_path / ("a" * 300) / "b",), overwrite=False)


def test_two_outputs_in_one_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="two outputs"):
        check_outputs((tmp_path / "a", tmp_path / "." / "a"), overwrite=True)


def test_text_is_written_as_it_is_and_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    write_text(None, "nowhere", overwrite=False)
    write_text(tmp_path / "a", "ä\r\nb\n", overwrite=False)
    assert (tmp_path / "a").read_bytes() == "ä\r\nb\n".encode()
    with pytest.raises(OutputExists):
        write_text(tmp_path / "a", "other", overwrite=False)
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_csv_comes_back_as_it_went_in() -> None:
    rows = [["name", "psnr"], ['a "quoted", name', 1 / 3], ["none", None]]
    back = list(csv.reader(csv_text(rows).splitlines(keepends=True)))
    assert back[0] == rows[0]
    assert back[1][0] == rows[1][0]
    assert float(back[1][1]) == rows[1][1]
    assert back[2] == ["none", ""]


def test_markdown_is_aligned_and_escaped() -> None:
    lines = markdown_table([("net", "dB"), ("a|b\nc", "30.51"), ("long name", "-")]).splitlines()
    assert lines[0] == "| net       |    dB |"
    assert lines[1] == "| --------- | ----: |"
    assert lines[2] == "| a\\|b c    | 30.51 |"
    assert len({len(line) for line in lines}) == 1


def test_figures_that_are_none_or_infinite_are_words() -> None:
    assert [in_digits(value, 2) for value in (30.456, None, math.inf)] == ["30.46", "-", "infinite"]
