"""One picture coloured by the default model: an array, an image or a file."""

import functools
import os
import pathlib
from collections.abc import Sequence
from typing import overload

import numpy as np
from PIL import Image

from colornet.inference.colorizer import Colorizer


@overload
def colorize(
    picture: np.ndarray | str | os.PathLike,
    *,
    saturation: float = 1.0,
    temperature: float | None = None,
    neutral: tuple[int, int] | None = None,
    hints: np.ndarray | None = None,
    reference: np.ndarray | Sequence[np.ndarray] = (),
) -> np.ndarray: ...


@overload
def colorize(
    picture: Image.Image,
    *,
    saturation: float = 1.0,
    temperature: float | None = None,
    neutral: tuple[int, int] | None = None,
    hints: np.ndarray | None = None,
    reference: np.ndarray | Sequence[np.ndarray] = (),
) -> Image.Image: ...


def colorize(
    picture,
    *,
    saturation=1.0,
    temperature=None,
    neutral=None,
    hints=None,
    reference=(),
):
    """Colours an array, an image or a file's picture, and gives it back as it came.

    Args:
      picture: uint8 or uint16 [H, W] or [T, H, W], which gives sRGB [..., 3] of the
        same type; or a `PIL.Image.Image` of any mode, whose colours are not looked at,
        which gives one in RGB, or RGBA where it is transparent; or the path of a
        photograph, which gives an array of its depth, as that holds 16 bits, too.
      saturation: as `Colorizer.__call__` has it.
      temperature: the same.
      neutral: the same; of files, a pixel of the upright picture.
      hints: the same; of files, the size of the upright picture.
      reference: the same.

    The default model is loaded once. Threads may call it at a time.
    """
    control = {
        "saturation": saturation,
        "temperature": temperature,
        "neutral": neutral,
        "hints": hints,
        "reference": reference,
    }
    if isinstance(picture, Image.Image):
        return _colorized_image(picture, control)
    if isinstance(picture, str | os.PathLike):
        from colornet.inference.photos import photo

        read = photo.read_photo(pathlib.Path(picture))
        dtype = np.uint8 if read.bits == 8 else np.uint16
        return _default()(read.grey, dtype, **control)
    return _default()(picture, **control)


def _colorized_image(image, control):
    from colornet.inference.photos import photo, photo_pillow

    profile = image.info.get("icc_profile") or b""
    page = photo_pillow.of_image(image, profile=profile)
    read = photo.of_page("the image", page)
    rgb = _default()(read.grey, np.uint8, **control)
    if read.alpha is not None:
        rgb = np.dstack([rgb, read.alpha])
    return Image.fromarray(rgb)


@functools.cache
def _default() -> Colorizer:
    return Colorizer.load()
