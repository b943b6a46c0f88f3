"""Photographs of every depth, and how to write and read them, to write tests with."""

import imagecodecs
import numpy as np
import pillow_heif
import tifffile

from colornet.inference.photos import photo

GREY = 3 + np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 21
RGB = np.dstack([GREY, GREY // 2 + 999, 65535 - GREY])


def write_png(path, words):
    path.write_bytes(imagecodecs.png_encode(words))


def write_jp2(path, words, bits=None):
    path.write_bytes(
        imagecodecs.jpeg2k_encode(words, 0, codecformat="jp2", bitspersample=bits)
    )


def write_pnm(path, words, top=None):
    height, width = words.shape[:2]
    top = top or np.iinfo(words.dtype).max
    kind = 5 if words.ndim == 2 else 6
    head = f"P{kind}\n# by hand\n{width} {height}\n# again\n{top}\n".encode()
    path.write_bytes(head + words.astype(words.dtype.newbyteorder(">")).tobytes())


def write_heic(path, words):
    height, width = words.shape[:2]
    pillow_heif.encode(
        *("RGB;16", (width, height), words.tobytes(), path), quality=95, chroma=444
    )


def write_tiff(path, words, **options):
    kind = "rgb" if words.ndim == 3 else options.pop("photometric", "minisblack")
    tifffile.imwrite(
        path, words, photometric=kind, metadata=None, software=False, **options
    )


def grey_seen(path):
    """The lightness of a file as we read it, in steps of 16 bits."""
    found = photo.read_photo(path)
    return found.grey * (65535.0 / np.iinfo(found.grey.dtype).max), found.bits


EIGHT = {"g": (GREY >> 8).astype(np.uint8), "c": (RGB >> 8).astype(np.uint8)}
SIXTEEN = {"g": GREY, "c": RGB}
