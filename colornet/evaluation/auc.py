"""AuC: which share of pixels is near the truth, over all that may be called near.

The share of pixels whose colour lies within t of the true one in a*b* is drawn over t
from 0 to 150; AuC is the area below, of the whole: 1 where every colour is right. Most
pixels of photographs are nearly grey, so that grey has 0.89. In the rebalanced one a
pixel weighs the inverse of how often its true colour occurs in photographs: dull
pictures lose. Zhang et al. 2016, section 3.1. How often that is, is counted in other
photographs than theirs (`tools/make_ab_prior.py`), so that figures compare less.
"""

import functools

import numpy as np

from colornet.color import ab_grid

FARTHEST = 150  # L*a*b* units, where the curve ends.
_REACH = 11  # Steps of the grid from grey to its edge, which is a gamut's.


class AreaUnderCurve:
    """Both AuC over pictures that come one by one and are not kept."""

    def __init__(self):
        self._counts = np.zeros((2, FARTHEST + 2))  # Raw and rebalanced; by distance.

    def add(self, true_ab: np.ndarray, colored_ab: np.ndarray) -> None:
        """Takes one more picture and its truth, [H, W, 2] each."""
        distance = np.linalg.norm(true_ab - colored_ab, axis=-1).ravel()
        within = np.minimum(np.ceil(distance), FARTHEST + 1).astype(int)
        for counts, weights in zip(
            self._counts, (None, rarity(true_ab).ravel()), strict=True
        ):
            counts += np.bincount(within, weights, minlength=len(counts))

    def result(self) -> dict[str, float]:
        """Both over all pictures so far, 0 to 1, by name."""
        shares = np.cumsum(self._counts, axis=-1) / self._counts.sum(-1, keepdims=True)
        curves = shares[:, : FARTHEST + 1]
        raw, rebalanced = ((curves[:, 1:] + curves[:, :-1]) / 2).mean(axis=-1)
        return {"auc": float(raw), "auc_rebalanced": float(rebalanced)}


def rarity(ab: np.ndarray) -> np.ndarray:
    """1 / how often photographs have the nearest bin: [..., 2] -> [...]."""
    a, b = np.moveaxis(np.rint(ab / ab_grid.STEP).astype(int) + _REACH, -1, 0)
    return _rarity_on_grid()[a, b]


@functools.cache
def _rarity_on_grid():
    """`rarity` of each point of the ab grid, float64 [23, 23]."""
    points = (np.indices((2 * _REACH + 1,) * 2) - _REACH) * ab_grid.STEP
    apart = points[:, :, :, None] - ab_grid.ab_centers().T[:, None, None]
    nearest = np.square(apart).sum(axis=0).argmin(axis=-1)
    return 1 / ab_grid.ab_prior()[nearest].astype("float64")
