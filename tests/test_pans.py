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


def draws_of(seed, passed):
    draws = np.random.default_rng(seed).random(pans.DRAWS)
    draws[8] = 0.0 if passed else 0.9
    return draws


@pytest.mark.parametrize("seed", range(6))
def test_the_camera_moves_evenly_and_sees_nothing_but_the_picture(slope, seed):
    for number, place in enumerate(places(slope, draws_of(seed, passed=False))):
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
