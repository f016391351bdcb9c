from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from sr_studio.errors import UnreadableImage
from sr_studio.imaging.encode_image import encode_image
from sr_studio.imaging.image_buffer import ImageBuffer
from sr_studio.tasks._picture_sources import find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "photos"
    path.mkdir()
    random = np.random.default_rng(0)
    for name in ("b.png", "a.png"):
        pixels = random.integers(0, 256, (7, 9, 3), dtype=np.uint8)
        encode_image(ImageBuffer(pixels), path / name)
    (path / "notes.txt").write_text("no picture")
    return path


@pytest.fixture
def archive(folder: Path) -> Path:
    path = folder.with_name("photos.tar")
    with tarfile.open(path, "w") as tar:
        tar.add(folder, "set")
        link = tarfile.TarInfo("set/link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


def test_a_tar_file_gives_the_pictures_of_its_folder(folder: Path, archive: Path) -> None:
    files, members = find_sources([folder]), find_sources([archive])
    assert [each.name for each in files] == ["a.png", "b.png"]
    assert [each.name for each in members] == ["set/a.png", "set/b.png"]
    for file, member in zip(files, members, strict=True):
        np.testing.assert_array_equal(file.read().pixels, member.read().pixels)


def test_what_is_no_tar_file_or_is_compressed_is_said(folder: Path, archive: Path) -> None:
    with pytest.raises(UnreadableImage, match="no tar file"):
        find_sources([folder / "notes.txt"])
    packed = archive.with_suffix(".tar.gz")
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(folder, "set")
    with pytest.raises(UnreadableImage, match="no tar file"):
        find_sources([packed])


def test_a_tar_file_without_pictures_is_said(tmp_path: Path) -> None:
    path = tmp_path / "empty.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("notes.txt")
        member.size = 2
        tar.addfile(member, io.BytesIO(b"no"))
    with pytest.raises(UnreadableImage, match="No pictures"):
        find_sources([path])


def test_a_damaged_member_is_said_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "bad.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("bad.png")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"\x89PNG\r"))
    (source,) = find_sources([path])
    with pytest.raises(UnreadableImage, match=r"bad\.png"):
        source.read()
