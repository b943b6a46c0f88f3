"""What is told of a clip's colours in training: a network learns to follow it."""

import keras
import numpy as np
from keras import ops

from colornet.color import spaces
from colornet.models import drawing, shifts

# How often nothing is told of a clip, or points, strokes, regions, whole frames.
_SHARES = {"nothing": 0.5, "points": 0.2, "strokes": 0.1, "regions": 0.1, "frames": 0.1}
_MOST_POINTS = 128
_STROKES, _ELLIPSES = 3, 2
_MISTAKE = 4.0  # Standard deviation of what people say, in ab.


@keras.saving.register_keras_serializable(package="colornet")
class RevealHints(drawing.Drawing):
    """RGB clips [B, T, H, W, 3] in 0..255 -> hints [B, T, H, W, 3], drawn at random.

    Half of the clips get none, as in Zhang et al. 2017, 3.1; outside training all.
    """

    def call(self, rgb, training=False):
        if not training:
            return ops.zeros_like(ops.cast(rgb, "float32"))
        ab = spaces.srgb_to_lab(ops.cast(rgb, "float32") / 255.0)[..., 1:]
        b, t, h, w, _ = ops.shape(rgb)
        kind = self.uniform((b, 1, 1, 1, 1))
        bounds = np.cumsum(list(_SHARES.values()))
        told = ops.zeros((b, t, h, w, 1))
        for number, mask in enumerate(
            (self._points(b, h, w), self._strokes(b, h, w), self._regions(b, h, w), 1.0)
        ):
            chosen = ops.logical_and(kind >= bounds[number], kind < bounds[number + 1])
            told = told + ops.cast(chosen, "float32") * mask
        # Of a film some frames are told of, of a photograph all: the only one.
        frames = self.uniform((b, t, 1, 1, 1)) < ops.where(t > 1, 0.4, 1.0)
        told = told * ops.cast(frames, "float32")
        mistaken = ops.cast(self.uniform((b, 1, 1, 1, 1)) < 0.5, "float32") * _MISTAKE
        mistake = keras.random.normal((b, 1, 1, 1, 2), seed=self.draws) * mistaken
        return ops.concatenate([(ab + mistake) * told, told], axis=-1)

    def compute_output_shape(self, rgb_shape):
        return rgb_shape

    def _points(self, b, h, w):
        """Squares of 1, 3 or 7 pixels, some of a few, some of many: [B, 1, H, W, 1]."""
        count = 2.0 ** self.uniform((b, 1, 1, 1), 0.0, np.log2(_MOST_POINTS))
        share = count / ops.cast(h * w, "float32")
        seeds = ops.cast(self.uniform((b, h, w, 1)) < share, "float32")
        small = _grown(seeds)
        large = _grown(_grown(small))
        size = self.uniform((b, 1, 1, 1))
        points = ops.where(size < 1 / 3, seeds, ops.where(size < 2 / 3, small, large))
        return points[:, None]

    def _strokes(self, b, h, w):
        """Straight lines of a brush: [B, 1, H, W, 1]."""
        rows, columns, size = _grid(h, w)
        shape = (b, 1, 1, _STROKES, 2)
        start, end = self.uniform(shape) * size, self.uniform(shape) * size
        along = (end - start) * self.uniform((b, 1, 1, _STROKES, 1))
        width = self.uniform((b, 1, 1, _STROKES), 1.0, 4.0)
        length = ops.maximum(ops.sum(along * along, axis=-1), 1.0)
        y, x = rows - start[..., 0], columns - start[..., 1]
        # |away - at along|^2, of the point of the line that is nearest.
        ahead = y * along[..., 0] + x * along[..., 1]
        at = ops.clip(ahead / length, 0.0, 1.0)
        away = y * y + x * x + at * (at * length - 2.0 * ahead)
        return _any_of(away < width * width)

    def _regions(self, b, h, w):
        """Ellipses of any size: [B, 1, H, W, 1]."""
        rows, columns, size = _grid(h, w)
        shape = (b, 1, 1, _ELLIPSES, 2)
        middle = self.uniform(shape) * size
        radii = self.uniform(shape, 0.05, 0.5) * size
        y = (rows - middle[..., 0]) / radii[..., 0]
        x = (columns - middle[..., 1]) / radii[..., 1]
        return _any_of(y * y + x * x < 1.0)


def _grown(mask):
    """A mask [B, H, W, 1] with what is next to it, corners too.

    By shifts: a maximum pooled over one channel takes TensorFlow ten times as long.
    """
    for axis in (1, 2):
        before, behind = shifts.beside(mask, axis)
        mask = ops.maximum(mask, ops.maximum(before, behind))
    return mask


def _grid(h, w):
    """Rows [H, 1, 1] and columns [W, 1] of pixels, and how large the picture is [2]."""
    rows, columns = (ops.cast(ops.arange(side), "float32") for side in (h, w))
    return rows[:, None, None], columns[:, None], ops.cast(ops.stack([h, w]), "float32")


def _any_of(masks):
    """Where one of several is: [B, H, W, S] -> [B, 1, H, W, 1]."""
    return ops.cast(ops.any(masks, axis=-1, keepdims=True), "float32")[:, None]
