"""Full-size pictures: predicted ab and grey pixels to RGB pixels, strip by strip."""

import functools

import numpy as np
import tensorflow as tf
from keras import ops

from colornet.color import attach, spaces
from colornet.data.sources import profiles

_CHUNK_PIXELS = 1 << 16  # A small picture is to cost no more than it must.
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
    rgb = np.empty_like(lab)
    for first in range(0, len(lab), _CHUNK_PIXELS):
        part = lab[first : first + _CHUNK_PIXELS]
        rgb[first : first + _CHUNK_PIXELS] = _srgb_of_chunk(part)
    return rgb.reshape(*shape, 3)


def _srgb_of_chunk(lab):
    count = len(lab)
    padded = np.zeros((_CHUNK_PIXELS, 3), np.float32)
    padded[:count] = lab
    encoded, outside = map(np.asarray, _encoded(padded))
    outside = np.nonzero(outside[:count])
    if not outside[0].size:
        return encoded[:count]
    encoded, lab = np.array(encoded[:count]), lab[outside]
    grey = np.asarray(spaces.lab_to_linear(lab * np.float32([1, 0, 0])))
    inside = np.asarray(spaces.lab_to_linear(_into_gamut(lab)))
    # What the table leaves outside is tiny, but at black it would be many steps.
    inside = profiles.within(inside, np.clip(grey[..., 1:2], 0, 1))
    encoded[outside] = spaces.linear_to_srgb(np.clip(inside, 0, 1))
    return encoded


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


def _into_gamut(lab):
    """What `spaces.gamut_map` gives for L*a*b* [N, 3] outside the gamut, from a table.

    The bisection costs fifteen conversions of every pixel, the table a look-up.
    """
    limits = _chroma_limits()
    lightness, a, b = np.ascontiguousarray(lab.T)
    chroma = np.hypot(a, b)
    row = lightness * np.float32((limits.shape[0] - 1) / 100)
    column = (np.arctan2(b, a) + np.float32(np.pi)) * np.float32(
        (limits.shape[1] - 1) / (2 * np.pi)
    )
    i = np.clip(row.astype(np.int32), 0, limits.shape[0] - 2)
    j = np.clip(column.astype(np.int32), 0, limits.shape[1] - 2)
    row, column = row - i, column - j
    near = limits[i, j] * (1 - column) + limits[i, j + 1] * column
    far = limits[i + 1, j] * (1 - column) + limits[i + 1, j + 1] * column
    limit = near * (1 - row) + far * row
    share = np.minimum(limit / np.maximum(chroma, 1e-9), 1)
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
