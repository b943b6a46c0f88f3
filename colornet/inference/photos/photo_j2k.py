"""Streams of JPEG 2000, coded and decoded tile by tile.

Of a whole picture the codec holds 32 bits for each word, which is 12 bytes a pixel and
more. What is one single tile can be decoded in strips by GDAL alone, where it is
installed. ISO/IEC 15444-1, annex A.
"""

import pathlib
import struct
import warnings
from collections.abc import Iterator
from typing import BinaryIO

import imagecodecs
import numpy as np

from colornet.inference.photos import photo_page

START = b"\xff\x4f\xff\x51"
_PART, _END = b"\xff\x90\0\x0a", b"\xff\xd9"
# What six resolutions, each of half the size, cut into the same blocks of 64 as without
# tiles: so a tile is coded as a picture of its own would be.
_TILE = 2048
_CACHE = 1 << 26  # Bytes that GDAL keeps.
_STRIP = 1024  # Rows, as GDAL decodes squares of that size.
_LEAST_STRIPS_PIXELS = (
    1 << 24
)  # In one tile that is decoded in strips: it takes longer.
_LEAST_PIXELS = 1 << 16  # Of tiles that are decoded alone: smaller ones are too many.
# Markers of the header: where tiles are, their lengths, and what was taken from them.
_PLACES, _LENGTHS, _TAKEN = 0xFF55, 0xFF57, 0xFF60


def write(file: BinaryIO, words: np.ndarray, bits: int) -> None:
    """Writes words [H, W, channels], of their whole range, with `bits` each."""
    height, width = words.shape[:2]
    tops, lefts = range(0, height, _TILE), range(0, width, _TILE)
    common = None
    for number, (top, left) in enumerate((y, x) for y in tops for x in lefts):
        tile = words[top : top + _TILE, left : left + _TILE]
        tile = photo_page.of_bits(tile, bits) if 8 < bits < 16 else tile
        stream = imagecodecs.jpeg2k_encode(
            *(np.ascontiguousarray(tile), 0),
            codecformat="j2k",
            reversible=True,
            bitspersample=bits,
        )
        # How it is coded stands between the sizes and the tile.
        place, sizes_end = stream.index(_PART), 4 + int.from_bytes(stream[4:6], "big")
        coding, content = stream[sizes_end:place], stream[place + 12 : -len(_END)]
        if common is None:
            common, sizes = coding, bytearray(stream[:sizes_end])
            tile_sizes = (min(width, _TILE), min(height, _TILE))
            struct.pack_into(">6I", sizes, 8, width, height, 0, 0, *tile_sizes)
            file.write(sizes + coding)
        own = coding if coding != common else b""
        length = 12 + len(own) + len(content)
        file.write(_PART + struct.pack(">HIBB", number, length, 0, 1) + own)
        file.write(content)
    file.write(_END)


def read(data: memoryview, start: int, bare: bool) -> np.ndarray:
    """The words, [H, W] or [H, W, channels], of a file.

    Args:
      data: the file.
      start: where its stream begins.
      bare: whether the boxes before it are passed over.

    Raises:
      ValueError and others: it is damaged.
    """
    boxes = b"" if bare or not start else bytes(data[: start - 8]) + b"\0\0\0\0jp2c"
    pixels = None
    if not boxes or data[start - 4 : start] == b"jp2c":
        for (height, width), (top, left), stream in _tiles(data[start:]):
            words = imagecodecs.jpeg2k_decode(_of_size(boxes, stream) + stream)
            if pixels is None:
                pixels = np.empty((height, width, *words.shape[2:]), words.dtype)
            pixels[top : top + words.shape[0], left : left + words.shape[1]] = words
    if pixels is None:
        return imagecodecs.jpeg2k_decode(data[start if bare else 0 :])
    return pixels


