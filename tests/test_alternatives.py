"""Alternatives differ where it is open what colours were, and are each of one piece."""

import numpy as np
import pytest

from colornet.color import ab_grid
from colornet.inference import alternatives

CENTERS = ab_grid.ab_centers()
RED, BLUE, BROWN, GREEN = np.float32([[50, 30], [10, -40], [10, 20], [-40, 40]])
LEFT, RIGHT = np.s_[:, :20], np.s_[:, 20:]


def _shares(*parts):
    shares = np.full(len(CENTERS), 1e-6)
    for color, share in parts:
        shares[np.argmin(np.linalg.norm(CENTERS - color, axis=-1))] += share
    return shares


class Scene:
    """What a draft offers, of a network that knows the right half and not the left.

    It takes what it is told of a half for all of it.
    """

    lightness = np.repeat(np.float32([[30] * 80 + [70] * 80]), 96, axis=0)
    stride = 4

    def seen(self, hints):
        return np.zeros((96, 160, 3), np.float32) if hints is None else hints.copy()

    def cell_lightness(self):
        return self.lightness[::4, ::4]

    def predict(self, hints, temperature=None):
        shares = np.empty((24, 40, len(CENTERS)))
        shares[LEFT] = _shares((BROWN, 0.6), (RED, 0.2), (BLUE, 0.15))
        shares[RIGHT] = _shares((GREEN, 0.9), (-GREEN / 8, 0.08))
        cells = hints[2::4, 2::4]
        for half in (LEFT, RIGHT):
            told = cells[half][cells[half][..., 2] > 0]
            if len(told):
                shares[half] = _shares((told.mean(axis=0)[:2], 1.0))
        return (shares @ CENTERS).astype(np.float32), np.log(shares)


def test_only_what_is_open_differs_and_as_a_whole():
    usual, *others = alternatives.drawn(Scene(), 3)
    expected, _ = Scene().predict(Scene().seen(None))
    np.testing.assert_array_equal(usual, expected)
    for ab, wanted in zip(others, (BLUE, RED), strict=True):
        assert np.ptp(ab[LEFT], axis=(0, 1)).max() < 1e-4
        assert np.linalg.norm(ab[0, 0] - wanted) < 12
        assert np.linalg.norm(ab[RIGHT] - usual[RIGHT], axis=-1).max() < 12


def test_what_is_told_stays():
    hints = np.zeros((96, 160, 3), np.float32)
    hints[:, :80] = *GREEN, 1
    for ab in alternatives.drawn(Scene(), 3, hints):
        assert np.linalg.norm(ab[LEFT] - GREEN, axis=-1).max() < 8


def test_there_may_be_more_than_there_are_modes():
    found = alternatives.drawn(Scene(), 5)
    assert len(found) == 5
    np.testing.assert_allclose(found[-1], found[0], atol=12)


@pytest.mark.parametrize("shape", [(3, 5), (24, 40), (1, 1)])
def test_points_lie_in_their_part(shape):
    cells = np.zeros(shape, bool)
    cells[: -(-shape[0] // 2)] = True
    points = alternatives._points(cells, (shape[0] * 4, shape[1] * 4), 4)
    assert points.any()
    inside = np.kron(cells, np.ones((4, 4), bool))
    assert np.mean(inside[points]) > 0.5
