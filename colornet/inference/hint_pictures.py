"""Pictures that tell colours: as people draw them, and as a network reads them."""

import pathlib

import numpy as np
from PIL import Image, ImageOps

from colornet.color import samples, spaces
from colornet.errors import InputError
from colornet.inference.photos import photo_tone

_LEAST = 1 / 64  # Of a network's pixel: who paints less of it has passed it by.


def read(path: str | pathlib.Path) -> np.ndarray:
    """The picture that --hints names: uint8 [H, W, 4], transparent where it is silent.

    Raises:
      InputError: it cannot be read, or nothing of it is transparent.
    """
    rgba = read_whole(path, f"--hints={path}")
    if rgba[..., 3].min() == 255:
        raise InputError(
            f"--hints={path}: says something everywhere; expected a picture that is "
            "transparent where no colour is told, such as a PNG with alpha"
        )
    return rgba


def read_whole(path: str | pathlib.Path, where: str) -> np.ndarray:
    """The upright picture at `path`, uint8 [H, W, 4], opaque or not.

    Args:
      path: of the picture.
      where: what errors call it, such as a flag with its value.

    Raises:
      InputError: it cannot be read.
    """
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "no picture that Pillow knows"
        raise InputError(
            f"{where}: cannot be read ({reason}); expected a picture such as a PNG"
        ) from error


def read_elsewhere(path: str | pathlib.Path, where: str) -> np.ndarray:
    """A picture of something else than what is coloured: as `read_whole`.

    Raises:
      InputError: it cannot be read, or has no colour to tell.
    """
    rgba = read_whole(path, where)
    pixels = samples.spread_pixels(rgba)
    told = pixels[pixels[:, 3] > 0][:, :3]
    if not len(told) or photo_tone.kind_of(told) == photo_tone.GREY:
        raise InputError(
            f"{where}: has no colour to tell; expected a picture in colour"
        )
    return rgba


def checked(hints, shape: tuple[int, ...]) -> np.ndarray:
    """The hints for grey pictures of that shape, [..., H, W] -> [..., H, W, 4].

    Raises:
      ValueError: they are no uint8 RGBA of that size.
    """
    hints = np.asarray(hints)
    if hints.dtype != np.uint8 or hints.shape != (*shape, 4):
        raise ValueError(
            f"hints must be uint8 RGBA {[*shape, 4]}, as the picture is "
            f"{list(shape)}, got {hints.dtype} {list(hints.shape)}."
        )
    return hints


def with_alpha(picture) -> np.ndarray:
    """A reference as RGBA [H, W, 4]: opaque where it does not say.

    Raises:
      ValueError: it is no uint8 RGB or RGBA.
    """
    picture = np.asarray(picture)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] not in (3, 4):
        raise ValueError(
            "a reference must be uint8 RGB or RGBA [H, W, C], got "
            f"{picture.dtype} {list(picture.shape)}."
        )
    opaque = np.full((*picture.shape[:2], 1), 255, np.uint8)
    return np.concatenate([picture, opaque], axis=-1)[..., :4]


def seen(clip, shape: tuple[int, int]) -> np.ndarray:
    """Hints as a network of that size sees them, float32 [T, h, w, 3].

    Args:
      clip: T pictures, uint8 [H, W, 4].
      shape: (h, w).

    Returns:
      the mean ab of what is told within a pixel, and 1 where anything is: points of a
      large picture are small ones of a network's.
    """
    return np.stack([_seen(rgba, shape) for rgba in clip])


def _seen(rgba, shape):
    told = rgba[..., 3].astype(np.float32) / 255
    ab = np.zeros((*told.shape, 2), np.float32)
    where = told > 0
    rgb = rgba[where][:, :3].astype(np.float32) / 255
    ab[where] = np.asarray(spaces.srgb_to_lab(rgb))[:, 1:]
    share, *sums = (
        _smaller(channel * told, shape) for channel in (1.0, ab[..., 0], ab[..., 1])
    )
    mean = np.stack(sums, axis=-1) / np.maximum(share, 1e-6)[..., None]
    sure = share >= _LEAST
    return np.where(sure[..., None], np.dstack([mean, sure]), 0).astype(np.float32)


def _smaller(channel, shape):
    picture = Image.fromarray(channel)
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BOX))
