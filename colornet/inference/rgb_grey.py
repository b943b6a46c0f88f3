"""The sRGB grey that is as light as each pixel of an RGB frame: its L*, as a word."""

import functools

import numpy as np

from colornet.color import spaces

_STRIP_PIXELS = 1 << 19  # At a time: floats of a whole scan would be many.


def grey_of_rgb(rgb: np.ndarray, dtype=None) -> np.ndarray:
    """Converts sRGB words [H, W, 3], uint8 or uint16, to grey [H, W].

    The grey has the L* of the colour, and of a grey pixel it is the very word; it is of
    the type of `rgb`, or 8-bit words give grey of `dtype` uint16.
    """
    tables = _luminance_tables(rgb.dtype.name)
    grey = np.empty(rgb.shape[:2], dtype or rgb.dtype)
    top = np.iinfo(grey.dtype).max
    scale = grey.dtype.type(top // np.iinfo(rgb.dtype).max)
    rows = max(1, _STRIP_PIXELS // rgb.shape[1])
    for first in range(0, len(rgb), rows):
        strip = rgb[first : first + rows]
        light = sum(table[strip[..., i]] for i, table in enumerate(tables))
        encoded = np.asarray(spaces.linear_to_srgb(np.clip(light, 0.0, 1.0)))
        words = np.rint(encoded * top).astype(grey.dtype)
        red, green, blue = np.moveaxis(strip, -1, 0)
        neutral = (red == green) & (green == blue)
        grey[first : first + rows] = np.where(neutral, red * scale, words)
    return grey


@functools.cache
def _luminance_tables(dtype):
    """What each word of R, G and B adds to the luminance Y, float32 [3, words]."""
    top = np.iinfo(dtype).max
    levels = np.arange(top + 1, dtype=np.float32) / top
    lightness = np.asarray(spaces.srgb_to_lab(np.eye(3, dtype=np.float32)))[:, 0]
    weights = spaces.srgb_to_linear(spaces.lightness_to_grey(lightness))
    linear = np.asarray(spaces.srgb_to_linear(levels))
    return np.asarray(weights)[:, None] * linear
