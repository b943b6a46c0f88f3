import collections
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from colornet.data import (
    chance,
    pipeline,
    record_reader,
    records,
    shards,
    tfrecord,
    windows,
)
from colornet.data.building import plan
from colornet.errors import InputError, UsageError

CROP = 16


def write_shards(folder, name, clips, count):
    folder.mkdir(exist_ok=True)
    for index in range(count):
        path = folder / plan.shard_name(name, index, count)
        with tf.io.TFRecordWriter(str(path)) as writer:
            for clip in clips[index::count]:
                writer.write(records.encode_clip(clip))
    return str(folder / f"{name}-*.tfrecord")


def flat_clip(values, name, height=24, width=32):
    """Frames of one grey each, so that a crop shows which frame it was."""
    frames = [
        records.encode_frame(np.full((height, width, 3), value, "uint8"))
        for value in values
    ]
    return records.Clip(frames, name, height, width)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Patterns of 20 photographs of greys 0, 5, ..., 95 and of 6 films from 100 on."""
    folder = tmp_path_factory.mktemp("records")
    stills = [flat_clip([5 * n], f"still {n}") for n in range(20)]
    films = [
        flat_clip(range(100 + 20 * n, 110 + 20 * n), f"film {n}") for n in range(6)
    ]
    return {
        "stills": write_shards(folder, "stills", stills, 3),
        "films": write_shards(folder, "films", films, 2),
    }


def mixed(material):
    return [
        pipeline.Source(material["stills"], 1, 4, weight=2.0),
        pipeline.Source(material["films"], 3, 2, weight=1.0),
    ]


def batches(sources, *, steps_per_epoch=5, epochs=1, first_epoch=0, seed=7):
    clips = pipeline.training_clips(
        sources,
        crop=CROP,
        steps_per_epoch=steps_per_epoch,
        first_epoch=first_epoch,
        epochs=epochs,
        seed=seed,
    )
    return [rgb.numpy() for rgb, _ in clips]


def greys(batch):
    """The grey of each frame [B, T]; JPEG keeps a flat one to a step."""
    assert np.ptp(batch, axis=(2, 3, 4)).max() == 0
    return batch[:, :, 0, 0, 0].astype(int)


def same(one, other):
    assert len(one) == len(other)
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_batches_are_full_of_one_source_and_of_unknown_size_to_the_graph(material):
    clips = pipeline.training_clips(
        mixed(material), crop=CROP, steps_per_epoch=12, epochs=2, seed=0
    )
    spec = tf.TensorSpec([None, None, CROP, CROP, 3], tf.uint8)
    assert clips.element_spec == (spec, spec)
    shapes = collections.Counter()
    for rgb, target in clips:
        np.testing.assert_array_equal(rgb, target)
        shapes[tuple(rgb.shape)] += 1
    assert shapes.keys() == {(4, 1, CROP, CROP, 3), (2, 3, CROP, CROP, 3)}
    assert shapes.total() == 24


def test_the_seed_decides_everything(material):
    once = batches(mixed(material))
    assert same(once, batches(mixed(material)))
    assert not same(once, batches(mixed(material), seed=8))


@pytest.mark.parametrize("first", [1, 2])
def test_a_resumed_run_sees_what_the_unbroken_run_sees(material, first):
    unbroken = batches(mixed(material), epochs=3)
    resumed = batches(mixed(material), epochs=3 - first, first_epoch=first)
    assert same(resumed, unbroken[5 * first :])


def test_each_pass_takes_every_clip_once_in_another_order(material):
    stills = [pipeline.Source(material["stills"], 1, 4)]
    seen = np.concatenate(batches(stills, steps_per_epoch=15)).squeeze(1)
    passes = greys(seen[:, None]).reshape(3, 20)
    for one_pass in passes:
        np.testing.assert_allclose(np.sort(one_pass), 5 * np.arange(20), atol=1)
    assert not np.array_equal(passes[0], passes[1])
    assert not np.array_equal(passes[1], passes[2])


def test_weights_share_the_steps_out(material):
    taken = chance.choose(mixed(material), 6000, seed=3)
    assert abs(np.mean(taken == 0) - 2 / 3) < 0.02
    # A longer run begins as the shorter one did.
    np.testing.assert_array_equal(taken[:50], chance.choose(mixed(material), 50, 3))
    silent = [*mixed(material), pipeline.Source(material["films"], weight=0)]
    assert 2 not in chance.choose(silent, 6000, seed=3)


def test_films_run_at_three_speeds_and_both_ways(material):
    films = [pipeline.Source(material["films"], 3, 2)]
    clips = np.concatenate([greys(b) for b in batches(films, steps_per_epoch=120)])
    steps = np.diff(clips, axis=1)
    assert (steps[:, 0] == steps[:, 1]).all()
    assert set(np.unique(steps)) == {-4, -2, -1, 1, 2, 4}
    assert 0.35 < np.mean(steps[:, 0] > 0) < 0.65
    first = np.minimum(clips[:, 0], clips[:, 2]) % 20
    for speed, starts in ((1, 8), (2, 6), (4, 2)):
        chosen = np.abs(steps[:, 0]) == speed
        assert 0.2 < chosen.mean() < 0.47
        # Ten frames hold eight clips of three, or six at double speed.
        assert set(first[chosen]) == set(range(starts))


def test_clips_shorter_than_asked_for_run_at_their_own_speed(material):
    films = [pipeline.Source(material["films"], 9, 2)]
    clips = np.concatenate([greys(b) for b in batches(films, steps_per_epoch=20)])
    assert set(np.unique(np.diff(clips, axis=1))) == {-1, 1}


@pytest.mark.parametrize(
    "start, expected", [(0, [0, 1, 2, 1, 0, 1, 2]), (2, [2, 1, 0, 1, 2, 1, 0])]
)
def test_a_short_clip_plays_to_and_fro(start, expected):
    frames = tf.constant(["0", "1", "2"])
    taken = windows.take_frames(frames, start, 7).numpy()
    assert [int(frame) for frame in taken] == expected
    alone = windows.take_frames(frames[:1], 0, 4).numpy()
    assert alone.tolist() == [b"0"] * 4


@pytest.fixture(scope="module")
def photo_clips(tmp_path_factory, photo):
    """Eight frames of one photograph as a clip."""
    frames = [records.encode_frame(photo)] * 8
    clip = records.Clip(frames, "still", *photo.shape[:2])
    return write_shards(tmp_path_factory.mktemp("photo"), "photo", [clip], 1)


def test_one_crop_and_flip_serve_all_frames_of_a_clip(photo_clips):
    taken = batches([pipeline.Source(photo_clips, 4, 8)], steps_per_epoch=2)
    for batch in taken:
        assert (batch == batch[:, :1]).all()
    assert not (taken[0] == taken[0][:1]).all()


def test_windows_lie_inside_and_range_over_all_sizes(photo):
    height, width = photo.shape[:2]
    clip = {"height": tf.constant(height), "width": tf.constant(width)}
    draws = np.random.default_rng(0).random((300, 4), "float32")
    draws = np.concatenate([draws, np.zeros((1, 4)), np.full((1, 4), 1 - 2**-24)])
    boxes = np.stack(
        [windows.random(clip, 64, tf.unstack(tf.cast(d, tf.float32))) for d in draws]
    )
    top, left, box_height, box_width = boxes.T
    assert (boxes >= 0).all() and (box_height > 0).all() and (box_width > 0).all()
    assert (top + box_height).max() == height and (left + box_width).max() == width
    aspect = box_width / box_height
    assert aspect.min() > 0.72 and aspect.max() < 1.39
    assert np.minimum(box_height, box_width).min() < 48 < 120 < box_height.max()


@pytest.mark.parametrize("size", [16, 100, 160])
def test_a_decoded_window_is_that_part_of_the_picture(photo, size):
    box = np.array([10, 30, 96, 96], "int32")
    frames = tf.constant([records.encode_frame(photo)])
    rgb = windows.decode(frames, tf.constant(box), size)[0].numpy()
    part = photo[10:106, 30:126].astype("float32")
    expected = tf.image.resize(part, [size, size], antialias=size < 96).numpy()
    assert np.abs(rgb - expected).mean() < 3


def test_half_of_the_clips_are_mirrored(tmp_path):
    ramp = np.linspace(0, 255, 64).astype("uint8")[None, :, None]
    frame = records.encode_frame(np.broadcast_to(ramp, (32, 64, 3)).copy())
    clip = records.Clip([frame], "ramp", 32, 64)
    pattern = write_shards(tmp_path, "ramp", [clip], 1)
    taken = np.concatenate(
        batches([pipeline.Source(pattern, 1, 32)], steps_per_epoch=6)
    ).astype("int32")
    rising = taken[:, 0, :, -1, 0] > taken[:, 0, :, 0, 0]
    assert (rising == rising[:, :1]).all()
    assert 0.4 < rising.mean() < 0.6


def validation(pattern, **options):
    options = {"clip_length": 1, "size": CROP, "clips_per_batch": 8, **options}
    return pipeline.validation_clips(pattern, **options)


def test_validation_is_the_same_at_each_pass_and_takes_every_clip(material):
    clips = validation(material["stills"])
    assert clips.element_spec[0].shape.as_list() == [None, None, CROP, CROP, 3]
    first = [rgb.numpy() for rgb, _ in clips]
    assert [len(batch) for batch in first] == [8, 8, 4]
    assert same(first, [rgb.numpy() for rgb, _ in clips])
    seen = np.sort(greys(np.concatenate(first))[:, 0])
    np.testing.assert_allclose(seen, 5 * np.arange(20), atol=1)


def test_a_limit_spreads_over_all_clips(material):
    every = np.concatenate([rgb for rgb, _ in validation(material["stills"])])
    few = np.concatenate([rgb for rgb, _ in validation(material["stills"], limit=5)])
    np.testing.assert_array_equal(few, every[::4])


def test_validation_films_start_at_their_first_frame(material):
    clips = validation(material["films"], clip_length=4, limit=3)
    got = greys(next(iter(clips))[0].numpy())
    assert (got[:, 0] % 20 == 0).all()
    np.testing.assert_array_equal(np.diff(got, axis=1), 1)


def test_validation_shows_the_middle(photo_clips, photo):
    rgb = next(iter(validation(photo_clips, size=128)))[0][0, 0].numpy()
    middle = photo[:, 16:144].astype("float32")
    assert np.abs(rgb - middle).mean() < 3


def test_missing_and_useless_shards_are_named(tmp_path):
    with pytest.raises(InputError, match="no shards match '.*build-records"):
        validation(str(tmp_path / "*.tfrecord"))
    path = tmp_path / "a.tfrecord"
    for content in (b"", b"no shard at all, but longer than twelve bytes"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="hold no clips"):
            validation(str(path))
    (tmp_path / "manifest.json").write_text('{"schema_version": 0}')
    with pytest.raises(InputError, match="schema version 0"):
        validation(str(path))


@pytest.mark.parametrize("change", [{"clip_length": 0}, {"weight": -1.0}])
def test_impossible_sources_are_refused(change):
    (name,) = change
    with pytest.raises(UsageError, match=f"{name} of 'x'"):
        pipeline.Source("x", **change)
    with pytest.raises(UsageError, match="at least one source"):
        batches([])


def test_two_replicas_share_each_batch(material):
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    clips = pipeline.training_clips(
        mixed(material), crop=CROP, steps_per_epoch=6, epochs=1, seed=7
    )
    alone = [rgb.numpy() for rgb, _ in clips]
    shared = []
    for rgb, _ in strategy.experimental_distribute_dataset(clips):
        halves = [half.numpy() for half in strategy.experimental_local_results(rgb)]
        assert len(halves[0]) == len(halves[1])
        shared.append(np.concatenate(halves))
    assert same(alone, shared)


@pytest.fixture
def corrupt(tmp_path, material):
    """The photographs, with a byte flipped in the data of 0, 35 (shard 0) and 5."""
    for path in shards.find(material["stills"]):
        shutil.copy(path, tmp_path)
    first, second, _ = shards.find(str(tmp_path / "stills-*"))
    for path, number in ((first, 0), (first, 1), (second, 0)):
        start, length = shards.locate(path)[number]
        flip(path, start + length // 2)
    return str(tmp_path / "stills-*")


def flip(path, place):
    """Changes one bit of the byte at `place`."""
    with open(path, "r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 16]))


def test_the_next_sound_record_stands_in_for_a_corrupt_one(corrupt, material, capsys):
    """Shard 0 holds the greys 0, 15, 30, ... and shard 1 the greys 5, 20, ..."""
    stills = [pipeline.Source(corrupt, 1, 4)]
    whole = [pipeline.Source(material["stills"], 1, 4)]
    got = np.concatenate([greys(b) for b in batches(stills, steps_per_epoch=15)])
    true = np.concatenate([greys(b) for b in batches(whole, steps_per_epoch=15)])
    instead = {0: 30, 15: 30, 5: 20}
    nearest = 5 * np.round(true / 5).astype(int)  # JPEG may be off by one.
    expected = [instead.get(grey, grey) for grey in nearest.ravel()]
    np.testing.assert_allclose(got.ravel(), expected, atol=1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3  # Each was met three times.
    for number, line in enumerate(lines, 1):
        assert "corrupt record at byte " in line and f"({number} so far)" in line
    named = sorted(line.split(":")[0].rsplit("/")[-1] for line in lines)
    first, second = "stills-00000-of-00003.tfrecord", "stills-00001-of-00003.tfrecord"
    assert named == [first, first, second]


def test_corrupt_records_change_nothing_about_repeating_and_resuming(corrupt):
    stills = [pipeline.Source(corrupt, 1, 4)]
    unbroken = batches(stills, epochs=3)
    assert same(unbroken, batches(stills, epochs=3))
    assert same(unbroken[10:], batches(stills, epochs=1, first_epoch=2))


def test_corrupt_records_are_left_out_of_validation(corrupt):
    seen = [greys(rgb.numpy()) for rgb, _ in validation(corrupt)]
    left = sorted(set(range(0, 100, 5)) - {0, 15, 5})
    np.testing.assert_allclose(np.sort(np.concatenate(seen)[:, 0]), left, atol=1)
    # Replicas must share the last batch evenly.
    shared = [len(rgb) for rgb, _ in validation(corrupt, divisor=2)]
    assert shared == [8, 8]


def test_strict_reading_names_shard_and_byte_in_one_line(corrupt):
    (path, *_) = shards.find(corrupt)
    for clips in (
        lambda damage: pipeline.training_clips(
            [pipeline.Source(corrupt)],
            crop=CROP,
            steps_per_epoch=9,
            epochs=1,
            seed=0,
            damage=damage,
        ),
        lambda damage: validation(corrupt, damage=damage),
    ):
        damage = record_reader.DamageLog(strict=True)
        with pytest.raises(InputError) as caught, damage.surfacing():
            collections.deque(clips(damage), maxlen=0)
        message = str(caught.value)
        assert "\n" not in message and "--strict" in message
        assert re.match(r".*stills-0000[01]-of-00003.tfrecord: corrupt record", message)


def test_only_corrupt_records_are_an_error(tmp_path):
    pattern = write_shards(tmp_path, "one", [flat_clip([9], "still")], 1)
    flip(shards.find(pattern)[0], 100)
    damage = record_reader.DamageLog()
    with pytest.raises(InputError, match="no sound record"):
        next(iter(validation(pattern, damage=damage)))


@pytest.mark.parametrize("harm", ["cut off", "length is damaged"])
def test_what_stands_before_a_lost_end_is_read(tmp_path, harm, capsys):
    pattern = write_shards(
        tmp_path, "s", [flat_clip([9 * n], "s") for n in range(6)], 1
    )
    (path,) = shards.find(pattern)
    start, length = shards.locate(path)[4]
    if harm == "cut off":
        os.truncate(path, start + length)
    else:
        flip(path, start - tfrecord.HEADER_BYTES)
    seen = np.concatenate([greys(rgb.numpy()) for rgb, _ in validation(pattern)])
    np.testing.assert_allclose(seen[:, 0], 9 * np.arange(4), atol=1)
    (line,) = capsys.readouterr().err.splitlines()
    assert f"byte {start - tfrecord.HEADER_BYTES}" in line and harm in line
    strict = record_reader.DamageLog(strict=True)
    with pytest.raises(InputError, match=f"{harm}.*--strict"):
        validation(pattern, damage=strict)


def test_a_build_that_is_not_complete_is_mentioned(tmp_path, material, capsys):
    for path in shards.find(material["stills"])[1:]:
        shutil.copy(path, tmp_path)
    part = str(tmp_path / "*")
    validation(part)
    (line,) = capsys.readouterr().err.splitlines()
    assert "stills-*-of-00003.tfrecord: 1 of 3 shards are missing" in line
    (tmp_path / "manifest.json").write_text('{"schema_version": 1, "complete": false}')
    validation(part)
    (line,) = capsys.readouterr().err.splitlines()
    assert "manifest.json: the build is not complete" in line
    # Some of a complete set is somebody's choice.
    validation(shards.find(material["stills"])[0])
    assert not capsys.readouterr().err


def test_an_iterator_that_is_left_over_does_not_keep_python_from_ending(material):
    """As after an error or Ctrl-C in training; without care half of the exits hang."""
    code = (
        "from colornet.data import pipeline\n"
        f"sources = [pipeline.Source({material['films']!r}, 9, 64)]\n"
        "clips = pipeline.training_clips(\n"
        "    sources, crop=64, steps_per_epoch=9, epochs=9, seed=0\n"
        ")\n"
        "cycle = [iter(clips)]\n"
        "next(cycle[0])\n"
        "cycle.append(cycle)\n"
        "del cycle\n"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
