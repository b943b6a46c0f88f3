import numpy as np
import pytest
import tensorflow as tf

from colornet.data import pans, records

CROP, COUNT = 32, 8
HEIGHT, WIDTH = 72, 96


@pytest.fixture(scope="module")
def slope():
    """A picture whose red tells its column and whose green its row."""
    rgb = np.zeros((HEIGHT, WIDTH, 3), "uint8")
    rgb[..., 0], rgb[..., 1] = np.arange(WIDTH) * 2, np.arange(HEIGHT)[:, None] * 3
    clip = records.Clip([records.encode_frame(rgb)], "slope", HEIGHT, WIDTH)
    return records.decode_clip(tf.constant(records.encode_clip(clip)))


def places(slope, draws):
    """Rows and columns [T, CROP, CROP] of the picture that a clip's pixels show."""
    rgb = np.asarray(pans.clip_of(slope, CROP, COUNT, tf.constant(draws, tf.float32)))
    assert rgb.shape == (COUNT, CROP, CROP, 3) and rgb.dtype == np.uint8
    return rgb[..., 1] / 3, rgb[..., 0] / 2


def draws_of(seed, passed=False, lag=None):
    """Lag: from 0 to 1 of what the far part's may be; None: there is but one part."""
    draws = np.random.default_rng(seed).random(pans.DRAWS)
    draws[8] = 0.0 if passed else 0.9
    draws[17:19] = (0.9, 0) if lag is None else (0, lag)
    return draws


@pytest.mark.parametrize("seed", range(6))
def test_the_camera_moves_evenly_and_sees_nothing_but_the_picture(slope, seed):
    for number, place in enumerate(places(slope, draws_of(seed))):
        axis = 2 - number
        assert place.min() >= 0 and place.max() <= (HEIGHT, WIDTH)[number]
        middle = place[:, CROP // 2, CROP // 2]
        np.testing.assert_allclose(np.diff(middle, 2), 0, atol=2.5)
        # Along a line of pixels places go on evenly, up to what JPEG does to them.
        line = place.mean(axis=axis if axis == 1 else 2)
        np.testing.assert_allclose(np.diff(line, 2, axis=1)[:, 1:-1], 0, atol=1.5)


def test_what_passes_moves_as_a_whole(slope):
    seen = 0
    for seed in range(12):
        draws = draws_of(seed, passed=True)
        still = draws.copy()
        still[8] = 0.9
        moved = [
            np.abs(a - b) > 4
            for a, b in zip(places(slope, draws), places(slope, still), strict=True)
        ]
        there = np.any(moved, axis=0).mean(axis=(1, 2))
        assert there.max() < 0.25  # Of an ellipse with radii of a quarter: 0.2.
        seen += there.max() > 0.02
    assert seen > 6


@pytest.mark.parametrize("seed", range(6))
def test_what_is_below_moves_with_the_camera_and_what_is_above_less(slope, seed):
    near = np.stack(places(slope, draws_of(seed)))
    half = (near[:, :1] + near[:, -1:]) / 2
    far = near + (half - near) * pans._MOST_LAG
    both = np.stack(places(slope, draws_of(seed, lag=1)))
    assert both.min() >= 0 and (both.max(axis=(1, 2, 3)) <= (HEIGHT, WIDTH)).all()
    is_near, is_far = (
        np.all(np.abs(both - layer) <= 2.5, axis=0) for layer in (near, far)
    )
    assert np.mean(is_near | is_far) > 0.95  # All but the soft edge.
    told_apart = np.any(np.abs(near - far) > 5, axis=0)
    below_near = np.maximum.accumulate(is_near & told_apart & ~is_far, axis=1)
    assert not np.any(below_near & told_apart & is_far & ~is_near)


def test_far_things_that_do_not_lag_are_as_near_ones(slope):
    for with_layers, without in zip(
        places(slope, draws_of(1, lag=0)), places(slope, draws_of(1)), strict=True
    ):
        np.testing.assert_allclose(with_layers, without, atol=0.51)  # A step of 255.
    moved = np.subtract(places(slope, draws_of(1, lag=1)), places(slope, draws_of(1)))
    assert np.abs(moved).max() > 5
