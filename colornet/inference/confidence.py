"""How sure colours are: the chance that they lie within a bin's distance of the truth.

A network's bins give a chance of their own, the mass of those near the colour that they
are decoded to. How often such colours are near the truth is a matter of measurement; a
`Curve`, which `colornet calibrate` fits, leads from one to the other.
"""

import dataclasses

import numpy as np

from colornet.color import ab_grid

NEAR = ab_grid.STEP  # In ab: what separates a bin from the next.
_UNSURE = np.array([235, 90, 0], np.float32)  # Orange, which the colour-blind see too.


@dataclasses.dataclass(frozen=True)
class Curve:
    """The chance that belongs to each mass; both rise, and between them are lines."""

    mass: tuple[float, ...]
    sure: tuple[float, ...]

    def __call__(self, mass: np.ndarray) -> np.ndarray:
        """Chances float32 [...], 0 to 1, of masses [...]."""
        return np.interp(mass, self.mass, self.sure).astype(np.float32)


def mass_near(ab: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The share, float32 [h, w], of the bins that lies within `NEAR` of the colour.

    A bin is as wide as `NEAR`, so that of those at the edge only a part does.

    Args:
      ab: float32 [h, w, 2].
      logits: float32 [h, w, Q] of the bins `ab_grid.ab_centers`.
    """
    away = np.linalg.norm(ab[..., None, :] - ab_grid.ab_centers(), axis=-1)
    within = np.clip((NEAR + ab_grid.STEP / 2 - away) / ab_grid.STEP, 0, 1)
    return np.sum(ab_grid.shares(logits) * within, axis=-1)


def overlay(rgb: np.ndarray, sure: np.ndarray) -> np.ndarray:
    """The picture, uint8 [H, W, 3], under orange that is denser where it is unsure.

    Args:
      rgb: uint8 [H, W, 3].
      sure: float32 [H, W], 0 to 1.
    """
    veil = 0.85 * (1 - sure[..., None])
    return np.rint(rgb + veil * (_UNSURE - rgb)).astype(np.uint8)
