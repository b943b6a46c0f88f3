"""A photograph's file to its pictures, at full depth. TensorFlow is not loaded."""

import pathlib
from collections.abc import Iterator

from PIL import Image

from colornet.data.sources import tiffs
from colornet.errors import InputError
from colornet.inference.photos import (
    photo_jp2,
    photo_page,
    photo_pillow,
    photo_png,
    photo_ppm,
    photo_tiff,
)

# The kind of file that is written, by the ending of the name.
WRITTEN = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".avif": "AVIF",
    ".heic": "HEIF",
    ".heif": "HEIF",
    ".jp2": "JPEG2000",
    ".bmp": "BMP",
    ".ppm": "PPM",
}
# What other endings of the same formats become; of formats without one it is ".png".
INSTEAD = {
    **dict.fromkeys((".jpe", ".jfif"), ".jpg"),
    **dict.fromkeys((".j2k", ".jpf", ".jpx"), ".jp2"),
    **dict.fromkeys((".pbm", ".pgm", ".pnm"), ".ppm"),
    ".hif": ".heic",
}


def decode(path: pathlib.Path) -> Iterator[photo_page.Page]:
    """Reads the pictures of a file: of a TIFF every page, of others the only one.

    The first is read before the function returns, further ones as they are asked for.

    Raises:
      InputError: the file is missing, is not a picture, is an animation, or is damaged.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        raise InputError(f"{path}: not a file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    pages = _upright(path)
    return _from_first([next(pages)], pages)


def _from_first(first, pages):
    yield first.pop()  # A page is large: nothing here is to hold on to it.
    yield from pages


def _upright(path):
    try:
        yield from map(photo_page.upright, _pages(path))
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except Image.UnidentifiedImageError as error:
        raise InputError(
            f"{path}: not a picture; JPEG, PNG, TIFF, WebP, AVIF, HEIC, BMP, PGM and "
            "JPEG 2000 are read"
        ) from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: {error}") from error
    except MemoryError:
        raise
    except Exception as error:  # A decoder fed with garbage raises anything at all.
        # Pillow would fill the rest of a truncated picture with grey, if asked to.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: truncated or damaged picture ({reason})") from error


def _pages(path):
    with path.open("rb") as file:
        head = file.read(12)
    if tiffs.is_tiff(head):
        yield from photo_tiff.read(path)
    elif head.startswith(photo_png.SIGNATURE):
        yield photo_png.read(path)
    elif head.startswith(photo_jp2.SIGNATURES):
        yield photo_jp2.read(path)
    elif head.startswith(photo_ppm.SIGNATURES):
        yield photo_ppm.read(path)
    else:
        yield photo_pillow.read(path)
