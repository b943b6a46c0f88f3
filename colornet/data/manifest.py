"""manifest.json: what a folder of shards holds and how it was made."""

import dataclasses
import hashlib
import json
import pathlib

from colornet import whole_file
from colornet.data import records, shards
from colornet.errors import InputError, UsageError

NAME = "manifest.json"


@dataclasses.dataclass
class Manifest:
    """The state of one build.

    Attributes:
      folder: where the shards and the manifest are.
      settings: everything that decides what the shards hold.
      reports: of the shards that are complete, by file name.
      shard_count: how many there are to be.
    """

    folder: pathlib.Path
    settings: dict
    shard_count: int
    reports: dict[str, shards.ShardReport] = dataclasses.field(default_factory=dict)

    def save(self) -> None:
        """Writes the manifest beside, then renames it into place."""
        done = [self.reports[file] for file in sorted(self.reports)]
        content = {
            "schema_version": records.SCHEMA_VERSION,
            "settings": self.settings,
            "settings_hash": settings_hash(self.settings),
            "complete": len(done) == self.shard_count,
            "shard_count": self.shard_count,
            "clips": sum(report.clips for report in done),
            "frames": sum(report.frames for report in done),
            "size_bytes": sum(report.size_bytes for report in done),
            "bad_inputs": [bad for report in done for bad in report.bad_inputs],
            "shards": [dataclasses.asdict(report) for report in done],
        }
        text = json.dumps(content, indent=1) + "\n"
        with whole_file.written(self.folder / NAME) as unfinished:
            unfinished.write_text(text, encoding="utf-8")

    def resume(self, overwrite: bool) -> None:
        """Takes over the complete shards of an earlier run with the same settings.

        Args:
          overwrite: remove an earlier run's shards instead, whatever its settings.

        Raises:
          UsageError: the earlier run had other settings.
          InputError: the manifest there cannot be read, or shards have none.
        """
        path = self.folder / NAME
        if overwrite:
            self._clear()
        if not path.exists():
            self._refuse_strays()
            return
        try:
            earlier = json.loads(path.read_text(encoding="utf-8"))
            reports = [shards.ShardReport(**report) for report in earlier["shards"]]
            before = {
                **earlier["settings"],
                "schema_version": earlier["schema_version"],
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: expected the manifest of `colornet build-records`, got "
                f"{error!r}; take another --output or give --overwrite."
            ) from error
        now = {**self.settings, "schema_version": records.SCHEMA_VERSION}
        _refuse_difference(before, now, self.folder)
        for report in reports:
            shard = self.folder / report.file
            if shard.exists() and shard.stat().st_size == report.size_bytes:
                self.reports[report.file] = report

    def _shards(self):
        return sorted(self.folder.glob("*-?????-of-?????.tfrecord*"))

    def _clear(self):
        (self.folder / NAME).unlink(missing_ok=True)
        for shard in self._shards():
            shard.unlink()

    def _refuse_strays(self):
        for shard in self._shards():
            raise InputError(
                f"{shard}: a shard without {NAME} beside it; take another --output, or "
                "--overwrite to remove it."
            )


def refuse_other_schema(folder: pathlib.Path) -> None:
    """Refuses a folder whose shards hold records of another schema (InputError)."""
    try:
        version = json.loads((folder / NAME).read_text(encoding="utf-8"))
        version = version["schema_version"]
    except (OSError, ValueError, KeyError, TypeError):
        return  # Shards may stand without a manifest; then their records must do.
    if version != records.SCHEMA_VERSION:
        raise InputError(
            f"{folder / NAME}: records of schema version {version}, this is version "
            f"{records.SCHEMA_VERSION}; build them again with "
            "`colornet build-records --overwrite`."
        )


def settings_hash(settings: dict) -> str:
    """Hex SHA-256 of the settings: equal for equal settings and only for those."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_difference(before, now, folder):
    for key in sorted(before.keys() | now.keys()):
        if before.get(key) != now.get(key):
            raise UsageError(
                f"--output={folder}: holds records made with {key}="
                f"{before.get(key)}, this run has {key}={now.get(key)}; take another "
                "--output, or --overwrite to make them anew."
            )
