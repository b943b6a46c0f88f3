"""What is told of a clip's colours in training: a network learns to follow it."""

import keras
import numpy as np
from keras import ops

from colornet.color import spaces
from colornet.models import drawing

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
        small, large = (ops.max_pool(seeds, size, 1, padding="same") for size in (3, 7))
        size = self.uniform((b, 1, 1, 1))
        points = ops.where(size < 1 / 3, seeds, ops.where(size < 2 / 3, small, large))
        return points[:, None]

    def _strokes(self, b, h, w):
        """Straight lines of a brush: [B, 1, H, W, 1]."""
        grid, size = _grid(h, w)
        shape = (b, 1, 1, _STROKES, 2)
        start, end = self.uniform(shape) * size, self.uniform(shape) * size
        along = (end - start) * self.uniform((b, 1, 1, _STROKES, 1))
        length = ops.sum(along * along, axis=-1, keepdims=True)
        away = grid - start
        at = ops.sum(away * along, axis=-1, keepdims=True) / ops.maximum(length, 1.0)
        away = away - ops.clip(at, 0.0, 1.0) * along
        return _near(away / self.uniform((b, 1, 1, _STROKES, 1), 1.0, 4.0))

    def _regions(self, b, h, w):
        """Ellipses of any size: [B, 1, H, W, 1]."""
        grid, size = _grid(h, w)
        middle = self.uniform((b, 1, 1, _ELLIPSES, 2)) * size
        radii = self.uniform((b, 1, 1, _ELLIPSES, 2), 0.05, 0.5) * size
        return _near((grid - middle) / radii)


def _grid(h, w):
    """Where each pixel is, [H, W, 1, 2], and how large the picture."""
    rows, columns = ops.meshgrid(ops.arange(h), ops.arange(w), indexing="ij")
    grid = ops.cast(ops.stack([rows, columns], axis=-1), "float32")
    return grid[:, :, None], ops.cast(ops.stack([h, w]), "float32")


def _near(away):
    """Whether one of the distances [B, H, W, S, 2] is below 1: [B, 1, H, W, 1]."""
    near = ops.any(ops.sum(away * away, axis=-1) < 1, axis=-1, keepdims=True)
    return ops.cast(near, "float32")[:, None]
