"""What became of the files of one command: counted, and listed in a file."""

import csv
import dataclasses
import io
import json
import pathlib
from collections.abc import Sequence

from colornet import whole_file
from colornet.errors import InputError, UsageError

DONE, SKIPPED, FAILED, LEFT = "done", "skipped", "failed", "left"
_ENDINGS = (".csv", ".json")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a file.

    Attributes:
      source: path of the file.
      output: path of what it was to become.
      status: DONE, SKIPPED, FAILED, or LEFT where work was interrupted before.
      reason: why it is not done; "" where it is.
      seconds: that it took.
      width: of the picture as stored, in pixels; 0 where it is not known.
      height: the same.
    """

    source: pathlib.Path
    output: pathlib.Path
    status: str
    reason: str = ""
    seconds: float = 0.0
    width: int = 0
    height: int = 0


class WorkSummary:
    """The outcomes of some jobs, by and by.

    Args:
      jobs: all that there is to do.
    """

    def __init__(self, jobs: Sequence):
        left = [Outcome(job.source, job.target, LEFT) for job in jobs]
        self._outcomes = {outcome.source: outcome for outcome in left}

    def add(self, outcome: Outcome) -> None:
        """Takes the outcome of one of the jobs."""
        self._outcomes[outcome.source] = outcome

    def count(self, status: str) -> int:
        """How many jobs have that status."""
        return sum(each.status == status for each in self._outcomes.values())

    def __str__(self):
        said = f"{self.count(DONE)} coloured, {self.count(SKIPPED)} skipped"
        return f"{said}, {self.count(FAILED)} failed"

    def write(self, path: pathlib.Path) -> None:
        """Writes a row for every job, in their order, as the ending of `path` says."""
        rows = [dataclasses.asdict(outcome) for outcome in self._outcomes.values()]
        for row in rows:
            row |= {"source": str(row["source"]), "output": str(row["output"])}
            row["seconds"] = round(row["seconds"], 3)
        if path.suffix.lower() == ".json":
            text = f"{json.dumps(rows, indent=1)}\n"
        else:
            table = io.StringIO()
            names = [field.name for field in dataclasses.fields(Outcome)]
            writer = csv.DictWriter(table, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            text = table.getvalue()
        with whole_file.written(path) as unfinished:
            # Names of files are bytes, which need not be text.
            unfinished.write_bytes(text.encode("utf-8", "surrogateescape"))


def check_path(path: pathlib.Path, jobs: Sequence) -> None:
    """Raises what `WorkSummary.write` would not be able to mend."""
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"--summary={path}: must end in {' or '.join(_ENDINGS)}, got "
            f"{path.suffix or 'no ending'}"
        )
    if any(path.absolute() in (j.source.absolute(), j.target.absolute()) for j in jobs):
        raise UsageError(f"--summary={path}: this is an input or an output")
    if not path.absolute().parent.is_dir():
        raise InputError(f"--summary={path}: its folder is missing; make it first")
