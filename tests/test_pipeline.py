import collections

import numpy as np
import pytest
import tensorflow as tf

from colornet.data import pipeline, records, shards, windows
from colornet.errors import InputError, UsageError

CROP = 16


def write_shards(folder, name, clips, count):
    folder.mkdir(exist_ok=True)
    for index in range(count):
        path = folder / shards.name(name, index, count)
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
    taken = pipeline._choose(mixed(material), 6000, seed=3)
    assert abs(np.mean(taken == 0) - 2 / 3) < 0.02
    # A longer run begins as the shorter one did.
    np.testing.assert_array_equal(taken[:50], pipeline._choose(mixed(material), 50, 3))
    silent = [*mixed(material), pipeline.Source(material["films"], weight=0)]
    assert 2 not in pipeline._choose(silent, 6000, seed=3)


def test_film_frames_are_consecutive_and_run_both_ways(material):
    films = [pipeline.Source(material["films"], 3, 2)]
    clips = np.concatenate([greys(b) for b in batches(films, steps_per_epoch=60)])
    steps = np.diff(clips, axis=1)
    assert np.isin(steps, [[1, 1], [-1, -1]]).all()
    assert (steps[:, 0] == steps[:, 1]).all()
    assert 0.3 < np.mean(steps[:, 0] == 1) < 0.7
    starts = np.minimum(clips[:, 0], clips[:, 2]) % 20
    assert set(starts) == set(range(8))  # Ten frames hold eight clips of three.


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


def test_missing_and_broken_shards_are_named(tmp_path, material):
    with pytest.raises(InputError, match="no shards match '.*build-records"):
        validation(str(tmp_path / "*.tfrecord"))
    path = tmp_path / "cut.tfrecord"
    whole = shards.find(material["films"])[0]
    with open(whole, "rb") as source:
        path.write_bytes(source.read()[:-3])
    with pytest.raises(InputError, match="cut.tfrecord: the shard is cut off"):
        validation(str(path))
    path.write_text("no shard at all, but longer than twelve bytes")
    with pytest.raises(InputError, match="is no TFRecord"):
        validation(str(path))
    path.write_bytes(b"")
    with pytest.raises(UsageError, match="hold no clips"):
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


def test_positions_of_records_agree_with_tensorflow(material):
    (path, *_) = shards.find(material["stills"])
    with open(path, "rb") as shard:
        data = shard.read()
    found = [data[start : start + length] for start, length in shards.locate(path)]
    assert found == [record.numpy() for record in tf.data.TFRecordDataset(path)]


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
