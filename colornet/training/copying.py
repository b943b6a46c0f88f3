"""How keys are learned: by copying a clip's colours from one of its frames."""

import keras
from keras import ops

from colornet.color import bins, spaces
from colornet.models import losses, matching


class LeadByKeys(keras.layers.Layer):
    """Hints that tell all frames of a clip what one is told; keys learn to lead so.

    Call arguments:
      hints: [B, T, H, W, 3].
      rgb: the clips, sRGB [B, T, H, W, 3] in 0..255.
      taps: three of the encoder, of the clips' frames [B * T, ...], as `keys` takes
        them.

    A clip of one frame has none to tell or to learn from: its hints are left as they
    are, and no keys are made of it.

    Args:
      keys: made by `matching.build_keys`.
    """

    def __init__(self, keys: keras.Model, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.keys = keys

    def call(self, hints, rgb, *taps, training=False):
        frames = ops.shape(rgb)[1]
        rgb = ops.cast(rgb, "float32")

        def of_film():
            keys = self.keys(list(taps))
            keys = ops.reshape(keys, (-1, frames, *ops.shape(keys)[1:]))
            cost = copying_loss(keys, rgb) if training else 0.0
            return matching.tell_other_frames(hints, keys), ops.cast(cost, "float32")

        def of_photo():
            return hints, ops.cast(0.0, "float32")

        if isinstance(frames, int):
            told, cost = of_film() if frames > 1 else of_photo()
        else:
            told, cost = ops.cond(frames > 1, of_film, of_photo)
        if training:
            self.add_loss(cost)
        return told

    def compute_output_spec(self, hints, *_, **__):
        return keras.KerasTensor(hints.shape, dtype=hints.dtype)


def copying_loss(keys, rgb):
    """What it costs to take the colours of each frame but the first from the first.

    Cross-entropy of what is copied, by `matching`, with the truth: Vondrick et al.
    2018, equation 3. What is not copied counts as the clip's colours at large.

    Args:
      keys: [B, T, H / 8, W / 8, C], T at least 2.
      rgb: the clips, sRGB float32 [B, T, H, W, 3] in 0..255.
    """
    centers = bins.ab_centers()
    ab = losses.block_mean(spaces.srgb_to_lab(rgb / 255.0)[..., 1:], matching.STRIDE)
    truth = matching.cells(bins.soft_encode(ab, centers))
    palette = ops.mean(truth, axis=(1, 2), keepdims=True)
    keys = matching.cells(keys)
    taken = matching.shares(keys[:, 1:], keys[:, :1])
    rest = 1.0 - ops.sum(taken, axis=-1, keepdims=True)
    copied = ops.matmul(taken, truth[:, :1]) + rest * palette
    return ops.mean(-ops.sum(truth[:, 1:] * ops.log(copied + 1e-6), axis=-1))
