"""Pretrained image encoders, read at several depths.

Every encoder takes lightness [N, H, W, 1] (H and W multiples of `ALIGN`) and returns
its taps from fine to coarse, one for each stride of its list: [N, H / s, W / s, C].
Normalisation layers keep the statistics that came with the weights, trained or not.
"""

import contextlib
import dataclasses
from collections.abc import Callable

import keras

from colornet import whole_file
from colornet.models import lightness

ALIGN = 32  # The largest stride of any encoder here.


@dataclasses.dataclass(frozen=True)
class _Recipe:
    build: Callable
    scale: float
    offset: tuple[float, float, float]
    taps: tuple[str, ...]
    strides: tuple[int, ...]
    size: float = 1.0  # Of its features, about; taps are divided by it.


_RECIPES = {
    # Simonyan & Zisserman 2015, configuration D. BGR, ImageNet's mean subtracted.
    "vgg16": _Recipe(
        build=keras.applications.VGG16,
        scale=255.0,
        offset=(-103.939, -116.779, -123.68),
        taps=("block3_conv3", "block4_conv3", "block5_conv3"),
        strides=(4, 8, 16),
        size=100.0,
    ),
    # Sandler et al. 2018. RGB in [-1, 1].
    "mobilenet_v2": _Recipe(
        build=keras.applications.MobileNetV2,
        scale=2.0,
        offset=(-1.0, -1.0, -1.0),
        taps=(
            "block_3_expand_relu",
            "block_6_expand_relu",
            "block_13_expand_relu",
            "out_relu",
        ),
        strides=(4, 8, 16, 32),
    ),
}
NAMES = tuple(_RECIPES)


def build_encoder(
    name, *, weights=None, trainable=False, dtype=None, taps=()
) -> keras.Model:
    """Lightness [N, H, W, 1] -> list of taps, fine to coarse.

    Args:
      name: one of `NAMES`.
      weights: None (random), "imagenet" (downloaded by Keras) or a `.h5` file in the
        format of `keras.applications`, without the classifier.
      trainable: whether training changes the encoder.
      dtype: its dtype policy; None is the global one. Depthwise convolutions are no
        faster in bfloat16 on a CPU, so that a frozen encoder may stay in float32.
      taps: names of the layers to read, from fine to coarse, instead of its own.
    """
    if name not in _RECIPES:
        raise ValueError(f"encoder must be one of {list(NAMES)}, got {name!r}.")
    recipe = _RECIPES[name]
    with _dtype_policy(dtype):
        whole = recipe.build(
            include_top=False, weights=weights, input_shape=(None, None, 3)
        )
        outputs = [whole.get_layer(tap).output for tap in taps or recipe.taps]
        # Cut at the deepest tap: what lies behind it would be dead weight.
        pretrained = keras.Model(whole.input, outputs, name=f"{name}_taps")
        pretrained.trainable = trainable
        clip = keras.Input((None, None, 1), name="lightness")
        images = lightness.LightnessToEncoder(recipe.scale, recipe.offset)(clip)
        taps = pretrained(images, training=False)
        if recipe.size != 1:
            # A decoder that is new would drown in them.
            taps = [tap / recipe.size for tap in taps]
        return keras.Model(clip, taps, name="encoder")


def save_weights(encode: keras.Model, name: str, path, dtype="float32") -> None:
    """Writes what `build_encoder` takes as `weights`.

    Args:
      encode: made by `build_encoder`.
      name: that it was made with.
      path: ends in .weights.h5.
      dtype: of the file.
    """
    with _dtype_policy(dtype):
        whole = _RECIPES[name].build(
            include_top=False, weights=None, input_shape=(None, None, 3)
        )
    for layer in backbone(encode).layers:
        if layer.weights:
            whole.get_layer(layer.name).set_weights(layer.get_weights())
    with whole_file.written(path) as unfinished:
        whole.save_weights(unfinished)


def backbone(encode: keras.Model) -> keras.Model:
    """What of an encoder is pretrained: its preprocessed picture [N, H, W, 3] -> taps.

    Args:
      encode: made by `build_encoder`.
    """
    return encode.layers[2]


def strides(name) -> tuple[int, ...]:
    """Strides of the taps of encoder `name`, fine to coarse."""
    return _RECIPES[name].strides


@contextlib.contextmanager
def _dtype_policy(dtype):
    """Builds what stands inside under another policy: the applications take none."""
    before = keras.config.dtype_policy()
    try:
        if dtype is not None:
            keras.config.set_dtype_policy(dtype)
        yield
    finally:
        keras.config.set_dtype_policy(before)
