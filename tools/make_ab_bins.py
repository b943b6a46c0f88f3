"""Makes colornet/color/ab_bins.npz, the list of chroma bins that the models predict.

  python tools/make_ab_bins.py

Every 8-bit sRGB colour is converted to L*a*b* and its ab rounded to a grid of 10; the
grid points that occur are the bins. Zhang et al. 2016 say the same of theirs, but
publish a list of 313, which this does not give: the length of the list is the number of
bins, wherever it is needed.
"""

import pathlib

import numpy as np

from colornet.color import spaces

GRID = 10  # L*a*b* units. Zhang et al. 2016, section 2.1.
_TARGET = pathlib.Path(__file__).parents[1] / "colornet" / "color" / "ab_bins.npz"


def occupied_bins() -> np.ndarray:
    """Grid points [Q, 2] that some 8-bit sRGB colour rounds to, sorted by a, then b."""
    levels = np.arange(256, dtype="float32") / 255
    green, blue = np.meshgrid(levels, levels, indexing="ij")
    found = set()
    for red in levels:
        rgb = np.stack([np.full_like(green, red), green, blue], axis=-1)
        ab = np.asarray(spaces.srgb_to_lab(rgb))[..., 1:]
        cells = np.unique(np.round(ab.reshape(-1, 2) / GRID).astype(int), axis=0)
        found.update(map(tuple, cells))
    return np.array(sorted(found), "float32") * GRID


def main():
    """Writes the list and says how long it is."""
    centers = occupied_bins()
    np.savez(_TARGET, centers=centers)
    print(f"{_TARGET}: {len(centers)} bins")


if __name__ == "__main__":
    main()
