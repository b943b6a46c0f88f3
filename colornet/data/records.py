"""The clip record: what one tf.train.Example holds. Written and read only here.

A clip is some consecutive frames of one video, and a photograph is a clip of one frame.
Frames are stored as JPEG 4:4:4 of quality 95: halved chroma planes (4:2:0) would lose
half of the very signal that is learned.
"""

import dataclasses
import functools
import io

import numpy as np
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message,
    message_factory,
    text_format,
)
from PIL import Image

SCHEMA_VERSION = 1  # Raised whenever `_FEATURES` changes its names, types or meaning.
NO_LABEL = -1
_JPEG_QUALITY = 95
_BYTES, _FLOAT, _INTEGER = "bytes_list", "float_list", "int64_list"
_FEATURES = {
    "clip/frames": _BYTES,  # JPEG, in display order.
    "clip/video_id": _BYTES,
    "clip/start_frame": _INTEGER,
    "clip/height": _INTEGER,
    "clip/width": _INTEGER,
    "clip/frame_rate": _FLOAT,
    "clip/label": _INTEGER,  # Left out where there is none.
}
# tensorflow/core/example/{example,feature}.proto. Not taken from TensorFlow: records
# are built without it, as it takes seconds to load into each worker.
_EXAMPLE_PROTO = """
name: "example.proto" package: "tensorflow" syntax: "proto3"
message_type {
  name: "BytesList"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES }
}
message_type {
  name: "FloatList"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_FLOAT }
}
message_type {
  name: "Int64List"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_INT64 }
}
message_type {
  name: "Feature"
  field { name: "bytes_list" number: 1 type: TYPE_MESSAGE oneof_index: 0
          type_name: ".tensorflow.BytesList" label: LABEL_OPTIONAL }
  field { name: "float_list" number: 2 type: TYPE_MESSAGE oneof_index: 0
          type_name: ".tensorflow.FloatList" label: LABEL_OPTIONAL }
  field { name: "int64_list" number: 3 type: TYPE_MESSAGE oneof_index: 0
          type_name: ".tensorflow.Int64List" label: LABEL_OPTIONAL }
  oneof_decl { name: "kind" }
}
message_type {
  name: "Features"
  field { name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".tensorflow.Features.FeatureEntry" }
  nested_type {
    name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "value" number: 2 type: TYPE_MESSAGE label: LABEL_OPTIONAL
            type_name: ".tensorflow.Feature" }
  }
}
message_type {
  name: "Example"
  field { name: "features" number: 1 type: TYPE_MESSAGE label: LABEL_OPTIONAL
          type_name: ".tensorflow.Features" }
}
"""


@dataclasses.dataclass(frozen=True)
class Frame:
    """One picture, ready to be stored.

    Attributes:
      jpeg: the file.
      height: in pixels.
      width: in pixels.
      sample: some of its pixels, sRGB uint8 [N, 3], to tell its colours by.
    """

    jpeg: bytes
    height: int
    width: int
    sample: np.ndarray = dataclasses.field(compare=False)


@dataclasses.dataclass(frozen=True)
class Clip:
    """One example.

    Attributes:
      frames: JPEG files, in display order, all of one size.
      video_id: the stable name of the video or photograph it was taken from.
      height: of a frame, in pixels.
      width: of a frame, in pixels.
      start_frame: the index in the video of the first frame.
      frame_rate: frames a second; 0 for a photograph.
      label: the class's index, or -1 where there is none.
      sample: some pixels of its frames, sRGB uint8 [N, 3]; not stored, but counted in
        the statistics of a set.
    """

    frames: list[bytes]
    video_id: str
    height: int
    width: int
    start_frame: int = 0
    frame_rate: float = 0.0
    label: int = NO_LABEL
    sample: np.ndarray = dataclasses.field(
        default_factory=lambda: np.empty((0, 3), "uint8"), compare=False
    )


def encode_frame(rgb: np.ndarray) -> bytes:
    """JPEG file (4:4:4, quality 95) of sRGB uint8 [H, W, 3]."""
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[-1] != 3:
        raise ValueError(f"a frame is uint8 [H, W, 3], got {rgb.dtype} {rgb.shape}.")
    target = io.BytesIO()
    # Pillow's subsampling 0 is 4:4:4.
    Image.fromarray(rgb).save(target, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return target.getvalue()


def encode_clip(clip: Clip) -> bytes:
    """Serializes one clip as a tf.train.Example."""
    if not clip.frames:
        raise ValueError(f"clip of {clip.video_id!r} has no frames.")
    values = {
        "clip/frames": clip.frames,
        "clip/video_id": [clip.video_id.encode()],
        "clip/start_frame": [clip.start_frame],
        "clip/height": [clip.height],
        "clip/width": [clip.width],
        "clip/frame_rate": [clip.frame_rate],
        "clip/label": [] if clip.label == NO_LABEL else [clip.label],
    }
    example = _example_class()()
    for name, kind in _FEATURES.items():
        if values[name]:
            getattr(example.features.feature[name], kind).value.extend(values[name])
    # A map has no order of its own, and the same clip should give the same bytes.
    return example.SerializeToString(deterministic=True)


def read_clip(record: bytes) -> Clip:
    """Inverse of `encode_clip`, without TensorFlow.

    Raises:
      ValueError: these bytes are no clip as this version writes it.
    """
    example = _example_class()()
    try:
        example.ParseFromString(record)
        values = {
            name.removeprefix("clip/"): list(
                getattr(example.features.feature[name], kind).value
            )
            for name, kind in _FEATURES.items()
        }
        frames, label = values.pop("frames"), values.pop("label") or [NO_LABEL]
        (video_id,) = values.pop("video_id")
        single = {name: value for name, (value,) in values.items()}
        return Clip(frames, video_id.decode(), label=label[0], **single)
    except (message.DecodeError, ValueError) as error:
        raise ValueError("this is no clip as this version writes it") from error


def decode_clip(record):
    """Inverse of `encode_clip` for a graph: scalar tensor -> {attribute: tensor}.

    All of `Clip`'s attributes that are stored are scalars, but for `frames`, which stay
    compressed: strings, [T].
    """
    import tensorflow as tf  # Here, as records are built without it.

    kinds = {_BYTES: tf.string, _FLOAT: tf.float32, _INTEGER: tf.int64}
    features = {
        name: tf.io.FixedLenFeature((), kinds[kind]) for name, kind in _FEATURES.items()
    }
    features["clip/frames"] = tf.io.RaggedFeature(tf.string)
    features["clip/label"] = tf.io.FixedLenFeature((), tf.int64, default_value=NO_LABEL)
    example = tf.io.parse_single_example(record, features)
    return {name.removeprefix("clip/"): value for name, value in example.items()}


@functools.cache
def _example_class():
    """The message class tf.train.Example, in a pool apart from TensorFlow's own."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(text_format.Parse(_EXAMPLE_PROTO, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(
        pool.FindMessageTypeByName("tensorflow.Example")
    )
