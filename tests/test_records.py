import dataclasses
import io

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet.data import records


def frame(value, height=6, width=10):
    return records.encode_frame(np.full((height, width, 3), value, "uint8"))


def clip_of(decoded):
    """The clip that `decode_clip`'s tensors describe."""
    values = {name: value.numpy() for name, value in decoded.items()}
    return records.Clip(
        frames=list(values.pop("frames")),
        video_id=values.pop("video_id").decode(),
        **{name: value.item() for name, value in values.items()},
    )


CLIPS = [
    records.Clip([frame(9)], "people/ünïcode.jpg", 6, 10),
    records.Clip([frame(9), frame(10)], "bear", 6, 10, 32, 24.0, label=3),
    records.Clip([frame(9)], "n01440764/x.JPEG", 6, 10, label=0),
]


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.video_id)
def test_decoding_undoes_encoding(clip):
    record = records.encode_clip(clip)
    assert records.read_clip(record) == clip
    assert clip_of(records.decode_clip(record)) == clip
    inside = tf.data.Dataset.from_tensors(record).map(records.decode_clip)
    assert clip_of(next(iter(inside))) == clip


def test_every_attribute_of_a_clip_is_in_the_record_but_its_sample():
    decoded = records.decode_clip(records.encode_clip(CLIPS[1]))
    names = {field.name for field in dataclasses.fields(records.Clip)}
    assert decoded.keys() == names - {"sample"}


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.video_id)
def test_a_record_is_what_tensorflow_itself_would_write(clip):
    def feature(kind, of_values, values):
        return tf.train.Feature(**{kind: of_values(value=values)})

    whole = {
        name: feature("int64_list", tf.train.Int64List, [getattr(clip, name)])
        for name in ("start_frame", "height", "width")
    }
    if clip.label >= 0:
        whole["label"] = feature("int64_list", tf.train.Int64List, [clip.label])
    example = tf.train.Example(
        features=tf.train.Features(
            feature={f"clip/{name}": value for name, value in whole.items()}
            | {
                "clip/frames": feature("bytes_list", tf.train.BytesList, clip.frames),
                "clip/video_id": feature(
                    "bytes_list", tf.train.BytesList, [clip.video_id.encode()]
                ),
                "clip/frame_rate": feature(
                    "float_list", tf.train.FloatList, [clip.frame_rate]
                ),
            }
        )
    )
    expected = example.SerializeToString(deterministic=True)
    assert records.encode_clip(clip) == expected


@pytest.mark.parametrize("data", [b"", b"no message", b"\x0a\x03\x0a\x01x"])
def test_what_is_no_clip_is_refused(data):
    with pytest.raises(ValueError, match="this is no clip"):
        records.read_clip(data)


def test_equal_clips_give_equal_bytes():
    assert records.encode_clip(CLIPS[1]) == records.encode_clip(CLIPS[1])


def test_a_clip_needs_frames():
    with pytest.raises(ValueError, match="'bear' has no frames"):
        records.encode_clip(records.Clip([], "bear", 6, 10))


def test_a_stored_frame_keeps_its_chroma_at_full_resolution(photo):
    stored = Image.open(io.BytesIO(records.encode_frame(photo)))
    factors = {layer[1:3] for layer in stored.layer}  # Of each component: across, down.
    assert factors == {(1, 1)}
    error = np.asarray(stored, "float32") - photo
    assert np.sqrt(np.mean(error**2)) < 3  # 4:2:0 would lose twice that.
    decoded = tf.io.decode_jpeg(
        records.encode_frame(photo), dct_method="INTEGER_ACCURATE"
    ).numpy()
    assert np.abs(decoded.astype("int32") - np.asarray(stored)).max() <= 2


@pytest.mark.parametrize(
    "wrong", [np.zeros((4, 4), "uint8"), np.zeros((4, 4, 3), "float32")]
)
def test_a_frame_is_uint8_rgb(wrong):
    with pytest.raises(ValueError, match=r"uint8 \[H, W, 3\]"):
        records.encode_frame(wrong)
