"""Films of many people, coloured one after another, whatever happens to the server.

Who waits, and for how long, stands in the projects' folders; a new queue goes on with
what an old one has left there. Finished pieces of a film stay with it.
"""

import collections
import contextlib
import dataclasses
import logging
import os
import pathlib
import threading
import time

try:
    import fcntl
except ImportError:  # Windows: two servers on one folder are not told apart there.
    fcntl = None

from colornet.errors import InputError, UsageError
from colornet.inference.films import film, film_progress
from colornet.serving.films import project_files, project_state
from colornet.serving.films.film_project import FilmProject

_DAY = 24 * 3600.0
_SWEEP_SECONDS = 3600.0

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far the film of a project is.

    Attributes:
      state: its `State`.
      before: films that come before it, where it is waiting.
      done: frames so far.
      expected: frames of all the film; None where that is not known.
      rate: frames a second; None where that is not known yet.
      seconds_left: till its end, as far as can be told; or None.
      said: all this in words, as `colorize` says it.
      size: bytes of the film that is done; 0 for none.
    """

    state: project_state.State
    before: int = 0
    done: int = 0
    expected: int | None = None
    rate: float | None = None
    seconds_left: float | None = None
    said: str = ""
    size: int = 0


class _Stopped(Exception):
    """A film was cancelled, or the queue closed."""


class FilmQueue:
    """Colours the films of projects, those first whose turn was asked for first.

    Args:
      root: the folder of all projects; it is made if need be.
      colorizer: the `Colorizer` to do it.
      keep_days: projects with which nothing was done for so long are deleted.

    Raises:
      UsageError: another queue works on that folder.
    """

    def __init__(self, root: pathlib.Path, colorizer, keep_days: float = 7.0):
        self._root = pathlib.Path(root).resolve()
        self._root.mkdir(parents=True, exist_ok=True)
        self._held = _hold(self._root)
        self._colorizer, self._keep_seconds = colorizer, keep_days * _DAY
        self._changed = threading.Condition()
        self._now = self._at = self._pace = None
        self._is_cancelled = self._is_discarded = self._is_closed = False
        project_files.clear(self._root)
        begun = [project for project in self._projects() if project.state.is_busy]
        self._line = collections.deque(sorted(begun, key=lambda p: p.state.since))
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the work; a new queue will go on with it."""
        with self._changed:
            if self._is_closed:
                return
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()
        os.close(self._held)

    def start(self, project: FilmProject) -> None:
        """Puts a film in the line, if it is not there; what is finished of it stays."""
        with self._changed:
            if self._is_now(project):
                self._is_cancelled = False
            elif project.token not in self._waiting():
                begun = project_state.State(project_state.WAITING, time.time())
                project.set_state(**dataclasses.asdict(begun))
                self._line.append(project)
                self._changed.notify_all()

    def cancel(self, project: FilmProject) -> None:
        """Takes a film from the line, or ends the work on it within a few frames."""
        with self._changed:
            if self._is_now(project):
                self._is_cancelled = True
            elif self._leave_line(project):
                project.set_state(project_state.CANCELLED)

    def discard(self, project: FilmProject) -> None:
        """Deletes a project, whatever is being done with it."""
        with self._changed:
            self._leave_line(project)
            if self._is_now(project):
                self._is_discarded = True
            else:
                project.delete()

    def leave(self, project: FilmProject) -> None:
        """Deletes a project that nobody needs once the page is closed.

        That is one that was never begun, or whose film was taken away.
        """
        state = project.state
        if state.name == project_state.NEW or state.fetched:
            self.discard(project)

    def progress(self, project: FilmProject) -> Progress:
        """How far its film is."""
        with self._changed:
            state, waiting = project.state, self._waiting()
            if project.token in waiting:
                before = waiting.index(project.token) + (self._now is not None)
                return Progress(state, before)
            if self._is_now(project) and self._at:
                pace, at = self._pace, self._at
                figures = at.done, at.expected, pace.rate, pace.seconds_left, pace.said
                return Progress(state, 0, *figures)
        is_done = state.name == project_state.DONE
        return Progress(state, size=project.target.stat().st_size if is_done else 0)

    def _projects(self):
        found = []
        for token in project_files.tokens(self._root):
            with contextlib.suppress(InputError, OSError):  # It has gone meanwhile.
                found.append(FilmProject.open(self._root, token))
        return found

    def _waiting(self):
        return [project.token for project in self._line]

    def _is_now(self, project):
        return self._now is not None and self._now.token == project.token

    def _leave_line(self, project):
        """Whether it was in it."""
        found = [one for one in self._line if one.token == project.token]
        for one in found:
            self._line.remove(one)
        return bool(found)

    def _work(self):
        while not self._is_closed:
            self._sweep()
            with self._changed:
                self._changed.wait_for(
                    lambda: self._line or self._is_closed, _SWEEP_SECONDS
                )
                if self._is_closed or not self._line:
                    continue
                self._now, self._at = self._line.popleft(), None
                self._pace = film_progress.Pace()
                self._is_cancelled = self._is_discarded = False
                _say(self._now, project_state.RUNNING)
            state, facts = self._colored(self._now)
            with self._changed:
                self._end(self._now, state, facts)
                self._now = None

    def _colored(self, project):
        """What became of a film: name and facts of its state."""
        try:
            report = film.colorize_film(
                *(self._colorizer, project.source, project.target),
                settings=project.settings,
                progress=self._show,
            )
        except _Stopped:
            return project_state.CANCELLED, {}
        except (InputError, UsageError, OSError) as error:
            return project_state.FAILED, {"reason": project.said(error)}
        except Exception as error:
            _log.exception("%s: cannot be coloured", project.source)
            reason = f"cannot be coloured: {type(error).__name__}; the log tells more"
            return project_state.FAILED, {"reason": reason}
        warnings = [project.said(warning) for warning in report.warnings]
        return project_state.DONE, {"warnings": warnings}

    def _show(self, at):
        with self._changed:
            self._pace.take(at)
            self._at = at
            if self._is_closed or self._is_cancelled or self._is_discarded:
                raise _Stopped

    def _end(self, project, state, facts):
        if self._is_discarded:
            project.delete()
        elif state != project_state.CANCELLED or self._is_cancelled:
            _say(project, state, **facts)
        elif not self._is_closed:  # It was started again before it had ended.
            _say(project, project_state.WAITING)
            self._line.append(project)

    def _sweep(self):
        """Deletes what nobody came back for."""
        oldest = time.time() - self._keep_seconds
        for project in self._projects():
            with contextlib.suppress(OSError):  # Somebody changes it.
                is_old = project_files.last_change(project.folder) < oldest
                if is_old and not project.state.is_busy:
                    project.delete()


def _say(project, state, **facts):
    """Sets the state; where the disk is full, the work goes on without."""
    try:
        project.set_state(state, **facts)
    except (InputError, OSError) as error:
        _log.error("%s: its state %s: %s", project.folder, state, error)


def _hold(root):
    """An open folder that no other queue holds, until it is closed."""
    held = os.open(root, os.O_RDONLY)
    if fcntl is not None:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(held)
            raise UsageError(
                f"{root}: another server colours the films there; give another folder"
            ) from None
    return held
