"""The sRGB grey that is as light as each pixel of an RGB frame: its L*, as a word."""

import functools

import numpy as np

from colornet.color import spaces

_ROWS = 256  # That are converted at a time: floats of a whole scan would be many.


def grey_of_rgb(rgb: np.ndarray) -> np.ndarray:
    """Converts sRGB words [H, W, 3], uint8 or uint16, to grey [H, W] of their type.

    The grey has the L* of the colour, and of a grey pixel it is the very word.
    """
    tables = _luminance_tables(rgb.dtype.name)
    top = np.iinfo(rgb.dtype).max
    grey = np.empty(rgb.shape[:2], rgb.dtype)
    for first in range(0, len(rgb), _ROWS):
        strip = rgb[first : first + _ROWS]
        light = sum(table[strip[..., i]] for i, table in enumerate(tables))
        encoded = np.asarray(spaces.linear_to_srgb(np.clip(light, 0.0, 1.0)))
        words = np.rint(encoded * top).astype(rgb.dtype)
        red, green, blue = np.moveaxis(strip, -1, 0)
        neutral = (red == green) & (green == blue)
        grey[first : first + _ROWS] = np.where(neutral, red, words)
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
