"""What time does to pictures, done in training to what the network sees of them.

Old prints are pale, soft, grainy, scratched and spotted, and early emulsions saw other
greys; colours are learned from pictures that are none of it.
"""

import keras
from keras import ops

from colornet.models import drawing, shifts

_GAMMA = 0.4  # Tone curves are grey ** exp(-0.4) to exp(0.4).
_PALE = 0.25  # The most that is lost of the range at either end.
_GRAIN = 0.05  # Largest standard deviation, of a range of 1.
_SCRATCHED, _SPOTTED = 0.004, 0.0004  # The most columns and pixels that are.


@keras.saving.register_keras_serializable(package="colornet")
class Age(drawing.Drawing):
    """L* of clips [B, T, H, W, 1] -> the same in 0..100, of some as if they were old.

    Tone, softness and amounts are those of a clip, grain, scratches and spots each
    frame's own. Outside training nothing is changed.

    Args:
      share: of clips that are aged.
      seed: of what is drawn.
    """

    def __init__(self, share: float, seed: int = 0, **kwargs):
        super().__init__(seed, **kwargs)
        self.share = share

    def call(self, lightness, training=False):
        if not training:
            return lightness
        b, t, h, w, _ = ops.shape(lightness)
        of_clip = (b, 1, 1, 1, 1)
        grey = ops.clip(lightness / 100.0, 1e-3, 1.0)
        grey = grey ** ops.exp(self.uniform(of_clip, -_GAMMA, _GAMMA))
        black = self.uniform(of_clip, 0.0, _PALE)
        white = self.uniform(of_clip, 1.0 - _PALE, 1.0)
        grey = black + (white - black) * grey
        soft = grey
        for axis in (2, 3):
            soft = (sum(shifts.beside(soft, axis)) + soft) / 3.0
        grey = grey + self.uniform(of_clip) * (soft - grey)
        grain = keras.random.normal((b, t, h, w, 1), seed=self.draws)
        grey = grey + self.uniform(of_clip, 0.0, _GRAIN) * grain
        grey = grey + self._marks((b, t, 1, w, 1), of_clip, _SCRATCHED)
        grey = grey + self._marks((b, t, h, w, 1), of_clip, _SPOTTED)
        aged = ops.clip(grey, 0.0, 1.0) * 100.0
        return ops.where(self.uniform(of_clip) < self.share, aged, lightness)

    def compute_output_shape(self, lightness_shape):
        return lightness_shape

    def get_config(self):
        return {**super().get_config(), "share": self.share}

    def _marks(self, shape, of_clip, most):
        """Black and white marks at a share of places up to `most`, -1 to 1."""
        there = self.uniform(shape) < self.uniform(of_clip, 0.0, most)
        return ops.cast(there, "float32") * self.uniform(shape, -1.0, 1.0)
