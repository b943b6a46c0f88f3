"""TFRecord shards: found by a pattern, and read at any record.

They are reached through `tf.io.gfile`, as training has no Beam: on this machine and on
gs:// alike.
"""

import itertools
import json
import os
import posixpath
from collections.abc import Callable

import tensorflow as tf

from colornet.data import filesystem, tfrecord
from colornet.errors import InputError

_ENDING = ".tfrecord"


def find(pattern: str) -> list[str]:
    """Sorted paths of the shards that match a glob.

    Raises:
      InputError: none does, or it is nowhere that TensorFlow can look.
    """
    try:
        matching = sorted(tf.io.gfile.glob(pattern))
    except tf.errors.OpError as error:
        raise InputError(
            f"{pattern}: cannot be listed ({error.message}); shards are read from this "
            "machine or from gs://."
        ) from error
    # FOLDER/* takes in what else a build writes there.
    found = [path for path in matching if _may_be_shard(posixpath.basename(path))]
    if not found:
        raise InputError(
            f"no shards match {pattern!r}; `colornet build-records` makes them, and a "
            "folder of them is named as FOLDER/*.tfrecord."
        )
    return found


def locate(
    path: str, on_damage: Callable[[tfrecord.Record], None] | None = None
) -> list[tuple[int, int]]:
    """(offset, length) in bytes of each record's data, found without reading the data.

    Args:
      path: the shard.
      on_damage: called with the end of the shard, if no record can be found there; by
        default that is an error.

    Raises:
      InputError: the file cannot be read, or is no whole shard.
    """
    try:
        size = tf.io.gfile.stat(path).length
        lengths = _reported_lengths(path)
        if _file_size(lengths) == size:
            return _spans(lengths)
        with _open(path) as shard:
            spans, damage = tfrecord.spans(shard, size)
    except (OSError, tf.errors.OpError) as error:
        raise _unreadable(path, error) from error
    missing = len(lengths) - len(spans)
    if damage is None and missing > 0:
        text = f"the file ends, and {missing} records are missing"
        damage = tfrecord.Record(size, None, text)
    if damage and on_damage is None:
        raise InputError(
            f"{path}: at byte {damage.offset} {damage.damage}; this is a damaged shard "
            "or no TFRecord file: build it again with `colornet build-records`."
        )
    if damage:
        on_damage(damage)
    return spans


def read(path: str, offset: int, length: int) -> bytes | None:
    """The data of a record that `locate` found; None if they are damaged.

    Raises:
      InputError: the file cannot be read.
    """
    size = length + tfrecord.FOOTER_BYTES
    try:
        if filesystem.is_local(path):
            # A read that moves no position can be done by many threads at once.
            shard = os.open(path, os.O_RDONLY)
            try:
                framed = os.pread(shard, size, offset)
            finally:
                os.close(shard)
        else:
            with _open(path) as shard:
                shard.seek(offset)
                framed = shard.read(size)
    except (OSError, tf.errors.OpError) as error:
        raise _unreadable(path, error) from error
    return tfrecord.checked(framed)


def _may_be_shard(name):
    return not name.startswith(".") and not name.endswith((".json", ".jsonl"))


def _open(path):
    return (
        open(path, "rb") if filesystem.is_local(path) else tf.io.gfile.GFile(path, "rb")
    )


def _reported_lengths(path):
    """What the build's report beside the shard says of its records' data, in bytes.

    One small file instead of a look at each record, each of which is a request to a
    server where the shard is not local.
    """
    report = f"{path.removesuffix(_ENDING)}.json"
    try:
        with tf.io.gfile.GFile(report) as file:
            return [int(length) for length in json.loads(file.read())["record_bytes"]]
    except (tf.errors.OpError, ValueError, KeyError, TypeError):
        return []  # Shards of other makers have none, and a moved one may be stale.


def _file_size(lengths):
    """Of a shard that holds records of `lengths`, in bytes."""
    return sum(lengths) + len(lengths) * tfrecord.FRAME_BYTES


def _spans(lengths):
    ends = itertools.accumulate(length + tfrecord.FRAME_BYTES for length in lengths)
    return [
        (end - tfrecord.FOOTER_BYTES - length, length)
        for end, length in zip(ends, lengths, strict=True)
    ]


def _unreadable(path, error):
    reason = getattr(error, "strerror", None) or getattr(error, "message", error)
    return InputError(f"{path}: cannot be read as a shard: {reason}.")
