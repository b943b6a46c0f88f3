"""PNG files as chunks: what one says beside its pixels, and how it is said again.

PNG specification, third edition, section 11.3; ImageMagick's "raw profiles", which
stand in text, as its coders/png.c has them.
"""

import binascii
import pathlib
import re
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import imagecodecs
from PIL import Image

from colornet.errors import InputError
from colornet.inference.photos import photo_metadata, photo_page, photo_pillow

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_XMP = b"XML:com.adobe.xmp"
_RAW = re.compile(rb"Raw profile type (\w+)")
_INCHES = 0.0254  # Metres in one.
_LEVEL = 3  # Twice as fast as 6; at most 4 % larger.
_MOST_BYTES = 1 << 26  # Of one chunk of text, unpacked: beyond it is a bomb.


def read(path: pathlib.Path) -> photo_page.Page:
    """The picture.

    Raises:
      InputError: it is animated.
      OSError, SyntaxError, ValueError: it is damaged.
    """
    with path.open("rb") as file:
        known, profile, header = _read_chunks(file)
    width, height, bits = struct.unpack(">IIB", header[:9])
    photo_page.check_size(width, height)
    if bits < 16:
        with Image.open(path) as image:
            image.load()
            return photo_pillow.of_image(image, metadata=known, profile=profile)
    # Pillow would open all but grey as 8 bits, without a word.
    pixels = imagecodecs.png_decode(path.read_bytes())
    return photo_page.of_channels(pixels, bits, metadata=known, profile=profile)


def _read_chunks(file):
    """The metadata, the ICC profile, and the header's 13 bytes."""
    header = profile = exif = xmp = iptc = resources = b""
    dpi, chunks = None, []
    for kind, content in _chunks(file):
        if kind == b"IHDR":
            header = content
        elif kind == b"acTL" and int.from_bytes(content[:4], "big") > 1:
            raise InputError(
                "an animation where one picture was expected; "
                "save each of its frames as a file of its own"
            )
        elif kind == b"iCCP":
            profile = _unpacked(content.partition(b"\0")[2][1:])
        elif kind == b"eXIf":
            exif = content
        elif kind == b"pHYs" and len(content) == 9:
            x, y, is_metre = struct.unpack(">IIB", content)
            if is_metre and x and y:
                dpi = (x * _INCHES, y * _INCHES)
        elif kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, words = _text(kind, content)
            raw = _RAW.fullmatch(keyword)
            if keyword == _XMP:
                xmp = words.encode()
            elif raw:
                name, data = raw[1], _raw_profile(words)
                if name in (b"exif", b"APP1") and data.startswith(b"Exif\0\0"):
                    exif = exif or data[6:]
                elif name == b"xmp":
                    xmp = xmp or data
                elif name in (b"iptc", b"8bim"):
                    iptc, resources = photo_metadata.split_resources(data)
                    iptc = iptc or data
                elif name in (b"icc", b"icm"):
                    profile = profile or data
            else:
                name = keyword.decode("latin-1")
                said = words if name == "Comment" else f"{name}: {words}"
                chunks.append((kind, content, said))
    if len(header) != 13:
        raise ValueError("no header")
    known = photo_metadata.Metadata(
        *(exif, xmp, (), iptc, resources, dpi), chunks=tuple(chunks)
    )
    return known, profile, header


def write(file: BinaryIO, page: photo_page.Colored) -> None:
    """Writes a picture of 8 or 16 bits."""
    encoded = memoryview(imagecodecs.png_encode(page.rgb, level=_LEVEL))
    known, after_header = page.metadata, len(SIGNATURE) + 25
    file.write(encoded[:after_header])
    if page.profile:
        _write(file, b"iCCP", b"ICC\0\0" + zlib.compress(page.profile))
    if known.dpi:
        metres = (round(value / _INCHES) for value in known.dpi)
        _write(file, b"pHYs", struct.pack(">IIB", *metres, 1))
    if known.exif:
        _write(file, b"eXIf", known.exif)
    if known.xmp:
        _write(file, b"iTXt", _XMP + bytes(5) + known.xmp)
    if known.iptc or known.resources:
        data = photo_metadata.joined_resources(known)
        words = f"\n8bim\n{len(data):8}\n{data.hex()}\n".encode()
        keyword = b"Raw profile type 8bim\0\0"
        _write(file, b"zTXt", keyword + zlib.compress(words))
    for comment in known.comments:
        _write(file, *_comment(comment))
    for kind, content, _ in known.chunks:
        _write(file, kind, content)
    file.write(encoded[after_header:])


def _comment(comment):
    try:
        comment.decode("ascii")
        return b"tEXt", b"Comment\0" + comment.replace(b"\0", b"")
    except UnicodeDecodeError:
        words = comment.decode("utf-8", "replace").replace("\0", "")
        return b"iTXt", b"Comment" + bytes(5) + words.encode()


def _chunks(file) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each chunk; pixels are passed over."""
    file.seek(len(SIGNATURE))
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if kind == b"IEND":
            return
        if kind == b"IDAT" or length > _MOST_BYTES:
            file.seek(length + 4, 1)
            continue
        content = file.read(length)
        file.read(4)
        yield kind, content


def _text(kind, content):
    """Keyword and words."""
    keyword, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return keyword, rest.decode("latin-1")
    if kind == b"zTXt":
        return keyword, _unpacked(rest[1:]).decode("latin-1")
    packed, rest = rest[:1] == b"\1", rest[2:]
    words = rest.split(b"\0", 2)[-1]
    return keyword, (_unpacked(words) if packed else words).decode("utf-8", "replace")


def _unpacked(data):
    try:
        return zlib.decompressobj().decompress(data, _MOST_BYTES)
    except zlib.error:
        return b""


def _raw_profile(words):
    """The bytes of name, length and hexadecimal digits, a line each and more."""
    try:
        return binascii.unhexlify("".join(words.split()[2:]))
    except ValueError:
        return b""


def _write(file, kind, content):
    file.write(struct.pack(">I", len(content)) + kind + content)
    file.write(struct.pack(">I", zlib.crc32(kind + content)))
