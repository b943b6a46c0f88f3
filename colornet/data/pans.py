"""Clips made of single pictures: a camera that moves, near and far, things that pass.

There are many more photographs than films; what moves in these is known, and what a
film's frames have in common can be learned from them too.
"""

import math

import tensorflow as tf

from colornet.data import windows

DRAWS = 23  # How many numbers in [0, 1) a clip takes.
_PASSED = 0.5  # Share of clips that something passes through.
_SMALLEST, _LARGEST = 0.08, 0.25  # Its radii, of the clip's side.
_LAYERED = 0.5  # Share of clips whose farther part is slower than the nearer one,
_MOST_LAG = 0.6  # by this share at most.
_HIGHEST, _LOWEST = 0.25, 0.75  # Where the nearer part begins, of the clip's side,
_STEEPEST, _WAVIEST = 0.6, 0.15  # how much that sinks along it, and goes up and down,
_SOFT = 0.03  # and how wide its edge is.


def clip_of(clip, crop, count, draws):
    """The first picture of a decoded record as a clip: uint8 [count, crop, crop, 3].

    Args:
      clip: a decoded record.
      crop: side of its frames, in pixels.
      count: T, how many there are.
      draws: `DRAWS` numbers in [0, 1).
    """
    ends = [windows.random(clip, crop, draws[i : i + 4]) for i in (0, 4)]
    first, last = (tf.cast(window, tf.float32) for window in ends)
    # Around both, so that nothing else is decoded.
    corner = tf.minimum(first[:2], last[:2])
    size = tf.maximum(first[:2] + first[2:], last[:2] + last[2:]) - corner
    around = tf.cast(tf.concat([corner, size], axis=0), tf.int32)
    picture = _decoded(clip["frames"][0], around, crop, tf.minimum(first[2], last[2]))
    way = tf.linspace(0.0, 1.0, count)[:, None]
    windows_now = first + (last - first) * way
    start = (windows_now[:, :2] - corner) / size
    sides = windows_now[:, 2:] / size
    frames = _cut(picture, start, sides, crop)
    frames = tf.cond(
        draws[17] < _LAYERED,
        lambda: _layered(frames, picture, start, sides, draws[18:], crop),
        lambda: frames,
    )
    frames = tf.cond(
        draws[8] < _PASSED,
        lambda: _passed(frames, picture, sides, way, draws[9:17], crop),
        lambda: frames,
    )
    rgb = tf.cast(tf.round(tf.clip_by_value(frames, 0, 255)), tf.uint8)
    return tf.ensure_shape(rgb, [None, crop, crop, 3])


def _decoded(frame, window, crop, side):
    """A window of a JPEG, float32 [1, H, W, 3], made smaller where it is too large."""
    rgb = tf.image.decode_and_crop_jpeg(
        frame, window, channels=3, dct_method="INTEGER_ACCURATE"
    )
    rgb = tf.cast(rgb, tf.float32)
    factor = side / crop
    smaller = tf.cast(tf.round(tf.cast(window[2:], tf.float32) / factor), tf.int32)
    rgb = tf.cond(
        factor >= windows.ALIASING_FACTOR,
        lambda: tf.image.resize(rgb, smaller, antialias=True),
        lambda: rgb,
    )
    return rgb[None]


def _cut(picture, start, sides, crop):
    """Windows [T, 2] of a picture, in shares of its sides: [T, crop, crop, 3]."""
    boxes = tf.concat([start, start + sides], axis=1)
    which = tf.zeros([tf.shape(boxes)[0]], tf.int32)
    return tf.image.crop_and_resize(picture, boxes, which, [crop, crop])


def _layered(near, picture, start, sides, draws, crop):
    """The frames, but what is above a wavy line moves less than what is below it.

    Either layer is the whole picture, so that the farther one goes on behind the nearer
    one. Half way through the clip they lie as in the picture.
    """
    lag = _MOST_LAG * draws[0]
    middle, extent = ((ends[0] + ends[-1]) / 2 for ends in (start, sides))
    lagging = (
        now + (half - now) * lag for now, half in ((start, middle), (sides, extent))
    )
    far = _cut(picture, *lagging, crop)
    # Where pixels lie in the window of half way, in shares of its sides.
    place = tf.linspace(0.0, 1.0, crop)
    y, x = (
        (start[:, i, None] - middle[i] + sides[:, i, None] * place) / extent[i]
        for i in (0, 1)
    )
    line = _HIGHEST + (_LOWEST - _HIGHEST) * draws[1]
    line += _STEEPEST * (2 * draws[2] - 1) * (x - 0.5)
    line += _WAVIEST * draws[3] * tf.sin(2 * math.pi * (x + draws[4]))
    below = (y[:, :, None] - line[:, None, :]) / _SOFT + 0.5
    return far + (near - far) * tf.clip_by_value(below, 0, 1)[..., None]


def _passed(frames, picture, sides, way, draws, crop):
    """The frames with an ellipse of another part of the picture moving across them."""
    radii = _SMALLEST + (_LARGEST - _SMALLEST) * draws[0:2]
    middle = draws[2:4] + (draws[4:6] - draws[2:4]) * way
    # What it shows moves with it, and lies within the picture.
    source = radii + (1 - 2 * radii) * draws[6:8]
    shown = _cut(picture, (source - middle) * sides[0], sides[:1] + 0 * sides, crop)
    place = (tf.range(crop, dtype=tf.float32) + 0.5) / crop
    away = [tf.square((place - middle[:, i, None]) / radii[i]) for i in (0, 1)]
    inside = away[0][:, :, None] + away[1][:, None, :] < 1
    return tf.where(inside[..., None], shown, frames)
