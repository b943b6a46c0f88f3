"""What a photograph's file says is still said, and that a machine coloured it."""

import struct
import zlib

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from made_metadata import (
    EXIF_ENDINGS,
    IPTC,
    PICTURE,
    RDF,
    RESOURCES,
    SENTENCE,
    SOURCE_TYPE,
    XMP,
    events,
    opened,
    page_of,
    read_xmp,
    segment,
)
from made_profiles import ADOBE
from PIL import ExifTags, Image, IptcImagePlugin
from warm_colorizer import colored

from colornet.inference.photos import (
    photo,
    photo_avif,
    photo_metadata,
    photo_xmp,
)


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


@pytest.mark.parametrize("largest", [2048, 64])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_an_avif_of_any_depth_says_all_of_it(depth, largest, tmp_path, monkeypatch):
    monkeypatch.setattr(photo_avif, "_LARGEST", largest)
    tifffile.imwrite(
        *(tmp_path / "in.tif", np.dstack([PICTURE.astype(depth)] * 3)),
        photometric="rgb",
        iccprofile=ADOBE,
        extratags=[(700, 1, len(XMP), XMP), (315, 2, 0, "Atget")],
    )
    target = colored(tmp_path, "in.tif", "o.avif")
    for image in (opened(target), pillow_heif.open_heif(target)):
        assert image.info["icc_profile"] == ADOBE
        assert "Müller" in "".join(read_xmp(image).itertext())
        assert events(read_xmp(image)) == [SENTENCE]
        exif = Image.Exif()
        exif.load(image.info["exif"])
        assert exif[ExifTags.Base.ImageHistory] == SENTENCE
        assert exif[ExifTags.Base.Artist] == "Atget"
    found = photo.read_photo(target)
    assert found.profile == ADOBE and b"Atget" in found.metadata.exif


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


def test_bits_of_adobe_s_resources_are_taken_apart_and_joined():
    iptc, rest = photo_metadata.split_resources(RESOURCES)
    assert iptc == IPTC and rest == RESOURCES[:14]
    known = photo_metadata.Metadata(iptc=iptc, resources=rest)
    again = photo_metadata.split_resources(photo_metadata.joined_resources(known))
    assert again == (iptc, rest)
    for cut in range(len(RESOURCES)):
        photo_metadata.split_resources(RESOURCES[:cut])
