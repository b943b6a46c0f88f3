"""Larsson et al. 2016: hypercolumns of VGG-16 to histograms of hue and of chroma.

"Learning representations for automatic colorization", G. Larsson, M. Maire, G.
Shakhnarovich. A pixel's hypercolumn is the grey picture and all 15 layers of VGG-16
there, the two fully connected ones made convolutions, each map bilinear at that place:
12,417 channels (section 3.1). One hidden layer of 1024 and two softmaxes over K = 32
bins follow. In training 128 pixels of a picture are predicted (section 3.1, "sparse
training"), towards the histograms of the 7 x 7 pixels around each, with KL(chroma) +
5 C KL(hue), C the pixel's chroma (section 3.2). In use, histograms are upsampled to
full size and decoded there: the median of chroma, the circular mean of hue, and chroma
faded where hue is not sure (section 3.3); RGB is shifted to the lightness of the grey
picture. What the text leaves open is as in their code, gustavla/autocolorize.

Not as in the paper:
- grey is that of L*, not the mean of R, G and B, as that is what every row of the
  benchmark is given and has to give back;
- VGG-16 begins with ImageNet's weights of colour pictures, as published with Keras, not
  with ones trained further on grey pictures with batch normalisation: those cannot be
  had. Instead each channel of a hypercolumn is normalised there. What Keras's file has
  not, fc6 and fc7, begins at random (He et al. 2015);
- pixels are drawn from all of a picture, 3 pixels from its borders, not from its
  middle: crops are smaller here;
- in use, one pixel of each 4 x 4 is predicted, as in the faster of their two ways;
- the optimiser, its step sizes and the number of steps are those of the flags, as in
  every row, and whether VGG-16 is trained too, as they did: --train_encoder.
"""

import keras
import numpy as np
from keras import ops

from colornet.baselines import frames, hypercolumns
from colornet.color import bins, spaces
from colornet.models import encoder, lightness, time_axis

TAKES_ENCODER = True
NUM_BINS = 32  # K, section 3.1.
POINTS = 128  # Per picture, in training. Section 3.1.
HUE_WEIGHT = 5.0  # lambda_H, section 3.2.
_FADING = 0.96  # Resultant length at which fading ends; in their code 0.03 of a mean.
_STRIDE = 4  # Of the histograms in use, in pixels.
_MULTIPLE = 32
_STRIP = 64  # Rows decoded at once, so that memory is bounded.
_CONVOLUTIONS = (2, 2, 3, 3, 3)  # Of VGG-16's five blocks.
_FULLY_CONNECTED, _HIDDEN = 4096, 1024  # Channels.
_LAYERS = tuple(
    (f"block{block}_conv{number}", 2 ** (block - 1))
    for block, count in enumerate(_CONVOLUTIONS, 1)
    for number in range(1, count + 1)
)


def build_network(
    *,
    width: float = 1.0,
    encoder_weights: str | None = None,
    train_encoder: bool = True,
) -> keras.Model:
    """Hypercolumns of some pixels to logits.

    Args:
      width: the share of the paper's channels that fc6, fc7 and the hidden layer have;
        the pretrained layers are whole.
      encoder_weights: as `encoder.build_encoder` has it.
      train_encoder: whether training changes VGG-16's convolutions.

    Returns:
      a model from {"lightness": L* [N, H, W, 1], H and W multiples of 32, "points":
      float32 [N, P, 2], rows and columns of pixels} to logits [N, P, 64], those of hue
      before those of chroma.
    """
    picture = keras.Input((None, None, 1), name="lightness")
    points = keras.Input((None, 2), name="points")
    encode = encoder.build_encoder(
        "vgg16",
        weights=encoder_weights,
        trainable=train_encoder,
        taps=[name for name, _ in _LAYERS],
    )
    maps = [lightness.LightnessToEncoder(1.0, (0.0,) * 3)(picture)[..., :1]]
    maps += encode(picture)
    x = keras.layers.MaxPooling2D(name="block5_pool")(maps[-1])
    for name, size in (("fc6", 7), ("fc7", 1)):
        x = keras.layers.Conv2D(
            int(width * _FULLY_CONNECTED),
            size,
            padding="same",
            kernel_initializer="he_normal",
            name=name,
        )(x)
        x = keras.layers.BatchNormalization(name=f"{name}_norm")(x)
        x = keras.layers.Dropout(0.5)(keras.layers.ReLU()(x))
        maps.append(x)
    strides = 1, *(stride for _, stride in _LAYERS), 32, 32
    columns = hypercolumns.Hypercolumns(strides, name="hypercolumns")(maps, points)
    columns = keras.layers.BatchNormalization(name="columns_norm")(columns)
    hidden = keras.layers.Dense(
        int(width * _HIDDEN),
        activation="relu",
        kernel_initializer="he_normal",
        name="hidden",
    )(columns)
    hidden = keras.layers.Dropout(0.5)(hidden)
    # One layer for both: a softmax over each half comes with loss and decoding.
    logits = keras.layers.Dense(2 * NUM_BINS, dtype="float32", name="head")(hidden)
    inputs = {"lightness": picture, "points": points}
    return keras.Model(inputs, logits, name="larsson2016")


