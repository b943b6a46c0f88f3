"""A photograph without its colours: grey pixels, alpha, and metadata to hand on."""

import dataclasses
import functools
import pathlib
from collections.abc import Iterator

import numpy as np

from colornet.color import cie, samples, spaces
from colornet.data.sources import profiles
from colornet.errors import InputError
from colornet.inference import rgb_grey
from colornet.inference.photos import photo_file, photo_metadata, photo_page

_STRIP_PIXELS = 1 << 19  # Converted at a time: floats of a whole scan would not fit.


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photograph upright, without its colours.

    Attributes:
      grey: uint8 or uint16 [H, W], the sRGB grey of each pixel's lightness.
      alpha: uint8 or uint16 [H, W], or None if the file has none.
      bits: of a channel in the file: 8 for fewer, 10, 12 or 16.
      sample: sRGB uint8 [N, 3], some evenly spread pixels with the colours they had.
      profile: ICC of the file to be written; empty for sRGB that says nothing.
      converted: whether that profile is of another RGB than sRGB.
      metadata: what the file said beside its pixels.
      storage: how the file was written, by its kind; what `photo_write` goes by.
    """

    grey: np.ndarray
    alpha: np.ndarray | None
    bits: int
    sample: np.ndarray
    profile: bytes
    converted: bool
    metadata: photo_metadata.Metadata
    storage: dict


def read_photos(path: pathlib.Path) -> Iterator[Photo]:
    """Decodes a file: the pages of a TIFF one by one, of others the only picture.

    Colours are taken by their profile. A picture of RGB with curves and a matrix keeps
    its profile; grey, CMYK and what has a profile of tables becomes sRGB.

    Raises:
      InputError: the file is missing, is not a picture, or is damaged.
    """
    return map(functools.partial(of_page, path), photo_file.decode(path))


def read_photo(path: pathlib.Path) -> Photo:
    """Decodes a file of one picture.

    Raises:
      InputError: as `read_photos`, or it has several pages.
    """
    photos = list(read_photos(path))
    if len(photos) > 1:
        raise InputError(f"{path}: {len(photos)} pages where one picture was expected")
    return photos[0]


def of_page(path: pathlib.Path | str, page: photo_page.Page) -> Photo:
    """The photograph that a page shows; `path` is what errors name.

    Raises:
      InputError: nobody knows what its CMYK looks like.
    """
    space = profiles.space(page.profile) if page.profile else ""
    fits = space == {"grey": "gray"}.get(page.color, page.color)
    if page.color == "cmyk" and not fits:
        raise InputError(
            f"{path}: CMYK without a profile, so that nobody knows its inks; "
            "convert it to RGB or embed a profile"
        )
    srgb = page.color == "rgb" and fits and profiles.is_srgb(page.profile)
    own = page.profile if fits and not srgb else b""
    kept = srgb or (fits and page.color == "rgb" and profiles.can_be_written(own))
    grey = _grey(page, own)
    return Photo(
        grey=grey,
        alpha=page.alpha,
        bits=page.bits,
        sample=_sample(page, own, grey),
        profile=page.profile if kept else profiles.srgb() if own else b"",
        converted=kept and not srgb,
        metadata=page.metadata,
        storage=page.storage,
    )


def _grey(page, profile):
    """The sRGB grey [H, W] of each pixel's L*: uint16, or as grey pixels are stored."""
    pixels = page.pixels
    if page.color in ("grey", "lightness"):
        if page.color == "grey" and not profile:
            return np.ascontiguousarray(pixels)
        levels = np.arange(np.iinfo(pixels.dtype).max + 1, dtype=pixels.dtype)[None]
        if profile:
            return _grey_of_light(profiles.linear(levels, profile))[0][pixels]
        lightness = levels[0] * np.float32(100 / levels[0, -1])
        encoded = np.asarray(spaces.lightness_to_grey(lightness))
        return np.rint(encoded * 65535).astype(np.uint16)[pixels]
    if not profile:
        return rgb_grey.grey_of_rgb(pixels, np.uint16)
    grey = np.empty(pixels.shape[:2], np.uint16)
    rows = max(1, _STRIP_PIXELS // pixels.shape[1])
    for first in range(0, len(grey), rows):
        strip = pixels[first : first + rows]
        grey[first : first + rows] = _grey_of_light(profiles.linear(strip, profile))
    return grey


def _grey_of_light(light):
    """The grey, uint16 [H, W], that is as bright as linear sRGB [H, W, 3]."""
    # Rounding, and colours beyond sRGB, may come to slightly more than white.
    luminance = np.clip(light @ cie.XYZ_FROM_RGB[1].astype(np.float32), 0, 1)
    return np.rint(np.asarray(spaces.linear_to_srgb(luminance)) * 65535).astype("u2")


def _sample(page, profile, grey):
    if page.color in ("grey", "lightness"):
        levels = samples.spread_pixels(grey[..., None])
        pixels = np.repeat(levels, 3, axis=-1)
    else:
        pixels = samples.spread_pixels(page.pixels)
    if profile and page.color not in ("grey", "lightness"):
        light = np.clip(profiles.linear(pixels[None], profile)[0], 0, 1)
        return np.rint(np.asarray(spaces.linear_to_srgb(light)) * 255).astype(np.uint8)
    return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
