"""manifest.json and the reports beside the shards: what there is, how it was made.

photos-00003-of-00026.tfrecord   a shard, under this name once it is whole
photos-00003-of-00026.json       its report, written after it: this shard is done
manifest.json                    the settings, at first; the sums too, once all are done
bad_inputs.jsonl                 {"path": ..., "reason": ...} of each unreadable input
"""

import collections
import dataclasses
import hashlib
import json
import re
from collections.abc import Iterable

from colornet.data import filesystem, records
from colornet.data.building import statistics
from colornet.errors import InputError, UsageError

NAME = "manifest.json"
BAD_INPUTS = "bad_inputs.jsonl"
_SHARD_OR_REPORT = re.compile(r".+-\d{5}-of-\d{5}\.(tfrecord|json)")


@dataclasses.dataclass
class ShardReport:
    """What one finished shard holds, and what happened on the way to it.

    Attributes:
      file: the shard's name.
      size_bytes: of the file.
      sha256: of the file, in hexadecimal digits.
      record_bytes: length of each record's data, in the order of the file.
      bad_inputs: [key, reason] of the inputs that could not be read.
      left_out: frames that were left out on purpose, by reason.
      statistics: `statistics.Statistics` of its clips, as JSON.
    """

    file: str
    size_bytes: int
    sha256: str
    record_bytes: list[int]
    bad_inputs: list[list[str]]
    left_out: dict[str, int]
    statistics: dict

    def save(self, folder: str) -> None:
        """Writes the report beside the shard."""
        _write_json(filesystem.join(folder, report_of(self.file)), vars(self), None)


def report_of(shard: str) -> str:
    """Name of the report of a shard's file."""
    return f"{shard.removesuffix('.tfrecord')}.json"


def load_report(folder: str, shard: str) -> ShardReport | None:
    """The report of a finished shard; None if there is none that can be read."""
    try:
        stored = filesystem.read_bytes(filesystem.join(folder, report_of(shard)))
        return ShardReport(**json.loads(stored))
    except (OSError, ValueError, TypeError):
        return None


@dataclasses.dataclass
class Manifest:
    """The state of one build.

    Attributes:
      folder: where the shards and the manifest are: a path or a URL.
      input: where the inputs were, for the reader: they may move between two runs.
      settings: everything that decides what the shards hold.
      unlisted: [path, reason] of inputs that are in no report.
      shard_count: how many shards there are to be; 0 until that is known.
      expected_bytes: about how many bytes they will have in all.
    """

    folder: str
    input: str
    settings: dict
    unlisted: list[list[str]] = dataclasses.field(default_factory=list)
    shard_count: int = 0
    expected_bytes: float = 0.0

    def reports(self, files: Iterable[str]) -> dict[str, ShardReport]:
        """The reports of those of `files` that are finished and still whole."""
        sizes = filesystem.files_in(self.folder)
        found = {}
        for file in files:
            if file in sizes and report_of(file) in sizes:
                report = load_report(self.folder, file)
                if report and report.size_bytes == sizes[file]:
                    found[file] = report
        return found

    def bad_inputs(self, reports: dict[str, ShardReport]) -> list[list[str]]:
        """[path, reason] of everything that could not be listed or read."""
        met = [bad for report in reports.values() for bad in report.bad_inputs]
        return self.unlisted + met

    def save(self, reports: dict[str, ShardReport], complete: bool) -> str:
        """Writes the manifest and the list of bad inputs; returns them in a line.

        Args:
          reports: of the shards that are done.
          complete: whether those are all.
        """
        done = [reports[file] for file in sorted(reports)]
        total = statistics.Statistics()
        left_out = collections.Counter()
        for report in done:
            total.merge(statistics.Statistics.from_json(report.statistics))
            left_out.update(report.left_out)
        bad = self.bad_inputs(reports)
        content = {
            "schema_version": records.SCHEMA_VERSION,
            "complete": complete,
            "input": self.input,
            "settings": self.settings,
            "settings_hash": settings_hash(self.settings),
            "shard_count": self.shard_count,
            "expected_bytes": self.expected_bytes,
            "size_bytes": sum(report.size_bytes for report in done),
            "bad_inputs": len(bad),
            "left_out_frames": dict(sorted(left_out.items())),
            "statistics": {self.settings["source"]: total.to_json()},
            "shards": [
                {
                    "file": report.file,
                    "clips": len(report.record_bytes),
                    "size_bytes": report.size_bytes,
                    "sha256": report.sha256,
                }
                for report in done
            ],
        }
        lines = [json.dumps({"path": path, "reason": why}) + "\n" for path, why in bad]
        with filesystem.written(filesystem.join(self.folder, BAD_INPUTS)) as file:
            file.write("".join(lines).encode())
        _write_json(filesystem.join(self.folder, NAME), content)
        return (
            f"{self.folder}: clips {sum(len(report.record_bytes) for report in done)}, "
            f"shards {len(done)}, {content['size_bytes'] / 1e6:.1f} MB, bad inputs "
            f"{len(bad)}, frames left out {left_out.total()}"
        )

    def resume(self) -> None:
        """Takes over `shard_count` of an earlier run with the same settings.

        Raises:
          UsageError: the earlier run had other settings.
          InputError: the manifest there cannot be read, or shards have none.
        """
        earlier = load(self.folder)
        if earlier is None:
            return self._refuse_strays()
        try:
            version = earlier["schema_version"]
            before = {**earlier["settings"], "schema_version": version}
            self.shard_count = earlier["shard_count"]
            self.expected_bytes = earlier["expected_bytes"]
        except (KeyError, TypeError) as error:
            raise _unreadable(self.folder, error) from error
        now = {**self.settings, "schema_version": records.SCHEMA_VERSION}
        _refuse_difference(before, now, self.folder)

    def clear(self) -> None:
        """Removes an earlier run's records, whatever its settings."""
        for name in filesystem.files_in(self.folder):
            if name in (NAME, BAD_INPUTS) or _SHARD_OR_REPORT.fullmatch(name):
                filesystem.delete(filesystem.join(self.folder, name))

    def _refuse_strays(self):
        for name in filesystem.files_in(self.folder):
            if _SHARD_OR_REPORT.fullmatch(name):
                raise InputError(
                    f"{filesystem.join(self.folder, name)}: a shard without {NAME} "
                    "beside it; take another --output, or --overwrite to remove it."
                )


def load(folder: str) -> dict | None:
    """What the folder's manifest says; None without one (InputError if broken)."""
    path = filesystem.join(folder, NAME)
    if not filesystem.exists(path):
        return None
    try:
        content = json.loads(filesystem.read_bytes(path))
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error
    return content


def settings_hash(settings: dict) -> str:
    """Hex SHA-256 of the settings: equal for equal settings and only for those."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _unreadable(folder, error):
    return InputError(
        f"{filesystem.join(folder, NAME)}: expected the manifest of `colornet "
        f"build-records`, got {error!r}; take another --output or give --overwrite."
    )


def _refuse_difference(before, now, folder):
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise UsageError(
                f"--output={folder}: holds records made with {key}="
                f"{before.get(key)}, this run has {key}={now.get(key)}; take another "
                "--output, or --overwrite to make them anew."
            )


def _write_json(path, content, indent=1):
    with filesystem.written(path) as file:
        file.write(f"{json.dumps(content, indent=indent)}\n".encode())