def is_large_tile(data: memoryview, start: int) -> bool:
    """Whether a stream is one single tile, of more words than should be read whole."""
    right, low, left, top, wide, tall = struct.unpack_from(">6I", data, start + 8)
    is_one = wide >= right - left and tall >= low - top
    bits, channels = data[start + 42] + 1, data[start + 41]
    is_large = (right - left) * (low - top) >= _LEAST_STRIPS_PIXELS
    return is_one and is_large and bits > 8 and channels > 2


def read_strips(path: pathlib.Path, start: int) -> np.ndarray:
    """The words [H, W, channels] of a file's stream, as they stand in it.

    Args:
      path: the file.
      start: where its stream begins.

    Raises:
      rasterio.errors.RasterioError: it is damaged.
    """
    import rasterio
    from rasterio.errors import NotGeoreferencedWarning
    from rasterio.windows import Window

    with warnings.catch_warnings(), rasterio.Env(GDAL_CACHEMAX=_CACHE):
        warnings.simplefilter("ignore", NotGeoreferencedWarning)  # It is no map.
        with rasterio.open(f"/vsisubfile/{start},{path}") as source:
            words = np.empty((source.height, source.width, source.count), np.uint16)
            for row in range(0, source.height, _STRIP):
                strip = words[row : row + _STRIP]
                place = Window(0, row, source.width, len(strip))
                strip[:] = np.moveaxis(source.read(window=place), 0, -1)
    return words


def _of_size(boxes, stream):
    """Boxes that say the size of the `stream` to come, as the decoder wants it."""
    right, low, left, top = struct.unpack_from(">4I", stream, 8)
    size = struct.pack(">4s2I", b"ihdr", low - top, right - left)
    place = boxes.find(b"ihdr")
    return boxes[:place] + size + boxes[place + len(size) :] if boxes else b""


def _tiles(stream) -> Iterator[tuple[tuple[int, int], tuple[int, int], bytes]]:
    """The picture's height and width; top, left and stream of each tile.

    None where they are few, small, or cannot be told apart.
    """
    right, low, left, top, wide, tall, x0, y0 = struct.unpack_from(">8I", stream, 8)
    header, place = _header(stream)
    channels = stream[42 : 4 + int.from_bytes(stream[4:6], "big")]
    fewer = max(*channels[1::3], *channels[2::3]) > 1  # Of a channel, than pixels.
    many = _LEAST_PIXELS <= wide * tall < (right - left) * (low - top)
    if fewer or not (many and header):
        return
    columns, rows = -(-(right - x0) // wide), -(-(low - y0) // tall)
    parts = [[] for _ in range(rows * columns)]
    while bytes(stream[place : place + 2]) == _PART[:2]:
        number, length = struct.unpack_from(">HI", stream, place + 4)
        end = place + length if length else len(stream) - len(_END)
        if 0 < length < 14 or end > len(stream):
            break
        parts[number].append((place, end))
        place = end
    for number, found in enumerate(parts):
        if not found:
            raise ValueError("the file ends before its pixels do")
        y, x = y0 + number // columns * tall, x0 + number % columns * wide
        own, ends = (max(left, x), max(top, y)), (x + wide, y + tall)
        sizes = (min(right, ends[0]), min(low, ends[1]), *own, wide, tall, x, y)
        struct.pack_into(">8I", header, 8, *sizes)
        tile = [_PART + b"\0\0" + stream[a + 6 : b] for a, b in found]
        place = own[1] - top, own[0] - left
        yield (low - top, right - left), place, b"".join([header, *tile, _END])


def _header(stream):
    """What stands before the tiles, empty if they need more of it; where it ends."""
    place = 4 + int.from_bytes(stream[4:6], "big")
    header = bytearray(stream[:place])
    while (marker := int.from_bytes(stream[place : place + 2], "big")) != 0xFF90:
        end = place + 2 + int.from_bytes(stream[place + 2 : place + 4], "big")
        if end < place + 4 or marker == _TAKEN:
            return bytearray(), place
        if marker not in (_PLACES, _LENGTHS):
            header += stream[place:end]
        place = end
    return header, place
