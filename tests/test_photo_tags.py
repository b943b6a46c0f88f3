"""Tags of EXIF and TIFF are kept as they were, but for what is new."""

import io
import struct

import numpy as np
import pytest
import tifffile
from made_metadata import EXIF_ENDINGS, IPTC, PICTURE, SENTENCE, exif, opened, page_of
from PIL import ExifTags, Image, IptcImagePlugin, TiffImagePlugin
from warm_colorizer import colored

import colornet
from colornet.inference.photos import photo_tags


@pytest.mark.parametrize("source", EXIF_ENDINGS)
@pytest.mark.parametrize("target", EXIF_ENDINGS)
def test_exif_in_every_pair_of_formats(source, target, tmp_path):
    endian = "<" if EXIF_ENDINGS.index(source) % 2 else ">"
    Image.fromarray(PICTURE).save(tmp_path / f"in.{source}", exif=exif(1, endian))
    kept = opened(colored(tmp_path, f"in.{source}", f"o.{target}")).getexif()
    assert kept[ExifTags.Base.Make] == "Kodak"
    software = f"ScanGear 2.1; colornet {colornet.__version__}"
    assert kept[ExifTags.Base.Software] == software
    assert kept[ExifTags.Base.ImageHistory] == SENTENCE
    details = kept.get_ifd(ExifTags.IFD.Exif)
    assert details[ExifTags.Base.DateTimeOriginal] == "1932:07:01 12:00:00"
    assert details[ExifTags.Base.MakerNote] == b"their own \0\1\2 notes"
    assert details[ExifTags.Base.ColorSpace] == 1, "the pixels are sRGB now"
    assert kept.get_ifd(ExifTags.IFD.GPSInfo)[2] == (48.0, 8.0, 30.5)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", EXIF_ENDINGS)
def test_orientation_is_applied_once_and_reset(ending, orientation, tmp_path):
    path = tmp_path / f"in.{ending}"
    corner = np.zeros((64, 80), np.uint8)
    corner[:16, :32] = 255
    Image.fromarray(corner).save(path, exif=exif(orientation), quality=95)
    image = opened(colored(tmp_path, path.name))
    turned = orientation >= 5
    assert image.size == ((64, 80) if turned else (80, 64))
    details = image.getexif().get_ifd(ExifTags.IFD.Exif)
    if ending not in ("avif", "heic"):  # Whose writers tell it to their own boxes.
        assert image.getexif()[ExifTags.Base.Orientation] == 1
        assert details[ExifTags.Base.ExifImageWidth] == image.width
    assert image.getexif().get(ExifTags.Base.Orientation, 1) == 1
    light = np.asarray(image.convert("L"))
    # EXIF 2.32, 4.6.4 A: where the stored row 0 and column 0 are seen.
    right, low = orientation in (2, 3, 6, 7), orientation in (3, 4, 7, 8)
    place = (-8 if low else 8, -8 if right else 8)
    assert light[place] > 200 and (light > 128).sum() == pytest.approx(512, abs=60)


def test_thumbnails_are_dropped_and_other_things_stay_in_place(tmp_path):
    block = bytearray(exif()[6:])
    small = io.BytesIO()
    Image.fromarray(PICTURE[:16, :16]).save(small, "JPEG")
    first = struct.unpack("<I", block[4:8])[0]
    count = struct.unpack("<H", block[first : first + 2])[0]
    link = first + 2 + 12 * count
    block[link : link + 4] = struct.pack("<I", len(block))
    start = len(block) + 2 + 24 + 4
    directory = struct.pack("<HHHIIHHII", 2, 513, 4, 1, start, 514, 4, 1, 0) + bytes(4)
    directory = directory[:22] + struct.pack("<I", small.tell()) + bytes(4)
    block += directory + small.getvalue()
    source = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(source, exif=b"Exif\0\0" + bytes(block))
    assert ExifTags.Base.JpegIFOffset in opened(source).getexif().get_ifd(
        ExifTags.IFD.IFD1
    )
    image = opened(colored(tmp_path, "in.jpg"))
    assert not image.getexif().get_ifd(ExifTags.IFD.IFD1)
    assert small.getvalue()[20:] not in image.info["exif"]
    note = b"their own"
    assert image.info["exif"].index(note) == block.index(note) + 6


