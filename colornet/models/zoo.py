"""The networks of this package, built from their parts.

Basics. A network maps a clip of lightness and a state to logits over chroma bins and
the next state. Times, heights and widths are free; heights and widths are multiples of
32 (an exported model pads by itself). It knows nothing of colour beyond the number of
bins: `color.bins` turns logits into ab, `color.attach` joins that to the picture.

Architecture. An image encoder pretrained on colour photographs sees each frame as a
grey picture; its taps at strides 16 and 32 meet at stride 16; there, or at stride 8,
the dynamic layer passes information from frame to frame; a decoder with skips from the
encoder goes to stride 4 and predicts, for every 4 x 4 block of pixels, a distribution
over chroma bins.

Conventions. Taps run from fine to coarse. Shapes are [B, T, H, W, C]; image layers see
[B * T, H, W, C]. Logits are float32 whatever the dtype policy.

Sources. Xu 2017 ("Greyscale image & video colorization"): encoder, dynamic layer,
decoder, cross-entropy. Zhang et al. 2016: chroma bins. Ballas et al. 2016: ConvGRU.
Ronneberger et al. 2015: the decoder's skips. Noh et al. 2015: unpooling instead.
"""

import functools

import keras
from keras import ops

from colornet.models import (
    attention,
    decoder,
    dynamic,
    encoder,
    hints,
    lightness,
    matching,
    time_axis,
)

STRIDE = 4  # Of the logits, in pixels.
STATE_STRIDE = 16  # Of the dynamic layer and its state, in pixels; 8 can be chosen.
STATE_STRIDES = (16, 8)
DECODERS = ("skips", "unpooling")
# Channels of deconv5, deconv4 and deconv3. Noh et al. 2015, figure 2. Theirs begins at
# stride 32 and goes on to 1: here the dynamic layer stands at 16 and the logits at 4.
_UNPOOLING = ((512, 512, 512), (512, 512, 256), (256, 256, 128))
_ATTENTION = "attention"


def dynamic_colornet(
    num_bins: int,
    *,
    encoder_name: str = "mobilenet_v2",
    encoder_weights: str | None = None,
    train_encoder: bool = False,
    encoder_dtype: str | None = None,
    dynamic_layer: str = "gru",
    dynamic_stride: int = STATE_STRIDE,
    decoder_name: str = "skips",
    takes_hints: bool = False,
    attends: bool = False,
    filters: tuple[int, int, int] = (192, 160, 96),
) -> keras.Model:
    """The report's system: encoder, dynamic layer, decoder. Xu 2017.

    Args:
      num_bins: Q, chroma bins.
      encoder_name: "vgg16" (the report's) or "mobilenet_v2" (the light one).
      encoder_weights: None, "imagenet" or a file: see `encoder.build_encoder`.
      train_encoder: whether training changes the encoder too.
      encoder_dtype: dtype policy of the encoder alone; None is the global one.
      dynamic_layer: one of `dynamic.KINDS`.
      dynamic_stride: at which stride it works, one of `STATE_STRIDES`.
      decoder_name: "skips", or "unpooling", which Noh et al. 2015 have; that takes
        "vgg16" and a `dynamic_stride` of 16.
      takes_hints: whether colours that are known may be told: see `hints`.
      attends: whether distant parts of a frame tell each other: see `attention`.
      filters: channels at strides 16, 8 and 4; unpooling has its own at 8 and 4.

    Returns:
      a functional model from {"lightness": L* [B, T, H, W, 1], "state": [B, H / s,
      W / s, S]}, s being `dynamic_stride`, and "hints" [B, T, H, W, 3] where it takes
      them, to {"logits": [B, T, H / 4, W / 4, Q], "state"}, and then also "keys" [B, T,
      H / 8, W / 8, C], by which `matching` finds what is alike. A fresh state is what
      `ZeroState` makes.
    """
    if dynamic_stride not in STATE_STRIDES:
        raise ValueError(
            f"dynamic_stride must be one of {list(STATE_STRIDES)}, got "
            f"{dynamic_stride}."
        )
    if decoder_name == "unpooling" and (encoder_name, dynamic_stride) != ("vgg16", 16):
        raise ValueError(
            "unpooling takes the encoder vgg16, which pools, and a dynamic_stride of "
            f"16, got {encoder_name} and {dynamic_stride}."
        )
    channels = filters[STATE_STRIDES.index(dynamic_stride)]
    clip = keras.Input((None, None, None, 1), name="lightness")
    state = keras.Input(
        (None, None, dynamic.state_channels(dynamic_layer, channels)), name="state"
    )
    inputs = {"lightness": clip, "state": state}
    if takes_hints:
        inputs["hints"] = keras.Input((None, None, None, hints.CHANNELS), name="hints")
    encode = encoder.build_encoder(
        encoder_name,
        weights=encoder_weights,
        trainable=train_encoder,
        dtype=encoder_dtype,
    )
    taps = encode(time_axis.FoldTime(name="fold")(clip))
    parts = dynamic_layer, dynamic_stride, decoder_name
    decode = _decoder(taps, inputs, num_bins, parts, attends, filters)
    outputs = decode({**inputs, "taps": taps})
    if takes_hints:
        keys = matching.build_keys(taps[:3])(taps[:3])
        outputs["keys"] = time_axis.UnfoldTime(name="unfold_keys")(keys, clip)
    return keras.Model(inputs, outputs, name="dynamic_colornet")


