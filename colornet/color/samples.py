"""Colour of some 8-bit pixels, in NumPy: as `spaces`, `tone` and `bins` have it.

For some hundred, what TensorFlow's operations cost to start is twenty times the
arithmetic: it would take a third of the time that decoding the picture does. And
records are built without TensorFlow, which takes seconds to load into each worker.
"""

import functools

import numpy as np

from colornet.color import ab_grid, cie

_SIDE = 24  # Pixels taken along each side of a picture; enough to tell its colours by.
_TINY = 1e-3  # L*: below this spread there is no tone that could explain anything.


def spread_pixels(rgb: np.ndarray) -> np.ndarray:
    """Evenly spread pixels of a picture [H, W, C]: [N, C], N at most 24 squared."""
    height, width = rgb.shape[:2]
    return rgb[_spread(height)[:, None], _spread(width)].reshape(-1, rgb.shape[-1])


@functools.lru_cache(64)
def _spread(length):
    """Evenly spread places below `length`, the first and the last among them."""
    return np.linspace(0, length - 1, min(length, _SIDE)).round().astype(int)


def lab(rgb: np.ndarray) -> np.ndarray:
    """L*a*b* of sRGB uint8 pixels [N, 3]: float64 [N, 3], as `spaces.srgb_to_lab`."""
    linear = _linear_of_levels()[rgb]
    xyz = linear @ (cie.XYZ_FROM_RGB / cie.WHITE[:, None]).T
    f = np.where(xyz > cie.TOE**3, np.cbrt(xyz), xyz / (3 * cie.TOE**2) + 4 / 29)
    fx, fy, fz = f.T
    return np.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def unexplained_chroma(rgb: np.ndarray) -> float:
    """RMS of ab about its best quadratic in L*, as `tone.unexplained_chroma`.

    Args:
      rgb: sRGB uint8 pixels [N, 3].
    """
    lightness, ab = np.split(lab(rgb), [1], axis=-1)
    spread = max(lightness.std(), _TINY)
    line = (lightness - lightness.mean()) / spread
    curves, _ = np.linalg.qr(np.concatenate([line**0, line, line**2], axis=-1))
    rest = ab - curves @ (curves.T @ ab)
    return float(np.sqrt((rest**2).sum(axis=-1).mean()))


def soft_counts(ab: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """How many of some colours fall to each ab bin, each shared as by `bins`.

    Args:
      ab: [N, 2], in L*a*b* units.
      counts: how many there are of each, [N].

    Returns:
      float64 [Q], with the sum of `counts`.
    """
    centers = ab_grid.ab_centers().astype("float64")
    # |ab - c|^2 without |ab|^2, which is the same for every bin.
    score = 2 * ab @ centers.T - (centers**2).sum(axis=-1)
    rows = np.arange(len(ab))
    nearest = np.empty((len(ab), ab_grid.NEIGHBORS), int)
    closeness = np.empty(nearest.shape)
    for rank in range(ab_grid.NEIGHBORS):  # Four times as fast as np.argpartition.
        nearest[:, rank] = score.argmax(axis=-1)
        closeness[:, rank] = score[rows, nearest[:, rank]]
        score[rows, nearest[:, rank]] = -np.inf
    closeness = (closeness - closeness[:, :1]) / (2 * ab_grid.SIGMA**2)
    shares = np.exp(closeness)
    shares *= (counts / shares.sum(axis=-1))[:, None]
    return np.bincount(nearest.ravel(), shares.ravel(), minlength=len(centers))


@functools.cache
def _linear_of_levels():
    """Linear light of each of the 256 levels: float64 [256]. IEC 61966-2-1."""
    rgb = np.arange(256) / 255.0
    curve = ((np.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(rgb <= 0.04045, rgb / 12.92, curve)
