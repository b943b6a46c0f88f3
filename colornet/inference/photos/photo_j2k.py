"""Streams of JPEG 2000, coded and decoded tile by tile.

Of a whole picture the codec holds 32 bits for each word, which is 12 bytes a pixel and
more. ISO/IEC 15444-1, annex A.
"""

import struct
from typing import BinaryIO

import imagecodecs
import numpy as np

from colornet.inference.photos import photo_page

START = b"\xff\x4f\xff\x51"
_PART, _END = b"\xff\x90\0\x0a", b"\xff\xd9"
# What six resolutions, each of half the size, cut into the same blocks of 64 as without
# tiles: so a tile is coded as a picture of its own would be.
_TILE = 2048


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
