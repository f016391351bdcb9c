"""What was dropped or pasted: files, folders, weights, a picture, or only its address."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData, QUrl

WEIGHT_SUFFIXES = (".pth", ".pt", ".safetensors", ".param", ".caffemodel", ".pb")
"""Of files that hold a network's weights."""

_BESIDE_WEIGHTS = (".bin", ".prototxt")  # the other half of a .param or a .caffemodel
_ENCODED = ("image/png", "image/tiff", "image/jpeg", "image/webp", "image/bmp", "image/gif")


@dataclass(frozen=True, slots=True)
class Intake:
    """What can be opened of a drop or the clipboard.

    Attributes:
        paths: files and folders of this machine.
        data: an encoded picture, b"" if there is none.
        remote: addresses whose pictures did not come along.
    """

    paths: tuple[Path, ...] = ()
    data: bytes = b""
    remote: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.paths or self.data or self.remote)


def might_hold_pictures(mime: QMimeData) -> bool:
    """Say whether a drop is worth taking, without reading it."""
    return mime.hasUrls() or mime.hasImage() or any(mime.hasFormat(kind) for kind in _ENCODED)


def take_in(mime: QMimeData) -> Intake:
    """Sort what came: files first, then the picture itself, else the addresses."""
    urls = mime.urls()
    paths = tuple(Path(url.toLocalFile()) for url in urls if url.isLocalFile())
    if paths:
        return Intake(paths=paths)
    data = _picture_of(mime)
    if data:
        return Intake(data=data)
    if not urls and (path := _path_of(mime.text())):
        return Intake(paths=(path,))
    return Intake(remote=tuple(_shown(url) for url in urls))


def split_off_weights(paths: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Return the files of weights, and all the others but the halves that belong to weights."""
    weights = [path for path in paths if path.suffix.lower() in WEIGHT_SUFFIXES]
    stems = {path.with_suffix("") for path in weights}
    others = [
        path
        for path in paths
        if path not in weights
        and not (path.suffix.lower() in _BESIDE_WEIGHTS and path.with_suffix("") in stems)
    ]
    return weights, others


def _picture_of(mime: QMimeData) -> bytes:
    for kind in _ENCODED:  # as the sender encoded it: 16 bits and profiles survive
        if mime.hasFormat(kind) and (data := mime.data(kind).data()):
            return bytes(data)
    image = mime.imageData()
    if not isinstance(image, QImage) or image.isNull():
        return b""
    encoded = QByteArray()
    buffer = QBuffer(encoded)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs want bytes, Qt wants str
    return bytes(encoded.data())


def _path_of(text: str) -> Path | None:
    """Return the file that the pasted text names, if there is one."""
    line = text.strip().strip("\"'")
    if not line or "\n" in line or len(line) > 4096:
        return None
    try:
        path = Path(line).expanduser()
        return path if path.is_absolute() and path.exists() else None
    except (OSError, RuntimeError):
        return None


def _shown(url: QUrl) -> str:
    return str(url.toDisplayString())
