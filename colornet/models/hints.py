"""Colours that are known of some pixels, told to a network beside what it sees.

A hint clip [B, T, H, W, 3] has a*, b* and how sure they are: 1 where somebody has said
them, 0 where nothing is known. Zhang et al. 2017, 3.1, tell a network points that way.
"""

import keras
from keras import ops

CHANNELS = 3
LAYERS = "_read", "_tell"  # How the names of those with weights end.
_SCALE = 100.0  # Brings ab to about [-1, 1].


def tell(features, *, hints, stride):
    """Adds what is hinted in each cell of `stride` pixels to its features.

    The first weights add nothing, so that a network without hints learns on as it was.

    Args:
      features: [N, H / stride, W / stride, C].
      hints: [N, H, W, 3]; None where a network takes none.
      stride: pixels per cell.
    """
    if hints is None:
        return features
    name = f"stride{stride}"
    cells = HintCells(stride, name=f"{name}_hints")(hints)
    channels = features.shape[-1]
    told = keras.layers.Conv2D(
        channels // 2,
        3,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=f"{name}_read",
    )(cells)
    told = keras.layers.Conv2D(
        channels, 1, kernel_initializer="zeros", name=f"{name}_tell"
    )(told)
    return keras.layers.Add(name=f"{name}_told")([features, told])


@keras.saving.register_keras_serializable(package="colornet")
class HintCells(keras.layers.Layer):
    """Hints [N, H, W, 3] -> cells [N, H / stride, W / stride, 3].

    Mean ab of what is known in a cell, over 100, and the root of how much that is: of
    the many pixels in a cell a point is few.
    """

    def __init__(self, stride: int, **kwargs):
        super().__init__(**kwargs)
        self.stride = stride

    def call(self, hints):
        ab, sure = hints[..., :2] / _SCALE, hints[..., 2:]
        known = ops.concatenate([ab * sure, sure], axis=-1)
        known = ops.average_pool(known, self.stride, self.stride, padding="same")
        share = known[..., 2:]
        mean = known[..., :2] / ops.maximum(share, 1e-4)
        return ops.concatenate([mean, ops.sqrt(share)], axis=-1)

    def compute_output_shape(self, hints_shape):
        n, h, w, c = hints_shape
        sides = [None if side is None else side // self.stride for side in (h, w)]
        return (n, *sides, c)

    def get_config(self):
        return {**super().get_config(), "stride": self.stride}
