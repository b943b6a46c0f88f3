"""`tools/label_records.py` with a classifier that is made up."""

import pathlib

import numpy as np
import pytest
import tensorflow as tf

from colornet.data import records


class Reddest:
    """Class 10, or 20 where there is more red than blue."""

    def predict_on_batch(self, seen):
        red = seen[..., 0].mean(axis=(1, 2)) > seen[..., 2].mean(axis=(1, 2))
        return np.eye(1000)[np.where(red, 20, 10)]


@pytest.fixture
def label(monkeypatch):
    tools = pathlib.Path(__file__).parent.parent / "tools"
    monkeypatch.syspath_prepend(tools)
    import label_records

    return label_records.label


def test_clips_without_a_class_get_one_and_the_rest_stays(label, tmp_path):
    before = []
    for number, (red, own) in enumerate([(200, -1), (0, -1), (200, 5)]):
        rgb = np.full((20, 30, 3), (red, 90, 90), "uint8")
        clip = records.Clip([records.encode_frame(rgb)], f"{number}", 20, 30, label=own)
        before.append(records.encode_clip(clip))
    with tf.io.TFRecordWriter(str(tmp_path / "photos.tfrecord")) as writer:
        for record in before:
            writer.write(record)
    label(str(tmp_path / "*.tfrecord"), tmp_path / "labelled", Reddest())
    copies = tf.data.TFRecordDataset(str(tmp_path / "labelled" / "photos.tfrecord"))
    after = [record.numpy() for record in copies]
    assert [records.read_clip(record).label for record in after] == [20, 10, 5]
    assert after[2] == before[2]
    for old, new in zip(before, after, strict=True):
        assert records.read_clip(new).frames == records.read_clip(old).frames