@pytest.mark.parametrize(
    "damage",
    [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"no", b"II*\0\x08\0\0\0\xff\xff"],
)
def test_damaged_exif_is_no_reason_to_refuse(damage, tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "in.png", exif=damage or None)
    image = opened(colored(tmp_path, "in.png"))
    assert image.getexif()[ExifTags.Base.ImageHistory] == SENTENCE


SCANNER = {
    269: "Box 7",
    270: "Harvest",
    271: "Epson",
    272: "Perfection V850",
    285: "Sheet 1",
    306: "2001:02:03 04:05:06",
    315: "A. Müller",
    316: "archive-pc",
    33432: "CC0",
    42016: "0123456789abcdef",
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tags_that_a_scanner_writes(order, big, tmp_path):
    extra = [(number, 2, 0, words.encode()) for number, words in SCANNER.items()]
    extra += [(297, 3, 2, (1, 4)), (50001, 1, 7, b"private")]
    extra += [(50002, 12, 3, (0.1, -2.0, 3e30)), (33723, 7, len(IPTC), IPTC)]
    tifffile.imwrite(
        *(tmp_path / "in.tif", PICTURE),
        byteorder=order,
        bigtiff=big,
        metadata=None,
        software="SilverFast",
        resolution=(1200.5, 600),
        resolutionunit="centimeter",
        extratags=extra,
    )
    target = colored(tmp_path, "in.tif")
    with page_of(target) as page:
        tags = page.tags
        for number, words in SCANNER.items():
            value = tags[number].value
            value = value if isinstance(value, str) else value.decode()
            assert value == words, number
        assert tags[297].value == (1, 4) and tags[50001].value == b"private"
        assert tags[50002].value == (0.1, -2.0, 3e30)
        assert tags[33723].value == IPTC
        top, below = tags[282].value
        assert top / below == 1200.5 and tags[296].value == 3
        assert tags[305].value == f"SilverFast; colornet {colornet.__version__}"
    image = opened(colored(tmp_path, "in.tif", "o.jpg"))
    assert image.getexif()[272] == "Perfection V850"
    assert image.info["dpi"] == pytest.approx((1200.5 * 2.54, 600 * 2.54), abs=0.6)
    assert IptcImagePlugin.getiptcinfo(image)[(2, 120)] == b"Harvest"


def test_resolutions_swap_when_a_picture_is_turned(tmp_path):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[274], tags[282], tags[283], tags[296] = 6, 300, 600, 2
    Image.fromarray(PICTURE).save(tmp_path / "in.tif", tiffinfo=tags)
    with page_of(colored(tmp_path, "in.tif")) as page:
        assert page.tags[282].value == (600, 1) and page.tags[283].value == (300, 1)
        assert page.tags[274].value == 1 and page.shape == (80, 64, 3)


def test_tags_too_long_for_a_jpeg_go_longest_first(tmp_path):
    extra = [(50001, 1, 70_000, bytes(70_000)), (271, 2, 0, b"Epson")]
    tifffile.imwrite(tmp_path / "in.tif", PICTURE, metadata=None, extratags=extra)
    kept = opened(colored(tmp_path, "in.tif", "o.jpg")).getexif()
    assert kept[271] == "Epson" and 50001 not in kept


@pytest.mark.parametrize("endian", ["<", ">"])
def test_blocks_of_tags_there_and_back(endian):
    file = photo_tags.TagFile(io.BytesIO(exif(6, endian)[6:]))
    tags = file.tags()
    assert file.order == endian
    made = photo_tags.TagFile(io.BytesIO(photo_tags.block(tags, endian)))
    assert made.tags() == tags


def test_cut_blocks_of_tags_raise_what_is_expected():
    block = exif()[6:]
    for cut in range(len(block)):
        try:
            photo_tags.TagFile(io.BytesIO(block[:cut])).tags()
        except (ValueError, struct.error):
            pass
