"""EXIF blocks: read leniently, edited tag by tag, laid out again.

Reference: CIPA DC-008, "Exchangeable image file format for digital still cameras: Exif".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Final

from sr_studio.imaging.tiff_directory import (
    UNDEFINED,
    ByteOrder,
    Directory,
    DirectoryReader,
    DirectoryWriter,
    Tag,
    long_tag,
    rational_tag,
    short_tag,
    text_tag,
)

DESCRIPTION, ORIENTATION = 0x10E, 0x112
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, SOFTWARE = 0x11A, 0x11B, 0x128, 0x131
YCBCR_POSITIONING = 0x213
XMP, IPTC, PHOTOSHOP, ICC_PROFILE = 0x2BC, 0x83BB, 0x8649, 0x8773
CAMERA_POINTER, GPS_POINTER, INTEROP_POINTER = 0x8769, 0x8825, 0xA005
EXIF_VERSION, PIXEL_WIDTH, PIXEL_HEIGHT, MAKER_NOTE = 0x9000, 0xA002, 0xA003, 0x927C

# What the main directory says of the photo; the rest tells how the old file stored its pixels
_DESCRIPTIVE: Final = frozenset(
    {
        *(0x000B, 0x010D, DESCRIPTION, 0x010F, 0x0110, ORIENTATION, X_RESOLUTION, Y_RESOLUTION),
        *(0x011D, RESOLUTION_UNIT, SOFTWARE, 0x0132, 0x013B, 0x013C, 0x013E, 0x013F),
        *(
            YCBCR_POSITIONING,
            0x4746,
            0x4749,
            0x8298,
            *range(0x9C9B, 0x9CA0),
            0xC4A5,
            0xC614,
            0xC62F,
        ),
    }
)
_EMPTY_DESCRIPTIONS = ("", "OLYMPUS DIGITAL CAMERA", "SONY DSC", "DCIM", "MINOLTA DIGITAL CAMERA")


@dataclass(slots=True)
class Exif:
    """The four directories that describe a photo; thumbnails are never kept.

    Attributes:
        main: make, model, date, author, rights (IFD0).
        camera: exposure, lens, maker's note (Exif IFD).
        gps: the place.
        interop: names the colour rules.
        damaged_tags: how many could not be read.
    """

    order: ByteOrder = "<"
    main: Directory = field(default_factory=dict)
    camera: Directory = field(default_factory=dict)
    gps: Directory = field(default_factory=dict)
    interop: Directory = field(default_factory=dict)
    damaged_tags: int = 0

    @property
    def describes_the_photo(self) -> bool:
        """Whether there is more than a TIFF file says of itself."""
        technical = {ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT, YCBCR_POSITIONING}
        return bool(self.main.keys() - technical or self.camera or self.gps)

    @property
    def orientation(self) -> int:
        """1 to 8; 1 where nothing (valid) is said."""
        tag = self.main.get(ORIENTATION)
        value = tag.integer(self.order) if tag else None
        return value if value is not None and 1 <= value <= 8 else 1

    def resolution(self) -> tuple[float, float] | None:
        """Return horizontal and vertical dots per inch, or None."""
        unit = self.main.get(RESOLUTION_UNIT)
        factor = {2: 1.0, 3: 2.54, None: 1.0}.get(unit.integer(self.order) if unit else None)
        found = []
        for code in (X_RESOLUTION, Y_RESOLUTION):
            tag = self.main.get(code)
            if tag is None or tag.kind != 5 or factor is None:
                return None
            top, bottom = struct.unpack_from(f"{self.order}2I", tag.value)
            if not top or not bottom:
                return None
            found.append(factor * top / bottom)
        return found[0], found[1]

    def set_upright(self) -> None:
        """Say that the pixels need no turning, if the block speaks of it."""
        if ORIENTATION in self.main:
            self.main[ORIENTATION] = short_tag(1, self.order)

    def set_size(self, width: int, height: int) -> None:
        """State the size, which EXIF demands in the camera's directory."""
        self.camera.setdefault(EXIF_VERSION, Tag(UNDEFINED, b"0232"))
        self.camera[PIXEL_WIDTH] = long_tag(width, self.order)
        self.camera[PIXEL_HEIGHT] = long_tag(height, self.order)

    def set_resolution(self, dpi: tuple[float, float]) -> None:
        self.main[X_RESOLUTION] = rational_tag(dpi[0], self.order)
        self.main[Y_RESOLUTION] = rational_tag(dpi[1], self.order)
        self.main[RESOLUTION_UNIT] = short_tag(2, self.order)

    def set_software(self, software: str, description: str) -> None:
        """Name the program and what it did; a caption that the photographer wrote stays."""
        signature = f"{software} ({description})" if description else software
        self.main[SOFTWARE] = text_tag(signature)
        caption = self.main.get(DESCRIPTION)
        words = caption.value.decode("utf-8", "replace").strip("\x00 ") if caption else ""
        if description and words in _EMPTY_DESCRIPTIONS:
            self.main[DESCRIPTION] = text_tag(description)

    def to_bytes(self) -> bytes:
        """Return the block without the "Exif" header.

        The maker's note stays where it was: several makers count offsets from the block's start.
        """
        note = self.camera.get(MAKER_NOTE)
        keep_free = (0, 0)
        if note is not None and note.offset and 8 < note.offset < 1 << 16 and len(note.value) > 4:
            keep_free = (note.offset, note.offset + len(note.value))
        writer = DirectoryWriter(self.order, start=8, keep_free=keep_free)
        main = self.main | {code: long_tag(0, self.order) for code in self.pointers()}
        first = writer.reserve(len(main))  # first in the block, where simple readers look for it
        writer.add(main | self.add_sub_directories(writer), at=first)
        head = b"II*\x00" if self.order == "<" else b"MM\x00*"
        return head + struct.pack(f"{self.order}I", first) + writer.finish()

    def pointers(self) -> tuple[int, ...]:
        """Return the tags that `add_sub_directories` will fill in."""
        parts = ((CAMERA_POINTER, self.camera or self.interop), (GPS_POINTER, self.gps))
        return tuple(code for code, part in parts if part)

    def add_sub_directories(self, writer: DirectoryWriter) -> Directory:
        """Lay out the camera's and the place's directories; return the tags that point to them."""
        camera, pointers = dict(self.camera), {}
        if self.interop:
            camera[INTEROP_POINTER] = long_tag(writer.add(self.interop), self.order)
        if camera:
            pointers[CAMERA_POINTER] = long_tag(writer.add(camera), self.order)
        if self.gps:
            pointers[GPS_POINTER] = long_tag(writer.add(self.gps), self.order)
        return pointers


