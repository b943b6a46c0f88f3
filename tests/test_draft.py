"""Drafts give what the colorizer gives, and palettes of colours that differ."""

import dataclasses

import numpy as np
import pytest
import skimage.data

from colornet.color import spaces
from colornet.errors import UsageError
from colornet.inference.colorizer import Colorizer

FULL = skimage.data.astronaut()


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load(network_size=96)


@pytest.fixture(scope="module")
def grey():
    return FULL.mean(axis=-1).astype(np.uint8)


@pytest.fixture(scope="module")
def draft(colorizer, grey):
    return colorizer.draft(grey)


def _one_point(rgb, x, y):
    hints = np.zeros((*FULL.shape[:2], 4), np.uint8)
    hints[y - 8 : y + 8, x - 8 : x + 8] = (*rgb, 255)
    return hints


def _difference(a, b):
    return np.abs(a.astype(int) - b)


@pytest.mark.parametrize("hints", [None, _one_point((30, 60, 200), 256, 420)])
def test_a_draft_is_painted_as_the_colorizer_does(colorizer, draft, grey, hints):
    way = {"saturation": 1.3, "neutral": (40, 60)}
    expected = colorizer(grey, np.uint16, hints=hints, temperature=0.8, **way)
    ab, logits = draft.predict(hints, temperature=0.8)
    assert ab.shape == (24, 24, 2) and logits.shape[:2] == (24, 24)
    assert _difference(draft.paint(ab, np.uint16, **way), expected).max() <= 257
    assert draft.paint(ab).dtype == np.uint8


def test_what_is_told_stays_no_longer_than_it_is_told(draft):
    before, _ = draft.predict()
    told, _ = draft.predict(_one_point((30, 60, 200), 256, 420))
    assert np.abs(told - before).max() > 5
    np.testing.assert_array_equal(draft.predict()[0], before)


def test_hints_may_come_as_the_network_sees_them(draft):
    seen = np.zeros((96, 96, 3), np.float32)
    seen[70:80, 40:50] = 40, -60, 1
    ab, _ = draft.predict(seen)
    assert np.linalg.norm(ab[18, 11] - (40, -60)) < 30


def test_other_pictures_are_told_of_as_the_colorizer_is(colorizer, draft, grey):
    vivid = np.roll(FULL, 1, axis=-1)  # The same, in colours that nobody would guess.
    other = colorizer.draft(grey, colorizer.stream(vivid[:, ::-1]))
    ab, _ = other.predict()
    painted = other.paint(ab)
    assert _difference(painted, colorizer(grey, reference=vivid[:, ::-1])).max() <= 1
    assert _difference(painted, draft.paint(draft.predict()[0])).mean() > 10
    # What is told of the picture itself comes first, and the rest stays.
    told = _one_point((30, 60, 200), 256, 420)
    place, rest = np.s_[78:80, 47:49], np.s_[:40]
    assert _difference(other.seen(told), other.seen(None))[place].max() > 20
    np.testing.assert_array_equal(other.seen(told)[rest], other.seen(None)[rest])


def test_a_palette_is_of_different_colors_likeliest_first(draft):
    """Each is as light as its place, and what is told of a place leads its palette."""
    ab, logits = draft.predict()
    for x, y in [(30, 30), (256, 120), (256, 420), (430, 200)]:
        rgb, shares = draft.palette(logits, x, y, 6)
        assert rgb.dtype == np.uint8 and rgb.shape == (len(shares), 3)
        assert 1 <= len(rgb) <= 6
        assert np.all(np.diff(shares) <= 1e-6) and 0 < shares.sum() <= 1.0001
        lab = np.asarray(spaces.srgb_to_lab(rgb / np.float32(255)))
        assert np.ptp(lab[:, 0]) < 2
        apart = np.linalg.norm(lab[:, None] - lab, axis=-1)
        assert apart[np.triu_indices(len(lab), 1)].min(initial=99) > 5
    told = _one_point((30, 60, 200), 256, 420)
    rgb, _ = draft.palette(draft.predict(told)[1], 256, 420, 3)
    wanted = np.asarray(spaces.srgb_to_lab(np.float32([30, 60, 200]) / 255))
    first = np.asarray(spaces.srgb_to_lab(rgb[0] / np.float32(255)))
    turn = np.arctan2(*wanted[:0:-1]) - np.arctan2(*first[:0:-1])
    assert abs(turn) < 0.5


def test_models_that_keep_nothing_say_so_in_a_line(colorizer, grey):
    info = dataclasses.replace(colorizer.info, name="old")
    old = Colorizer(colorizer._predict_ab, colorizer._initial_state, info)
    with pytest.raises(UsageError, match="old was exported.*export it again") as caught:
        old.draft(grey)
    assert "\n" not in str(caught.value)


def test_unfit_pictures_are_named(colorizer):
    with pytest.raises(ValueError, match=r"need uint8 or uint16, \[H, W\], got"):
        colorizer.draft(np.zeros((2, 8, 8), np.uint8))


def test_a_map_is_of_the_picture_s_size_and_of_chances(draft):
    sure = draft.confidence(*draft.predict())
    assert sure.shape == FULL.shape[:2] and sure.dtype == np.float32
    assert 0 < sure.min() < sure.max() < 1 and np.ptp(sure) > 0.3


def test_what_is_told_makes_it_surer(draft):
    before = draft.mass_near(*draft.predict())
    after = draft.mass_near(*draft.predict(_one_point((200, 110, 30), 200, 430)))
    place = np.s_[425:435, 195:205]
    assert after[place].mean() > before[place].mean() + 0.1


def test_a_model_that_was_not_measured_says_the_cure_in_a_line(colorizer):
    info = dataclasses.replace(colorizer.info, confidence=None)
    unknown = Colorizer(
        *(colorizer._predict_ab, colorizer._initial_state, info),
        guided=colorizer._guided,
    )
    draft = unknown.draft(np.zeros((64, 64), np.uint8))
    with pytest.raises(UsageError, match="default is; measure .*calibrate") as caught:
        draft.confidence(*draft.predict())
    assert "\n" not in str(caught.value)


def test_alternatives_differ_visibly_and_each_time_alike(draft):
    found = draft.alternatives(3)
    np.testing.assert_array_equal(found[0], draft.predict()[0])
    for n, ab in enumerate(found):
        for other in found[:n]:
            assert np.linalg.norm(ab - other, axis=-1).mean() > 3
    for ab, again in zip(found, draft.alternatives(3), strict=True):
        np.testing.assert_array_equal(ab, again)
