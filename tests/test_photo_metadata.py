"""What a photograph's file says is still said, and that a machine coloured it."""

import contextlib
import io
import re
import struct
import zlib
from xml.etree import ElementTree

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from made_profiles import ADOBE, grey_profile, ink_profile
from PIL import ExifTags, Image, IptcImagePlugin, TiffImagePlugin
from warm_colorizer import colored

import colornet
from colornet.color import spaces
from colornet.data.sources import profiles
from colornet.inference.photos import photo, photo_metadata, photo_tags, photo_xmp

pillow_heif.register_heif_opener()

SENTENCE = f"Colours made by a machine: colornet {colornet.__version__}, model warm."
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
EVENT = "{http://ns.adobe.com/xap/1.0/sType/ResourceEvent#}"
SOURCE_TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
XMP = b"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6">
 <dc:rights><rdf:Alt><rdf:li xml:lang="x-default">M\xc3\xbcller</rdf:li></rdf:Alt>
 </dc:rights>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""
IPTC = b"\x1c\x02\x78\x00\x07Harvest" + b"\x1c\x02\x50\x00\x07Mueller"
RESOURCES = (
    b"8BIM\x04\x0a\x00\x00\x00\x00\x00\x01\x01\x00"  # Copyright flag.
    + b"8BIM\x04\x04\x00\x00"
    + struct.pack(">I", len(IPTC))
    + IPTC
    + bytes(len(IPTC) % 2)
    + b"8BIM\x04\x0c\x00\x00\x00\x00\x00\x04grey"  # A thumbnail.
)
PICTURE = (np.arange(64 * 80).reshape(64, 80) % 251).astype(np.uint8)
EXIF_ENDINGS = ["jpg", "png", "tif", "webp", "avif", "heic"]


def exif(orientation=1, endian="<"):
    made = Image.Exif()
    made.endian = endian
    made[ExifTags.Base.Make] = "Kodak"
    made[ExifTags.Base.Software] = "ScanGear 2.1"
    made[ExifTags.Base.Orientation] = orientation
    details = made.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.DateTimeOriginal] = "1932:07:01 12:00:00"
    details[ExifTags.Base.MakerNote] = b"their own \0\1\2 notes"
    details[ExifTags.Base.ColorSpace] = 65535
    details[ExifTags.Base.ExifImageWidth] = 80
    details[ExifTags.Base.ExifImageHeight] = 64
    made.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    made.get_ifd(ExifTags.IFD.GPSInfo)[2] = (48.0, 8.0, 30.5)
    return made.tobytes()


def segment(marker, content):
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def opened(path):
    image = Image.open(path)
    image.load()
    return image


@contextlib.contextmanager
def page_of(path):
    with tifffile.TiffFile(path) as file:
        yield file.pages[0]


def read_xmp(image):
    xmp = image.info.get("xmp") or image.info["XML:com.adobe.xmp"]
    xmp = xmp if isinstance(xmp, bytes) else xmp.encode()
    return ElementTree.fromstring(re.sub(rb"<\?xpacket.*?\?>", b"", xmp).strip(b"\0"))


def events(xmp):
    found = [e.get(f"{EVENT}parameters") for e in xmp.iter(f"{RDF}li")]
    return [words for words in found if words]


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


@pytest.mark.parametrize("ending", EXIF_ENDINGS)
def test_a_statement_is_made_where_nothing_was_said(ending, tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / f"in.{ending}")
    image = opened(colored(tmp_path, f"in.{ending}"))
    assert image.getexif()[ExifTags.Base.ImageHistory] == SENTENCE
    xmp = read_xmp(image)
    assert events(xmp) == [SENTENCE]
    made = [element.text.rsplit("/", 1)[1] for element in xmp.iter(SOURCE_TYPE)]
    assert made == ["compositeWithTrainedAlgorithmicMedia"]


def test_colouring_twice_says_it_once(tmp_path):
    Image.fromarray(PICTURE).save(tmp_path / "in.png")
    colored(tmp_path, "in.png", "1.png")
    image = opened(colored(tmp_path, "out-1.png"))
    assert image.getexif()[ExifTags.Base.ImageHistory] == SENTENCE
    assert events(read_xmp(image)) == [SENTENCE]
    image = opened(colored(tmp_path, "out-1.png", name="other"))
    assert events(read_xmp(image)) == [SENTENCE, SENTENCE.replace("warm", "other")]


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


