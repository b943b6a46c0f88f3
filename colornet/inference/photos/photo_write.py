"""Coloured pictures to a photograph's file of any kind."""

import dataclasses
import pathlib
import struct
from collections.abc import Iterable

import numpy as np

from colornet import whole_file
from colornet.color import cie, spaces
from colornet.data.sources import profiles
from colornet.errors import InputError, UsageError
from colornet.inference.photos import (
    photo,
    photo_avif,
    photo_file,
    photo_jp2,
    photo_metadata,
    photo_page,
    photo_pillow,
    photo_png,
    photo_ppm,
    photo_tags,
    photo_tiff,
)

# Bits that a channel may have where it is more than 8.
_DEPTHS = {
    "PNG": (16,),
    "TIFF": (16,),
    "PPM": (16,),
    "JPEG2000": (10, 12, 16),
    "HEIF": (10,),
    "AVIF": (10, 12),
}
_SEVERAL = "the source has several pages, and a {} one; write a .tif"
_OPAQUE = ("JPEG", "BMP", "PPM")  # What cannot be transparent.
_STRIP_PIXELS = 1 << 19


def kind_of(target: pathlib.Path) -> str:
    """What `photo_file.WRITTEN` calls the format of that name.

    Raises:
      UsageError: it has another ending.
    """
    kind = photo_file.WRITTEN.get(target.suffix.lower())
    if kind is None:
        raise UsageError(
            f"{target}: a photograph's ending must be one of "
            f"{', '.join(photo_file.WRITTEN)}, got {target.suffix!r}"
        )
    return kind


def words(picture: photo.Photo, target: pathlib.Path) -> type:
    """Of which type the colours have to be for `write`: uint8 or uint16."""
    plain = _bits(picture, kind_of(target)) == 8 and not picture.converted
    return np.uint8 if plain else np.uint16


def write(
    target: pathlib.Path,
    pictures: Iterable[tuple[photo.Photo, np.ndarray] | photo_page.Page],
    model: str,
) -> None:
    """Writes photographs with their colours: several of them to a TIFF only.

    Args:
      target: file; it appears when it is whole, or not at all.
      pictures: each with its sRGB, [H, W, 3] of the type that `words` says; or the page
        of a TIFF that stays as it is.
      model: name of the one that coloured them.

    Raises:
      InputError: the format cannot hold them, or they cannot be written.
    """
    kind = kind_of(target)
    with whole_file.written(target) as unfinished:
        try:
            _write(unfinished, kind, pictures, model)
        except InputError:  # Of a source that is read meanwhile.
            raise
        except _Unfit as error:
            raise InputError(f"{target}: {error}") from error
        except (OSError, ValueError, RuntimeError, struct.error) as error:
            reason = " ".join(str(error).split())
            raise InputError(f"{target}: cannot be written ({reason})") from error


def _bits(picture, kind):
    """Of a channel, as `kind` is written: the source's, or the best that it has."""
    deep = [depth for depth in _DEPTHS.get(kind, ()) if picture.bits > 8]
    return next((d for d in deep if d >= picture.bits), deep[-1] if deep else 8)


class _Unfit(Exception):
    """A picture is of a kind that the format does not know."""


def _write(path, kind, pictures, model):
    def page_of(picture):
        if isinstance(picture, photo_page.Page):
            return _kept(picture, kind)
        return _colored(*picture, kind, model)

    # Unlike a loop, `map` lets go of a picture's pixels once they are in its page.
    pages = map(page_of, pictures)
    if kind == "TIFF":
        photo_tiff.write(path, pages)
        return
    page = next(pages)
    with path.open("wb") as file:
        if kind == "PNG":
            photo_png.write(file, page)
        elif kind == "JPEG2000":
            photo_jp2.write(file, page)
        elif kind == "AVIF":
            photo_avif.write(file, page)
        elif kind == "PPM":
            photo_ppm.write(file, page)
        elif kind == "HEIF":
            photo_pillow.write_heif(file, page)
        else:
            photo_pillow.write(file, kind, page)
    del page
    if next(pages, None) is not None:
        raise _Unfit(_SEVERAL.format(kind))


def _kept(page, kind):
    """A page of a TIFF with its own pixels, and nothing said of a machine."""
    if kind != "TIFF":
        raise _Unfit(_SEVERAL.format(kind))
    if page.color != "rgb":
        raise _Unfit(
            f"a page of the source is in colours of kind {page.color}, and others are "
            "not coloured: save its pages as files, or colour all with --force"
        )
    rgb = page.pixels if page.alpha is None else np.dstack([page.pixels, page.alpha])
    exif = page.metadata.exif or photo_tags.block({})
    metadata = dataclasses.replace(page.metadata, exif=exif)
    # Not as JPEG once more, which would change its pixels.
    storage = {k: v for k, v in page.storage.get(kind, {}).items() if k == "bigtiff"}
    return photo_page.Colored(rgb, page.bits, page.profile, metadata, storage)


def _colored(picture, rgb, kind, model):
    depth = _bits(picture, kind)
    whole = np.uint8 if depth == 8 else np.uint16
    if picture.converted:
        rgb = _in_profile(rgb, picture, whole)
    alpha = picture.alpha
    if alpha is not None and kind in _OPAQUE:
        if alpha.min() < np.iinfo(alpha.dtype).max:
            raise _Unfit(
                f"the source is transparent in places, which a {kind} cannot be; "
                "write a .png, .webp or .tif"
            )
        alpha = None
    if alpha is not None:
        rgb = np.dstack([rgb, _of_type(alpha, whole)])
    srgb = not picture.profile or profiles.is_srgb(picture.profile)
    metadata = photo_metadata.of_colored(picture.metadata, model, srgb)
    storage = picture.storage.get(kind, {})
    return photo_page.Colored(rgb, depth, picture.profile, metadata, storage)


def _in_profile(rgb, picture, whole):
    """SRGB, uint16 [H, W, 3], as words of the picture's profile: of its lightness."""
    out = np.empty(rgb.shape, whole)
    top = np.iinfo(whole).max
    levels = np.linspace(0, 1, np.iinfo(picture.grey.dtype).max + 1, dtype=np.float32)
    luminances = np.asarray(spaces.srgb_to_linear(levels))
    rows = max(1, _STRIP_PIXELS // rgb.shape[1])
    for first in range(0, len(rgb), rows):
        part = slice(first, first + rows)
        strip = rgb[part].astype(np.float32) / np.float32(65535)
        light = np.asarray(spaces.srgb_to_linear(strip))
        # Three words, though of 16 bits, have lost some of it.
        wanted = luminances[picture.grey[part]]
        found = light @ cie.XYZ_FROM_RGB[1].astype(np.float32)
        light = light * (wanted / np.maximum(found, 1e-9))[..., None]
        out[part] = profiles.encoded(light, picture.profile) * top + 0.5
    return out


def _of_type(alpha, whole):
    if alpha.dtype == whole:
        return alpha
    if whole == np.uint16:
        return alpha * np.uint16(257)
    return np.rint(alpha / np.float32(257)).astype(np.uint8)
