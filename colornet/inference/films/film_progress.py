"""How far work is, for the one who waits: bars on a terminal, else a line at times."""

import contextlib
import dataclasses
import logging
import time

_SECONDS_BETWEEN_LINES = 30.0
_NAME = 20  # Characters.

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class FilmProgress:
    """How far a film is.

    Attributes:
      done: frames so far.
      expected: frames of all the film; None where it does not tell.
      resumed: of them, those that an earlier run had made.
      shot: number of the shot that the last frame is in, from 1.
      kind: of that shot, of `shot_list.KINDS`.
    """

    done: int
    expected: int | None
    resumed: int
    shot: int
    kind: str


class FilesProgress:
    """Shows on stderr how far the work on some files is.

    What is shown is what the log tells at level INFO: where it tells less, nothing.

    Args:
      files: how many there are.
    """

    def __init__(self, files: int):
        from rich import console, progress

        screen = console.Console(stderr=True)
        self._has_bars = screen.is_terminal and _log.isEnabledFor(logging.INFO)
        self._bars = progress.Progress(
            progress.TextColumn("{task.description}", markup=False),
            progress.BarColumn(bar_width=20),
            progress.TextColumn("{task.fields[said]}", markup=False),
            console=screen,
            disable=not self._has_bars,
        )
        self._done, self._files = 0, files
        self._task = self._bars.add_task(
            "files", total=files, visible=files > 1, said=f"0 of {files} files"
        )

    def __enter__(self):
        self._bars.start()
        return self

    def __exit__(self, *_):
        self._bars.stop()

    @contextlib.contextmanager
    def of_film(self, name: str):
        """Gives what takes each `FilmProgress` of the film of that name."""
        task = self._bars.add_task(_shortened(name), total=None, said="")
        pace, told = Pace(), time.monotonic()

        def show(at):
            nonlocal told
            pace.take(at)
            self._bars.update(
                *(task,), completed=at.done, total=at.expected, said=pace.said
            )
            now = time.monotonic()
            if not self._has_bars and now - told >= _SECONDS_BETWEEN_LINES:
                _log.info("%s: %s", name, pace.said)
                told = now

        try:
            yield show
        finally:
            self._bars.remove_task(task)

    def file_done(self) -> None:
        """Counts a file that is finished, or has failed."""
        self._done += 1
        said = f"{self._done} of {self._files} files"
        self._bars.update(self._task, completed=self._done, said=said)


def _shortened(name):
    """Beginning and end of a name: on a terminal there must be room for figures."""
    return name if len(name) <= _NAME else f"{name[:9]}…{name[10 - _NAME :]}"


class Pace:
    """How fast a film is coloured, and what is to be said of it.

    Attributes:
      said: how far it is, and how fast, in words.
      rate: frames a second; None where that is not known yet.
      seconds_left: till its end, as far as can be told; or None.
    """

    def __init__(self):
        self.said, self.rate, self.seconds_left = "", None, None
        self._began = self._before = None

    def take(self, at: FilmProgress) -> None:
        """Takes the next `FilmProgress`."""
        now = time.monotonic()
        # Frames that are passed over, and the wait for the first, say nothing of speed.
        if self._began is None or self._before <= at.resumed:
            self._began, self._before = now, at.done
        # What a film tells may be wrong.
        expected = at.expected if at.expected and at.expected >= at.done else None
        parts = [f"{at.done} of {expected}" if expected else f"{at.done}"]
        parts[0] += " frames"
        made, took = at.done - self._before, now - self._began
        self.rate = made / took if made and took else None
        self.seconds_left = None
        if self.rate:
            parts.append(f"{self.rate:.1f} frames/s")
            if expected:
                self.seconds_left = (expected - at.done) / self.rate
                parts.append(f"{clock(self.seconds_left)} left")
        parts.append(f"shot {at.shot} ({at.kind})")
        self.said = ", ".join(parts)


def clock(seconds: float) -> str:
    """A length of time as 9 s, 4:05 or 1:04:05."""
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if not hours and not minutes:
        return f"{seconds} s"
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"
