import itertools

import numpy as np
import pytest
import skimage.color

from colornet.color import bins, samples, spaces, tone


@pytest.fixture(scope="module")
def pixels(photo):
    """Sets of pixels: of a photograph, all over the gamut, grey, toned, few, one."""
    levels = np.arange(256, dtype="uint8")
    corners = list(itertools.product((0, 3, 128, 255), repeat=3))
    return {
        "photo": photo[::5, ::5].reshape(-1, 3),
        "gamut": np.array(corners, "uint8"),
        "grey": np.stack([levels] * 3, axis=-1),
        "sepia": (levels[:, None] * np.array([1, 0.85, 0.62])).astype("uint8"),
        "even": np.full((9, 3), (90, 60, 200), "uint8"),
        "two": np.array([(90, 60, 200), (10, 20, 30)], "uint8"),
        "one": np.array([(90, 60, 200)], "uint8"),
    }


def test_lab_is_that_of_the_slow_ways(pixels):
    for name, rgb in pixels.items():
        slow = spaces.srgb_to_lab((rgb / 255).astype("float32"))
        assert samples.lab(rgb) == pytest.approx(np.asarray(slow), abs=2e-3), name
        others = skimage.color.rgb2lab(rgb[None] / 255.0)[0]
        assert samples.lab(rgb) == pytest.approx(others, abs=0.02), name


def test_unexplained_chroma_is_that_of_the_slow_way(pixels):
    for name, rgb in pixels.items():
        lab = spaces.srgb_to_lab((rgb / 255).astype("float32"))
        slow = float(tone.unexplained_chroma(lab))
        assert samples.unexplained_chroma(rgb) == pytest.approx(slow, abs=0.01), name
    assert samples.unexplained_chroma(pixels["grey"]) < 0.01
    assert samples.unexplained_chroma(pixels["photo"]) > 5


def test_soft_counts_are_those_of_the_slow_way(pixels):
    for name, rgb in pixels.items():
        ab = samples.lab(rgb)[:, 1:]
        counts = np.arange(1, len(ab) + 1)
        slow = np.asarray(bins.soft_encode(ab, bins.ab_centers().astype("float64")))
        found = samples.soft_counts(ab, counts)
        assert found == pytest.approx(counts @ slow, rel=1e-6, abs=1e-6), name
        assert found.sum() == pytest.approx(counts.sum()), name
