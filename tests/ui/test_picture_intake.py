from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from sr_studio.ui.picture_intake import might_hold_pictures, take_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("qapp")


def test_files_come_before_their_pixels(tmp_path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "ä photo.jpg"))])
    mime.setImageData(QImage(2, 2, QImage.Format.Format_RGB32))
    intake = take_in(mime)
    assert intake.paths == (tmp_path / "ä photo.jpg",)
    assert intake.data == b""


def test_a_browsers_picture_is_taken_as_it_was_encoded() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    mime.setData("image/png", b"\x89PNG as sent")
    assert take_in(mime).data == b"\x89PNG as sent"


def test_bare_pixels_become_a_png() -> None:
    image = QImage(3, 2, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    mime = QMimeData()
    mime.setImageData(image)
    assert take_in(mime).data.startswith(b"\x89PNG")


def test_an_address_alone_is_told_apart() -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    assert might_hold_pictures(mime)
    assert take_in(mime).remote == ("https://example.org/cat.png",)


def test_a_copied_path_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a b.png"
    path.write_bytes(b"x")
    mime = QMimeData()
    mime.setText(f' "{path}" \n')
    assert take_in(mime).paths == (path,)


@pytest.mark.parametrize("text", ["", "hello", "/no/such/file", "a\nb", "~nobody-here/x", "\0"])
def test_other_text_is_nothing(text: str) -> None:
    mime = QMimeData()
    mime.setText(text)
    assert take_in(mime).is_empty
