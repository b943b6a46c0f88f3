"""How much colour strays across edges when predicted ab is enlarged.

The root mean square distance in a*b* of a picture's colour from the true one, over the
pixels within 3 of a strong edge of luma: where the gradient of Rec. 601 Y', by Sobel's
operator, is 25 or more of 255 levels a pixel, as it is beside a step of 50. Squares are
summed over the pictures and one root is taken at the end.

It is told for three ways of enlarging: a pixel takes the value of its cell ("nearest"),
the bilinear mean of four cells ("bilinear"), or `attach.upsample_chroma` ("guided");
and for two kinds of cells: the means of the true ab, so that the enlarging alone is
measured, and what the model predicts.
"""

import collections

import numpy as np
import tensorflow as tf
from PIL import Image
from skimage import filters, morphology

from colornet.color import attach, spaces
from colornet.evaluation import scoring
from colornet.inference import network_view
from colornet.inference.colorizer import Colorizer

WAYS = ("nearest", "bilinear", "guided")
STRONG = 25.0  # Levels of Y', of 255, a pixel.
NEAR = 3  # Pixels.


def near_edges(rgb: np.ndarray) -> np.ndarray:
    """Whether pixels are near a strong edge, bool [H, W], of sRGB uint8 [H, W, 3]."""
    pixels = tf.constant(rgb / np.float32(255))
    luma = spaces.srgb_to_ycbcr(pixels, matrix="bt601", full_range=True)[..., 0]
    # Of both directions skimage takes the root mean square, of changes in two pixels.
    gradient = filters.sobel(np.asarray(luma), mode="nearest") * 2**0.5 / 2
    return morphology.dilation(gradient >= STRONG, morphology.disk(NEAR))


class EdgeError:
    """The error of pictures that come one by one and are not kept.

    Example:
      error = EdgeError(colorizer)
      for rgb in photos:
          error.add(rgb)
      error.result()["truth"]["guided"]
    """

    def __init__(self, colorizer: Colorizer):
        """Takes the model, which also says at what size it sees a picture."""
        self._colorizer = colorizer
        self._squares = collections.Counter()
        self._pixels = 0

    def add(self, rgb: np.ndarray) -> None:
        """Takes one more colour picture, sRGB uint8 [H, W, 3]."""
        near = near_edges(rgb)
        true = np.asarray(spaces.srgb_to_lab(rgb / np.float32(255)))[..., 1:]
        grey = scoring.grey_of(rgb)
        lightness = np.asarray(spaces.grey_to_lightness(grey / np.float32(255)))
        small = network_view.lightness(grey, self._colorizer.network_shape(*grey.shape))
        stride = self._colorizer.info.stride
        kinds = {
            "truth": _cell_means(true, small.shape, stride),
            "model": self._colorizer.stream().predict_ab(small[None])[0],
        }
        for kind, cells in kinds.items():
            for way in WAYS:
                ab = enlarge(cells, small, lightness, way=way, stride=stride)
                distances = np.square(ab - true).sum(axis=-1)
                self._squares[kind, way] += distances[near].sum(dtype="float64")
        self._pixels += np.count_nonzero(near)

    def result(self) -> dict[str, dict[str, float]]:
        """The error, in units of a*b*, by kind of cells and by way."""
        return {
            kind: {
                way: (self._squares[kind, way] / max(self._pixels, 1)) ** 0.5
                for way in WAYS
            }
            for kind in ("truth", "model")
        }


def enlarge(cells, small, lightness, *, way, stride=4) -> np.ndarray:
    """Ab of every pixel, float32 [H, W, 2].

    Args:
      cells: ab, float32 [h4, w4, 2].
      small: L* of the network's picture, float32 [h, w].
      lightness: L* of the full picture, float32 [H, W].
      way: one of `WAYS`.
      stride: network pixels per cell.
    """
    if way == "guided":
        tensors = [tf.constant(x[None]) for x in (cells, small[..., None])]
        ab = attach.upsample_chroma(
            tensors[0],
            attach.cell_lightness(tensors[1], stride),
            tf.constant(lightness[None, ..., None]),
            network_shape=small.shape,
            stride=stride,
        )
        return np.asarray(ab)[0]
    rows, columns = (
        _weights(count, stride * pixels / extent, pixels, way)
        for count, extent, pixels in zip(
            cells.shape, small.shape, lightness.shape, strict=False
        )
    )
    return np.einsum("hi,ijc,wj->hwc", rows, cells, columns, optimize=True)


def _weights(cells, size, pixels, way):
    """What each cell counts for at each pixel, [pixels, cells]; `size` is in pixels."""
    middles, at = (np.arange(cells) + 0.5) * size, np.arange(pixels) + 0.5
    one = np.eye(cells, dtype="float32")
    if way == "nearest":
        return one[np.abs(at[:, None] - middles).argmin(axis=1)]
    return np.stack([np.interp(at, middles, of_cell) for of_cell in one], axis=1)


def _cell_means(ab, shape, stride):
    """The mean ab [h4, w4, 2] of the cells of a picture [H, W, 2] seen at `shape`."""
    planes = [
        Image.fromarray(np.ascontiguousarray(ab[..., channel])).resize(
            shape[::-1], Image.Resampling.BOX
        )
        for channel in range(2)
    ]
    means = attach.cell_lightness(tf.constant(np.stack(planes)[..., None]), stride)
    return np.moveaxis(np.asarray(means)[..., 0], 0, -1)
