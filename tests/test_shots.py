import numpy as np

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
