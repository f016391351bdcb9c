"""Small edits of XMP packets that leave everything else as it stands.

Reference: ISO 16684-1, "Extensible metadata platform (XMP)".
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.dom import XMLNS_NAMESPACE, Node
from xml.dom.minidom import Text
from xml.parsers.expat import ExpatError

import defusedxml.minidom
from defusedxml.common import DefusedXmlException

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.dom.minidom import Document, Element

_MAX_BYTES = 8 << 20
_TIFF = "http://ns.adobe.com/tiff/1.0/"
_EXIF = "http://ns.adobe.com/exif/1.0/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_XMP_NOTE = "http://ns.adobe.com/xmp/note/"
_XMP_MM = "http://ns.adobe.com/xap/1.0/mm/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_IPTC_CORE = "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
_IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

Name = tuple[str, str]
"""Namespace and local name."""

PLACE_NAMES: Final[frozenset[Name]] = frozenset(
    [(_PHOTOSHOP, name) for name in ("City", "State", "Country")]
    + [(_IPTC_CORE, name) for name in ("Location", "CountryCode")]
    + [(_IPTC_EXT, name) for name in ("LocationCreated", "LocationShown")]
)
# exif:GPSLatitude, but also what drones and phones call it in namespaces of their own
_PLACE_NAME = re.compile(r"(?i)gps|latitude|longitude|geotag")
HISTORY_NAMES: Final[frozenset[Name]] = frozenset(
    [(_PHOTOSHOP, "DocumentAncestors"), (_XMP_MM, "History"), (_XMP_MM, "Ingredients")]
)
# What belongs to the old file: its preview, its second packet, its gain map and motion clip
_STALE_NAMES: Final[frozenset[Name]] = frozenset(
    [(_XMP, "Thumbnails"), (_XMP_NOTE, "HasExtendedXMP")]
)
_STALE_SPACES: Final = frozenset(
    {
        "http://ns.adobe.com/hdr-gain-map/1.0/",
        "http://ns.google.com/photos/1.0/container/",
        "http://ns.google.com/photos/1.0/camera/",
        "http://ns.google.com/photos/1.0/depthmap/",
    }
)
COLOUR_NAMES: Final[frozenset[Name]] = frozenset(
    [(_PHOTOSHOP, "ColorMode"), (_PHOTOSHOP, "ICCProfile")]
)
_PACKET_START = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
_PACKET_END = b'\n<?xpacket end="w"?>'


@dataclass(frozen=True, slots=True)
class XmpEdit:
    """What to change.

    Attributes:
        values: properties that get a new value where they stand; none is added.
        remove: properties to take out.
        remove_spaces: namespaces to take out.
        remove_place: take out position and place names too.
    """

    values: Mapping[Name, str] = field(default_factory=dict)
    remove: frozenset[Name] = frozenset()
    remove_spaces: frozenset[str] = frozenset()
    remove_place: bool = False


def upright_edit() -> XmpEdit:
    """Return the edit for a picture whose orientation was applied."""
    return XmpEdit({(_TIFF, "Orientation"): "1"})


def saving_edit(width: int, height: int, *, remove_place: bool) -> XmpEdit:
    """Return the edit for a picture of a new size in a new file."""
    values = {
        (_TIFF, "ImageWidth"): str(width),
        (_TIFF, "ImageLength"): str(height),
        (_EXIF, "PixelXDimension"): str(width),
        (_EXIF, "PixelYDimension"): str(height),
    }
    # also where EXIF said nothing of turning: the pixels are as the user saw them
    values |= upright_edit().values
    return XmpEdit(values, _STALE_NAMES, _STALE_SPACES, remove_place=remove_place)


def edit_xmp(packet: bytes, edit: XmpEdit) -> bytes:
    """Return the packet with `edit` carried out; the same bytes where nothing matched.

    Raises:
        ValueError: the packet is no well-formed XML, or enormous.
    """
    if len(packet) > _MAX_BYTES:
        raise ValueError(f"an XMP packet of {len(packet)} bytes, over {_MAX_BYTES}")
    try:
        stream = io.BytesIO(packet.strip(b"\x00 \r\n\t"))
        document: Document = defusedxml.minidom.parse(stream)
        root = document.documentElement
        if root is None or not _edit_element(root, edit):
            return packet
        return _PACKET_START + root.toxml().encode() + _PACKET_END
    except (ExpatError, DefusedXmlException, UnicodeError, LookupError, RecursionError) as error:
        raise ValueError("the XMP packet is not well-formed XML") from error


def _is_unwanted(name: Name, edit: XmpEdit) -> bool:
    space, local = name
    if space == XMLNS_NAMESPACE:  # a declaration, not a property
        return False
    is_place = name in PLACE_NAMES or _PLACE_NAME.match(local) is not None
    return name in edit.remove or space in edit.remove_spaces or (edit.remove_place and is_place)


def _edit_element(element: Element, edit: XmpEdit) -> bool:
    """Edit attributes and children, deep; return whether anything changed."""
    has_changed = False
    pending = [element]
    while pending:
        current = pending.pop()
        for attribute in list(current.attributes.values()):
            name = (attribute.namespaceURI or "", attribute.localName or "")
            if _is_unwanted(name, edit):
                current.removeAttributeNode(attribute)
                has_changed = True
            elif edit.values.get(name, attribute.value) != attribute.value:
                attribute.value = edit.values[name]
                has_changed = True
        for child in list(current.childNodes):
            if child.nodeType != Node.ELEMENT_NODE:
                continue
            name = (child.namespaceURI or "", child.localName or "")
            if _is_unwanted(name, edit):
                current.removeChild(child)
                has_changed = True
            elif name in edit.values:
                has_changed |= _set_text(child, edit.values[name])
            else:
                pending.append(child)
    return has_changed


def _set_text(element: Element, text: str) -> bool:
    old = "".join(node.data for node in element.childNodes if node.nodeType == Node.TEXT_NODE)
    if old == text:
        return False
    for node in list(element.childNodes):
        element.removeChild(node)
    new = Text()
    new.data = text
    element.appendChild(new)
    return True
