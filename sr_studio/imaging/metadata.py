"""What a picture's file says besides pixels: checked when read, brought up to date when saved."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sr_studio import __version__
from sr_studio.imaging.exif import MAKER_NOTE, Exif, parse_exif
from sr_studio.imaging.iptc import check_iptc, without_place
from sr_studio.imaging.xmp import (
    COLOUR_NAMES,
    HISTORY_NAMES,
    XmpEdit,
    edit_xmp,
    saving_edit,
    upright_edit,
)

if TYPE_CHECKING:
    from sr_studio.imaging.image_buffer import ImageOrigin

SOFTWARE = f"SR Studio {__version__}"
MetadataMode = Literal["keep", "no-place", "strip"]


@dataclass(frozen=True, slots=True)
class ReadMetadata:
    """The metadata of a file that was read, checked; damaged parts are None and have a note."""

    exif: bytes | None
    xmp: bytes | None
    iptc: bytes | None
    dpi: tuple[float, float] | None
    orientation: int
    notes: tuple[str, ...]


def check_metadata(
    exif: bytes | None,
    xmp: bytes | None,
    iptc: bytes | None,
    dpi: tuple[float, float] | None,
    *,
    orientation: int | None,
    was_converted: bool,
) -> ReadMetadata:
    """Check the metadata of a file and mark it as upright.

    Args:
        exif: the raw block.
        xmp: the raw packet.
        iptc: the raw records.
        dpi: as the container states it; EXIF's resolution otherwise.
        orientation: where something else than EXIF has the say.
        was_converted: the colours are no longer those that the XMP packet names.
    """
    notes = []
    parsed: Exif | None = None
    if exif:
        try:
            parsed = parse_exif(exif)
        except ValueError:
            notes.append("Its EXIF data is damaged and was left out.")
            exif = None
    if parsed is not None and exif is not None:
        exif = exif.removeprefix(b"Exif\x00\x00")
        if orientation is None:
            orientation = parsed.orientation
        dpi = dpi or parsed.resolution()
        if parsed.damaged_tags:
            notes.append(f"EXIF fields that are damaged were left out: {parsed.damaged_tags}.")
        if parsed.damaged_tags or parsed.orientation != 1:
            parsed.set_upright()
            exif = parsed.to_bytes()
    orientation = orientation or 1
    if xmp:
        edit = upright_edit() if orientation != 1 else XmpEdit()
        edit = replace(edit, remove=COLOUR_NAMES) if was_converted else edit
        try:
            xmp = edit_xmp(xmp, edit)
        except ValueError:
            notes.append("Its XMP data is damaged and was left out.")
            xmp = None
    if iptc:
        try:
            iptc = check_iptc(iptc)
        except ValueError:
            notes.append("Its IPTC data is damaged and was left out.")
            iptc = None
    if dpi is not None and not all(0.01 < value < 1e5 for value in dpi):
        dpi = None
    if dpi is not None:  # PNG counts per metre: 300 comes back as 299.9994
        dpi = round(dpi[0], 2), round(dpi[1], 2)
    if dpi is not None and orientation > 4:  # lying on its side: what was across is now upright
        dpi = dpi[1], dpi[0]
    return ReadMetadata(exif or None, xmp or None, iptc or None, dpi, orientation, tuple(notes))


@dataclass(frozen=True, slots=True)
class SavedMetadata:
    """What goes into the new file.

    Attributes:
        exif: None writes none.
        xmp: the packet.
        iptc: the records.
        icc: the profile; kept whatever the mode, because without it the colours are wrong.
        dpi: kept whatever the mode: it says how large to print, not who took the picture.
    """

    exif: Exif | None
    xmp: bytes | None
    iptc: bytes | None
    icc: bytes | None
    dpi: tuple[float, float] | None

    def exif_block(self, limit_bytes: int) -> tuple[bytes, tuple[str, ...]]:
        """Return the EXIF block, and a warning where it had to shrink to the limit."""
        if self.exif is None:
            return b"", ()
        block = self.exif.to_bytes()
        if len(block) <= limit_bytes:
            return block, ()
        camera = {code: tag for code, tag in self.exif.camera.items() if code != MAKER_NOTE}
        block = replace(self.exif, camera=camera).to_bytes()
        if len(block) <= limit_bytes:
            return block, ("The maker's note is too large for this format: it was left out.",)
        return b"", ("The EXIF data is too large for this format: it was left out.",)

    def xmp_packet(self, limit_bytes: int) -> tuple[bytes, tuple[str, ...]]:
        """Return the XMP packet, and a warning where it had to shrink to the limit."""
        if self.xmp is None or len(self.xmp) <= limit_bytes:
            return self.xmp or b"", ()
        packet = edit_xmp(self.xmp, XmpEdit(remove=HISTORY_NAMES))
        if len(packet) <= limit_bytes:
            return packet, ("The editing history is too large for this format: it was left out.",)
        return b"", ("The XMP data is too large for this format: it was left out.",)


def metadata_for_saving(
    origin: ImageOrigin, *, width: int, height: int, mode: MetadataMode, description: str
) -> tuple[SavedMetadata, tuple[str, ...]]:
    """Bring the metadata of a picture up to date for a new file.

    Size, software and resolution are set, the old thumbnail and preview are gone; "no-place"
    leaves out position and place names, "strip" all but profile and resolution.

    Returns:
        the metadata, and a warning for each part that could not be kept.
    """
    if mode == "strip":
        return SavedMetadata(None, None, None, origin.icc_profile, origin.dpi), ()
    is_placeless = mode == "no-place"
    warnings = []
    exif = Exif()
    xmp, iptc = origin.xmp, origin.iptc
    try:
        exif = parse_exif(origin.exif) if origin.exif else exif
    except ValueError:
        warnings.append("The EXIF data is damaged: it was left out.")
    if is_placeless:
        exif.gps = {}
    exif.set_upright()
    exif.set_size(width, height)
    exif.set_software(SOFTWARE, description)
    if origin.dpi:
        exif.set_resolution(origin.dpi)
    try:
        xmp = xmp and edit_xmp(xmp, saving_edit(width, height, remove_place=is_placeless))
    except ValueError:
        xmp = None
        warnings.append("The XMP data is damaged: it was left out.")
    try:
        iptc = without_place(iptc) if iptc and is_placeless else iptc
    except ValueError:
        iptc = None
        warnings.append("The IPTC data is damaged: it was left out.")
    return SavedMetadata(exif, xmp, iptc or None, origin.icc_profile, origin.dpi), tuple(warnings)
