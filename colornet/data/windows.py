"""Which part of a clip is taken, in space and time, and decoding no more than that."""

import tensorflow as tf

from colornet.data import chance

# From here on samples of plain bilinear resizing leave source pixels out.
ALIASING_FACTOR = 2.0


def take_frames(frames, start, count):
    """`count` entries of `frames` [T] from `start` on: [count], in playing order.

    Where the clip is shorter it plays to and fro: a last frame held still would teach
    that films stop.
    """
    length = tf.size(frames)
    period = tf.maximum(2 * length - 2, 1)
    phase = tf.math.floormod(start + tf.range(count), period)
    return tf.gather(frames, tf.minimum(phase, period - phase))


def random(clip, crop, draws):
    """A random window (top, left, height, width) in pixels: of any size that fits.

    Args:
      clip: a decoded record; its height and width count.
      crop: side of the square that it will be resized to, in pixels.
      draws: four numbers in [0, 1).
    """
    height, width = (tf.cast(clip[name], tf.float32) for name in ("height", "width"))
    shorter = tf.minimum(height, width)
    smallest = tf.minimum(chance.SMALLEST_WINDOW * crop, shorter)
    side = smallest + (shorter - smallest) * draws[0]
    stretch = tf.exp(chance.MAX_STRETCH * (draws[1] - 0.5))
    window_height = tf.clip_by_value(tf.round(side * stretch), 1, height)
    window_width = tf.clip_by_value(tf.round(side / stretch), 1, width)
    top = tf.floor(draws[2] * (height - window_height + 1))
    left = tf.floor(draws[3] * (width - window_width + 1))
    return tf.cast(tf.stack([top, left, window_height, window_width]), tf.int32)


def central(clip):
    """The largest square in the middle: (top, left, height, width) in pixels."""
    height, width = (tf.cast(clip[name], tf.int32) for name in ("height", "width"))
    side = tf.minimum(height, width)
    return tf.stack([(height - side) // 2, (width - side) // 2, side, side])


def decode(frames, window, size):
    """The window of each JPEG in `frames` [T], resized: uint8 [T, size, size, 3]."""
    window_height, window_width = window[2], window[3]

    def decode_one(frame):
        # TensorFlow's default, INTEGER_FAST, is off by up to 16 steps of 255.
        return tf.image.decode_and_crop_jpeg(
            frame, window, channels=3, dct_method="INTEGER_ACCURATE"
        )

    rgb = tf.map_fn(decode_one, frames, fn_output_signature=tf.uint8)
    rgb = tf.reshape(rgb, [-1, window_height, window_width, 3])
    factor = tf.cast(tf.maximum(window_height, window_width), tf.float32) / size
    resized = tf.cond(
        factor >= ALIASING_FACTOR,
        lambda: tf.image.resize(rgb, [size, size], antialias=True),
        lambda: tf.image.resize(rgb, [size, size]),
    )
    rgb = tf.cast(tf.round(tf.clip_by_value(resized, 0, 255)), tf.uint8)
    return tf.ensure_shape(rgb, [None, size, size, 3])
