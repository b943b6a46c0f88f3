"""Whether colours that are called sure are right: measured, and made so."""

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from colornet.color import spaces
from colornet.evaluation import scoring
from colornet.inference.colorizer import Colorizer
from colornet.inference.confidence import NEAR, Curve

_PIXELS = 4096  # Of each picture, spread evenly, so that pictures weigh about the same.
_KNOTS = 16
# Pictures of another kind are harder. So a share is not what these pictures have, but
# what 9 in 10 collections would have that are drawn from them, each picture anew.
_DRAWS, _CAUTION = 200, 0.1


@dataclasses.dataclass(frozen=True)
class Spot:
    """Some pixels of a picture: `mass` as `Draft.mass_near` has it, and whether near.

    Attributes:
      mass: float32 [N].
      near: bool [N], whether the painted ab is within `NEAR` of the true one.
    """

    mass: np.ndarray
    near: np.ndarray


def spots(colorizer: Colorizer, pictures: Iterable[np.ndarray]) -> list[Spot]:
    """A spot of each colour picture, uint8 [H, W, 3]."""
    return [_spot(colorizer, rgb) for rgb in pictures]


def _spot(colorizer, rgb):
    draft = colorizer.draft(scoring.grey_of(rgb))
    ab, logits = draft.predict()
    height, width = rgb.shape[:2]
    step = int(np.ceil(np.sqrt(height * width / _PIXELS)))
    spread = np.s_[step // 2 :: step, step // 2 :: step]
    shown, true = (_ab(p[spread]) for p in (draft.paint(ab), rgb))
    near = np.linalg.norm(shown - true, axis=-1) < NEAR
    return Spot(draft.mass_near(ab, logits)[spread].ravel(), near.ravel())


def _ab(rgb):
    return np.asarray(spaces.srgb_to_lab(rgb / np.float32(255)))[..., 1:]


def fit(measured: Sequence[Spot]) -> Curve:
    """The rising curve from mass to the share that is near, with some caution."""
    masses = np.concatenate([spot.mass for spot in measured])
    edges = np.unique(np.quantile(masses, np.linspace(0, 1, _KNOTS + 1)))[1:-1]
    knots = len(edges) + 1
    counts, near, mass = np.zeros((3, len(measured), knots))
    for n, spot in enumerate(measured):
        place = np.searchsorted(edges, spot.mass, side="right")
        counts[n] = np.bincount(place, minlength=knots)
        near[n] = np.bincount(place, spot.near, minlength=knots)
        mass[n] = np.bincount(place, spot.mass, minlength=knots)
    draws = np.random.default_rng(0).integers(0, len(measured), (_DRAWS, len(measured)))
    shares = [near[d].sum(0) / np.maximum(counts[d].sum(0), 1) for d in draws]
    weights = counts.sum(axis=0)
    sure = rising(np.quantile(shares, _CAUTION, axis=0), weights)
    middles = mass.sum(axis=0) / weights
    return Curve(*(tuple(float(round(n, 4)) for n in x) for x in (middles, sure)))


def rising(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The nearest values [N] that never fall: adjacent violators are pooled."""
    pools = []
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (low, much, n), (high, more, m) = pools[-2:]
            mean = (low * much + high * more) / (much + more)
            pools[-2:] = [(mean, much + more, n + m)]
    return np.repeat([p[0] for p in pools], [p[2] for p in pools])


@dataclasses.dataclass(frozen=True)
class Row:
    """What became of the pixels that were called about `called` sure."""

    called: float
    share: float  # Of all pixels.
    near: float  # The share of them that is near the truth.


def table(curve: Curve, measured: Sequence[Spot]) -> list[Row]:
    """A row for each tenth, 0.05 to either side of it, that occurs."""
    sure = curve(np.concatenate([spot.mass for spot in measured]))
    near = np.concatenate([spot.near for spot in measured])
    tenth = np.ceil(sure * 10 - 0.5).astype(int)
    return [
        Row(n / 10, float(np.mean(tenth == n)), float(near[tenth == n].mean()))
        for n in np.unique(tenth)
    ]
