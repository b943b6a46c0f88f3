"""A convolutional GRU whose memory goes along with what moves."""

import keras
import numpy as np
from keras import ops

from colornet.models import conv_gru

_REACH = 3  # Cells that a thing may move between two frames, along each axis.
_KEYS = 32
_OFFSETS = [
    (y, x) for y in range(-_REACH, _REACH + 1) for x in range(-_REACH, _REACH + 1)
]
_UNSEEN = -1e4  # Score of a cell beyond the edge; float16 holds it.


@keras.saving.register_keras_serializable(package="colornet")
class AlignedGRUCell(keras.layers.Layer):
    """One step of a convolutional GRU on a state aligned to its frame.

      k    = W_k * x                               what is to be found again
      a(d) = softmax over d of k . k_before(d) / sqrt(K) + near(d)
      h~   = sum over d of a(d) h(d)               the memory, where its thing is now
      h'   = ConvGRU(x, h~)

    (d) is the value d cells away, of the 7 x 7 around each cell: the local correlation
    of Dosovitskiy et al. 2015, equation 1, of single cells. near is learned and begins
    as minus the square of the distance. x is [B, H, W, C]; h, h~ and h' are [B, H, W,
    filters]; k is [B, H, W, K]; the one state is [h, k].
    """

    def __init__(self, filters: int, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.state_size = filters + _KEYS
        self.find = keras.layers.Conv2D(
            _KEYS, 1, use_bias=False, name="find", dtype=self.dtype_policy
        )
        self.update = conv_gru.ConvGRUCell(
            filters, name="update", dtype=self.dtype_policy
        )

    def build(self, inputs_shape, states_shape=None):
        self.find.build(inputs_shape)
        self.update.build(inputs_shape)
        distance = np.square(_OFFSETS).sum(axis=-1)
        self.near = self.add_weight(
            (len(_OFFSETS),),
            initializer=lambda shape, dtype: ops.convert_to_tensor(-distance, dtype),
            name="near",
        )
        self.built = True

    def call(self, inputs, states, training=False):
        h, before = ops.split(states[0], [self.filters], axis=-1)
        keys = self.find(inputs)
        h, _ = self.update(inputs, [align(h, keys, before, self.near)])
        return h, [ops.concatenate([h, keys], axis=-1)]

    def get_config(self):
        return {**super().get_config(), "filters": self.filters}


def align(memory, keys, before, near):
    """Brings `memory` [B, H, W, C] from where `before` is like `keys`, as above.

    Args:
      memory: of the frame before.
      keys: of this frame, [B, H, W, K].
      before: those of the frame before.
      near: score of each offset, [49].
    """
    scores = ops.sum(keys * _around(before), axis=-1, keepdims=True)
    scores = scores / before.shape[-1] ** 0.5 + ops.reshape(near, (-1, 1, 1, 1, 1))
    seen = _around(ops.ones_like(before[..., :1]))
    shares = ops.softmax(ops.where(seen > 0, scores, _UNSEEN), axis=0)
    return ops.sum(shares * _around(memory), axis=0)


def _around(cells):
    """Cells [B, H, W, C] at each offset from each cell: [49, B, H, W, C]."""
    _, h, w, _ = ops.shape(cells)
    edge = (_REACH, _REACH)
    padded = ops.pad(cells, ((0, 0), edge, edge, (0, 0)))
    starts = [(y + _REACH, x + _REACH) for y, x in _OFFSETS]
    return ops.stack([padded[:, y : y + h, x : x + w] for y, x in starts])
