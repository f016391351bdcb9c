"""What a file says besides pixels survives, brought up to date; other tools agree."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from sr_studio.imaging.decode_image import decode_bytes, decode_image
from sr_studio.imaging.encode_image import SaveOptions, encode_image
from sr_studio.imaging.exif import GPS_POINTER, MAKER_NOTE, SOFTWARE, Exif, parse_exif
from sr_studio.imaging.image_buffer import ImageBuffer, ImageOrigin
from sr_studio.imaging.iptc import check_iptc, iptc_from_resources, resources_from_iptc
from sr_studio.imaging.tiff_directory import Tag, short_tag, text_tag
from sr_studio.imaging.xmp import edit_xmp, saving_edit, upright_edit
from tests.helpers.pictures import make_picture, make_samples

if TYPE_CHECKING:
    from pathlib import Path

SUFFIXES = [".jpg", ".png", ".tif", ".webp", ".avif"]
ADOBE_RGB = imagecodecs.cms_profile("adobergb")
XMP = (
    b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
    b' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'
    b' xmlns:drone-dji="http://www.dji.com/drone-dji/1.0/"'
    b' tiff:Orientation="6" exif:GPSLatitude="48,8.0N" photoshop:City="Munich"'
    b' drone-dji:GpsLatitude="+48.1" tiff:ImageWidth="36" xmp:Rating="4">'
    b"<exif:PixelXDimension>36</exif:PixelXDimension>"
    b"<xmp:Thumbnails><rdf:Alt><rdf:li>AAAA</rdf:li></rdf:Alt></xmp:Thumbnails>"
    b"<photoshop:Country>Germany</photoshop:Country>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
    b'<?xpacket end="w"?>'
)


def iptc_record(dataset: int, text: bytes) -> bytes:
    return struct.pack(">3BH", 0x1C, 2, dataset, len(text)) + text


IPTC = iptc_record(25, b"hill") + iptc_record(90, b"Munich") + iptc_record(120, b"caption")
MAKER_NOTE_BYTES = bytes(range(200))


def make_exif(*, order: Any = "<", orientation: int = 1) -> bytes:
    """A camera's block, with a maker's note and a thumbnail behind the main directory."""
    exif = Exif(
        order,
        main={
            0x10E: text_tag("Hügel"),
            0x10F: text_tag("Maker"),
            0x112: short_tag(orientation, order),
            0x8298: text_tag("Ann 2020"),
        },
        camera={
            0x829D: Tag(5, struct.pack(f"{order}2I", 28, 10)),
            0x9003: text_tag("2020:01:02 03:04:05"),
            MAKER_NOTE: Tag(7, MAKER_NOTE_BYTES),
        },
        gps={1: text_tag("N"), 2: Tag(5, struct.pack(f"{order}6I", 48, 1, 8, 1, 0, 1))},
    )
    block = bytearray(exif.to_bytes())
    # the next directory (IFD1) holds a thumbnail
    main_at = struct.unpack_from(f"{order}I", block, 4)[0]
    count = struct.unpack_from(f"{order}H", block, main_at)[0]
    block += bytes(len(block) % 2)
    struct.pack_into(f"{order}I", block, main_at + 2 + 12 * count, len(block))
    thumbnail_at = len(block) + 2 + 24 + 4
    block += struct.pack(f"{order}H", 2)
    block += struct.pack(f"{order}2H2I", 0x201, 4, 1, thumbnail_at)
    block += struct.pack(f"{order}2H2I", 0x202, 4, 1, 9)
    block += bytes(4) + b"THUMBNAIL"
    return bytes(block)


def make_photo(**changes: Any) -> ImageBuffer:
    fields: dict[str, Any] = {
        "exif": make_exif(),
        "xmp": XMP,
        "iptc": IPTC,
        "icc_profile": ADOBE_RGB,
        "dpi": (300.0, 300.0),
    }
    return make_picture(origin=ImageOrigin(**{**fields, **changes}))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_metadata_survives_in_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    warnings = encode_image(make_photo(), path)
    holds_iptc = suffix in (".jpg", ".png", ".tif")
    assert len(warnings) == (0 if holds_iptc else 1)
    origin = decode_image(path).origin
    assert origin.icc_profile == ADOBE_RGB
    assert origin.dpi == (300, 300)
    assert origin.iptc == (IPTC if holds_iptc else None)
    assert origin.xmp is not None
    assert b'xmp:Rating="4"' in origin.xmp
    assert origin.notes == ()
    exif = parse_exif(origin.exif or b"")
    assert exif.main[0x10E].value == "Hügel\0".encode()
    assert exif.main[0x8298].value == b"Ann 2020\0"
    assert exif.camera[0x9003].value == b"2020:01:02 03:04:05\0"
    assert exif.camera[MAKER_NOTE].value == MAKER_NOTE_BYTES
    assert exif.gps[1].value == b"N\0"
    assert exif.main[SOFTWARE].value.startswith(b"SR Studio ")
    assert b"THUMBNAIL" not in path.read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_pillow_reads_what_we_wrote(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    encode_image(make_photo(exif=make_exif(orientation=1)), path)
    with Image.open(path) as image:
        exif = image.getexif()
        assert exif[271] == "Maker"
        assert exif.get(274, 1) == 1
        camera = exif.get_ifd(0x8769)
        assert camera[0x829D] == pytest.approx(2.8)
        assert (camera[0xA002], camera[0xA003]) == (36, 24)
        assert exif.get_ifd(GPS_POINTER)[1] == "N"
        assert not exif.get_ifd(1)
        assert image.info["icc_profile"] == ADOBE_RGB
        assert image.size == (36, 24)


def test_tifffile_reads_what_we_wrote(tmp_path: Path) -> None:
    encode_image(make_photo(), tmp_path / "x.tif")
    with tifffile.TiffFile(tmp_path / "x.tif") as tiff:
        tags = tiff.pages.first.tags
        assert tags["ExifTag"].value["FNumber"] == (28, 10)
        assert tags["GPSTag"].value["GPSLatitudeRef"] == "N"
        assert tags[700].value.startswith(b"<?xpacket")
        assert tags["InterColorProfile"].value == ADOBE_RGB
        assert len(tiff.pages) == 1
        assert not tiff.is_bigtiff


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_maker_note_keeps_byte_order_and_in_exif_blocks_its_place(
    tmp_path: Path, suffix: str, order: Any
) -> None:
    block = make_exif(order=order)
    place = block.index(MAKER_NOTE_BYTES)
    encode_image(make_photo(exif=block), tmp_path / f"x{suffix}")
    origin = decode_image(tmp_path / f"x{suffix}").origin
    assert parse_exif(origin.exif or b"").order == order
    if suffix != ".tif":
        assert (origin.exif or b"").index(MAKER_NOTE_BYTES) == place


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_without_the_place_nothing_names_it(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    encode_image(make_photo(), path, SaveOptions(metadata="no-place"))
    origin = decode_image(path).origin
    assert parse_exif(origin.exif or b"").gps == {}
    assert origin.xmp is not None
    for word in (b"GPS", b"Gps", b"Munich", b"Germany", b"48"):
        assert word not in origin.xmp
        assert word not in (origin.iptc or b"")
    assert b"Rating" in origin.xmp
    if origin.iptc:
        assert b"hill" in origin.iptc
    assert b"Munich" not in path.read_bytes()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_stripped_pictures_keep_only_colour_and_resolution(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    options = SaveOptions(metadata="strip", description="done")
    assert encode_image(make_photo(iptc=None), path, options) == ()
    origin = decode_image(path).origin
    assert (origin.exif, origin.xmp, origin.iptc) == (None, None, None)
    assert origin.icc_profile == ADOBE_RGB
    for word in (b"Maker", b"Ann", b"SR Studio", b"Rating", b"hill"):
        assert word not in path.read_bytes()


def test_description_is_written_but_a_caption_stays(tmp_path: Path) -> None:
    encode_image(make_photo(), tmp_path / "a.jpg", SaveOptions(description="imdn x4"))
    exif = parse_exif(decode_image(tmp_path / "a.jpg").origin.exif or b"")
    assert b"(imdn x4)" in exif.main[SOFTWARE].value
    assert exif.main[0x10E].value == "Hügel\0".encode()
    encode_image(make_picture(), tmp_path / "b.jpg", SaveOptions(description="imdn x4"))
    exif = parse_exif(decode_image(tmp_path / "b.jpg").origin.exif or b"")
    assert exif.main[0x10E].value == b"imdn x4\0"


def test_size_is_that_of_the_new_picture(tmp_path: Path) -> None:
    photo = make_photo()
    enlarged = ImageBuffer(make_samples(48, 72, 3), None, photo.origin)
    encode_image(enlarged, tmp_path / "x.jpg")
    origin = decode_image(tmp_path / "x.jpg").origin
    exif = parse_exif(origin.exif or b"")
    assert exif.camera[0xA002].integer(exif.order) == 72
    assert exif.camera[0xA003].integer(exif.order) == 48
    assert b'tiff:ImageWidth="72"' in (origin.xmp or b"")
    assert b"<exif:PixelXDimension>72<" in (origin.xmp or b"")
    assert b"Thumbnails" not in (origin.xmp or b"")


def test_orientation_is_applied_once_and_reset_everywhere(tmp_path: Path) -> None:
    samples = make_samples(24, 36, 3)
    image = Image.fromarray(samples)
    path = tmp_path / "x.png"
    image.save(path, exif=make_exif(orientation=6))
    first = decode_image(path)
    np.testing.assert_array_equal(first.pixels, np.rot90(samples, -1))
    assert first.origin.exif is not None
    assert parse_exif(first.origin.exif).orientation == 1
    encode_image(first, tmp_path / "again.png")
    np.testing.assert_array_equal(decode_image(tmp_path / "again.png").pixels, first.pixels)
    assert edit_xmp(XMP, upright_edit()).count(b'tiff:Orientation="1"') == 1


def test_orientation_of_a_tiff_that_says_nothing_else_is_applied() -> None:
    samples = make_samples(24, 36, 3)
    stream = io.BytesIO()
    extra = [(274, "H", 1, 8, True)]
    tifffile.imwrite(
        stream, samples, photometric="rgb", metadata=None, software=False, extratags=extra
    )
    picture = decode_bytes(stream.getvalue(), name="x")
    np.testing.assert_array_equal(picture.pixels, np.rot90(samples))
    assert picture.origin.exif is None


def test_gray_profile_on_a_picture_that_became_colour_is_left_out(tmp_path: Path) -> None:
    photo = make_photo(icc_profile=imagecodecs.cms_profile("gray", gamma=2.2), iptc=None)
    warnings = encode_image(photo, tmp_path / "x.png")
    assert len(warnings) == 1
    assert decode_image(tmp_path / "x.png").origin.icc_profile is None


def test_large_blocks_are_split_shortened_or_named_in_jpeg(tmp_path: Path) -> None:
    profile = ADOBE_RGB + bytes(150_000)  # several segments; padded, so LittleCMS still reads it
    profile = struct.pack(">I", len(profile)) + profile[4:]
    keywords = b"".join(iptc_record(25, b"k" * 1000) for _ in range(100))
    exif = parse_exif(make_exif())
    exif.camera[MAKER_NOTE] = Tag(7, bytes(70_000))
    photo = make_photo(icc_profile=profile, iptc=keywords, exif=exif.to_bytes())
    warnings = encode_image(photo, tmp_path / "x.jpg")
    assert ["maker's note" in warning for warning in warnings] == [True]
    origin = decode_image(tmp_path / "x.jpg").origin
    assert origin.icc_profile == profile
    assert origin.iptc == keywords
    assert parse_exif(origin.exif or b"").main[0x8298].value == b"Ann 2020\0"
    ancestors = b"<photoshop:DocumentAncestors>%s</photoshop:DocumentAncestors>" % (b"a" * 80_000)
    packet = XMP.replace(b"<exif:Pixel", ancestors + b"<exif:Pixel", 1)
    warnings = encode_image(make_photo(xmp=packet), tmp_path / "y.jpg")
    assert ["history" in warning for warning in warnings] == [True]
    assert b"Rating" in (decode_image(tmp_path / "y.jpg").origin.xmp or b"")


@pytest.mark.parametrize("where", ["exif", "xmp", "iptc"])
def test_damaged_metadata_is_left_out_with_a_note(tmp_path: Path, where: str) -> None:
    damaged = {"exif": b"II*\0garbage", "xmp": b"<x:xmpmeta", "iptc": b"\x1c\x02\x19\xff"}
    path = tmp_path / "x.tif"
    encode_image(make_photo(exif=None, xmp=None, iptc=None), tmp_path / "clean.jpg")
    clean = (tmp_path / "clean.jpg").read_bytes()
    payload = {
        "exif": b"Exif\0\0" + damaged["exif"],
        "xmp": b"http://ns.adobe.com/xap/1.0/\0" + damaged["xmp"],
        "iptc": b"Photoshop 3.0\0" + resources_from_iptc(damaged["iptc"]),
    }[where]
    marker = 0xED if where == "iptc" else 0xE1
    segment = struct.pack(">2BH", 0xFF, marker, len(payload) + 2) + payload
    path.write_bytes(clean[:20] + (segment + clean[20:] if where != "exif" else b""))
    if where == "exif":
        at = clean.index(b"\xff\xe1")
        length = int.from_bytes(clean[at + 2 : at + 4], "big")
        path.write_bytes(clean[:at] + segment + clean[at + 2 + length :])
    origin = decode_image(path).origin
    assert getattr(origin, where) is None
    assert any(where.upper() in note for note in origin.notes)
    warnings = encode_image(make_photo(**damaged), tmp_path / "y.jpg")  # nor does saving fail
    assert len(warnings) == 2


def test_damaged_profile_is_ignored_with_a_note(tmp_path: Path) -> None:
    samples = Image.fromarray(make_samples(8, 8, 3))
    for number, profile in enumerate(
        (b"garbage", ADOBE_RGB[:200] + bytes(600), imagecodecs.cms_profile("gray", gamma=2.2))
    ):
        path = tmp_path / f"{number}.jpg"
        samples.save(path, icc_profile=profile)
        origin = decode_image(path).origin
        assert origin.icc_profile is None
        assert any("profile" in note for note in origin.notes)


def test_hostile_xmp_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    deep = b"<a>" * 100_000 + b"</a>" * 100_000
    wide = b"<a>" + b" " * (9 << 20) + b"</a>"
    for packet in (bomb, wide, b"", b"\xff\xfe"):
        with pytest.raises(ValueError, match="XMP"):
            edit_xmp(packet, saving_edit(1, 1, remove_place=True))
    assert edit_xmp(deep, saving_edit(1, 1, remove_place=True)) == deep
    with pytest.raises(ValueError, match="XMP"):
        edit_xmp(deep.replace(b"<a></a>", b'<a gps="1"></a>'), saving_edit(1, 1, remove_place=True))


def test_iptc_survives_photoshops_resources() -> None:
    name = b"8BIM\x04\x25\x03abc" + struct.pack(">I", 3) + b"xyz\0"
    assert iptc_from_resources(name + resources_from_iptc(IPTC)) == IPTC
    assert check_iptc(IPTC + b"\0\0\0") == IPTC


# --- by other tools -------------------------------------------------------------------------


def exiftool(path: Path) -> dict[str, Any]:
    command = shutil.which("exiftool")
    if command is None:
        pytest.skip("needs exiftool")
    answer = subprocess.run(
        [command, "-j", "-G1", "-a", "-n", "-validate", "-warning", "-All", str(path)],
        capture_output=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout)[0]
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_exiftool_finds_everything_in_place(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    encode_image(make_photo(), path, SaveOptions(description="imdn x4"))
    found = exiftool(path)
    assert found["IFD0:Make"] == "Maker"
    assert found["IFD0:ImageDescription"] == "Hügel"
    assert "(imdn x4)" in found["IFD0:Software"]
    assert found["ExifIFD:FNumber"] == 2.8
    assert found["GPS:GPSLatitude"] == pytest.approx(48 + 8 / 60)
    assert found["ExifIFD:ExifImageWidth"] == 36
    assert found["XMP-xmp:Rating"] == 4
    assert found["ICC_Profile:ProfileDescription"].startswith("Adobe RGB")
    assert not any(key.startswith("IFD1") for key in found)
    if suffix in (".jpg", ".png", ".tif"):
        assert found["IPTC:City"] == "Munich"
        assert found["IPTC:Keywords"] == "hill"
    encode_image(make_photo(), path, SaveOptions(metadata="no-place", overwrite=True))
    found = exiftool(path)
    assert not [key for key in found if "GPS" in key or "City" in key or "Country" in key]


def test_exiftool_has_nothing_to_complain_about_in_jpeg_and_png(tmp_path: Path) -> None:
    block = parse_exif(make_exif())
    del block.camera[MAKER_NOTE]  # ours is no real maker's
    block.gps |= {0: Tag(1, bytes((2, 3, 0, 0)))}
    for suffix in (".jpg", ".png", ".webp"):
        photo = make_photo(exif=block.to_bytes(), iptc=None)
        path = tmp_path / f"x{suffix}"
        encode_image(photo, path)
        warning = exiftool(path).get("ExifTool:Warning", "")
        assert "ormat" not in warning
        assert "rror" not in warning


def test_metadata_that_exiftool_wrote_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.jpg"
    Image.fromarray(make_samples(24, 36, 3)).save(path, quality=95)
    exiftool(path)
    subprocess.run(
        [
            *("exiftool", "-q", "-overwrite_original", "-Orientation#=8", "-XResolution=240"),
            *("-YResolution=240", "-GPSLatitude=48", "-GPSLatitudeRef=N", "-IPTC:City=Munich"),
            *("-XMP-dc:Subject=hill", "-InteropIndex=R98", str(path)),
        ],
        check=True,
    )
    picture = decode_image(path)
    assert (picture.width, picture.height) == (24, 36)
    assert picture.origin.iptc is not None
    assert b"Munich" in picture.origin.iptc
    assert b"hill" in (picture.origin.xmp or b"")
    exif = parse_exif(picture.origin.exif or b"")
    assert exif.interop[1].value == b"R98\0"
    encode_image(picture, tmp_path / "y.tif")
    found = exiftool(tmp_path / "y.tif")
    assert found["IFD0:XResolution"] == 240
    assert found["InteropIFD:InteropIndex"] == "R98"
    assert found["GPS:GPSLatitude"] == 48


def test_dpi_comes_from_exif_where_the_container_is_silent() -> None:
    stream = io.BytesIO()
    exif = Exif()
    exif.set_resolution((240, 240))
    Image.fromarray(make_samples(8, 8, 3)).save(stream, "WEBP", exif=exif.to_bytes())
    assert decode_bytes(stream.getvalue(), name="x").origin.dpi == (240, 240)
