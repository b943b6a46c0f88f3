"""TFRecord shards: written by dealing inputs over them, read at any record."""

import dataclasses
import glob
import os
import pathlib
import random
import struct
from collections.abc import Callable
from concurrent import futures

import tensorflow as tf

from colornet import whole_file
from colornet.data import clips, records
from colornet.errors import InputError

# A TFRecord is: length (uint64), its checksum, the data, the data's checksum.
_LENGTH = struct.Struct("<Q")
_CHECKSUM_BYTES = 4


@dataclasses.dataclass(frozen=True)
class ShardReport:
    """What one finished shard holds. `bad_inputs` are [key, reason] pairs."""

    file: str
    clips: int
    frames: int
    size_bytes: int
    bad_inputs: list[list[str]]


def deal(keys: list[str], shards: int, seed: int) -> list[list[str]]:
    """`keys` in a shuffled order, dealt over `shards` lists of nearly equal length.

    Shuffled, so that each shard is a fair sample of all inputs.
    """
    order = sorted(keys)
    random.Random(seed).shuffle(order)
    return [order[start::shards] for start in range(shards)]


def name(prefix: str, index: int, shards: int) -> str:
    """File name of one shard, such as "photos-00003-of-00026.tfrecord"."""
    return f"{prefix}-{index:05d}-of-{shards:05d}.tfrecord"


def write(
    reader: clips.ClipReader,
    keys: list[str],
    path: pathlib.Path,
    on_input: Callable[[InputError | None], None],
    stopped: Callable[[], bool] = lambda: False,
) -> ShardReport:
    """Reads `keys` and writes their clips to `path`, which appears when complete.

    Args:
      reader: reads a key.
      keys: the inputs of this shard, in the order to write.
      path: the shard. While it grows it is called by another name.
      on_input: called after each key with the error that made it bad, or None; what
        it raises ends the work.
      stopped: asked at each clip whether to give up.

    Raises:
      CancelledError: `stopped` said so. As after any error, nothing is left behind.
    """
    clip_count = frame_count = 0
    bad_inputs = []
    try:
        with (
            whole_file.written(path) as unfinished,
            tf.io.TFRecordWriter(str(unfinished)) as writer,
        ):
            for key in keys:
                bad = None
                try:
                    for clip in reader.read(key):
                        if stopped():
                            raise futures.CancelledError
                        writer.write(records.encode_clip(clip))
                        clip_count += 1
                        frame_count += len(clip.frames)
                except InputError as error:
                    bad = error
                    bad_inputs.append([key, str(error)])
                on_input(bad)
    except (OSError, tf.errors.OpError) as error:
        raise InputError(f"{path}: cannot be written: {error}.") from error
    size = path.stat().st_size
    return ShardReport(path.name, clip_count, frame_count, size, bad_inputs)


def find(pattern: str) -> list[str]:
    """Sorted paths of the shards that match a glob.

    Raises:
      InputError: none does.
    """
    found = sorted(glob.glob(pattern))
    if not found:
        raise InputError(
            f"no shards match {pattern!r}; `colornet build-records` makes them, and a "
            "folder of them is named as FOLDER/*.tfrecord."
        )
    return found


def locate(path: str) -> list[tuple[int, int]]:
    """(offset, length) in bytes of each record's data, found without reading the data.

    Raises:
      InputError: the file is no whole shard.
    """
    spans = []
    with open(path, "rb") as shard:
        end = os.fstat(shard.fileno()).st_size
        position = 0
        while position < end:
            header = shard.read(_LENGTH.size)
            start = position + _LENGTH.size + _CHECKSUM_BYTES
            length = _LENGTH.unpack(header)[0] if len(header) == _LENGTH.size else end
            position = start + length + _CHECKSUM_BYTES
            if position > end:
                raise InputError(
                    f"{path}: the shard is cut off or is no TFRecord file; build it "
                    "again with `colornet build-records --overwrite`."
                )
            spans.append((start, length))
            shard.seek(position)
    return spans
