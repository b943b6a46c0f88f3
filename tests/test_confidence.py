"""Chances are what is counted, maps are of the picture's size."""

import numpy as np
import pytest

from colornet.color import ab_grid
from colornet.inference import confidence

CENTERS = ab_grid.ab_centers()


def _bin(ab):
    return int(np.argmin(np.linalg.norm(CENTERS - ab, axis=-1)))


def _logits(**shares):
    """Logits [1, 1, Q] of the shares of some bins."""
    logits = np.full((1, 1, len(CENTERS)), -40, np.float32)
    for place, share in shares.values():
        logits[..., _bin(place)] = np.log(share)
    return logits


def test_mass_is_of_the_bins_near_the_colour_and_of_half_of_those_at_the_edge():
    logits = _logits(here=((0, 0), 0.5), edge=((10, 0), 0.3), far=((30, 0), 0.2))
    at = np.float32([[[0, 0]]])
    assert confidence.mass_near(at, logits) == pytest.approx(0.5 + 0.3 / 2, abs=1e-5)
    at = np.float32([[[34, 0]]])
    assert confidence.mass_near(at, logits) == pytest.approx(0.2, abs=1e-5)


def test_a_curve_rises_between_its_ends_and_stays_beyond_them():
    curve = confidence.Curve((0.2, 0.6), (0.1, 0.9))
    got = curve(np.array([0.0, 0.2, 0.4, 0.6, 1.0]))
    np.testing.assert_allclose(got, [0.1, 0.1, 0.5, 0.9, 0.9], atol=1e-6)


def test_the_overlay_leaves_what_is_sure_and_covers_what_is_not(photo):
    sure = np.ones(photo.shape[:2], np.float32)
    np.testing.assert_array_equal(confidence.overlay(photo, sure), photo)
    unsure = confidence.overlay(photo, 0 * sure)
    half = confidence.overlay(photo, sure / 2)
    assert unsure.std(axis=(0, 1)).max() < 0.2 * photo.std(axis=(0, 1)).min()
    changed = [np.abs(p.astype(int) - photo).mean() for p in (half, unsure)]
    assert changed[0] == pytest.approx(changed[1] / 2, abs=0.5)
