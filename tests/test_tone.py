import numpy as np
import pytest

from colornet.color import spaces, tone


def measure(rgb):
    """Of a picture [H, W, 3] or several, uint8."""
    flat = np.reshape(rgb, (*np.shape(rgb)[:-3], -1, 3)).astype("float32") / 255
    return np.asarray(tone.unexplained_chroma(spaces.srgb_to_lab(flat)))


def test_it_is_what_least_squares_leaves():
    lab = np.random.default_rng(0).normal([50, 5, -3], [20, 9, 4], (3, 400, 3))
    found = tone.unexplained_chroma(lab.astype("float32"))
    for one, value in zip(lab, found, strict=True):
        basis = np.vander(one[:, 0], 3)
        fit = basis @ np.linalg.lstsq(basis, one[:, 1:], rcond=None)[0]
        rest = np.square(one[:, 1:] - fit).sum(axis=-1).mean() ** 0.5
        np.testing.assert_allclose(value, rest, rtol=1e-4)


def test_grey_and_toned_are_told_from_coloured(photo):
    grey = photo.mean(axis=-1, keepdims=True).repeat(3, axis=-1)
    share = grey / 255
    # Brown shadows and yellowed whites, as a sepia print has them.
    sepia = 255 * (np.array([0.16, 0.09, 0.04]) * (1 - share) + share**1.1)
    sepia = sepia * [1, 0.93, 0.78]
    blue = grey * [0.7, 0.85, 1]
    assert measure(grey) < 0.01
    assert max(measure(sepia), measure(blue)) < 1.5 < 5 < measure(photo)


@pytest.mark.parametrize("levels", [[128], [40, 200], [40, 90, 200]])
def test_few_levels_leave_nothing_and_are_no_error(levels):
    flat = np.array(levels)[:, None, None] * [[[1, 0.8, 0.6]]]
    np.testing.assert_allclose(measure(flat.repeat(9, axis=0)), 0, atol=1e-2)


def test_two_colours_of_one_lightness_are_colours():
    lab = np.array([[50, 20, 0], [50, -20, 0]], "float32")
    np.testing.assert_allclose(tone.unexplained_chroma(lab), 20, rtol=1e-5)


def test_channels_are_checked():
    with pytest.raises(ValueError, match="L\\*, a\\*, b\\* last"):
        tone.unexplained_chroma(np.zeros((4, 2), "float32"))
