"""Copies records; those without a class get the one that MobileNetV2 sees in them.

  python tools/label_records.py 'records/photos/*.tfrecord' records/labelled \
    --classifier=imagenet

The class is one of ImageNet's 1000, that of the clip's middle frame in its colours, and
what `colornet train --system=iizuka2016` learns beside them. Shards keep their names.
Corrupt records are named and left out.
"""

import argparse
import dataclasses
import io
import itertools
import pathlib

import numpy as np
from PIL import Image

from colornet import tensorflow_start, whole_file

tensorflow_start.prepare()

from colornet.data import record_reader, records, shards, tfrecord  # noqa: E402
from colornet.evaluation import semantic  # noqa: E402

_AT_ONCE = 32  # Pictures.


def main():
    """Reads the command line, and copies."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", help="glob of shards")
    parser.add_argument("output", type=pathlib.Path, help="folder for the copies")
    parser.add_argument(
        "--classifier",
        default=semantic.ONLINE,
        help="imagenet, which is downloaded, or a folder of MobileNetV2's weights",
    )
    arguments = parser.parse_args()
    classifier = semantic.load_classifier(arguments.classifier)
    label(arguments.records, arguments.output, classifier)


def label(pattern: str, output: pathlib.Path, classifier) -> None:
    """Writes a labelled copy of each shard that matches `pattern`, and says which."""
    log = record_reader.DamageLog()
    output.mkdir(parents=True, exist_ok=True)
    for path in shards.find(pattern):
        reader = record_reader.RecordReader(path, log)
        places = reader.sound_among(np.arange(reader.count))
        clips = (records.read_clip(reader.record(p).numpy()) for p in places)
        target = output / pathlib.PurePosixPath(path).name
        with (
            whole_file.written(target) as unfinished,
            open(unfinished, "wb") as file,
        ):
            while some := list(itertools.islice(clips, _AT_ONCE)):
                for clip, found in zip(some, _classes(some, classifier), strict=True):
                    if clip.label == records.NO_LABEL:
                        clip = dataclasses.replace(clip, label=int(found))
                    tfrecord.write(file, records.encode_clip(clip))
        print(f"{target}: {len(places)} clips", flush=True)


def _classes(clips, classifier):
    """The likeliest class of each clip."""
    frames = [clip.frames[len(clip.frames) // 2] for clip in clips]
    rgb = [np.asarray(Image.open(io.BytesIO(frame)).convert("RGB")) for frame in frames]
    seen = np.stack([semantic.prepared(picture) for picture in rgb])
    return np.argmax(classifier.predict_on_batch(seen), axis=-1)


if __name__ == "__main__":
    main()
