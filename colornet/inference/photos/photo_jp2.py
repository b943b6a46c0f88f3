"""JPEG 2000 files as boxes: what one says beside its pixels, and how it is said again.

ISO/IEC 15444-1, annex I; XMP specification, part 3, 2020, 1.1.3.
"""

import pathlib
import struct
from collections.abc import Iterator
from typing import BinaryIO

import imagecodecs

from colornet.errors import InputError
from colornet.inference.photos import photo_metadata, photo_page

SIGNATURES = (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")  # Boxed, and the bare stream.
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_EXIF = b"JpgTiffExif->JP2"
_IPTC = bytes.fromhex("33c7a4d2b81d4723a0baf1a3e097ad38")
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
    data = path.read_bytes()
    stream = data.index(SIGNATURES[1])
    width, height, bits = _size(data, stream)
    photo_page.check_size(width, height)
    # Of the whole file the decoder would apply the profile itself, and clip.
    pixels = imagecodecs.jpeg2k_decode(memoryview(data)[stream if profile else 0 :])
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
    words, known = page.rgb, photo_metadata.described(page.metadata)
    if 8 < page.bits < 16:
        words = photo_page.of_bits(words, page.bits)
    encoded = imagecodecs.jpeg2k_encode(
        *(words, 0),
        codecformat="jp2",
        reversible=True,
        bitspersample=page.bits,
    )
    place, view = 0, memoryview(encoded)
    while place < len(encoded):
        length, kind = struct.unpack_from(">I4s", encoded, place)
        box = view[place : place + length] if length else view[place:]
        if kind == b"jp2h":
            _write(file, kind, _header(bytes(box[8:]), known, page.profile))
        elif length == 0:  # "To the end of the file", where more is to come.
            _write(file, kind, box[8:])
        else:
            file.write(box)
        place += len(box)
    for name, content in ((_EXIF, known.exif), (_XMP, known.xmp)):
        if content:
            _write(file, b"uuid", name + content)
    if known.iptc:
        _write(file, b"uuid", _IPTC + known.iptc)


def _header(boxes, metadata, profile):
    """The boxes within "jp2h", with colours and resolution as they are."""
    made, place = b"", 0
    while place < len(boxes):
        length, kind = struct.unpack_from(">I4s", boxes, place)
        if kind == b"colr" and profile:
            made += _box(b"colr", b"\2\0\0" + profile)
        else:
            made += boxes[place : place + length]
        place += length
    if metadata.dpi:
        x, y = (_fraction(value / _INCHES) for value in metadata.dpi)
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


def _write(file, kind, content):
    """A box whose length may need the long form."""
    if len(content) + 8 < 1 << 32:
        file.write(struct.pack(">I4s", 8 + len(content), kind))
    else:
        file.write(struct.pack(">I4sQ", 1, kind, 16 + len(content)))
    file.write(content)
