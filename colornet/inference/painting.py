"""Full-size pictures: predicted ab and grey pixels to RGB pixels, strip by strip."""

import functools

import numpy as np
import tensorflow as tf
from keras import ops

from colornet.color import attach, cie, spaces

# A small picture is to cost no more than it must.
_CHUNK_PIXELS, _OUTSIDE_PIXELS = 1 << 16, 1 << 14
_STRIP_PIXELS = 1 << 19  # Some thirty float planes of a strip: 60 megabytes.


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
    sizes = [tf.constant(size) for size in (*small.shape, stride)]
    ab = tf.constant(ab[None])
    table = lightness_of_levels(grey.dtype)
    rows = max(1, _STRIP_PIXELS // width)
    for first in range(0, height, rows):
        strip = table[grey[first : first + rows]][None, ..., None]
        full = _upsampled(
            *(ab, cells, strip, *sizes), tf.constant(first), tf.constant(height)
        )
        words = srgb(strip, full)
        words *= np.iinfo(rgb.dtype).max
        words += 0.5
        rgb[first : first + rows] = words[0]


def srgb(lightness, ab):
    """The sRGB of `attach.attach_to_lightness`, float32 [..., 3], quicker.

    And closer: L* is that of `lightness` to a small part of a 16-bit step.
    """
    shape = np.shape(ab)[:-1]
    lab = np.concatenate([lightness, ab], axis=-1).reshape(-1, 3)
    rgb, outside = np.empty_like(lab), np.empty(len(lab), bool)
    for part, chunk in _chunks(lab, _CHUNK_PIXELS):
        encoded, beyond = map(np.asarray, _encoded(chunk))
        count = len(rgb[part])
        rgb[part], outside[part] = encoded[:count], beyond[:count]
    where = np.nonzero(outside)[0]
    for part, chunk in _chunks(_into_gamut(lab[where]), _OUTSIDE_PIXELS):
        rgb[where[part]] = np.asarray(_encoded_inside(chunk))[: len(where[part])]
    return rgb.reshape(*shape, 3)


def _chunks(lab, size):
    """Yields a slice of L*a*b* [N, 3] and its pixels, filled up to [size, 3]."""
    for first in range(0, len(lab), size):
        chunk = lab[first : first + size]
        if len(chunk) < size:
            chunk = np.concatenate([chunk, np.zeros((size - len(chunk), 3), "f4")])
        yield slice(first, first + size), chunk


# Traced once for pictures of all sizes. Op by op it would take two times as long.
def _traced(*shapes):
    return tf.function(
        input_signature=[tf.TensorSpec(*shape) for shape in shapes], autograph=False
    )


_SIZE = ((), tf.int32)


@_traced(
    *[((1, None, None, channels),) for channels in (2, 1, 1)],
    *[_SIZE] * 5,
)
def _upsampled(ab, cells, strip, height, width, stride, first_row, full_height):
    return attach.upsample_chroma(
        *(ab, cells, strip),
        network_shape=(height, width),
        stride=stride,
        first_row=first_row,
        full_height=full_height,
    )


# Compiled for one shape: as one loop it takes a fifth of the separate operations.
@tf.function(jit_compile=True, autograph=False)
def _encoded(lab):
    """The sRGB of L*a*b* [N, 3], clipped; and whether it was outside the gamut, [N]."""
    linear = spaces.lab_to_linear(lab)
    outside = ops.any(ops.logical_or(linear < 0, linear > 1), axis=-1)
    return spaces.linear_to_srgb(ops.clip(linear, 0.0, 1.0)), outside


@tf.function(jit_compile=True, autograph=False)
def _encoded_inside(lab):
    """The sRGB of L*a*b* [N, 3] that is in the gamut but for a little.

    At black little would be many steps. It is drawn to the grey of the same luminance.
    """
    linear = spaces.lab_to_linear(lab)
    weights = ops.cast(cie.XYZ_FROM_RGB[1], "float32")
    grey = ops.clip(ops.sum(linear * weights, axis=-1, keepdims=True), 0.0, 1.0)
    away = linear - grey
    linear = grey + away * spaces.room_for(away, grey)
    return spaces.linear_to_srgb(ops.clip(linear, 0.0, 1.0))


def _into_gamut(lab):
    """What `spaces.gamut_map` gives for L*a*b* [N, 3] outside the gamut, from a table.

    The bisection costs fifteen conversions of every pixel, the table a look-up.
    """
    limits = _chroma_limits()
    rows, columns = limits.shape
    lightness, a, b = np.ascontiguousarray(lab.T)
    row = lightness * np.float32((rows - 1) / 100)
    column = np.arctan2(b, a) + np.float32(np.pi)
    column *= np.float32((columns - 1) / (2 * np.pi))
    i = np.clip(row.astype(np.int32), 0, rows - 2)
    j = np.clip(column.astype(np.int32), 0, columns - 2)
    row -= i.astype(np.float32)
    column -= j.astype(np.float32)
    at, limits = i * columns + j, limits.ravel()
    near = limits[at] * (1 - column) + limits[at + 1] * column
    at += columns
    far = limits[at] * (1 - column) + limits[at + 1] * column
    limit = near * (1 - row) + far * row
    share = np.minimum(limit / np.maximum(np.sqrt(a * a + b * b), 1e-9), 1)
    return np.stack([lightness, a * share, b * share], axis=-1)


@functools.cache
def _chroma_limits():
    """Highest chroma inside the sRGB gamut, float32 [257, 361]: by L*, by hue.

    L* runs from 0 to 100, hue from -pi to pi.
    """
    lightness, hue = np.meshgrid(
        np.linspace(0, 100, 257), np.linspace(-np.pi, np.pi, 361), indexing="ij"
    )
    far = np.stack([lightness, 140 * np.cos(hue), 140 * np.sin(hue)], axis=-1)
    mapped = spaces.gamut_map(tf.constant(far, tf.float32))
    return np.linalg.norm(np.asarray(mapped)[..., 1:], axis=-1)


@functools.cache
def lightness_of_levels(dtype):
    """L* of every grey level: float32 [256] or [65536]."""
    count = np.iinfo(dtype).max + 1
    levels = np.arange(count, dtype=np.float32) / (count - 1)
    return np.asarray(spaces.grey_to_lightness(tf.constant(levels)))
