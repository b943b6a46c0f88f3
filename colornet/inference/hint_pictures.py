"""Pictures that tell colours: as people draw them, and as a network reads them."""

import pathlib

import numpy as np
from PIL import Image

from colornet.color import spaces
from colornet.errors import InputError

_LEAST = 1 / 64  # Of a network's pixel: who paints less of it has passed it by.


def read(path: str | pathlib.Path) -> np.ndarray:
    """The picture that --hints names: uint8 [H, W, 4], transparent where it is silent.

    Raises:
      InputError: it cannot be read, or nothing of it is transparent.
    """
    rgba = read_whole(path, "hints")
    if rgba[..., 3].min() == 255:
        raise InputError(
            f"--hints={path}: says something everywhere; expected a picture that is "
            "transparent where no colour is told, such as a PNG with alpha"
        )
    return rgba


def read_whole(path: str | pathlib.Path, flag: str = "reference") -> np.ndarray:
    """The picture that a flag names, uint8 [H, W, 4], opaque or not.

    Raises:
      InputError: it cannot be read.
    """
    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("RGBA"))
    except (OSError, ValueError, SyntaxError) as error:
        reason = getattr(error, "strerror", None) or "no picture that Pillow knows"
        raise InputError(
            f"--{flag}={path}: cannot be read ({reason}); expected a picture such as a "
            "PNG"
        ) from error


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
