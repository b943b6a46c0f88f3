"""LPIPS v0.1: how far a picture is from the true one to a network that sees both.

Both go through AlexNet or VGG-16. At each of five depths the features of a place are
brought to unit length; the squared differences, weighted by channel as human judgements
were found to, are averaged over places and summed over depths. Zhang et al. 2018,
equation 1. 0 is the same picture.

The weights are those of the `lpips` package, which PyTorch users write once for all:

  net = lpips.LPIPS(net="alex")  # or "vgg"
  numpy.savez("lpips_alex.npz", **{k: v.numpy() for k, v in net.state_dict().items()})

(The VGG-16 of keras.applications has other weights, to which LPIPS was not fitted.)
"""

import pathlib
import re

import keras
import numpy as np

from colornet.errors import InputError

FILES = {"AlexNet": "lpips_alex.npz", "VGG-16": "lpips_vgg.npz"}
MISSING = f"there is neither {' nor '.join(FILES.values())}"
SMALLEST = 32  # Pixels of a picture's shorter side.
_DEPTHS = range(1, 6)
# Side of max-pooling, by 2, and the depths before which it is done.
_POOLING = {"AlexNet": (3, (2, 3)), "VGG-16": (2, (2, 3, 4, 5))}
# Of R, G and B in [-1, 1], as torchvision's networks have seen them in [0, 1].
_SHIFT, _SCALE = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)


class Lpips:
    """Mean LPIPS of pictures that come one by one and are not kept.

    Args:
      folder: holds one of `FILES`.

    Raises:
      FileNotFoundError: it holds none.
      InputError: what it holds cannot be read.
    """

    NOTHING = "there was no picture"

    def __init__(self, folder: pathlib.Path):
        found = [name for name, file in FILES.items() if (folder / file).is_file()]
        if not found:
            raise FileNotFoundError(MISSING)
        self._network = found[0]
        path = folder / FILES[self._network]
        try:
            with np.load(path) as weights:
                self._features = features_network(self._network, weights)
                self._linear = [
                    weights[f"lin{depth - 1}.model.1.weight"].ravel()
                    for depth in _DEPTHS
                ]
        except Exception as error:  # Of a damaged file NumPy raises anything at all.
            raise InputError(
                f"{path}: holds no LPIPS v0.1 ({' '.join(str(error).split())}); make "
                "it of the `lpips` package as colornet/evaluation/lpips.py says"
            ) from error
        self._distances = []

    def add(self, name: str, pictures: dict[str, np.ndarray]) -> None:
        """Takes one more picture: by row, with the truth, sRGB uint8 [H, W, 3] each.

        Raises:
          InputError: it is too small.
        """
        height, width = pictures["truth"].shape[:2]
        if min(height, width) < SMALLEST:
            raise InputError(
                f"{name}: {width}x{height} pixels; LPIPS needs {SMALLEST}x{SMALLEST}: "
                "leave this picture out"
            )
        seen = {row: self._see(rgb) for row, rgb in pictures.items()}
        true = seen.pop("truth")
        self._distances.append(
            {row: distance(one, true, self._linear) for row, one in seen.items()}
        )

    def result(self) -> dict | None:
        """The network's name and the mean of each row; None without any picture."""
        if not self._distances:
            return None
        return {
            "by": f"{self._network}, as LPIPS v0.1",
            "rows": {
                row: float(np.mean([one[row] for one in self._distances]))
                for row in self._distances[0]
            },
        }

    def _see(self, rgb):
        batch = rgb[None] / np.float32(127.5) - 1
        return [f[0] for f in self._features.predict_on_batch(batch)]


def distance(features, others, linear) -> float:
    """LPIPS of what two pictures look like.

    Args:
      features: of one picture, by depth, float [H, W, C].
      others: of the other.
      linear: weights of the channels, by depth, [C].
    """
    return sum(
        float(np.mean(np.square(_unit(f) - _unit(g)) @ weights))
        for f, g, weights in zip(features, others, linear, strict=True)
    )


def features_network(name: str, weights) -> keras.Model:
    """RGB [N, H, W, 3] in [-1, 1] to features at five depths, [N, H', W', C] each.

    Args:
      name: one of `FILES`.
      weights: arrays of the network named as in the `lpips` package, such as
        net.slice1.0.weight [out, in, height, width].
    """
    side, pooled = _POOLING[name]
    rgb = keras.Input((None, None, 3))
    x, taps = (rgb - np.float32(_SHIFT)) / np.float32(_SCALE), []
    for depth in _DEPTHS:
        if depth in pooled:
            x = keras.layers.MaxPooling2D(side, 2)(x)
        places = sorted(
            int(found[1])
            for key in weights
            if (found := re.fullmatch(rf"net\.slice{depth}\.(\d+)\.weight", key))
        )
        for place in places:
            key = f"net.slice{depth}.{place}"
            kernel = weights[f"{key}.weight"].transpose(2, 3, 1, 0)
            x = _convolved(x, kernel, weights[f"{key}.bias"])
        taps.append(x)
    return keras.Model(rgb, taps)


def _convolved(x, kernel, bias):
    """PyTorch's padding is the same on both sides, and AlexNet's first steps by 4."""
    first_of_alex = len(kernel) == 11
    stride, padding = (4, 2) if first_of_alex else (1, len(kernel) // 2)
    layer = keras.layers.Conv2D(
        kernel.shape[-1], len(kernel), stride, activation="relu"
    )
    x = layer(keras.layers.ZeroPadding2D(padding)(x))
    layer.set_weights([kernel, bias])
    return x


def _unit(features):
    return features / (np.linalg.norm(features, axis=-1, keepdims=True) + 1e-10)
