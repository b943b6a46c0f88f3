"""What Cheng et al. 2015 tell a pixel's colour by: patch, DAISY and category, joined.

Sources and deviations: `cheng2015`.
"""

import numpy as np
from skimage import feature, transform

from colornet.color import spaces
from colornet.models import encoder

CATEGORIES = 47
_PATCH = 3  # Pixels on each side of the middle one: 7 x 7.
_RADIUS = 8  # Pixels from the middle of a DAISY to those around it.
_STRIDE = 16  # Pixels of a cell that has one category.
_CELLS = 20_000  # At most, that the categories are found in.
_SHARPNESS = 10.0  # Of probabilities, over cosines.


def local(grey: np.ndarray) -> np.ndarray:
    """Patch and DAISY of every pixel, float32 [h, w, 81], of grey [h, w] in [0, 1]."""
    side = 2 * _PATCH + 1
    patches = np.lib.stride_tricks.sliding_window_view(
        np.pad(grey, _PATCH, mode="edge"), (side, side)
    )
    daisies = feature.daisy(
        np.pad(grey, _RADIUS, mode="edge"),
        step=1,
        radius=_RADIUS,
        rings=1,
        histograms=3,
        orientations=8,
    )
    parts = [patches.reshape(*grey.shape, side * side), daisies]
    return np.concatenate(parts, axis=-1).astype("float32")


class Semantics:
    """The probabilities of `CATEGORIES` categories for each pixel.

    Args:
      weights: a file of MobileNetV2's weights, as `encoder.build_encoder` takes it.
    """

    def __init__(self, weights=None):
        self._encode = encoder.build_encoder("mobilenet_v2", weights=weights)
        self._centers = None  # [CATEGORIES, C], of length 1.

    def fit(self, greys: list[np.ndarray], kmeans, draws: np.random.Generator) -> None:
        """Finds the categories among the cells of greys, float [h, w] in [0, 1].

        Args:
          greys: of any sizes.
          kmeans: makes scikit-learn's `KMeans` for a number of centres.
          draws: choose the cells.
        """
        each = -(-_CELLS // len(greys))
        cells = [
            draws.permutation(self._cells(grey).reshape(-1, self._channels))[:each]
            for grey in greys
        ]
        centers = kmeans(CATEGORIES).fit(np.concatenate(cells)).cluster_centers_
        self._centers = centers / np.linalg.norm(centers, axis=-1, keepdims=True)

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        """Float32 [h, w, CATEGORIES] that sum to 1, of grey [h, w] in [0, 1]."""
        cosines = _SHARPNESS * self._cells(grey) @ self._centers.T
        odds = np.exp(cosines - cosines.max(axis=-1, keepdims=True))
        chances = odds / odds.sum(axis=-1, keepdims=True)
        size = [_STRIDE * cells for cells in chances.shape[:2]]
        whole = transform.resize(chances, size, order=1, mode="edge")
        return whole[: grey.shape[0], : grey.shape[1]].astype("float32")

    @property
    def _channels(self):
        return self._encode.outputs[2].shape[-1]

    def _cells(self, grey):
        """Features of length 1, [h / 16, w / 16, C], of the padded picture."""
        rest = [(0, -side % encoder.ALIGN) for side in grey.shape]
        padded = np.pad(grey, rest, mode="edge")
        lightness = np.asarray(spaces.grey_to_lightness(padded.astype("float32")))
        taps = self._encode.predict_on_batch(lightness[None, ..., None])
        cells = np.asarray(taps[2][0])
        return cells / (np.linalg.norm(cells, axis=-1, keepdims=True) + 1e-6)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that `of_arrays` needs, by name."""
        weights = self._encode.get_weights()
        named = {f"encoder_{number}": array for number, array in enumerate(weights)}
        return {"categories": self._centers, **named}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Semantics":
        """What `arrays` were taken from."""
        semantics = cls()
        count = len(semantics._encode.get_weights())
        semantics._encode.set_weights([arrays[f"encoder_{n}"] for n in range(count)])
        semantics._centers = arrays["categories"]
        return semantics
