"""Binary PGM and PPM files, 8 or 16 bits: read with their comments, and written.

https://netpbm.sourceforge.net/doc/ppm.html
"""

import pathlib
import re
from typing import BinaryIO

import numpy as np

from colornet.inference.photos import photo_metadata, photo_page

SIGNATURES = (b"P5", b"P6")
_HEADER_BYTES = 1 << 16
_PART = re.compile(rb"\s+|#(?P<comment>[^\r\n]*)|(?P<number>\d{1,9})")


def read(path: pathlib.Path) -> photo_page.Page:
    """The picture.

    Raises:
      ValueError: it is damaged.
    """
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    numbers, comments, place = [], [], 2
    while len(numbers) < 3:
        match = _PART.match(head, place)
        if match is None:
            raise ValueError("no header of a PGM or PPM")
        place = match.end()
        if match["number"]:
            numbers.append(int(match["number"]))
        elif match["comment"]:
            comments.append(match["comment"].strip())
    width, height, top = numbers
    if not 0 < top < 65536 or not width * height:
        raise ValueError("a header of impossible numbers")
    photo_page.check_size(width, height)
    shape = (height, width) if head[:2] == b"P5" else (height, width, 3)
    words = np.fromfile(
        *(path, "u1" if top < 256 else ">u2", int(np.prod(shape))),
        offset=place + 1,  # One blank.
    )
    if words.size < np.prod(shape):
        raise ValueError("the file ends before its pixels do")
    words = words.reshape(shape)
    words = words.astype(words.dtype.newbyteorder("="), copy=False)
    if words.max() > top:
        raise ValueError(f"values above the {top} of its header")
    return photo_page.of_channels(
        photo_page.full_range(words, top),
        bits=8 if top < 256 else 16,
        metadata=photo_metadata.Metadata(comments=tuple(comments)),
    )


def write(file: BinaryIO, page: photo_page.Colored) -> None:
    """Writes a picture of 8 or 16 bits, with comments."""
    rgb, said = page.rgb, photo_metadata.comments(page.metadata)
    height, width, _ = rgb.shape
    lines = [line for words in said for line in words.splitlines()]
    file.write(b"P6\n" + b"".join(f"# {line}\n".encode() for line in lines))
    file.write(f"{width} {height}\n{np.iinfo(rgb.dtype).max}\n".encode())
    for row in rgb:
        file.write(row.astype(np.dtype(rgb.dtype).newbyteorder(">")).tobytes())
