import json
import os

import numpy as np
import pytest
import tensorflow as tf

from colornet.data import pipeline, records, shards, tfrecord
from colornet.errors import InputError

FOLDER = "ram://shards"  # A filesystem of TensorFlow's own, as gs:// is one.


def write(path, data):
    with tf.io.gfile.GFile(str(path), "wb") as file:
        for one in data:
            tfrecord.write(file, one)


def write_report(path, lengths):
    report = str(path).removesuffix(".tfrecord") + ".json"
    with tf.io.gfile.GFile(report, "w") as file:
        file.write(json.dumps({"record_bytes": lengths}))


@pytest.fixture
def elsewhere():
    tf.io.gfile.makedirs(FOLDER)
    yield FOLDER
    tf.io.gfile.rmtree(FOLDER)


def read_all(path):
    return [shards.read(path, *span) for span in shards.locate(path)]


def test_records_lie_where_tensorflow_finds_them(tmp_path):
    path = str(tmp_path / "a.tfrecord")
    with tf.io.TFRecordWriter(path) as writer:
        for length in (0, 1, 5000):
            writer.write(bytes(range(250)) * length)
    expected = [record.numpy() for record in tf.data.TFRecordDataset(path)]
    assert read_all(path) == expected


def test_shards_elsewhere_are_found_and_read(elsewhere):
    path = f"{elsewhere}/a-00000-of-00001.tfrecord"
    write(path, [b"one", b"two"])
    for beside in (".unfinished-a.tfrecord", "manifest.json", "bad_inputs.jsonl"):
        write(f"{elsewhere}/{beside}", [])
    assert shards.find(f"{elsewhere}/*") == [path]
    assert read_all(path) == [b"one", b"two"]


def test_clips_are_taken_from_elsewhere(elsewhere, photo, tmp_path):
    clip = records.Clip([records.encode_frame(photo)], "a", *photo.shape[:2])
    for folder in (elsewhere, tmp_path):
        write(f"{folder}/a.tfrecord", [records.encode_clip(clip)])

    def first(folder):
        clips = pipeline.validation_clips(
            f"{folder}/*.tfrecord", clip_length=1, size=32, clips_per_batch=1
        )
        return next(iter(clips))[0].numpy()

    np.testing.assert_array_equal(first(elsewhere), first(tmp_path))


@pytest.mark.parametrize("pattern", ["nowhere/*", "ram://nowhere/*"])
def test_a_pattern_that_matches_nothing_is_an_error(pattern):
    with pytest.raises(InputError, match="no shards match '.*build-records"):
        shards.find(pattern)


def test_a_filesystem_that_tensorflow_lacks_is_an_error():
    with pytest.raises(InputError, match="s3://a/.*: cannot be listed .*gs://"):
        shards.find("s3://a/*.tfrecord")


def test_a_report_saves_looking_at_each_record(tmp_path, monkeypatch):
    path = tmp_path / "a.tfrecord"
    data = [b"x" * length for length in (7, 0, 300)]
    write(path, data)
    hopped = shards.locate(str(path))
    write_report(path, [7, 0, 300])
    with monkeypatch.context() as patch:
        patch.delattr(tfrecord, "spans")
        assert shards.locate(str(path)) == hopped
    write_report(path, [7, 300])  # Of another shard: the sizes do not agree.
    assert shards.locate(str(path)) == hopped
    (tmp_path / "a.json").write_text("{")
    assert shards.locate(str(path)) == hopped


def test_a_report_finds_the_records_behind_a_damaged_length(tmp_path):
    path = tmp_path / "a.tfrecord"
    write(path, [b"one", b"three"])
    content = bytearray(path.read_bytes())
    content[2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match="at byte 0 the length is damaged"):
        shards.locate(str(path))
    write_report(path, [3, 5])
    assert read_all(str(path)) == [b"one", b"three"]


def test_a_report_tells_of_records_that_are_missing(tmp_path):
    path = tmp_path / "a.tfrecord"
    write(path, [b"one", b"two", b"six"])
    write_report(path, [3, 3, 3])
    os.truncate(path, 2 * (3 + tfrecord.FRAME_BYTES))
    met = []
    assert len(shards.locate(str(path), met.append)) == 2
    assert met[0].offset == 38 and "1 records are missing" in met[0].damage
    with pytest.raises(InputError, match="build it again"):
        shards.locate(str(path))


def test_a_shard_that_is_gone_is_named(tmp_path):
    path = str(tmp_path / "gone.tfrecord")
    for ask in (lambda: shards.locate(path), lambda: shards.read(path, 12, 3)):
        with pytest.raises(InputError, match="gone.tfrecord: cannot be read.*No such"):
            ask()
    with pytest.raises(InputError, match="cannot be read as a shard: Is a directory"):
        shards.locate(str(tmp_path))
    with pytest.raises(InputError, match="ram://a/gone: cannot be read"):
        shards.read("ram://a/gone", 12, 3)
