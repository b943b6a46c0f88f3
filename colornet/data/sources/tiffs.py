"""A TIFF picture that Pillow cannot read, or reads wrongly -> a Pillow image."""

import io
import logging

import numpy as np
import tifffile
from PIL import Image

logging.getLogger("tifffile").setLevel(logging.CRITICAL)  # Of odd tags it tells much.

_BITS, _PHOTOMETRIC, _ORIENTATION, _PLANAR = 258, 262, 274, 284  # Tags. TIFF 6.0.
_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_MOST_PIXELS = 178_956_970  # As Pillow has it, for other pictures.


def is_tiff(data: bytes) -> bool:
    """Whether a file begins as a TIFF does."""
    return data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_misread(image: Image.Image) -> bool:
    """Whether Pillow (12) opens the picture without a word and gives false colours.

    It does so with 16 bits where each channel is stored apart or where 0 is white.
    """
    if image.format != "TIFF" or 16 not in image.tag_v2.get(_BITS, ()):
        return False
    return image.tag_v2.get(_PLANAR) == 2 or image.tag_v2.get(_PHOTOMETRIC) == 0


def decode(data: bytes) -> Image.Image:
    """The first page, 8 bits a channel, with its ICC profile and orientation.

    Raises:
      ValueError: it is not grey or RGB of 8 or 16 bits, or is larger than Pillow reads.
    """
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0]
        _check(page)
        pixels = page_pixels(page)
        orientation = page.tags.valueof(_ORIENTATION, 1)
        profile = page.iccprofile
    if pixels.dtype == np.uint16:
        pixels = np.round(pixels / 257.0).astype("uint8")
    image = Image.fromarray(pixels)
    if profile:
        image.info["icc_profile"] = profile
    image.getexif()[_ORIENTATION] = orientation
    return image


def page_pixels(page: tifffile.TiffPage) -> np.ndarray:
    """Pixels of a page as they are stored: [H, W] or [H, W, channels], 0 black."""
    pixels = page.asarray()
    if page.planarconfig == tifffile.PLANARCONFIG.SEPARATE and pixels.ndim == 3:
        pixels = np.moveaxis(pixels, 0, -1)
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        if pixels.dtype == bool:
            return ~pixels
        if pixels.dtype.kind == "u":
            pixels = (1 << page.bitspersample) - 1 - pixels
    return pixels


def _check(page):
    kinds = tifffile.PHOTOMETRIC
    if (
        page.photometric not in (kinds.MINISBLACK, kinds.MINISWHITE, kinds.RGB)
        or page.dtype not in (np.uint8, np.uint16)
        or page.samplesperpixel not in _MODES
    ):
        raise ValueError(
            f"TIFF of kind {getattr(page.photometric, 'name', page.photometric)}, "
            f"{page.dtype}, {page.samplesperpixel} channels is not read; grey and RGB "
            "of 8 or 16 bits are"
        )
    if page.imagewidth * page.imagelength > _MOST_PIXELS:
        raise ValueError(
            f"Image size ({page.imagewidth * page.imagelength} pixels) exceeds limit "
            f"of {_MOST_PIXELS} pixels"
        )
