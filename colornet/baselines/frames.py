"""What the systems of others see of a grey picture, and the picture their ab makes.

All are shown the same, and keep the lightness that they are shown: one row of a table
is not better than another for how it enlarges a picture or leaves the gamut.
"""

import keras
import numpy as np
from keras import ops
from PIL import Image

from colornet.color import attach, spaces
from colornet.models import lightness, time_axis

_LONGEST = 2  # Times the shorter side, at most: Larsson et al. 2016 have 500 and 256.


def seen(grey: np.ndarray, network_size: int, multiple: int) -> np.ndarray:
    """L*, float32 [1, h, w, 1], of a grey picture made small; its shape is kept.

    Args:
      grey: uint8 [H, W].
      network_size: the shorter of h and w, at most; the longer is at most twice that.
      multiple: of which h and w are multiples, so that nothing need be padded.
    """
    shorter, longer = sorted(grey.shape)
    scale = min(1, network_size / shorter, _LONGEST * network_size / longer)
    height, width = (
        max(round(side * scale / multiple), 1) * multiple for side in grey.shape
    )
    small = Image.fromarray(grey).resize((width, height), Image.Resampling.BICUBIC)
    small = np.asarray(small, "float32") / 255
    return np.asarray(spaces.grey_to_lightness(small))[None, ..., None]


def painted(grey: np.ndarray, ab) -> np.ndarray:
    """The sRGB picture, uint8 [H, W, 3], of that grey and of ab [1, h, w, 2]."""
    ab = ops.image.resize(ab, grey.shape, interpolation="bilinear")[0]
    full = spaces.grey_to_lightness(grey[..., None].astype("float32") / 255)
    return as_levels(attach.attach_to_lightness(full, ab))


def as_levels(rgb) -> np.ndarray:
    """[0, 1] -> uint8."""
    return np.round(np.asarray(rgb) * 255).astype("uint8")


def of_clips(network: keras.Model) -> keras.Model:
    """A network from L* [N, h, w, 1] for RGB clips [B, T, h, w, 3].

    What it gives, [N, ...], one or several in a dictionary, becomes [B, T, ...].
    """
    rgb = keras.Input((None, None, None, 3), name="rgb")
    clip = lightness.RgbToLightness(name="rgb_to_lightness")(rgb)
    predicted = network(time_axis.FoldTime(name="fold")(clip))
    unfold = time_axis.UnfoldTime(name="unfold", dtype="float32")
    predicted = keras.tree.map_structure(lambda one: unfold(one, clip), predicted)
    return keras.Model(rgb, predicted, name=f"training_{network.name}")
