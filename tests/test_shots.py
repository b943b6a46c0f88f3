import collections
import itertools

import numpy as np
from PIL import Image

from colornet.data import shots


def _texture(seed, height=64, width=64):
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 8, width // 8))
    return np.kron(coarse, np.ones((8, 8))).astype(np.uint8)


def test_cuts_are_found_at_their_first_frame_and_nowhere_else():
    finder = shots.CutFinder()
    found = [finder.begins_shot(_texture(i // 5)) for i in range(20)]
    assert [i for i, cut in enumerate(found) if cut] == [5, 10, 15]


def test_neither_a_pan_nor_a_fade_nor_stillness_is_a_cut():
    wide = _texture(0, width=128)
    pan = [wide[:, x : x + 64] for x in range(0, 40, 2)]
    fade = [(_texture(0) * (1 - t / 24)).astype(np.uint8) for t in range(25)]
    for film in (pan, fade, [_texture(3)] * 10):
        finder = shots.CutFinder()
        assert not any(finder.begins_shot(picture) for picture in film)


def test_an_earlier_frame_does_not_depend_on_a_later_one():
    pictures = [_texture(0), _texture(0), _texture(1), _texture(2)]
    finder, other = shots.CutFinder(), shots.CutFinder()
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
    pan = np.stack([wide[:, x : x + 64] for x in starts])
    for film in (pan, pan.repeat(2, axis=0)):
        places, _ = place(film)
        assert {shot for _, shot in places} == {0}


def test_after_an_interruption_a_frame_is_kept_whatever_it_shows():
    sieve, picture = shots.Sieve(min_change=1), Image.fromarray(_texture(0))
    assert [sieve.place(picture), sieve.place(picture)] == [(0, 0), None]
    sieve.interrupt(lost=3)
    assert sieve.place(picture) == (5, 1)


def cuts(film):
    finder = shots.ShotFinder()
    answers = [answer for picture in film for answer in finder.push(picture)]
    answers += finder.finish()
    assert len(answers) == len(film)
    return [i for i, answer in enumerate(answers) if answer]


def moving(seed, count):
    """A shot that moves a little with every frame."""
    wide = _texture(seed, width=128)
    return [wide[:, t : t + 64] for t in range(count)]


def test_a_shot_finder_finds_cuts_to_the_frame_and_the_last_ones_too():
    film = moving(0, 9) + moving(1, 6) + moving(2, 5) + moving(3, 1)
    assert cuts(film) == [9, 15, 20]
    assert cuts(film[:2]) == cuts([]) == []


def test_flashes_of_up_to_three_frames_are_no_cuts():
    for light in ([0.9], [0.9, 0.5, 0.2], [1, 1, 1], [1, 0, 1]):
        film = [picture.astype(float) for picture in moving(0, 20) + moving(1, 9)]
        for t, strength in enumerate(light, 8):
            film[t] += (255 - film[t]) * strength
        assert cuts([picture.astype(np.uint8) for picture in film]) == [20]


def test_cuts_between_dark_shots_are_found_under_flicker_and_grain():
    rng = np.random.default_rng(0)
    film = np.stack(moving(0, 12) + moving(1, 12)) * 0.2 + 10
    film *= 1 + 0.1 * rng.standard_normal((24, 1, 1))
    film += rng.normal(0, 3, film.shape)
    assert cuts(np.clip(film, 0, 255).astype(np.uint8)) == [12]


def test_levelling_takes_brightness_and_contrast_away():
    picture = np.random.default_rng(0).integers(60, 200, shots.SMALL, dtype=np.uint8)
    darker = (picture * 0.7 + 20).astype(np.uint8)
    one, other = (shots.levelled(p).astype(int) for p in (picture, darker))
    assert one.shape == (32, 32)
    assert abs(one - other).mean() < 0.25 * abs(one - 128).mean()
    assert (shots.levelled(np.full(shots.SMALL, 77, np.uint8)) == 128).all()
