"""A file is there whole or not at all, and what stood there is never harmed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sr_studio.errors import CannotWrite, OutputExists
from sr_studio.imaging import atomic_file as module
from sr_studio.imaging.atomic_file import atomic_file
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.jobs.control import JobCancelled
from tests.helpers.pictures import make_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def save(path: Path, text: str = "new", *, overwrite: bool = False) -> None:
    with atomic_file(path, overwrite=overwrite) as temporary:
        temporary.write_text(text)


@pytest.mark.parametrize(
    "name", ["a.png", "ä ö 照片 \N{SMILING FACE WITH SUNGLASSES}.jpg", "x" * 240]
)
def test_any_name_is_written(tmp_path: Path, name: str) -> None:
    save(tmp_path / name)
    assert (tmp_path / name).read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_temporary_file_is_hidden_and_in_the_same_folder(tmp_path: Path) -> None:
    with atomic_file(tmp_path / "a", overwrite=False) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "failure", [RuntimeError(), KeyboardInterrupt(), JobCancelled(), OSError(errno.ENOSPC, "full")]
)
@pytest.mark.parametrize("overwrite", [False, True])
def test_failure_leaves_nothing_behind_and_the_old_file_unharmed(
    tmp_path: Path, failure: BaseException, overwrite: bool
) -> None:
    path = tmp_path / "a"
    if overwrite:
        path.write_text("old")
    expected = CannotWrite if isinstance(failure, OSError) else type(failure)

    def fail() -> None:
        with atomic_file(path, overwrite=overwrite) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(expected):
        fail()
    assert [file.read_text() for file in tmp_path.iterdir()] == (["old"] if overwrite else [])


def test_existing_files_are_refused_unless_overwriting(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    with pytest.raises(OutputExists) as caught:
        save(path)
    assert caught.value.advice
    assert path.read_text() == "old"
    save(path, overwrite=True)
    assert path.read_text() == "new"


@pytest.mark.parametrize("knows_links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_replaced(
    tmp_path: Path, knows_links: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not knows_links:
        monkeypatch.setattr(Path, "hardlink_to", _refuse(errno.EPERM))
    path = tmp_path / "a"

    def lose_the_race() -> None:
        with atomic_file(path, overwrite=False) as temporary:
            temporary.write_text("new")
            path.write_text("somebody else's")

    with pytest.raises(OutputExists):
        lose_the_race()
    assert [file.read_text() for file in tmp_path.iterdir()] == ["somebody else's"]


def _refuse(number: int) -> Callable[..., None]:
    def refuse(*_args: object, **_kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


def test_disks_without_links_are_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", _refuse(errno.ENOTSUP))
    save(tmp_path / "a")
    assert [file.read_text() for file in tmp_path.iterdir()] == ["new"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are another matter there")
def test_permissions_of_a_replaced_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o640)
    save(path, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_symbolic_links_are_followed_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder / "real")
    save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (folder / "real").read_text() == "new"
    save(tmp_path / "link", "newer", overwrite=True)
    assert (folder / "real").read_text() == "newer"
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(CannotWrite):
        save(tmp_path / "loop")


def test_hopeless_targets_are_explained_with_advice(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    cases = {
        tmp_path / "missing" / "a.png": "folder does not exist",
        tmp_path / "file" / "a.png": "is a file",
        tmp_path / "folder": "a folder has that name",
        tmp_path / ("n" * 300): "too long",
        tmp_path / "a\0b": "not allowed",
    }
    if sys.platform != "win32":
        cases[Path(os.devnull)] = "device"
    for path, words in cases.items():
        with pytest.raises(CannotWrite, match=words) as caught:
            save(path, overwrite=True)
        assert caught.value.advice


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "you may not write"),
        (errno.EROFS, "read-only"),
        (errno.ENODEV, "disk is not there"),
        (errno.EIO, "reports an error"),
        (errno.ENOTTY, "could not be written"),
    ],
)
def test_what_the_system_says_becomes_a_sentence(
    tmp_path: Path, number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "old.png").write_text("old")
    monkeypatch.setattr(Path, "open", _refuse(number))
    with pytest.raises(CannotWrite, match=words) as caught:
        save(tmp_path / "old.png", overwrite=True)
    assert caught.value.advice
    monkeypatch.undo()
    assert [file.read_text() for file in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif", ".webp", ".avif"])
def test_a_full_disk_leaves_the_old_picture(tmp_path: Path, suffix: str, small_disk: Path) -> None:
    path = small_disk / f"picture{suffix}"
    path.write_text("old")
    picture = make_picture(600, 800)
    with pytest.raises(CannotWrite, match="disk is full") as caught:
        encode_image(picture, path, SaveOptions(quality=100, overwrite=True))
    assert "space" in caught.value.advice
    assert [file.read_text() for file in small_disk.iterdir()] == ["old"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 KiB, where the tests run as root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs root to mount a small disk")
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a small disk here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_at_the_flush_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.os, "fsync", _refuse(errno.ENOSPC))
    with pytest.raises(CannotWrite, match="disk is full"):
        save(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
