"""Packs records into arrays to train on where TensorFlow is not installed.

  python tools/pack_arrays.py 'records/photos/*.tfrecord' packed/photos --side=160
  KERAS_BACKEND=jax colornet train --arrays='packed/*/*.npy' --workdir=runs/jax

Writes one .npy file for each shape of clip, named by it, such as 16x160x280.npy: uint8
[N, 16, 160, 280, 3], sRGB, N clips in the order of the records. Photographs are clips
of one frame. A frame's shorter side is brought to --side, which should leave room for
crops; of its longer side, the middle is taken, as many quarters of --side as it has, up
to eight. Corrupt records are named and left out.
"""

import argparse
import collections
import io
import pathlib

import numpy as np
from PIL import Image

from colornet import tensorflow_start, whole_file

tensorflow_start.prepare()

from colornet.data import record_reader, records  # noqa: E402


def main():
    """Reads the command line, and packs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("records", help="glob of shards")
    parser.add_argument("output", type=pathlib.Path, help="folder for the arrays")
    parser.add_argument("--side", type=int, default=160, help="px; default 160")
    arguments = parser.parse_args()
    pack(arguments.records, arguments.output, arguments.side)


def pack(pattern: str, output: pathlib.Path, side: int) -> None:
    """Writes the arrays of the records that match `pattern`, and says which."""
    reader = record_reader.RecordReader(pattern, record_reader.DamageLog())
    places = collections.defaultdict(list)
    for place in reader.sound_among(np.arange(reader.count)):
        places[_shape(_clip(reader, place), side)].append(place)
    output.mkdir(parents=True, exist_ok=True)
    for shape, of_shape in sorted(places.items()):
        path = output / f"{'x'.join(map(str, shape))}.npy"
        with whole_file.written(path) as unfinished:
            array = np.lib.format.open_memmap(
                unfinished, "w+", np.uint8, (len(of_shape), *shape, 3)
            )
            for number, place in enumerate(of_shape):
                for time, jpeg in enumerate(_clip(reader, place).frames):
                    array[number, time] = _frame(jpeg, *shape[1:])
            array.flush()
        print(f"{path}: {len(of_shape)} clips", flush=True)


def _clip(reader, place):
    return records.read_clip(reader.record(place).numpy())


def _shape(clip, side):
    """(T, H, W) of a clip when it is packed."""
    shorter, longer = sorted((clip.height, clip.width))
    long_side = min(4 * longer // shorter, 8) * side // 4
    upright = clip.height > clip.width
    return len(clip.frames), *((long_side, side) if upright else (side, long_side))


def _frame(jpeg, height, width):
    """The largest part in the middle of a JPEG file that fits, [H, W, 3]."""
    image = Image.open(io.BytesIO(jpeg))
    scale = min(image.width / width, image.height / height)
    left, top = (image.width - scale * width) / 2, (image.height - scale * height) / 2
    box = left, top, image.width - left, image.height - top
    return np.asarray(image.resize((width, height), Image.Resampling.LANCZOS, box))


if __name__ == "__main__":
    main()
