"""Layers at a network's entrance: RGB to lightness, lightness to an encoder."""

import keras
from keras import ops

from colornet.color import spaces


@keras.saving.register_keras_serializable(package="colornet")
class RgbToLightness(keras.layers.Layer):
    """sRGB clip [..., 3] in 0..255 -> L* [..., 1] in 0..100: what a grey film shows.

    Always float32: eight bits of mantissa would be too few for a lightness.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})

    def call(self, rgb):
        return spaces.srgb_to_lab(ops.cast(rgb, "float32") / 255.0)[..., :1]

    def compute_output_shape(self, rgb_shape):
        return (*rgb_shape[:-1], 1)


@keras.saving.register_keras_serializable(package="colornet")
class LightnessToEncoder(keras.layers.Layer):
    """L* [N, H, W, 1] -> the grey picture [N, H, W, 3] that pretrained weights expect.

    The sRGB grey of that L*, in [0, 1], three times, then `grey * scale + offset`.

    Args:
      scale: 255 for weights trained on 0..255, 2 for [-1, 1].
      offset: added to each of the three channels, such as minus the training mean.
    """

    def __init__(self, scale: float, offset: tuple, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.scale = scale
        self.offset = tuple(offset)

    def call(self, lightness):
        grey = spaces.lightness_to_grey(lightness)
        return grey * self.scale + ops.convert_to_tensor(self.offset, grey.dtype)

    def compute_output_shape(self, lightness_shape):
        return (*lightness_shape[:-1], 3)

    def get_config(self):
        own = {"scale": self.scale, "offset": self.offset}
        return {**super().get_config(), **own}
