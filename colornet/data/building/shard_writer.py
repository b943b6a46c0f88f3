"""One worker's share of a build: reads a bucket's inputs, writes its shards."""

import collections
import contextlib
import dataclasses
import hashlib
import itertools
import json
import time
from collections.abc import Sequence

from colornet.data import filesystem, records, tfrecord
from colornet.data.building import manifest, statistics
from colornet.data.sources import clips
from colornet.errors import InputError

_STOP = ".stop"
_SECONDS_BETWEEN_LOOKS = 1.0


class StopSign:
    """Tells all workers of a build, on whatever machine, to give up.

    It is a file in the output folder: the one thing that all of them share.
    """

    def __init__(self, folder: str):
        self._path = filesystem.join(folder, _STOP)
        self._looked = 0.0

    def raise_(self, reason: str, bad_inputs: Sequence[list[str]] = ()) -> None:
        """Stops the build. Of several reasons the last one stands.

        Args:
          reason: a line for the user.
          bad_inputs: [key, reason] of those that no report will tell of.
        """
        with filesystem.written(self._path) as file:
            file.write(json.dumps([reason, list(bad_inputs)]).encode())

    def is_raised(self) -> bool:
        """Whether the build is to stop; looks at most once a second."""
        if time.monotonic() < self._looked + _SECONDS_BETWEEN_LOOKS:
            return False
        self._looked = time.monotonic()
        return filesystem.exists(self._path)

    def lower(self) -> tuple[str | None, list[list[str]]]:
        """Takes the sign away; returns reason and bad inputs, or None and none."""
        if not filesystem.exists(self._path):
            return None, []
        reason, bad_inputs = json.loads(filesystem.read_bytes(self._path))
        filesystem.delete(self._path)
        return reason, bad_inputs


@dataclasses.dataclass(frozen=True)
class ShardWriter:
    """Builds buckets one after another; what it needs fits into a message to a worker.

    Attributes:
      reader: reads one input.
      folder: where the shards go: a path or a URL.
      max_bad_inputs: more unreadable inputs than these stop the build.
    """

    reader: clips.ClipReader
    folder: str
    max_bad_inputs: int

    def write(self, keys: list[str], files: list[str]) -> None:
        """Reads `keys` and deals their clips over the shards `files`.

        Shards appear under their names when all of them are whole, each with its
        report. Whatever goes wrong with writing, or too often with reading, raises the
        stop sign; then, as after any error, nothing is left behind.
        """
        sign = StopSign(self.folder)
        try:
            for report in self._write(keys, files, sign):
                report.save(self.folder)
        except _Stopped:
            return
        except OSError as error:
            sign.raise_(f"--output={self.folder}: cannot be written: {error}.")

    def _write(self, keys, files, sign):
        """Reports of the shards, which are whole when it returns."""
        bad_inputs, left_out = [], collections.Counter()
        with contextlib.ExitStack() as stack:
            shards = [
                _GrowingShard(
                    name,
                    stack.enter_context(
                        filesystem.written(filesystem.join(self.folder, name))
                    ),
                )
                for name in files
            ]
            turns = itertools.cycle(shards)
            for key in keys:
                try:
                    for clip in self.reader.read(key, left_out):
                        next(turns).add(clip)
                        if sign.is_raised():
                            raise _Stopped
                except InputError as error:
                    bad_inputs.append([key, str(error)])
                    if len(bad_inputs) > self.max_bad_inputs:
                        reason = too_many(bad_inputs, self.max_bad_inputs)
                        sign.raise_(reason, bad_inputs)
                        raise _Stopped from error
        reports = [shard.report() for shard in shards]
        reports[0].bad_inputs, reports[0].left_out = bad_inputs, dict(left_out)
        return reports


def too_many(bad_inputs: list[list[str]], allowed: int) -> str:
    """The line that ends a build with more bad inputs than `allowed`."""
    _, reason = bad_inputs[-1]
    if not allowed:
        return (
            f"{reason}; --strict, or --max_bad_fraction of so few inputs, allows none "
            "such: mend or --exclude it, or raise --max_bad_fraction."
        )
    return (
        f"more than {allowed} inputs cannot be read, the last: {reason}; see "
        f"{manifest.BAD_INPUTS}, mend or --exclude them, or raise --max_bad_fraction."
    )


class _Stopped(Exception):
    """The build is to end here: somebody raised the stop sign."""


class _GrowingShard:
    """A shard that is being written, and what is known of it so far."""

    def __init__(self, name, file):
        self._name = name
        self._file = file
        self._hash = hashlib.sha256()
        self._size = 0
        self._record_bytes = []
        self._statistics = statistics.Statistics()

    def add(self, clip):
        data = records.encode_clip(clip)
        tfrecord.write(self, data)
        self._record_bytes.append(len(data))
        self._statistics.add(clip)

    def write(self, data):
        self._file.write(data)
        self._hash.update(data)
        self._size += len(data)

    def report(self):
        return manifest.ShardReport(
            file=self._name,
            size_bytes=self._size,
            sha256=self._hash.hexdigest(),
            record_bytes=self._record_bytes,
            bad_inputs=[],
            left_out={},
            statistics=self._statistics.to_json(),
        )
