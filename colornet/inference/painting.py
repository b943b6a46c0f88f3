"""Full-size pictures: predicted ab and grey pixels to RGB pixels, strip by strip."""

import functools

import numpy as np
import tensorflow as tf
from keras import ops

from colornet.color import attach, spaces

_STRIP_PIXELS = 1 << 19  # Float planes of a strip then stay within a few megabytes.


def paint(grey, ab, small, rgb, *, stride=4) -> None:
    """Fills `rgb` with the picture that has the lightness of `grey` and colour `ab`.

    Args:
      grey: uint8 or uint16 [H, W], sRGB.
      ab: float32 [h4, w4, 2], a value per cell of `stride` x `stride` network pixels.
      small: float32 [h, w], L* of the picture that the network saw.
      rgb: uint8 or uint16 [H, W, 3], written to.
      stride: network pixels per cell.
    """
    height, width = grey.shape
    cells = attach.cell_lightness(tf.constant(small[None, ..., None]), stride)
    ab = tf.constant(ab[None])
    table = _lightness_table(grey.dtype)
    rows = max(1, _STRIP_PIXELS // width)
    for first in range(0, height, rows):
        strip = table[grey[first : first + rows]][None, ..., None]
        full = attach.upsample_chroma(
            ab,
            cells,
            tf.constant(strip),
            network_shape=small.shape,
            stride=stride,
            first_row=first,
            full_height=height,
        )
        rgb[first : first + rows] = _encode(strip, full, rgb.dtype)[0]


def _encode(lightness, ab, dtype):
    """The same sRGB as `attach.attach_to_lightness`, scaled and rounded to `dtype`."""
    lab = ops.concatenate([lightness, ab], axis=-1)
    linear = spaces.lab_to_linear(lab)
    # Gamut mapping costs fifteen conversions: only what is outside goes through it.
    low, high = ops.min(linear, axis=-1), ops.max(linear, axis=-1)
    outside = np.nonzero(np.asarray((low < -1e-5) | (high > 1 + 1e-5)))
    rgb = spaces.linear_to_srgb(ops.clip(linear, 0.0, 1.0))
    top = np.iinfo(dtype).max
    rgb = np.asarray(ops.cast(rgb * top + 0.5, dtype.name))
    if outside[0].size:
        few = np.asarray(lab)[outside]
        mapped = attach.attach_to_lightness(few[:, :1], few[:, 1:])
        rgb = rgb.copy()
        rgb[outside] = np.asarray(mapped * top + 0.5).astype(dtype)
    return rgb


@functools.cache
def _lightness_table(dtype):
    """L* of every grey level: float32 [256] or [65536]."""
    count = np.iinfo(dtype).max + 1
    levels = np.arange(count, dtype=np.float32) / (count - 1)
    return np.asarray(spaces.grey_to_lightness(tf.constant(levels)))
