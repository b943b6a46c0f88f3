import collections
import itertools

import numpy as np
from PIL import Image

from colornet.data import shots


def _texture(seed, height=48, width=96):
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def test_cuts_are_found_at_their_first_frame_and_nowhere_else():
    finder = shots.CutFinder(48, 96)
    found = [finder.begins_shot(_texture(i // 5)) for i in range(20)]
    assert [i for i, cut in enumerate(found) if cut] == [5, 10, 15]


def test_neither_a_pan_nor_a_fade_nor_stillness_is_a_cut():
    wide = _texture(0, width=192)
    pan = [wide[:, x : x + 96] for x in range(0, 40, 2)]
    fade = [(_texture(0) * (1 - t / 24)).astype(np.uint8) for t in range(25)]
    for film in (pan, fade, [_texture(3)] * 10):
        finder = shots.CutFinder(48, 96)
        assert not any(finder.begins_shot(picture) for picture in film)


def test_an_earlier_frame_does_not_depend_on_a_later_one():
    pictures = [_texture(0), _texture(0), _texture(1), _texture(2)]
    finder, other = shots.CutFinder(48, 96), shots.CutFinder(48, 96)
    head = [finder.begins_shot(p) for p in pictures[:3]]
    assert head == [other.begins_shot(p) for p in pictures][:3]


def place(pictures, **options):
    left_out = collections.Counter()
    sieve = shots.Sieve(left_out=left_out, **options)
    places = [sieve.place(Image.fromarray(picture)) for picture in pictures]
    return [place for place in places if place], left_out["duplicate"]


def test_frames_and_shots_are_numbered_and_repeats_fall_through():
    cards = np.repeat([_texture(seed) for seed in range(3)], 10, axis=0)
    assert place(cards) == ([(i, i // 10) for i in range(30)], 0)
    assert place(cards, min_change=0.5) == ([(0, 0), (10, 1), (20, 2)], 27)
    assert place(cards, min_change=0.5, cut_threshold=0) == (
        [(0, 0), (10, 0), (20, 0)],
        27,
    )


def test_slow_changes_add_up_until_a_frame_is_kept():
    fade = np.stack([_texture(0) * (1 - t / 100) for t in range(50)]).astype(np.uint8)
    kept, dropped = place(fade, min_change=4)
    assert 5 < len(kept) < 25 and len(kept) + dropped == 50
    for (i, _), (j, _) in itertools.pairwise(kept):
        assert np.abs(fade[j].astype(float) - fade[i]).mean() > 3.5


def test_a_fast_film_of_repeated_frames_has_no_cuts():
    wide = _texture(0, width=384)
    starts = np.cumsum(np.minimum(np.arange(24), 9))
    pan = np.stack([wide[:, x : x + 96] for x in starts])
    for film in (pan, pan.repeat(2, axis=0)):
        places, _ = place(film)
        assert {shot for _, shot in places} == {0}


def test_after_an_interruption_a_frame_is_kept_whatever_it_shows():
    sieve, picture = shots.Sieve(min_change=1), Image.fromarray(_texture(0))
    assert [sieve.place(picture), sieve.place(picture)] == [(0, 0), None]
    sieve.interrupt(lost=3)
    assert sieve.place(picture) == (5, 1)
