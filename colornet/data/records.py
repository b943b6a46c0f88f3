"""The clip record: what one tf.train.Example holds. Written and read only here.

A clip is some consecutive frames of one video, and a photograph is a clip of one frame.
Frames are stored as JPEG 4:4:4 of quality 95: halved chroma planes (4:2:0) would lose
half of the very signal that is learned.
"""

import dataclasses
import io

import numpy as np
import tensorflow as tf
from PIL import Image

SCHEMA_VERSION = 1  # Raised whenever `_FEATURES` changes its names, types or meaning.
NO_LABEL = -1
_JPEG_QUALITY = 95
_FEATURES = {
    "clip/frames": tf.io.RaggedFeature(tf.string),  # JPEG, in display order.
    "clip/video_id": tf.io.FixedLenFeature((), tf.string),
    "clip/start_frame": tf.io.FixedLenFeature((), tf.int64),
    "clip/height": tf.io.FixedLenFeature((), tf.int64),
    "clip/width": tf.io.FixedLenFeature((), tf.int64),
    "clip/frame_rate": tf.io.FixedLenFeature((), tf.float32),
    "clip/label": tf.io.FixedLenFeature((), tf.int64, default_value=NO_LABEL),
}


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
    feature = {
        "clip/frames": _bytes(clip.frames),
        "clip/video_id": _bytes([clip.video_id.encode()]),
        "clip/start_frame": _integer(clip.start_frame),
        "clip/height": _integer(clip.height),
        "clip/width": _integer(clip.width),
        "clip/frame_rate": tf.train.Feature(
            float_list=tf.train.FloatList(value=[clip.frame_rate])
        ),
    }
    if clip.label != NO_LABEL:
        feature["clip/label"] = _integer(clip.label)
    example = tf.train.Example(features=tf.train.Features(feature=feature))
    # A map has no order of its own, and the same clip should give the same bytes.
    return example.SerializeToString(deterministic=True)


def decode_clip(record: tf.Tensor) -> dict[str, tf.Tensor]:
    """Inverse of `encode_clip`: a scalar tensor for each of `Clip`'s attributes.

    `frames` alone is not a scalar; they stay compressed: strings, [T].
    """
    example = tf.io.parse_single_example(record, _FEATURES)
    return {name.removeprefix("clip/"): value for name, value in example.items()}


def _bytes(values):
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _integer(value):
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
