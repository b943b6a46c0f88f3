import collections
import itertools

import numpy as np
import pytest

from colornet.data import arrays
from colornet.errors import InputError

CROP = 16


@pytest.fixture
def folder(tmp_path):
    """Photographs of greys 0, 5, ..., 95 in two sizes, and films from 100 on."""

    def flat(values, frames, height, width):
        steps = np.add.outer(values, np.arange(frames))[:, :, None, None, None]
        size = len(values), frames, height, width, 3
        return np.broadcast_to(steps, size).astype("uint8")

    np.save(tmp_path / "a.npy", flat(5 * np.arange(12), 1, 24, 32))
    np.save(tmp_path / "b.npy", flat(5 * np.arange(12, 20), 1, 40, 20))
    np.save(tmp_path / "films.npy", flat(100 + 20 * np.arange(6), 10, 24, 32))
    return tmp_path


def mixed(folder):
    photos, films = arrays.split(arrays.find(str(folder / "*.npy")))
    return [arrays.Source(photos, 1, 4, 2.0), arrays.Source(films, 3, 2, 1.0)]


def batches(sources, *, epochs=1, first_epoch=0, seed=7, steps_per_epoch=5):
    clips = arrays.training_clips(
        sources,
        crop=CROP,
        steps_per_epoch=steps_per_epoch,
        first_epoch=first_epoch,
        epochs=epochs,
        seed=seed,
    )
    return [rgb for rgb, _ in clips]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_batches_are_full_and_of_one_source(folder):
    made = batches(mixed(folder), steps_per_epoch=30)
    shapes = collections.Counter(batch.shape for batch in made)
    assert shapes.keys() == {(4, 1, CROP, CROP, 3), (2, 3, CROP, CROP, 3)}
    assert {batch.dtype for batch in made} == {np.dtype("uint8")}


def test_the_seed_decides_and_a_resumed_run_sees_what_the_unbroken_one_sees(folder):
    unbroken = batches(mixed(folder), epochs=3)
    assert same(batches(mixed(folder), epochs=2, first_epoch=1), unbroken[5:])
    assert not same(batches(mixed(folder), epochs=3, seed=8), unbroken)


def test_each_pass_takes_every_clip_once_in_another_order(folder):
    photos = mixed(folder)[:1]
    seen = np.concatenate(batches(photos, steps_per_epoch=15))[:, 0, 0, 0, 0]
    passes = seen.reshape(3, 20)
    for one_pass in passes:
        np.testing.assert_array_equal(np.sort(one_pass), 5 * np.arange(20))
    assert not np.array_equal(passes[0], passes[1])


def test_frames_follow_each_other_either_way(folder):
    films = np.concatenate(batches(mixed(folder)[1:], steps_per_epoch=60))
    steps = np.diff(films[:, :, 0, 0, 0].astype(int), axis=1)
    speeds = {1, 2, 4, -1, -2, -4}
    assert {tuple(step) for step in steps} == {(speed, speed) for speed in speeds}
    long = [arrays.Source(mixed(folder)[1].clips, 12, 1)]
    for film in batches(long):
        assert np.ptp(film[0, :, 0, 0, 0]) == 9


def test_crops_lie_in_the_picture_and_show_all_of_it_in_the_end():
    """Red tells the row and green the column that a pixel comes from."""
    rows, columns = np.mgrid[:60, :90]
    picture = np.stack([rows, columns, 0 * rows], axis=-1).astype("uint8")
    source = arrays.Source([picture[None, None]], 1, 8)
    made = np.concatenate(batches([source], steps_per_epoch=40)).astype(int)
    assert made[..., 0].min() <= 1 and made[..., 0].max() >= 58
    assert made[..., 1].min() <= 1 and made[..., 1].max() >= 88
    widths = np.ptp(made[..., 1], axis=(1, 2, 3)) + 1
    heights = np.ptp(made[..., 0], axis=(1, 2, 3)) + 1
    assert min(heights) >= 0.75 * CROP / 1.3 and max(heights) > 50
    assert np.abs(np.log(widths / heights)).max() < np.log(4 / 3) + 0.2
    mirrored = made[:, 0, 0, 0, 1] > made[:, 0, 0, -1, 1]
    assert 0.4 < mirrored.mean() < 0.6


def test_validation_shows_the_middle_of_every_clip_in_order():
    picture = np.zeros((30, 50, 3), "uint8")
    picture[:, 10:40] = 200
    clips = np.broadcast_to(picture, (5, 2, 30, 50, 3))
    got = arrays.validation_clips([clips], clip_length=1, size=15, divisor=2)
    assert got.shape == (4, 1, 15, 15, 3)
    assert set(got.ravel()) == {200}


def test_what_is_no_array_of_clips_is_named(tmp_path):
    with pytest.raises(InputError, match="no arrays match .*pack_arrays"):
        arrays.find(str(tmp_path / "*.npy"))
    for number, wrong in enumerate((np.zeros((2, 8, 8, 3)), np.zeros((0, 1, 8, 8, 3)))):
        path = tmp_path / f"{number}.npy"
        np.save(path, wrong.astype("uint8"))
        with pytest.raises(InputError, match=rf"{number}.npy: clips are uint8 \[N, T"):
            arrays.find(str(path))
    (tmp_path / "text.npy").write_text("no array")
    with pytest.raises(InputError, match="text.npy: cannot be read as an array"):
        arrays.find(str(tmp_path / "text.npy"))


def test_batches_left_over_are_not_waited_for(folder):
    clips = arrays.training_clips(
        mixed(folder), crop=CROP, steps_per_epoch=10**5, epochs=1, seed=1
    )
    assert len(list(itertools.islice(clips, 2))) == 2
    clips.close()
