import io

import numpy as np
import pytest
import tensorflow as tf

from colornet.data import tfrecord

DATA = [b"", b"x", bytes(range(256)) * 40, b"the last"]
FRAME = tfrecord.FRAME_BYTES


def framed(data=DATA):
    file = io.BytesIO()
    for one in data:
        tfrecord.write(file, one)
    return file.getvalue()


def offsets(data=DATA):
    """Where each record begins; the last is the end."""
    return [0, *np.cumsum([len(one) + FRAME for one in data]).tolist()]


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :]


def test_tensorflow_reads_what_is_written(tmp_path):
    path = tmp_path / "a.tfrecord"
    path.write_bytes(framed())
    read = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    assert read == DATA


def test_what_tensorflow_writes_is_the_same(tmp_path):
    path = tmp_path / "a.tfrecord"
    with tf.io.TFRecordWriter(str(path)) as writer:
        for data in DATA:
            writer.write(data)
    assert path.read_bytes() == framed()


def test_records_come_back_with_their_places():
    content = framed()
    assert list(tfrecord.read(io.BytesIO(content))) == [
        (offset, data, None) for offset, data in zip(offsets(), DATA, strict=False)
    ]
    spans, rest = tfrecord.spans(io.BytesIO(content), len(content))
    assert [content[start : start + length] for start, length in spans] == DATA
    assert rest is None
    assert list(tfrecord.read(io.BytesIO())) == []
    assert tfrecord.spans(io.BytesIO(), 0) == ([], None)


@pytest.mark.parametrize("place", [0, 5000, 10239, 10240, 10243])
def test_damaged_data_cost_one_record(place):
    """The last places are in the checksum behind the data."""
    content = flipped(framed(), offsets()[2] + tfrecord.HEADER_BYTES + place)
    records = list(tfrecord.read(io.BytesIO(content)))
    assert [record.data for record in records] == [b"", b"x", None, b"the last"]
    assert [record.offset for record in records] == offsets()[:-1]
    assert "do not agree with their checksum" in records[2].damage
    spans, rest = tfrecord.spans(io.BytesIO(content), len(content))
    assert len(spans) == 4 and rest is None
    framed_data = [content[start : start + length + 4] for start, length in spans]
    assert [tfrecord.checked(one) for one in framed_data] == [r.data for r in records]


@pytest.mark.parametrize("place", range(tfrecord.HEADER_BYTES))
def test_a_damaged_length_costs_the_rest(place):
    content = flipped(framed(), offsets()[2] + place)
    last = list(tfrecord.read(io.BytesIO(content)))[2:]
    spans, rest = tfrecord.spans(io.BytesIO(content), len(content))
    assert last == [rest] and len(spans) == 2
    assert rest.offset == offsets()[2] and rest.data is None
    lost = len(content) - rest.offset
    assert f"length is damaged, so that the {lost} bytes from here" in rest.damage


@pytest.mark.parametrize("kept", [1, 11, 12, 100, 10240 + FRAME - 1])
def test_a_cut_file_loses_its_last_record(kept):
    content = framed()[: offsets()[2] + kept]
    last = list(tfrecord.read(io.BytesIO(content)))[2:]
    spans, rest = tfrecord.spans(io.BytesIO(content), len(content))
    assert last == [rest] and len(spans) == 2
    assert rest.offset == offsets()[2] and f"its last {kept} bytes" in rest.damage
