"""Colour of some 8-bit pixels, in NumPy: as `spaces` and `tone` have it.

For some hundred, what TensorFlow's operations cost to start is twenty times the
arithmetic: it would take a third of the time that decoding the picture does.
"""

import functools

import numpy as np

from colornet.color import spaces

_TINY = 1e-3  # L*: below this spread there is no tone that could explain anything.


def lab(rgb: np.ndarray) -> np.ndarray:
    """L*a*b* of sRGB uint8 pixels [N, 3]: float64 [N, 3], as `spaces.srgb_to_lab`."""
    linear = _linear_of_levels()[rgb]
    xyz = linear @ (spaces._XYZ_FROM_RGB / spaces._WHITE[:, None]).T
    toe = spaces._TOE
    f = np.where(xyz > toe**3, np.cbrt(xyz), xyz / (3 * toe**2) + 4 / 29)
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


@functools.cache
def _linear_of_levels():
    """Linear light of each of the 256 levels: float64 [256]."""
    return np.asarray(spaces.srgb_to_linear(np.arange(256) / 255.0), "float64")
