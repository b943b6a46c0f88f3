"""Metadata to put into photographs, and other readers of it, to write tests with."""

import contextlib
import re
import struct
from xml.etree import ElementTree

import numpy as np
import pillow_heif
import tifffile
from PIL import ExifTags, Image

import colornet

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
