"""AVIF files of 8, 10 or 12 bits with all metadata; large ones are grids of cells.

Pillow writes 8 bits only, others no metadata, and of a whole picture the codec takes
38 bytes a pixel: so it gets one cell after the other, and the file is made here.
AV1 Image File Format, 1.1; ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12, 6.6.2.3, annex A.
"""

import operator
import struct
from typing import BinaryIO

import imagecodecs
import numpy as np

from colornet.inference.photos import photo_metadata, photo_page

# 4:4:4: half as many chroma samples would blur the colours that were just put at edges.
# Threads by number, as one and several do not give the same bytes.
_SETTINGS = {
    **{"level": 90, "speed": 6, "pixelformat": "444", "matrix": 6},
    "numthreads": 2,
}
_ALPHA = {"level": 100, "speed": 6, "pixelformat": "400"}  # Without loss.
_SRGB, _UNKNOWN = (1, 13), (2, 2)  # Primaries and curve. ITU-T H.273, tables 2 and 3.
_LARGEST, _SMALLEST = 2048, 64  # Sides of a cell; readers refuse smaller ones.
_ALPHA_NAME = b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0"


def write(file: BinaryIO, page: photo_page.Colored) -> None:
    """Writes a picture of 8, 10 or 12 bits."""
    known = photo_metadata.described(page.metadata)
    primaries, transfer = _UNKNOWN if page.profile else _SRGB
    colors = {**_SETTINGS, "primaries": primaries, "transfer": transfer}
    told = struct.pack(">3HB", primaries, transfer, _SETTINGS["matrix"], 0x80)
    said = [_box(b"colr", b"nclx" + told)]
    if page.profile:
        said.append(_box(b"colr", b"prof" + page.profile))
    items = _Items()
    main = _add_layer(items, page.rgb[..., :3], page.bits, colors, said)
    if page.rgb.shape[-1] == 4:
        said = [_full_box(b"auxC", _ALPHA_NAME)]
        alpha = _add_layer(items, page.rgb[..., 3], page.bits, _ALPHA, said)
        items.refer(b"auxl", alpha, [main])
    for kind, content in (
        (b"Exif\0\0", known.exif and bytes(4) + known.exif),
        (b"mime\0application/rdf+xml\0", known.xmp),
    ):
        if content:
            items.refer(b"cdsc", items.add(kind, content), [main])
    items.write(file, main)


def _add_layer(items, words, bits, settings, said):
    """Adds colours or alpha, with boxes that say more of it; gives its item's number.

    Cells of a grid are of one size: those at its ends go on beyond the picture.
    """
    height, width = words.shape[:2]
    rows, columns = -(-height // _LARGEST), -(-width // _LARGEST)
    least = _SMALLEST if rows * columns > 1 else 1
    tall, wide = max(-(-height // rows), least), max(-(-width // columns), least)
    cells = []
    for top in range(0, rows * tall, tall):
        for left in range(0, columns * wide, wide):
            cell = words[top : top + tall, left : left + wide]
            cell = photo_page.of_bits(cell, bits) if bits > 8 else cell
            missing = [(0, tall - cell.shape[0]), (0, wide - cell.shape[1]), (0, 0)]
            cell = np.pad(cell, missing[: cell.ndim], mode="edge")
            data = imagecodecs.avif_encode(cell, bitspersample=bits, **settings)
            stream, depth = data[data.index(b"mdat") + 4 :], _found(data, b"pixi")
            boxes = [_size(wide, tall), depth, _found(data, b"av1C")]
            if rows * columns == 1:
                return items.add(b"av01\0", stream, [*boxes, *said])
            cells.append(items.add(b"av01\0", stream, boxes, hidden=True))
    grid = struct.pack(">4B2I", 0, 1, rows - 1, columns - 1, width, height)
    number = items.add(b"grid\0", grid, [_size(width, height), depth, *said])
    items.refer(b"dimg", number, cells)
    return number


class _Items:
    """The items of a file: what they contain, and what is said of them."""

    def __init__(self):
        self._contents, self._properties = [], []
        self._infos, self._references, self._said = [], [], []

    def add(self, kind, content, boxes=(), hidden=False):
        """Adds an item that `boxes` describe; gives its number."""
        self._contents.append(content)
        number = len(self._contents)
        head = struct.pack(">4H", 2 << 8, hidden, number, 0)
        self._infos.append(_box(b"infe", head + kind))
        self._properties += [box for box in boxes if box not in self._properties]
        if boxes:
            # Who does not know an av1C must not read on.
            marks = [0x80 if box[4:8] == b"av1C" else 0 for box in boxes]
            indices = [self._properties.index(box) + 1 for box in boxes]
            told = bytes(map(operator.or_, marks, indices))
            self._said.append(struct.pack(">HB", number, len(boxes)) + told)
        return number

    def refer(self, kind, number, others):
        """Says of the item `number` that it refers to `others`."""
        numbers = struct.pack(f">{2 + len(others)}H", number, len(others), *others)
        self._references.append(_box(kind, numbers))

    def write(self, file, main):
        """Writes the file whose picture is the item `main`."""
        head = _box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")
        start = len(head + self._meta(main, 0)) + 8
        file.write(head + self._meta(main, start))
        file.write(struct.pack(">I4s", 8 + sum(map(len, self._contents)), b"mdat"))
        file.writelines(self._contents)

    def _meta(self, main, start):
        """The box that describes the contents, which begin at byte `start`."""
        count, places = struct.pack(">H", len(self._contents)), []
        for number, content in enumerate(self._contents, 1):
            places.append(struct.pack(">3H2I", number, 0, 1, start, len(content)))
            start += len(content)
        properties = _box(b"ipco", b"".join(self._properties))
        said = _full_box(b"ipma", struct.pack(">I", len(self._said)), *self._said)
        return _full_box(
            b"meta",
            _full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            _full_box(b"pitm", struct.pack(">H", main)),
            _full_box(b"iloc", b"\x44\0", count, *places),
            _full_box(b"iinf", count, *self._infos),
            _full_box(b"iref", *self._references),
            _box(b"iprp", properties + said),
        )


def _size(width, height):
    return _box(b"ispe", struct.pack(">3I", 0, width, height))


def _found(data, kind):
    """The box of that kind in a file."""
    place = data.index(kind) - 4
    return data[place : place + int.from_bytes(data[place : place + 4], "big")]


def _full_box(kind, *contents):
    return _box(kind, bytes(4) + b"".join(contents))


def _box(kind, content):
    return struct.pack(">I4s", 8 + len(content), kind) + content