def training_model(network: keras.Model) -> keras.Model:
    """RGB clips [B, T, H, W, 3] -> [B, T, 128, 129] of pixels drawn at random.

    For each its 64 logits, its hue's and its chroma's histogram, and its chroma.
    """
    rgb = keras.Input((None, None, None, 3), name="rgb")
    images = time_axis.FoldTime(name="fold", dtype="float32")(rgb)
    points = hypercolumns.DrawPoints(POINTS, name="points")(images)
    truth = hypercolumns.HueChromaHistograms(NUM_BINS, name="truth")(images, points)
    grey = lightness.RgbToLightness(name="rgb_to_lightness")(images)
    logits = network({"lightness": grey, "points": points})
    both = keras.layers.Concatenate(dtype="float32")([logits, truth])
    both = time_axis.UnfoldTime(name="unfold", dtype="float32")(both, rgb)
    return keras.Model(rgb, both, name=f"training_{network.name}")


@keras.saving.register_keras_serializable(package="colornet")
class HistogramLoss(keras.losses.Loss):
    """KL(chroma) + 5 C KL(hue), one value per pixel. Section 3.2.

    `call` takes the clips, which it does not need, and what `training_model` gives.
    """

    def call(self, y_true, y_pred):
        hue, chroma, true_hue, true_chroma, weight = ops.split(
            y_pred, [NUM_BINS * number for number in (1, 2, 3, 4)], axis=-1
        )
        of_hue = _divergence(true_hue, hue)
        return _divergence(true_chroma, chroma) + HUE_WEIGHT * weight[..., 0] * of_hue


training_loss = HistogramLoss


def colorize(network: keras.Model, grey: np.ndarray, network_size: int) -> np.ndarray:
    """As `registry` says."""
    seen = frames.seen(grey, network_size, _MULTIPLE)
    cells = [side // _STRIDE for side in seen.shape[1:3]]
    middles = [(np.arange(count) + 0.5) * _STRIDE - 0.5 for count in cells]
    points = np.stack(np.meshgrid(*middles, indexing="ij"), axis=-1)
    points = points.reshape(1, -1, 2).astype("float32")
    logits = network({"lightness": seen, "points": points})
    logits = ops.reshape(logits, (1, *cells, 2, NUM_BINS))
    histograms = ops.reshape(ops.softmax(logits), (1, *cells, 2 * NUM_BINS))
    rgb = np.empty((*grey.shape, 3), np.uint8)
    for first in range(0, len(grey), _STRIP):
        strip = grey[first : first + _STRIP]
        pixels = hypercolumns.upsampled(histograms, grey.shape, first, len(strip))
        full = spaces.grey_to_lightness(strip.astype("float32") / 255)
        hue, chroma = decoded(*ops.split(pixels, 2, axis=-1))
        shifted = with_lightness(hue, chroma, full)
        rgb[first : first + _STRIP] = frames.as_levels(shifted)
    return rgb


def decoded(hue, chroma):
    """Histograms [..., K] of hue and chroma -> hue and chroma [...]. Section 3.3."""
    centers = bins.marginal_centers(NUM_BINS)
    hue, certainty = bins.circular_mean(hue, centers)
    fading = ops.minimum(certainty / _FADING, 1.0)
    return hue, bins.median(chroma, centers) * fading


def with_lightness(hue, chroma, lightness, iterations=14):
    """The sRGB [..., 3] in [0, 1] of hue and chroma [...], shifted to L* [...].

    All three channels are shifted by one number, found by halving, and clipped.
    """
    grey = spaces.lightness_to_grey(lightness)
    rgb = spaces.hue_chroma_to_srgb(ops.stack([hue, chroma, grey], axis=-1))
    rgb = ops.clip(rgb, 0.0, 1.0)
    low, high = -ops.ones_like(grey), ops.ones_like(grey)
    for _ in range(iterations):
        middle = (low + high) / 2
        shifted = ops.clip(rgb + middle[..., None], 0.0, 1.0)
        dark = spaces.srgb_to_lab(shifted)[..., 0] < lightness
        low, high = ops.where(dark, middle, low), ops.where(dark, high, middle)
    return ops.clip(rgb + ((low + high) / 2)[..., None], 0.0, 1.0)


def _divergence(true, logits):
    """KL of histograms [..., K] and softmaxes: [...]."""
    surprise = ops.log(ops.maximum(true, 1e-12)) - ops.log_softmax(logits)
    return ops.sum(true * surprise, axis=-1)
