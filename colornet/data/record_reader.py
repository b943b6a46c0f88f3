"""Every record of a pattern's shards by its place, in a `tf.data` graph, checked."""

import atexit
import collections
import contextlib
import gc
import json
import posixpath
import re
import sys
import threading
from collections.abc import Iterator
from concurrent import futures

import numpy as np
import tensorflow as tf

from colornet.data import filesystem, records, shards, tfrecord
from colornet.data.building import manifest
from colornet.errors import InputError

_REQUESTS = 16  # At once, where shards may be on a server.
_NUMBERED = re.compile(r"(.+)-\d{5}-of-(\d{5})\.tfrecord")

# An iterator left over by an error or Ctrl-C goes on reading ahead. Its threads would
# wait for Python, and the exit for them, for ever: it must go while Python still runs.
atexit.register(gc.collect)


class DamageLog:
    """What was found damaged: told once in one line on stderr, and counted.

    Args:
      strict: the first damage is an error instead.

    Attributes:
      count: damaged places so far.
    """

    def __init__(self, strict: bool = False):
        self.count = 0
        self._strict = strict
        self._known = set()
        self._error = None
        self._lock = threading.Lock()

    def add(self, path: str, offset: int, what: str) -> None:
        """Tells of damage at a byte of a shard, unless it is known.

        Raises:
          InputError: damage is not to be passed over.
        """
        if self._strict:
            self.fail(
                f"{path}: corrupt record at byte {offset}: {what} (--strict); build "
                "the shard again with `colornet build-records`."
            )
        with self._lock:
            if (path, offset) not in self._known:
                self._known.add((path, offset))
                self.count += 1
                say(
                    f"{path}: corrupt record at byte {offset}: {what}; left out "
                    f"({self.count} so far)"
                )

    def fail(self, message: str) -> None:
        """Raises an InputError, also for `surfacing` to find."""
        self._error = InputError(message)
        raise self._error

    @contextlib.contextmanager
    def surfacing(self) -> Iterator[None]:
        """Raises as itself an error that TensorFlow wraps in forty lines of its own."""
        try:
            yield
        except tf.errors.OpError:
            if self._error is None:
                raise
            raise self._error from None


class RecordReader:
    """All records of a pattern's shards, as functions from place to record.

    Args:
      pattern: glob of shards.
      log: where damage is told.

    Attributes:
      count: how many records there are; places are 0 ... count - 1.

    Raises:
      InputError: no shards match, they hold nothing or records of another schema; or
        the log is strict and a shard is not whole.
    """

    def __init__(self, pattern: str, log: DamageLog):
        self._log = log
        self._paths = shards.find(pattern)
        _check_sets(self._paths)
        spans = [shards.locate(path, self._on_lost_end(path)) for path in self._paths]
        self._file = np.repeat(np.arange(len(spans)), [len(span) for span in spans])
        self._span = [pair for span in spans for pair in span]
        self._damaged = set()
        self.count = len(self._span)
        if not self.count:
            raise InputError(f"the shards that match {pattern!r} hold no clips.")

    def record(self, place: tf.Tensor) -> tf.Tensor:
        """The record at `place`; where it is damaged, the next one that is not.

        The same at every pass and in every run, as long as the files stay as they are.
        """
        record = tf.numpy_function(self._next_sound, [place], tf.string, stateful=False)
        return tf.ensure_shape(record, ())

    def sound_among(self, places: np.ndarray) -> np.ndarray:
        """Those of `places` whose records are not damaged: all are read."""
        with futures.ThreadPoolExecutor(_REQUESTS) as pool:
            sound = pool.map(lambda place: bool(self._read(place)), places)
            return places[np.array(list(sound))]

    def shuffled(self, seed: int):
        """A function from position to record: pass after pass, each otherwise mixed."""

        def read(position):
            this_pass, index = position // self.count, position % self.count
            order = tf.stack([tf.cast(this_pass, tf.int32), seed])
            place = tf.random.experimental.index_shuffle(index, order, self.count - 1)
            return self.record(place)

        return read

    def _next_sound(self, place):
        while not (data := self._read(place)):
            place = (place + 1) % self.count
        return data

    def _read(self, place):
        """The data at a place; b"", which no clip is, where they are damaged."""
        place = int(place)
        if place in self._damaged:
            return b""
        path = self._paths[self._file[place]]
        offset, length = self._span[place]
        try:
            data = shards.read(path, offset, length)
        except InputError as error:
            self._log.fail(str(error))
        if not data:
            start = offset - tfrecord.HEADER_BYTES
            self._log.add(path, start, tfrecord.DISAGREE)
            self._damaged.add(place)
            if len(self._damaged) == self.count:
                self._log.fail(f"{path}: it and all beside it hold no sound record.")
        return data or b""

    def _on_lost_end(self, path):
        return lambda end: self._log.add(path, end.offset, end.damage)


def say(line: str) -> None:
    """Prints a line beside the results, without waiting for others."""
    print(line, file=sys.stderr, flush=True)


def _check_sets(paths):
    """Refuses records of another schema, and warns of builds that are not complete."""
    for folder in sorted({posixpath.dirname(path) for path in paths}):
        path = filesystem.join(folder, manifest.NAME)
        try:
            with tf.io.gfile.GFile(path) as file:
                build = json.loads(file.read())
            version, complete = build["schema_version"], build.get("complete", True)
        except (tf.errors.OpError, ValueError, KeyError, TypeError, AttributeError):
            # Shards may stand without a manifest; then their names must do.
            version, complete = records.SCHEMA_VERSION, True
        if version != records.SCHEMA_VERSION:
            raise InputError(
                f"{path}: records of schema version {version}, this is version "
                f"{records.SCHEMA_VERSION}; build them again with "
                "`colornet build-records --overwrite`."
            )
        if not complete:
            say(f"{path}: the build is not complete; only what is there is read.")
        else:
            _warn_of_missing(
                folder, [p for p in paths if posixpath.dirname(p) == folder]
            )


def _warn_of_missing(folder, paths):
    """Says so if some of a numbered set of shards are not in `folder` at all."""
    matches = (_NUMBERED.fullmatch(posixpath.basename(path)) for path in paths)
    sets = {match.groups() for match in matches if match}
    there = map(_NUMBERED.fullmatch, tf.io.gfile.listdir(folder or "."))
    counts = collections.Counter(match.groups() for match in there if match)
    for name, total in sorted(sets & counts.keys()):
        missing = int(total) - counts[name, total]
        if missing > 0:
            say(
                f"{filesystem.join(folder, name)}-*-of-{total}.tfrecord: {missing} of "
                f"{int(total)} shards are missing; only what is there is read."
            )
