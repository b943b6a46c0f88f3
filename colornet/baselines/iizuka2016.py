"""Iizuka et al. 2016: local and global features, joined, to ab; classes beside it.

"Let there be color!", S. Iizuka, E. Simo-Serra, H. Ishikawa. Layers as in their table
1, all with batch normalisation and ReLU: low-level features of the picture at stride 8;
of them, mid-level ones; and of the picture at 224 x 224, by the same low-level weights,
256 global ones. The fusion layer joins the global ones to each place (equation 3); the
colourisation network makes ab of it at stride 2, by a sigmoid, which is enlarged
bilinearly. Any input size will do. The loss is the squared difference of ab, in [0, 1],
and 1/300 of the cross-entropy of the picture's class, which two more layers predict
from the global features (section 3.5).

Not as in the paper:
- the squared difference is a mean over places: the paper writes a sum, under which a
  300th of the cross-entropy would be nothing;
- classes are ImageNet's 1000 instead of Places' 205, and come from the records: that of
  the picture's folder, or what tools/label_records.py has stored. Clips without a class
  from 0 to 999 teach colours only;
- a crop that is smaller than 224 is enlarged for the global features, in training as in
  use; theirs were 224 in training;
- the target of a place is the mean ab of its 2 x 2 pixels, and [0, 1] is -100 to 100,
  as in their code, siggraph2016_colorization;
- the optimiser, its step sizes and the number of steps are those of the flags, as in
  every row, instead of AdaDelta;
- colours outside the gamut lose chroma, not lightness, as in every row.
"""

import keras
import numpy as np
from keras import ops

from colornet.baselines import frames
from colornet.color import spaces
from colornet.models import losses

NUM_CLASSES = 1000
CLASS_WEIGHT = 1 / 300  # alpha, section 3.5.
STRIDE = 2  # Of the predicted ab, in pixels.
_SIDE = 224  # Of the picture whose global features are taken. Section 3.2.
_MULTIPLE = 8
_RANGE = 100.0  # Of ab, either way.
# Table 1: channels and stride of each convolution; channels of each dense layer.
_LOW = ((64, 2), (128, 1), (128, 2), (256, 1), (256, 2), (512, 1))
_MIDDLE = ((512, 1), (256, 1))
_GLOBAL = ((512, 2), (512, 1), (512, 2), (512, 1))
_GLOBAL_DENSE = (1024, 512)
_FUSED = 256
_COLOR = (((128, 1),), ((64, 1), (64, 1)), ((32, 1),))  # Doubled in between.


def build_network(*, width: float = 1.0) -> keras.Model:
    """L* [N, H, W, 1], H and W multiples of 8 -> ab and class.

    Args:
      width: the share of the paper's channels that each layer has.

    Returns:
      a model to {"color": [N, H / 2, W / 2, 2], ab as [0, 1], "label": logits [N,
      1000]}.
    """
    picture = keras.Input((None, None, 1), name="lightness")
    low_level = keras.Sequential(
        _convolutions(_LOW, width, "low"), name="low_level_features"
    )
    grey = keras.layers.Rescaling(0.01)(picture)
    local = low_level(grey)
    for layer in _convolutions(_MIDDLE, width, "middle"):
        local = layer(local)

    whole = low_level(ops.image.resize(grey, (_SIDE, _SIDE)))
    for layer in _convolutions(_GLOBAL, width, "global"):
        whole = layer(whole)
    whole = keras.layers.Flatten()(whole)
    for number, channels in enumerate(_GLOBAL_DENSE, 1):
        whole = _dense(channels, width, f"global_dense{number}")(whole)
    seen = _dense(_FUSED, width, "class_dense")(whole)
    label = keras.layers.Dense(NUM_CLASSES, dtype="float32", name="class")(seen)
    whole = _dense(_FUSED, width, "global_dense3")(whole)

    everywhere = ops.ones_like(local) * whole[:, None, None]
    x = keras.layers.Concatenate(name="fusion_input")([everywhere, local])
    x = _normalised(keras.layers.Conv2D, _FUSED, width, "fusion", kernel_size=1)(x)
    for number, convolutions in enumerate(_COLOR):
        if number:
            x = keras.layers.UpSampling2D(interpolation="nearest")(x)
        for layer in _convolutions(convolutions, width, f"color{number}_"):
            x = layer(x)
    color = keras.layers.Conv2D(
        2, 3, padding="same", activation="sigmoid", dtype="float32", name="ab"
    )(x)
    return keras.Model(picture, {"color": color, "label": label}, name="iizuka2016")


training_model = frames.of_clips


@keras.saving.register_keras_serializable(package="colornet")
class ColorError(keras.losses.Loss):
    """RGB clips and predicted [B, T, H / 2, W / 2, 2] -> squared difference of each."""

    def call(self, y_true, y_pred):
        ab = spaces.srgb_to_lab(y_true / 255.0)[..., 1:]
        target = losses.block_mean(ab / (2 * _RANGE) + 0.5, STRIDE)
        return ops.sum(ops.square(y_pred - target), axis=-1)


@keras.saving.register_keras_serializable(package="colornet")
class ClassError(keras.losses.Loss):
    """Classes [B] and logits of frames [B, T, 1000] -> cross-entropy of each, weighed.

    Where there is no such class, 0.
    """

    def call(self, y_true, y_pred):
        known = ops.logical_and(y_true >= 0, y_true < NUM_CLASSES)[:, None]
        label = ops.cast(ops.clip(y_true, 0, NUM_CLASSES - 1), "int32")
        chosen = ops.one_hot(label, NUM_CLASSES, dtype=y_pred.dtype)[:, None]
        error = -ops.sum(chosen * ops.log_softmax(y_pred), axis=-1)
        return CLASS_WEIGHT * ops.where(known, error, ops.zeros_like(error))


def training_loss() -> dict:
    """Equation 5, its two terms."""
    return {"color": ColorError(), "label": ClassError()}


def colorize(network: keras.Model, grey: np.ndarray, network_size: int) -> np.ndarray:
    """As `registry` says."""
    share = network(frames.seen(grey, network_size, _MULTIPLE))["color"]
    return frames.painted(grey, (2 * share - 1) * _RANGE)


def _convolutions(layers, width, name):
    return [
        _normalised(
            keras.layers.Conv2D,
            channels,
            width,
            f"{name}{number}",
            kernel_size=3,
            strides=stride,
            padding="same",
        )
        for number, (channels, stride) in enumerate(layers, 1)
    ]


def _dense(channels, width, name):
    return _normalised(keras.layers.Dense, channels, width, name)


def _normalised(kind, channels, width, name, **kwargs):
    """A layer with batch normalisation and ReLU."""
    layer = kind(int(width * channels), kernel_initializer="he_normal", **kwargs)
    norm = keras.layers.BatchNormalization()
    return keras.Sequential([layer, norm, keras.layers.ReLU()], name=name)
