"""How keys are learned: by copying a clip's colours from one of its frames."""

import keras
from keras import ops

from colornet.color import bins, spaces
from colornet.models import losses, matching


@keras.saving.register_keras_serializable(package="colornet")
class LearnKeys(keras.layers.Layer):
    """Keys and clips -> the same keys; adds the loss that they are learned by.

    The colours of each frame but the first are taken from the first by `matching`:
    cross-entropy of what is copied with the truth (Vondrick et al. 2018, equation 3).
    What is not copied counts as the clip's colours at large.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self._centers = bins.ab_centers()

    def call(self, keys, rgb, training=False):
        if training:
            self.add_loss(self._loss(keys, rgb))
        return keys

    def compute_output_shape(self, keys_shape, rgb_shape):
        return keys_shape

    def _loss(self, keys, rgb):
        ab = spaces.srgb_to_lab(ops.cast(rgb, "float32") / 255.0)[..., 1:]
        ab = losses.block_mean(ab, matching.STRIDE)
        truth = matching.cells(bins.soft_encode(ab, self._centers))
        palette = ops.mean(truth, axis=(1, 2), keepdims=True)
        keys = matching.cells(keys)
        taken = matching.shares(keys[:, 1:], keys[:, :1])
        rest = 1.0 - ops.sum(taken, axis=-1, keepdims=True)
        copied = ops.matmul(taken, truth[:, :1]) + rest * palette
        error = -ops.sum(truth[:, 1:] * ops.log(copied + 1e-6), axis=-1)
        # A clip of one frame has none to copy to.
        return ops.sum(error) / ops.cast(ops.maximum(ops.size(error), 1), error.dtype)
