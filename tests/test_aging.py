import numpy as np
import pytest

from colornet.models import lightness
from colornet.training import aging


@pytest.fixture(scope="module")
def clips(photo):
    """L* of two-frame clips [64, 2, 48, 64, 1], all of one picture, held still."""
    rgb = np.broadcast_to(photo[:48, :64], (64, 2, 48, 64, 3))
    return np.asarray(lightness.RgbToLightness()(rgb))


def test_a_share_of_clips_is_aged_and_only_in_training(clips):
    aged = np.asarray(aging.Age(0.5, seed=1)(clips, training=True))
    changed = np.any(aged != clips, axis=(1, 2, 3, 4))
    assert 0.3 < changed.mean() < 0.7
    assert aged.min() >= 0 and aged.max() <= 100
    np.testing.assert_array_equal(aging.Age(0.5)(clips, training=False), clips)
    np.testing.assert_array_equal(aging.Age(0.0)(clips, training=True), clips)


def test_old_pictures_are_paler_and_their_frames_differ(clips):
    aged = np.asarray(aging.Age(1.0, seed=2)(clips, training=True))
    # Scratches and spots aside, less is left of the range.
    low, high = np.percentile(aged, [5, 95], axis=(1, 2, 3, 4))
    before = np.ptp(np.percentile(clips, [5, 95]))
    assert (high - low < before).mean() > 0.8
    assert np.median(np.abs(aged[:, 0] - aged[:, 1]), axis=(1, 2, 3)).min() > 0


def test_what_is_seen_stays_in_its_place_and_order(clips):
    aged = np.asarray(aging.Age(1.0, seed=3)(clips, training=True))
    for old, new in zip(clips.reshape(64, -1), aged.reshape(64, -1), strict=True):
        assert np.corrcoef(old, new)[0, 1] > 0.75


def test_draws_go_on_where_they_were_kept(clips):
    whole, first, second = (aging.Age(0.5, seed=4) for _ in range(3))
    whole(clips, training=True)
    expected = whole(clips, training=True)
    first(clips, training=True)
    kept = {}
    first.save_own_variables(kept)
    second.load_own_variables(kept)
    np.testing.assert_array_equal(second(clips, training=True), expected)