@pytest.mark.parametrize("ending", ["jpg", "webp", "avif", "heic", "tif", "png"])
def test_xmp(ending, tmp_path):
    image, options = Image.fromarray(PICTURE), {"xmp": XMP}
    if ending == "tif":
        options = {"tiffinfo": {700: XMP}}
    if ending == "png":
        path = tmp_path / "in.png"
        image.save(path)
        data = path.read_bytes()
        text = b"iTXt" + b"XML:com.adobe.xmp\0\0\0\0\0" + XMP
        chunk = struct.pack(">I", len(text) - 4) + text
        chunk += struct.pack(">I", zlib.crc32(text))
        path.write_bytes(data[:33] + chunk + data[33:])
    else:
        image.save(tmp_path / f"in.{ending}", **options)
    xmp = read_xmp(opened(colored(tmp_path, f"in.{ending}")))
    assert "Müller" in "".join(xmp.itertext())
    (description,) = xmp.iter(f"{RDF}Description")
    # Pillow's HEIF reader takes it away, as it turns the picture itself.
    upright = None if ending == "heic" else "1"
    assert description.get("{http://ns.adobe.com/tiff/1.0/}Orientation") == upright
    assert events(xmp) == [SENTENCE]


def test_xmp_that_says_another_source_is_quoted_and_damaged_xmp_is_left():
    scan = "http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm"
    first = photo_xmp.marked(XMP, "p", "s").replace(
        b"http://cv.iptc.org/newscodes/digitalsourcetype/"
        b"compositeWithTrainedAlgorithmicMedia",
        scan.encode(),
    )
    second = photo_xmp.marked(first, "p", "again").decode()
    assert scan in second and "compositeWithTrained" in second
    for damaged in (b"<x", b"\xff\xfe<", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        assert photo_xmp.marked(damaged, "p", "s") == damaged


def test_a_jpeg_s_iptc_comments_and_long_xmp(tmp_path):
    more = b"http://ns.adobe.com/xmp/extension/\0" + b"A" * 32 + bytes(8) + b"<more/>"
    extra = segment(0xED, b"Photoshop 3.0\0" + RESOURCES) + segment(0xE1, more)
    extra += segment(0xFE, b"by hand") + segment(0xFE, b"and again")
    path = tmp_path / "in.jpg"
    Image.fromarray(PICTURE).save(path, extra=extra, dpi=(600, 300), xmp=XMP)
    image = opened(colored(tmp_path, "in.jpg"))
    assert image.info["dpi"] == (600, 300)
    fields = IptcImagePlugin.getiptcinfo(image)
    assert fields[(2, 120)] == b"Harvest" and fields[(2, 80)] == b"Mueller"
    assert set(image.info["photoshop"]) == {0x0404, 0x040A}, "the thumbnail goes"
    parts = [content for name, content in image.applist if name == "COM"]
    assert parts == [b"by hand", b"and again"]
    assert ("APP1", more) in image.applist

    with page_of(colored(tmp_path, "in.jpg", "o.tif")) as page:
        tags = page.tags
        assert tags[33723].value == IPTC and tags[282].value == (6000000, 10000)
        assert tags[270].value == "by hand\nand again"
    image = opened(colored(tmp_path, "in.jpg", "o.png"))
    assert image.text["Comment"] in ("by hand", "and again")
    assert photo.read_photo(tmp_path / "out-o.png").metadata.iptc == IPTC
    data = colored(tmp_path, "in.jpg", "o.jp2").read_bytes()
    assert IPTC in data and b"M\xc3\xbcller" in data
    found = photo.read_photo(tmp_path / "out-o.jp2").metadata
    assert found.iptc == IPTC and found.dpi == pytest.approx((600, 300), rel=1e-3)


def test_a_png_s_text_and_what_stands_behind_the_pixels(tmp_path):
    def chunk(kind, content):
        body = kind + content
        return (
            struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))
        )

    for depth in (PICTURE, PICTURE.astype(np.uint16) * 257):
        data = imagecodecs.png_encode(depth)
        front = chunk(b"pHYs", struct.pack(">IIB", 11811, 23622, 1))
        front += chunk(b"tEXt", b"Author\0M\xfcller")
        front += chunk(b"zTXt", b"Title\0\0" + zlib.compress(b"Harvest"))
        behind = chunk(b"iTXt", "Place\0\0\0\0\0Köln".encode())
        (tmp_path / "in.png").write_bytes(
            data[:33] + front + data[33:-12] + behind + data[-12:]
        )
        image = opened(colored(tmp_path, "in.png"))
        assert image.text["Author"] == "Müller" and image.text["Title"] == "Harvest"
        assert image.text["Place"] == "Köln"
        assert image.info["dpi"] == pytest.approx((300, 600), abs=0.01)
        image = opened(colored(tmp_path, "in.png", "o.jpg"))
        said = [content.decode() for name, content in image.applist if name == "COM"]
        assert said == ["Author: Müller", "Title: Harvest", "Place: Köln"]


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


