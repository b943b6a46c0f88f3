"""What Larsson et al. 2016 need of single pixels: hypercolumns, histograms, places."""

import keras
import numpy as np
from keras import ops

from colornet.color import bins, spaces
from colornet.models import drawing

_WINDOW = 7  # Side of the square whose colours a histogram counts, pixels.
_MARGIN = _WINDOW // 2


@keras.saving.register_keras_serializable(package="colornet")
class Hypercolumns(keras.layers.Layer):
    """Maps, each [N, H / s, W / s, C], at points [N, P, 2] -> [N, P, sum of C].

    Points are rows and columns of pixels, 0 the middle of the first; maps are bilinear
    between the middles of their cells, and level beyond the outermost. Always float32:
    eight bits of mantissa would be too few for a place.

    Args:
      strides: s of each map, in pixels.
    """

    def __init__(self, strides, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.strides = tuple(strides)

    def call(self, maps, points):
        parts = [
            _bilinear(one, (points + 0.5) / stride - 0.5)
            for one, stride in zip(maps, self.strides, strict=True)
        ]
        return ops.concatenate(parts, axis=-1)

    def compute_output_shape(self, maps_shape, points_shape):
        return (*points_shape[:2], sum(shape[-1] for shape in maps_shape))

    def get_config(self):
        return {**super().get_config(), "strides": self.strides}


@keras.saving.register_keras_serializable(package="colornet")
class DrawPoints(drawing.Drawing):
    """Pictures [N, H, W, 3] -> points [N, P, 2] with a whole window around each.

    Outside training they are the same at every call.

    Args:
      count: P.
    """

    def __init__(self, count: int, **kwargs):
        super().__init__(**kwargs)
        self.count = count

    def call(self, images, training=False):
        n, height, width, _ = ops.shape(images)
        shape = (n, self.count, 2)
        if training:
            share = self.uniform(shape)
        else:
            share = keras.random.uniform(shape, seed=self.seed)
        room = ops.cast(ops.stack([height, width]) - 2 * _MARGIN, share.dtype)
        return ops.floor(share * room) + _MARGIN

    def compute_output_shape(self, images_shape):
        return (images_shape[0], self.count, 2)

    def get_config(self):
        return {**super().get_config(), "count": self.count}


@keras.saving.register_keras_serializable(package="colornet")
class HueChromaHistograms(keras.layers.Layer):
    """RGB [N, H, W, 3], 0..255, about points [N, P, 2] -> [N, P, 2 K + 1].

    The histogram of hue in the 7 x 7 pixels there, that of chroma, and the chroma of
    the point itself.

    Args:
      num_bins: K.
    """

    def __init__(self, num_bins: int, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.num_bins = num_bins

    def call(self, images, points):
        window = np.arange(_WINDOW) - _MARGIN
        window = np.stack(np.meshgrid(window, window, indexing="ij"), axis=-1)
        offsets = window.reshape(-1, 2).astype("int32")
        places = ops.cast(points, "int32")[:, :, None] + offsets
        n, p, count, _ = ops.shape(places)
        rgb = _gather(images, ops.reshape(places, (n, p * count, 2)))
        colors = spaces.srgb_to_hue_chroma(ops.cast(rgb, "float32") / 255.0)
        colors = ops.reshape(colors[..., :2], (n, p, count, 2))
        histograms = ops.mean(bins.marginal_encode(colors, self.num_bins), axis=2)
        histograms = ops.reshape(histograms, (n, p, 2 * self.num_bins))
        return ops.concatenate([histograms, colors[:, :, count // 2, 1:]], axis=-1)

    def compute_output_shape(self, images_shape, points_shape):
        return (*points_shape[:2], 2 * self.num_bins + 1)

    def get_config(self):
        return {**super().get_config(), "num_bins": self.num_bins}


def upsampled(cells, shape: tuple[int, int], first_row: int, count: int):
    """Some rows of cells [1, h, w, C] enlarged bilinearly to a shape: [count, W, C].

    Args:
      cells: of equal size, which fill the picture.
      shape: of the picture in pixels, (H, W).
      first_row: of those wanted.
      count: rows that are wanted.
    """
    _, small_height, small_width, channels = cells.shape
    rows = _middles(first_row, count, small_height / shape[0])
    columns = _middles(0, shape[1], small_width / shape[1])
    points = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1)
    values = _bilinear(cells, points.reshape(1, -1, 2).astype("float32"))
    return ops.reshape(values, (count, shape[1], channels))


def _middles(first, count, cells_per_pixel):
    return (np.arange(first, first + count) + 0.5) * cells_per_pixel - 0.5


def _bilinear(maps, places):
    """Maps [N, h, w, C] at places [N, P, 2] in their own cells: [N, P, C]."""
    last = ops.cast(ops.stack(ops.shape(maps)[1:3]) - 1, places.dtype)
    places = ops.clip(places, 0.0, last)
    low = ops.floor(places)
    high = ops.minimum(low + 1.0, last)
    share = ops.cast(places - low, maps.dtype)
    mixed = 0.0
    for row, down in ((low, 1 - share[..., :1]), (high, share[..., :1])):
        for column, right in ((low, 1 - share[..., 1:]), (high, share[..., 1:])):
            corner = ops.stack([row[..., 0], column[..., 1]], axis=-1)
            mixed = mixed + down * right * _gather(maps, ops.cast(corner, "int32"))
    return mixed


def _gather(maps, places):
    """Maps [N, h, w, C] at whole places [N, P, 2]: [N, P, C]."""
    n, height, width, channels = ops.shape(maps)
    before = ops.arange(n, dtype="int32")[:, None] * height * width
    index = before + places[..., 0] * width + places[..., 1]
    return ops.take(ops.reshape(maps, (-1, channels)), index, axis=0)
