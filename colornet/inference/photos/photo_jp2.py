"""JPEG 2000 files as boxes: what one says beside its pixels, and how it is said again.

ISO/IEC 15444-1, annex I; XMP specification, part 3, 2020, 1.1.3.
"""

import importlib.util
import logging
import pathlib
import struct
from collections.abc import Iterator
from typing import BinaryIO

from colornet.errors import InputError
from colornet.inference.photos import photo_j2k, photo_metadata, photo_page

_log = logging.getLogger(__name__)

SIGNATURES = (b"\0\0\0\x0cjP  ", photo_j2k.START)  # Boxed, and the bare stream.
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
_COLORS_AND_ALPHA = (0, 0, 1, 1, 0, 2, 2, 0, 3, 3, 1, 0)  # Number, kind, of which.
_INCHES = 0.0254  # Metres in one.
_MOST_BYTES = 1 << 26


def read(path: pathlib.Path) -> photo_page.Page:
    """The picture.

    Raises:
      InputError: its channels are of several sizes or depths.
      ValueError and others: it is damaged.
    """
    with path.open("rb") as file:
        known, profile = _read_boxes(file)
    data = memoryview(path.read_bytes())
    stream = data.obj.index(photo_j2k.START)
    width, height, bits = _size(data, stream)
    photo_page.check_size(width, height)
    # Of the whole file the decoder would apply the profile itself, and clip.
    bare = bool(profile)
    is_plain = bare or _is_plain(bytes(data[:stream]))
    if is_plain and photo_j2k.is_large_tile(data, stream) and _has_gdal(path):
        del data
        pixels = photo_j2k.read_strips(path, stream)
    else:
        pixels = photo_j2k.read(data, stream, bare)
    pixels = photo_page.full_range(pixels, (1 << bits) - 1)
    bits = max(bits, 8)
    return photo_page.of_channels(pixels, bits, metadata=known, profile=profile)


def _size(data, stream):
    """Width, height and bits of a channel, as the stream says: A.5.1."""
    right, low, left, top = struct.unpack_from(">4I", data, stream + 8)
    depth = data[stream + 42]
    if depth & 0x80 or not depth < 16:
        raise InputError("JPEG 2000 of 1 to 16 bits without sign is read")
    return right - left, low - top, depth + 1


def _has_gdal(path):
    """Whether GDAL is there to read strips of a large picture; how to get it if not."""
    if importlib.util.find_spec("rasterio"):
        return True
    _log.info(
        '%s: is one large tile, read whole; pip install "colornet[jpeg2000]" to have '
        "it read with half the memory.",
        path,
    )
    return False


def _is_plain(boxes):
    """Whether the words of the stream are the colours: sRGB, by none of a palette."""
    _, is_told, color = boxes.partition(b"colr")
    is_srgb = not is_told or color.startswith(b"\1\0\0\0\0\0\x10")
    return is_srgb and b"pclr" not in boxes


def _read_boxes(file):
    """The metadata, and the ICC profile."""
    found, profile, dpi = {}, b"", None
    for kind, content in _boxes(file):
        if kind == b"uuid":
            found[content[:16]] = content[16:]
        elif kind == b"colr" and content[:1] in (b"\2", b"\3"):
            profile = content[3:]
        elif kind in (b"resc", b"resd") and len(content) == 10:
            y, y_of, x, x_of, y_power, x_power = struct.unpack(">4H2b", content)
            if x * x_of * y * y_of:
                dpi = (
                    x / x_of * 10.0**x_power * _INCHES,
                    y / y_of * 10.0**y_power * _INCHES,
                )
    exif = found.get(_EXIF, b"").removeprefix(b"Exif\0\0")
    iptc, xmp = found.get(_IPTC, b""), found.get(_XMP, b"")
    return photo_metadata.Metadata(exif, xmp, iptc=iptc, dpi=dpi), profile


def write(file: BinaryIO, page: photo_page.Colored) -> None:
    """Writes a picture of 8 to 16 bits, without loss."""
    known = photo_metadata.described(page.metadata)
    file.write(SIGNATURES[0] + b"\r\n\x87\n")
    file.write(_box(b"ftyp", b"jp2 \0\0\0\0jp2 "))
    file.write(_box(b"jp2h", _header(page, known.dpi)))
    for name, content in ((_EXIF, known.exif), (_XMP, known.xmp), (_IPTC, known.iptc)):
        if content:
            file.write(_box(b"uuid", name + content))
    file.write(b"\0\0\0\0jp2c")  # Of no stated length: to the end of the file.
    photo_j2k.write(file, page.rgb, page.bits)


def _header(page, dpi):
    """Boxes that say sizes, colours, alpha and resolution."""
    height, width, channels = page.rgb.shape
    sizes = struct.pack(">2IH4B", height, width, channels, page.bits - 1, 7, 0, 0)
    colors = b"\2\0\0" + page.profile if page.profile else b"\1\0\0\0\0\0\x10"
    made = _box(b"ihdr", sizes) + _box(b"colr", colors)
    if channels == 4:  # Three colours, and the fourth is the opacity of all.
        made += _box(b"cdef", struct.pack(">13H", 4, *_COLORS_AND_ALPHA))
    if dpi:
        x, y = (_fraction(value / _INCHES) for value in dpi)
        resolution = struct.pack(">4H2b", y[0], y[1], x[0], x[1], y[2], x[2])
        made += _box(b"res ", _box(b"resc", resolution))
    return made


def _fraction(value):
    """Numerator, denominator and power of ten, to four digits at the least."""
    power = 0
    while value >= 65535:
        value, power = value / 10, power + 1
    scale = 1
    while value * scale * 10 < 65535 and scale < 10_000:
        scale *= 10
    return round(value * scale), scale, power


def _boxes(file, end=None) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box up to `end`; pixels are passed over."""
    if end is None:
        end = file.seek(0, 2)
        file.seek(0)
    while (place := file.tell()) + 8 <= end:
        length, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if length == 1 and place + 16 <= end:
            length, head = int.from_bytes(file.read(8), "big"), 16
        length = min(length or end - place, end - place)
        if length < head:
            return
        if kind in (b"jp2h", b"res "):
            yield from _boxes(file, place + length)
        elif kind in (b"uuid", b"colr", b"resc", b"resd"):
            yield kind, file.read(min(length - head, _MOST_BYTES))
        file.seek(place + length)


def _box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content