def _decoder(taps, inputs, num_bins, parts, attends, filters):
    """The network behind its encoder: with its inputs and taps to logits and state."""
    dynamic_layer, dynamic_stride, decoder_name = parts
    clip, state = inputs["lightness"], inputs["state"]
    taps = [keras.Input(tap.shape[1:], dtype=tap.dtype) for tap in taps]
    fine, middle, *coarse = taps
    told = None
    if "hints" in inputs:
        told = time_axis.FoldTime(name="fold_hints")(inputs["hints"])
    tell = {s: functools.partial(hints.tell, hints=told, stride=s) for s in (16, 8, 4)}
    features = decoder.join(coarse, filters[0], tell[16])
    if dynamic_stride == 16:
        features, next_state = _pass_on(dynamic_layer, features, clip, state)
    if attends:
        features = attention.SelfAttention(name=_ATTENTION)(features)
    if decoder_name == "unpooling":
        fifth, fourth, third = _UNPOOLING
        features = decoder.unpool(features, middle, fifth, "deconv5", tell[8])
        features = decoder.unpool(features, fine, fourth, "deconv4", tell[4])
        features = decoder.deconvolve(features, third, "deconv3")
    else:
        features = decoder.upsample(features, middle, filters[1], "stride8", tell[8])
        if dynamic_stride == 8:
            features, next_state = _pass_on(dynamic_layer, features, clip, state)
        features = decoder.upsample(features, fine, filters[2], "stride4", tell[4])
    logits = keras.layers.Conv2D(num_bins, 1, dtype="float32", name="head")(features)
    logits = time_axis.UnfoldTime(name="logits", dtype="float32")(logits, clip)
    return keras.Model(
        {**inputs, "taps": taps},
        {"logits": logits, "state": next_state},
        name="decoder",
    )


def _pass_on(dynamic_layer, features, clip, state):
    """Features [B * T, ...] of the frames of `clip` told of each other; next state."""
    features = time_axis.UnfoldTime(name="unfold_features")(features, clip)
    features, next_state = dynamic.fuse(dynamic_layer, features, state)
    return time_axis.FoldTime(name="fold_features")(features), next_state


def adds_nothing(path: str) -> bool:
    """Whether a weight, by its path, is of a part that adds nothing while it is new."""
    layer = path.split("/")[0]
    is_key = layer.startswith(matching.LAYERS)
    return is_key or layer == _ATTENTION or layer.endswith(hints.LAYERS)


def training_model(
    network: keras.Model,
    *,
    state_stride: int = STATE_STRIDE,
    age=None,
    reveal=None,
    lead=None,
) -> keras.Model:
    """`network` as `fit` uses it: RGB clips [B, T, H, W, 3], 0..255 -> logits.

    Args:
      network: made by `dynamic_colornet`.
      state_stride: the `dynamic_stride` it was made with.
      age: a layer from clips of lightness to clips as the network sees them.
      reveal: a layer from such clips to the hints that are told of them, where the
        network takes hints.
      lead: makes of the network's keys a layer from hints, clips and three taps to
        hints that tell all frames what one is told, and adds what keys are trained by.
    """
    rgb = keras.Input((None, None, None, 3), name="rgb")
    clip = lightness.RgbToLightness(name="rgb_to_lightness")(rgb)
    if age is not None:
        clip = age(clip)
    channels = network.input["state"].shape[-1]
    state = ZeroState(channels, state_stride, name="zero_state")(clip)
    inputs = {"lightness": clip, "state": state}
    taps = network.get_layer("encoder")(time_axis.FoldTime(name="fold")(clip))
    if "hints" in network.input:
        leading = lead(network.get_layer("keys"))
        inputs["hints"] = leading(reveal(rgb), rgb, *taps[:3])
    logits = network.get_layer("decoder")({**inputs, "taps": taps})["logits"]
    return keras.Model(rgb, logits, name=f"training_{network.name}")


@keras.saving.register_keras_serializable(package="colornet")
class ZeroState(keras.layers.Layer):
    """A clip [B, T, H, W, ...] -> zeros [B, H / stride, W / stride, channels]."""

    def __init__(self, channels: int, stride: int = STATE_STRIDE, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels
        self.stride = stride

    def call(self, clip):
        b, _, h, w = ops.shape(clip)[:4]
        size = (b, h // self.stride, w // self.stride, self.channels)
        return ops.zeros(size, self.compute_dtype)

    def compute_output_shape(self, clip_shape):
        b, _, h, w, *_ = clip_shape
        sides = [None if side is None else side // self.stride for side in (h, w)]
        return (b, *sides, self.channels)

    def get_config(self):
        own = {"channels": self.channels, "stride": self.stride}
        return {**super().get_config(), **own}