@pytest.mark.parametrize("ending", ["jpg", "png", "tif", "webp", "avif", "heic", "jp2"])
def test_an_rgb_profile_stays_and_the_colours_fit_it(ending, tmp_path):
    rgb = np.dstack([PICTURE] * 3)
    source = "in.png"
    Image.fromarray(rgb).save(tmp_path / source, icc_profile=ADOBE)
    target = colored(tmp_path, source, f"o.{ending}")
    back = photo.read_photo(target)
    assert back.profile == ADOBE and back.converted
    before = photo.read_photo(tmp_path / source)
    tolerance = 3000 if ending in ("jpg", "webp", "avif", "heic") else 700
    assert np.abs(back.grey.astype(int) - before.grey).mean() < tolerance / 4
    # The same picture without a profile, of the same light, has the same colours.
    Image.fromarray((before.grey >> 8).astype(np.uint8)).save(tmp_path / "plain.png")
    plain = photo.read_photo(colored(tmp_path, "plain.png"))
    assert np.abs(plain.sample.astype(int) - back.sample).mean() < 6


@pytest.mark.parametrize("words", [PICTURE, PICTURE.astype(np.uint16) * 257])
def test_a_grey_profile_is_applied_and_becomes_srgb(words, tmp_path):
    tifffile.imwrite(tmp_path / "in.tif", words, iccprofile=grey_profile(1.0))
    found = photo.read_photo(tmp_path / "in.tif")
    y = PICTURE / 255
    curve = 1.055 * np.maximum(y, 0.0031308) ** (1 / 2.4) - 0.055
    expected = 65535 * np.where(y <= 0.0031308, 12.92 * y, curve)
    np.testing.assert_allclose(found.grey, expected, atol=40)
    with page_of(colored(tmp_path, "in.tif")) as page:
        assert page.iccprofile == profiles.srgb()


def test_bits_of_adobe_s_resources_are_taken_apart_and_joined():
    iptc, rest = photo_metadata.split_resources(RESOURCES)
    assert iptc == IPTC and rest == RESOURCES[:14]
    known = photo_metadata.Metadata(iptc=iptc, resources=rest)
    again = photo_metadata.split_resources(photo_metadata.joined_resources(known))
    assert again == (iptc, rest)
    for cut in range(len(RESOURCES)):
        photo_metadata.split_resources(RESOURCES[:cut])


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


@pytest.mark.parametrize("name", ["inks.jpg", "inks.tif", "deep.tif"])
def test_cmyk_is_read_by_its_profile_and_becomes_srgb(name, tmp_path):
    inks = np.zeros((16, 64, 4), np.uint8)
    inks[..., 3] = np.linspace(0, 255, 64)
    icc, path = ink_profile(), tmp_path / name
    if name == "deep.tif":
        deep = inks.astype(np.uint16) * 257
        tifffile.imwrite(path, deep, photometric="separated", iccprofile=icc)
    else:
        Image.fromarray(inks, "CMYK").save(path, icc_profile=icc)
    found = photo.read_photo(path)
    lightness = np.asarray(spaces.grey_to_lightness(found.grey / 65535))
    np.testing.assert_allclose(lightness, 100 - inks[..., 3] / 2.55, atol=1)
    back = photo.read_photo(colored(tmp_path, name))
    assert back.profile == profiles.srgb() and not back.converted
    assert np.abs(back.grey.astype(float) - found.grey).mean() < 400