def parse_exif(block: bytes) -> Exif:
    """Read an EXIF block, with or without the "Exif" header.

    Raises:
        ValueError: the block is damaged beyond use.
    """
    block = block.removeprefix(b"Exif\x00\x00")
    return read_exif(DirectoryReader(lambda offset, length: block[offset : offset + length]))


def read_exif(reader: DirectoryReader, offset: int | None = None) -> Exif:
    """Collect the directories that describe the photo from an EXIF block or a TIFF file.

    Args:
        reader: of the block or file.
        offset: of the main directory; the first one without.

    Raises:
        ValueError: the main directory cannot be read.
    """
    everything = reader.read(reader.first if offset is None else offset)
    camera = _follow(reader, everything.get(CAMERA_POINTER))
    interop = _follow(reader, camera.pop(INTEROP_POINTER, None))
    gps = _follow(reader, everything.get(GPS_POINTER))
    main = {code: tag for code, tag in everything.items() if code in _DESCRIPTIVE}
    return Exif(reader.order, main, camera, gps, interop, reader.damaged_tags)


def _follow(reader: DirectoryReader, pointer: Tag | None) -> Directory:
    offset = pointer.integer(reader.order) if pointer else None
    if not offset:
        return {}
    try:
        return reader.read(offset)
    except ValueError:
        reader.damaged_tags += 1
        return {}
