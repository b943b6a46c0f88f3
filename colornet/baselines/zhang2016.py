"""Zhang, Isola, Efros 2016, "Colorful image colorization": L* to a distribution of ab.

Their network (figure 2; layers as in their published code): eight blocks of two or
three convolutions, each with ReLU and ended by batch normalisation; the strides of
the first three make 8, the fifth and sixth are dilated instead, the last doubles
height and width, so that there are 313 logits for every 4 x 4 pixels. The bins,
zhang2016.npz, are those they published. Targets are soft-encoded over the 5 nearest
bins with sigma 5 (section 2.1), pixels weighted by the rarity of their bin with lambda
1/2 (section 2.2, equation 4), and colours decoded as the annealed mean with T = 0.38
(section 2.3, equation 5), enlarged bilinearly.

Not as in the paper:
- weights begin as He et al. 2015 have it, not by k-means on data (Kraehenbuehl et al.
  2016), whose code is another project;
- the optimiser, its step sizes and the number of steps are those of the flags: every
  row of the benchmark has the same, and sees a share of the pictures that they had;
- how often bins occur was counted in other photographs (`ab_grid.ab_prior`): the file
  of theirs that was at hand has 82 % of its mass at a chroma of 100 or more;
- the ab of a target is the mean of its 4 x 4 pixels; the paper does not say which of
  them it is;
- colours outside the gamut lose chroma, not lightness, as in every row.
"""

import functools
import importlib.resources

import keras
import numpy as np

from colornet.baselines import frames
from colornet.color import ab_grid, bins
from colornet.models import losses

TEMPERATURE = 0.38  # Section 2.3.
UNIFORM = 0.5  # lambda, section 2.2.
STRIDE = 4  # Of the logits, in pixels.
_MULTIPLE = 8
# Channels, convolutions, stride of the last one, dilation: conv1 to conv7.
_BLOCKS = (
    (64, 2, 2, 1),
    (128, 2, 2, 1),
    (256, 3, 2, 1),
    (512, 3, 1, 1),
    (512, 3, 1, 2),
    (512, 3, 1, 2),
    (512, 3, 1, 1),
)
_LAST = 256  # Channels of conv8.


@functools.cache
def centers() -> np.ndarray:
    """Their bins, ab float32 [313, 2].

    From github.com/richzhang/colorization, pts_in_hull.npy; copyright 2016 Richard
    Zhang, Phillip Isola, Alexei A. Efros, BSD 2-clause licence.
    """
    source = importlib.resources.files("colornet.baselines") / "zhang2016.npz"
    with source.open("rb") as file, np.load(file) as stored:
        return stored["centers"]


def prior() -> np.ndarray:
    """How often photographs have each bin, [313], sum 1; 0 where none of 8 bits is."""
    known = zip(ab_grid.ab_centers(), ab_grid.ab_prior(), strict=True)
    shares = {tuple(center): share for center, share in known}
    return np.array([shares.get(tuple(center), 0.0) for center in centers()])


def build_network(*, width: float = 1.0) -> keras.Model:
    """L* [N, H, W, 1], H and W multiples of 8 -> logits [N, H / 4, W / 4, 313].

    Args:
      width: the share of the paper's channels that each layer has.
    """
    picture = keras.Input((None, None, 1), name="lightness")
    x = keras.layers.Rescaling(0.01, offset=-0.5)(picture)
    for number, (channels, count, stride, dilation) in enumerate(_BLOCKS, 1):
        for place in range(1, count + 1):
            x = _convolution(
                int(width * channels),
                strides=stride if place == count else 1,
                dilation_rate=dilation,
                name=f"conv{number}_{place}",
            )(x)
        x = keras.layers.BatchNormalization(name=f"conv{number}_norm")(x)
    last = int(width * _LAST)
    x = keras.layers.Conv2DTranspose(
        last,
        4,
        strides=2,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name="conv8_1",
    )(x)
    x = _convolution(last, name="conv8_2")(x)
    x = _convolution(last, name="conv8_3")(x)
    count = len(centers())
    logits = keras.layers.Conv2D(count, 1, dtype="float32", name="conv8_313")(x)
    return keras.Model(picture, logits, name="zhang2016")


training_model = frames.of_clips


def training_loss() -> keras.losses.Loss:
    """Equation 2: cross-entropy, rare colours weighing more."""
    weights = bins.rebalancing_weights(prior(), uniform=UNIFORM)
    return losses.ChromaCrossEntropy(centers(), weights, STRIDE)


def colorize(network: keras.Model, grey: np.ndarray, network_size: int) -> np.ndarray:
    """As `registry` says."""
    logits = network(frames.seen(grey, network_size, _MULTIPLE))
    return frames.painted(grey, annealed_mean(logits))


def annealed_mean(logits):
    """Ab [..., 2] of logits [..., 313]. Equation 5."""
    return bins.annealed_mean(logits, centers(), temperature=TEMPERATURE)


def _convolution(channels, **kwargs):
    return keras.layers.Conv2D(
        channels,
        3,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        **kwargs,
    )
