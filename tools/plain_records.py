"""The plain loop that `bench_records.py` measures against: what anybody would write.

  python tools/plain_records.py INPUT OUTPUT.tfrecord SHORT_SIDE

One picture after another is opened, reduced as `build-records` reduces it, stored as
JPEG 4:4:4 of quality 95 and written to one file. Nothing is checked or recorded.
"""

import io
import pathlib
import sys

import tensorflow as tf
from PIL import Image


def main():
    """Writes one file of all pictures in a folder."""
    source, target, short_side = sys.argv[1:]
    with tf.io.TFRecordWriter(target) as writer:
        for path in sorted(pathlib.Path(source).rglob("*.*")):
            jpeg, size = reduced(path, int(short_side))
            values = {
                "clip/frames": jpeg,
                "clip/video_id": path.name.encode(),
                "clip/width": size[0],
                "clip/height": size[1],
            }
            example = {name: feature(value) for name, value in values.items()}
            features = tf.train.Features(feature=example)
            writer.write(tf.train.Example(features=features).SerializeToString())


def reduced(path, short_side):
    """The picture as a JPEG file, with its width and height in pixels."""
    with Image.open(path) as image:
        scale = min(1, short_side / min(image.size)) if short_side else 1
        size = tuple(round(side * scale) for side in image.size)
        image.draft(None, (2 * size[0], 2 * size[1]))
        image = image.convert("RGB")
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    target = io.BytesIO()
    image.save(target, "JPEG", quality=95, subsampling=0)
    return target.getvalue(), size


def feature(value):
    """Bytes or a whole number as an example holds it."""
    if isinstance(value, bytes):
        return tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
    return tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))


if __name__ == "__main__":
    main()
