"""Tells pictures apart by their first bytes; the name of a file counts for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import FileFormat

HEAD_BYTES = 512

_STARTS: tuple[tuple[bytes, FileFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"IIRO", "raw"),
    (b"IIRS", "raw"),
    (b"MMOR", "raw"),
    (b"IIU\x00", "raw"),
    (b"FOVb", "raw"),
    (b"\x00MRM", "raw"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}

_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"8BPS", "a Photoshop document"),
    (b"\xff\x0a", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (b"\x76\x2f\x31\x01", "an OpenEXR picture"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"<svg", "an SVG drawing"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)


def recognise(head: bytes) -> FileFormat | None:
    """Return the format that a file's first HEAD_BYTES bytes show, or None.

    Camera raw files that are built like TIFF come back as "tiff", but for Canon's CR2; the TIFF
    reader tells them apart.
    """
    if head[:4] == b"II*\x00" and head[8:10] == b"CR":
        return "raw"
    for start, file_format in _STARTS:
        if head.startswith(start):
            return file_format
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return _recognise_box(head) if head[4:8] == b"ftyp" else None


def _recognise_box(head: bytes) -> FileFormat | None:
    """Tell AVIF, HEIC and Canon's CR3 apart, which share one container with videos."""
    end = min(len(head), max(16, int.from_bytes(head[:4], "big")))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if brands[0] == b"crx ":
        return "raw"
    if b"avif" in brands or b"avis" in brands:
        return "avif"
    return "heic" if _HEIC_BRANDS.intersection(brands) else None


def describe_stranger(head: bytes) -> str:
    """Say in a few words what a file that is no picture looks like."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, words in _STRANGERS:
        if head.startswith(mark) or start[: len(mark)].lower() == mark:
            return words
    if head[4:8] == b"ftyp" or (head[:4] == b"RIFF" and head[8:11] == b"AVI"):
        return "a video"
    if head and not any(byte < 9 or 13 < byte < 32 for byte in head):
        return "text"
    return "no kind of picture that is known here"
