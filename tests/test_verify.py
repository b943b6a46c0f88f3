import dataclasses
import hashlib

import memory_files
import numpy as np
import pytest

from colornet.data import filesystem, records, tfrecord, verify

NAME = "a-00000-of-00001.tfrecord"


@pytest.fixture(scope="module")
def clips(photo):
    """Three sound clips, serialized."""
    frames = [records.encode_frame(np.roll(photo, 8 * n, axis=1)) for n in range(3)]
    return [
        records.encode_clip(records.Clip(frames[: n + 1], f"clip {n}", 128, 160))
        for n in range(3)
    ]


def store(folder, data, change=None):
    """Writes a shard and returns its report; `change` is done to the bytes after it."""
    path = filesystem.join(folder, NAME)
    with filesystem.written(path) as file:
        for one in data:
            tfrecord.write(file, one)
    content = bytearray(filesystem.read_bytes(path))
    report = {
        "size_bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "record_bytes": [len(one) for one in data],
    }
    if change:
        change(content)
        with filesystem.written(path) as file:
            file.write(content)
    return report


def flip(place):
    def change(content):
        content[place] ^= 32

    return change


def found(folder, report):
    damage = verify.check_shard(folder, report, NAME)
    assert all(one.shard == NAME for one in damage)
    return [(one.offset, one.what) for one in damage]


@pytest.mark.parametrize("data", [slice(None), slice(0)])
def test_sound_shards_pass_wherever_they_are(tmp_path, clips, data):
    for folder in (str(tmp_path), "memory://bucket/records"):
        assert found(folder, store(folder, clips[data])) == []
    memory_files.Memory.files.clear()


@pytest.mark.parametrize("number", range(3))
def test_one_flipped_byte_is_found_by_its_record(tmp_path, clips, number):
    offset = sum(len(one) + tfrecord.FRAME_BYTES for one in clips[:number])
    report = store(str(tmp_path), clips, flip(offset + 500))
    (record, file) = found(str(tmp_path), report)
    assert record == (offset, tfrecord.DISAGREE)
    assert file == (None, "its SHA-256 checksum is another than its report's")


def test_a_flipped_byte_in_a_length_loses_the_rest(tmp_path, clips):
    offset = len(clips[0]) + tfrecord.FRAME_BYTES
    report = store(str(tmp_path), clips, flip(offset + 1))
    record, *file = found(str(tmp_path), report)
    assert record[0] == offset and "length is damaged" in record[1]
    assert (None, "2 records can be found, its report says 3") in file


def test_a_shard_that_is_cut_off_is_found_out(tmp_path, clips):
    def cut(content):
        del content[-5:]

    report = store(str(tmp_path), clips, cut)
    size = report["size_bytes"]
    record, file = found(str(tmp_path), report)
    assert "cut off" in record[1]
    assert file == (None, f"it has {size - 5} bytes, its report says {size}")


def test_one_without_its_last_records_is_found_out(tmp_path, clips):
    whole = store(str(tmp_path), clips)
    fewer = store(str(tmp_path), clips[:2])
    assert "2 records can be found, its report says 3" in found(str(tmp_path), whole)[1]
    swapped = {**fewer, "record_bytes": fewer["record_bytes"][::-1]}
    assert "of other lengths" in found(str(tmp_path), swapped)[0][1]
    assert "no report" in found(str(tmp_path), None)[0][1]


def test_a_missing_shard_is_damage(tmp_path):
    ((offset, what),) = found(str(tmp_path), None)
    assert offset is None and "cannot be read" in what


def test_records_that_are_no_clips_are_named(photo):
    clip = records.Clip([records.encode_frame(photo)], "a", 128, 160)
    assert verify.fault(records.encode_clip(clip)) is None
    lying = dataclasses.replace(clip, frames=clip.frames * 2, height=160, width=128)
    assert verify.fault(records.encode_clip(lying)) == (
        "frame 0 is 128 x 160, the record says 160 x 128"
    )
    garbled = dataclasses.replace(clip, frames=[*clip.frames, b"no picture"])
    assert verify.fault(records.encode_clip(garbled)) == "frame 1 is no JPEG file"
    for data in (b"no example", b""):
        assert "no clip" in verify.fault(data)


def test_damage_reads_as_a_line():
    assert str(verify.Damage("a", 7, "bad")) == "a: record at byte 7: bad"
    assert str(verify.Damage("a", None, "bad")) == "a: bad"
