"""What training lowers."""

import keras
import numpy as np
from keras import ops

from colornet.color import bins, spaces

_GRID = 10.0  # Between neighbouring bins, in ab.


@keras.saving.register_keras_serializable(package="colornet")
class ChromaCrossEntropy(keras.losses.Loss):
    """Frame-wise, pixel-wise cross-entropy of predicted bins with a clip's chroma.

    The target of a predicted pixel is the soft encoding (Zhang et al. 2016, 2.2) of the
    mean ab of the block of pixels that it stands for. On request colours that change
    otherwise than the truth from one frame to the next cost too: `change_error`.

    `call` takes y_true, the clip as sRGB [B, T, H, W, 3] in 0..255, and y_pred, logits
    [B, T, H / stride, W / stride, Q], and returns one value per predicted pixel. It
    must not average: Keras divides by the number of replicas only where it averages
    itself, so a scalar from here would multiply the gradient by that number.

    Args:
      centers: ab bins, [Q, 2].
      bin_weights: [Q], how much a pixel counts by its nearest bin; None, all alike.
      stride: pixels per predicted pixel.
      temporal_weight: of `change_error`; 0 leaves it out.
    """

    def __init__(
        self,
        centers,
        bin_weights=None,
        stride=4,
        temporal_weight=0.0,
        name="chroma_cross_entropy",
        **kwargs,
    ):
        super().__init__(name=name, **kwargs)
        self.centers = np.asarray(centers, "float32")
        if bin_weights is None:
            bin_weights = np.ones(len(self.centers))
        self.bin_weights = np.asarray(bin_weights, "float32")
        self.stride = stride
        self.temporal_weight = temporal_weight

    def call(self, y_true, y_pred):
        ab = block_mean(spaces.srgb_to_lab(y_true / 255.0)[..., 1:], self.stride)
        indices, shares = bins.nearest_bins(ab, self.centers)
        # Spread out before, as the gradient of what is picked out is slower on CPUs.
        target = bins.spread_out(indices, shares, len(self.centers))
        weight = ops.take(self.bin_weights, indices[..., 0])
        loss = weight * ops.categorical_crossentropy(target, y_pred, from_logits=True)
        if self.temporal_weight:
            predicted = ops.matmul(ops.softmax(y_pred), self.centers)
            loss = loss + self.temporal_weight * change_error(ab, predicted)
        return loss

    def get_config(self):
        own = {
            "centers": self.centers.tolist(),
            "bin_weights": self.bin_weights.tolist(),
            "stride": self.stride,
            "temporal_weight": self.temporal_weight,
        }
        return {**super().get_config(), **own}


def change_error(ab, predicted):
    """How wrongly ab changes from the frame before, of clips [B, T, h, w, 2].

    Returns:
      [B, T, h, w], squared distance between predicted and true change, in steps of the
      ab grid (10); 0 in first frames.
    """
    wrong = (predicted - ab) / _GRID
    change = wrong - ops.concatenate([wrong[:, :1], wrong[:, :-1]], axis=1)
    return ops.sum(ops.square(change), axis=-1)


def block_mean(clip, size):
    """[B, T, H, W, C] -> [B, T, H / size, W / size, C]; H and W divide by size."""
    b, t, h, w, c = ops.shape(clip)
    blocks = ops.reshape(clip, (b, t, h // size, size, w // size, size, c))
    return ops.mean(blocks, axis=(3, 5))
