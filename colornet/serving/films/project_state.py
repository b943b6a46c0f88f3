"""How far the work on a project is, in a file that outlives the server."""

import dataclasses
import pathlib

from colornet.serving.films import project_files

STATES = "new", "waiting", "running", "done", "failed", "cancelled"
NEW, WAITING, RUNNING, DONE, FAILED, CANCELLED = STATES

_NAME = "state.json"


@dataclasses.dataclass(frozen=True)
class State:
    """How far a project is.

    Attributes:
      name: one of `STATES`.
      since: when its turn was asked for, in seconds of the epoch.
      reason: why it failed, in one line.
      warnings: of a film that is done: what was lost or found wrong, a line each.
      fetched: whether the film was taken away.
      outdated: whether something was chosen or told after it was coloured.
    """

    name: str = NEW
    since: float = 0.0
    reason: str = ""
    warnings: list[str] = dataclasses.field(default_factory=list)
    fetched: bool = False
    outdated: bool = False

    @property
    def is_busy(self) -> bool:
        """Whether the film is coloured, or waits for that."""
        return self.name in (WAITING, RUNNING)


def read(folder: pathlib.Path) -> State:
    """The state of the project in `folder`."""
    return State(**project_files.read_json(folder / _NAME))


def write(folder: pathlib.Path, state: State) -> None:
    """Makes it so."""
    project_files.write_json(folder / _NAME, dataclasses.asdict(state))
