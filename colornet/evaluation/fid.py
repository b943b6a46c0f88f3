"""FID: how far a set of pictures is from the set of true ones, as a network sees them.

The Frechet distance between two Gaussians that have the mean and covariance of the
2,048 features of InceptionV3's last pooling. Heusel et al. 2017, equation 6. The
network is that of keras.applications; most papers use one of 2015 with other weights,
and other reference sets: figures across papers are not one scale. Of fewer than some
10,000 pictures FID is too high, so that only rows of one table compare.
"""

import pathlib

import keras
import numpy as np
from PIL import Image

NETWORK = "InceptionV3 of keras.applications"
FILE = "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
ONLINE = "imagenet"
_SIDE = 299  # Pixels: what the network sees.


class Fid:
    """FID of each row against the truth, of pictures that come one by one.

    Args:
      network: RGB [N, 299, 299, 3] in [-1, 1] to features [N, C]; see `load_network`.
    """

    NOTHING = "it needs two pictures or more"

    def __init__(self, network: keras.Model):
        self._network = network
        self._features = {}

    def add(self, name: str, pictures: dict[str, np.ndarray]) -> None:
        """Takes one more picture: by row, with the truth, sRGB uint8 [H, W, 3] each."""
        del name  # Of no use here, but to other judges.
        batch = np.stack([prepared(rgb) for rgb in pictures.values()])
        for row, features in zip(
            pictures, self._network.predict_on_batch(batch), strict=True
        ):
            self._features.setdefault(row, []).append(features)

    def result(self) -> dict | None:
        """What it was measured on, and FID of each row; None of a single picture."""
        pictures = len(self._features.get("truth", ()))
        if pictures < 2:
            return None
        gaussians = {row: gaussian(np.stack(f)) for row, f in self._features.items()}
        true = gaussians.pop("truth")
        return {
            "by": f"{NETWORK}, against the {pictures} true pictures",
            "rows": {row: frechet_distance(*g, *true) for row, g in gaussians.items()},
        }


def load_network(source: str) -> keras.Model:
    """InceptionV3 up to its last pooling: [N, 299, 299, 3] in [-1, 1] to [N, 2048].

    Args:
      source: `ONLINE`, for Keras to download it, or a folder that holds `FILE`.

    Raises:
      OSError, or whatever else Keras raises: the weights are not to be had.
    """
    path = pathlib.Path(source) / FILE
    if source != ONLINE and not path.is_file():
        raise FileNotFoundError(f"there is no {FILE}")
    return keras.applications.InceptionV3(
        include_top=False,
        pooling="avg",
        input_shape=(_SIDE, _SIDE, 3),
        weights=ONLINE if source == ONLINE else str(path),
    )


def prepared(rgb: np.ndarray) -> np.ndarray:
    """A picture as the network sees it: squashed, float32 [299, 299, 3] in [-1, 1]."""
    image = Image.fromarray(rgb).resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)
    return np.asarray(image, np.float32) / 127.5 - 1


def gaussian(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean [C] and covariance [C, C] of features [N, C]."""
    features = features.astype("float64")
    away = features - features.mean(axis=0)
    return features.mean(axis=0), away.T @ away / (len(features) - 1)


def frechet_distance(mean, covariance, other_mean, other_covariance) -> float:
    """|m - n|^2 + tr(C + D - 2 (C D)^(1/2)), of means [C] and covariances [C, C].

    The trace of the root is taken of C^(1/2) D C^(1/2), which has the same eigenvalues
    and is symmetric: none of them is complex, even where there are too few samples.
    """
    values, vectors = np.linalg.eigh(covariance)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    shared = np.linalg.eigvalsh(root @ other_covariance @ root)
    trace = np.trace(covariance) + np.trace(other_covariance)
    trace -= 2 * np.sqrt(np.maximum(shared, 0)).sum()
    return float(np.square(mean - other_mean).sum() + trace)
