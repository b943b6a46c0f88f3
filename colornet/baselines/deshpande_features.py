"""What Deshpande et al. 2015 see of a picture: chroma, matches and features of pixels.

Sources and deviations: `deshpande2015`.
"""

import numpy as np
from PIL import Image
from scipy import ndimage
from skimage import transform

from colornet.baselines import quadratic, small_pictures

_COUNT = 9  # Pictures like this one.
_SIDE = 32  # Pixels of each side of what is kept of them.
_BLURS = 1, 2, 4, 8, 16  # Standard deviations, pixels.
_TINY = 1e-2  # Of [0, 1]: no chroma is divided by less grey.
MATCHED_MEAN = slice(0, 2)  # Where it is among the features.


def chroma_of(rgb: np.ndarray) -> np.ndarray:
    """B - (R + G) / 2 and R - G by grey, float32 [h, w, 2], of uint8 RGB [h, w, 3]."""
    red, green, blue = np.moveaxis(rgb.astype("float32") / 255, -1, 0)
    grey = np.maximum((red + green + blue) / 3, _TINY)
    return np.stack([blue - (red + green) / 2, red - green], axis=-1) / grey[..., None]


def rgb_of(grey: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """Inverse of `chroma_of`: float [h, w, 3], whose mean is `grey`; not clipped."""
    blueness, redness = np.moveaxis(chroma * grey[..., None], -1, 0)
    rest = grey - blueness / 3
    return np.stack(
        [rest + redness / 2, rest - redness / 2, grey + blueness * 2 / 3],
        axis=-1,
    )


class Matches:
    """Small chroma maps of many pictures, found by what a grey is like as a whole.

    Args:
      scenes: their descriptors, [N, D].
      maps: float16 [N, 32, 32, 2].
    """

    def __init__(self, scenes: np.ndarray, maps: np.ndarray):
        self._scenes, self._maps = scenes, maps

    @classmethod
    def of_pictures(cls, pictures: list[np.ndarray]) -> "Matches":
        """Of colour pictures, uint8 [h, w, 3]."""
        size = _SIDE, _SIDE
        box = Image.Resampling.BOX
        small = (Image.fromarray(rgb).resize(size, box) for rgb in pictures)
        return cls(
            np.stack(
                [small_pictures.scene(small_pictures.grey_of(rgb)) for rgb in pictures]
            ),
            np.stack([chroma_of(np.asarray(rgb)) for rgb in small]).astype("float16"),
        )

    def nearest(self, grey: np.ndarray, but: int | None = None) -> np.ndarray:
        """The maps of at most nine pictures, float32 [M, 32, 32, 2].

        Args:
          grey: float [h, w] in [0, 1].
          but: the number of a picture not to be among them: this one itself.
        """
        apart = np.square(self._scenes - small_pictures.scene(grey)).sum(axis=-1)
        order = np.argsort(apart, kind="stable")
        return self._maps[order[order != but][:_COUNT]].astype("float32")

    def arrays(self) -> dict[str, np.ndarray]:
        """All that `of_arrays` needs, by name."""
        return {"scenes": self._scenes, "maps": self._maps}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "Matches":
        """What `arrays` were taken from."""
        return cls(arrays["scenes"], arrays["maps"])


def of_pixels(grey: np.ndarray, matches: np.ndarray) -> np.ndarray:
    """What trees split pixels by, float32 [h, w, F], of a grey [h, w] in [0, 1].

    Mean and deviation of the matches' chroma; the grey, its slopes, and its means over
    wider and wider surroundings; the place; texture.

    Args:
      grey: float [h, w].
      matches: as `Matches.nearest` gives them.
    """
    height, width = grey.shape
    matched = np.concatenate([matches.mean(axis=0), matches.std(axis=0)], axis=-1)
    matched = transform.resize(matched, grey.shape, order=1, mode="edge")
    slopes = [ndimage.sobel(grey, axis) for axis in (0, 1)]
    blurred = [ndimage.gaussian_filter(grey, width) for width in _BLURS]
    rows, columns = np.mgrid[:height, :width]
    texture = abs(quadratic.Bank(grey.shape).responses(grey[None]))[0, 1:]
    maps = [
        *np.moveaxis(matched, -1, 0),
        *(grey, *slopes, np.hypot(*slopes), *blurred, rows / height, columns / width),
        *texture,
    ]
    return np.stack(maps, axis=-1).astype("float32")


def with_histogram(chroma: np.ndarray, matches: np.ndarray) -> np.ndarray:
    """A chroma map [2, h, w] in which each channel has the matches' histogram.

    The order of its pixels by chroma is kept.
    """
    result = np.empty_like(chroma)
    for channel, values in enumerate(chroma):
        ranks = np.argsort(np.argsort(values.ravel(), kind="stable"), kind="stable")
        shares = (ranks + 0.5) / values.size
        wanted = np.quantile(matches[..., channel], shares)
        result[channel] = wanted.reshape(values.shape)
    return result
