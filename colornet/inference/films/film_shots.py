"""Which shot each picture of a film belongs to, and what kind of picture it shows.

Whether a picture begins a shot shows a few frames later, so that some are held back.
The same frames tell the shot's kind: grey; toned, which is grey that a dye or age has
given a hue; or coloured, which is left as it is.
"""

import collections
import contextlib
import dataclasses
import logging
import pathlib
import statistics
import tempfile

from colornet import whole_file
from colornet.data import shots
from colornet.errors import InputError, UsageError
from colornet.inference.films import shot_list
from colornet.inference.films.shot_list import COLOURED, GREY, TONED, Shot

# Of 255: pictures whose luma has less standard deviation are black, or nothing is seen.
_SEEN = 6.0
# Levels of 8-bit chroma beside the tone, from which on a picture is coloured. Of 172
# colour films one has less (1.1, a hazy beach), the next 1.6; 86 films made grey and
# given six tints and tones, with and without grain, coded at crf 26, have 0.9 at most.
# Prints that faded more on one side than on the other have up to 2.5, like colour.
_COLOR = 1.25
_TINT = 3.0  # Levels of mean chroma from which on a picture without colour is toned.
_SURELY = 1.5  # So much more it takes to change the kind of a shot under way.

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def dealing(path: str):
    """Gives what deals pictures to shots: by the list at `path`, or one is written.

    Raises:
      UsageError: it is no name of a list.
      InputError: the list is wrong.
    """
    path = pathlib.Path(path) if path else None
    if path and path.suffix.lower() != ".csv":
        raise UsageError(f"--shots={path}: a list of shots must end in .csv")
    is_listed = path is not None and path.exists()
    if path and not is_listed:
        _check_writable(path)
    deals = dealer(path)
    yield deals
    if is_listed:
        if deals.misfit:
            _log.warning("%s: %s; is it that film's?", path, deals.misfit)
    elif path:
        with whole_file.written(path) as unfinished:
            shot_list.write(unfinished, deals.shots)


def dealer(path: str | pathlib.Path | None):
    """What deals pictures to shots: by the list at `path`, or as it finds them."""
    if path and pathlib.Path(path).exists():
        return ListedShots(shot_list.read(pathlib.Path(path)))
    return FoundShots()


def placed(pictures, dealer):
    """Yields the pictures once they know their shots."""
    for picture in pictures:
        yield from dealer.push(picture)
    yield from dealer.finish()


def _check_writable(path):
    """Raises `InputError` where no file `path` can be; leaves nothing there."""
    try:
        tempfile.TemporaryFile(dir=path.resolve().parent).close()
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror}); "
            "its folder must exist and be yours to write."
        ) from error


class FoundShots:
    """Finds a film's shots as its pictures come.

    A shot's kind is that of its first frames. Where there is no cut it changes only
    when colour or a tint appears beyond doubt, as after a fade from black, or when the
    picture comes back from black in another kind: a new shot begins there too.

    Attributes:
      shots: those found so far; the last is under way.
    """

    def __init__(self):
        self.shots = []
        self._finder = shots.ShotFinder()
        self._held = collections.deque()
        self._frames = self._unseen = 0

    def push(self, picture) -> list:
        """Takes the next `Picture`; gives those whose shot is now known."""
        self._held.append(picture)
        return [self._released(cut) for cut in self._finder.push(picture.coarse)]

    def finish(self) -> list:
        """The pictures that were still held back."""
        return [self._released(cut) for cut in self._finder.finish()]

    def _released(self, is_cut):
        ahead = list(self._held)
        picture = self._held.popleft()
        before = self.shots[-1] if self.shots else None
        if before is None or is_cut:
            kind = _kind(ahead)
        else:
            kind = self._kind_within(before, ahead)
        self._unseen = 0 if _is_seen(picture) else self._unseen + 1
        if before is None or is_cut or kind != before.kind:
            number = len(self.shots) + 1
            shot = Shot(self._frames, self._frames, kind, picture.time, number=number)
            self.shots.append(shot)
        _take(self.shots[-1], self._frames, picture)
        self._frames += 1
        return picture

    def _kind_within(self, shot, ahead):
        if _is_seen(ahead[0]) and self._unseen >= shots.LOOK_AHEAD:
            return _kind(ahead)
        if shot.kind == COLOURED or len(ahead) < shots.LOOK_AHEAD:
            return shot.kind
        if min(p.unexplained_chroma for p in ahead) >= _SURELY * _COLOR:
            return COLOURED
        is_toned = min(p.mean_chroma for p in ahead) >= _SURELY * _TINT
        return TONED if is_toned else shot.kind


class ListedShots:
    """Deals a film's pictures to shots that are known.

    Pictures after the last shot's end go to it.

    Attributes:
      shots: those that have begun, with the times and the end that they really have.
    """

    def __init__(self, listed: list[Shot]):
        self.shots = []
        self._listed = listed
        self._frames = 0

    def push(self, picture) -> list:
        """Takes the next `Picture`, and gives it."""
        begun = len(self.shots)
        if begun < len(self._listed) and self._frames == self._listed[begun].start:
            shot = dataclasses.replace(self._listed[begun], start_time=picture.time)
            self.shots.append(shot)
        _take(self.shots[-1], self._frames, picture)
        self._frames += 1
        return [picture]

    def finish(self) -> list:
        """Nothing: no picture is held back."""
        return []

    @property
    def misfit(self) -> str:
        """What is to be said where the film has not as many frames as the list."""
        listed = self._listed[-1].end + 1
        if self._frames == listed:
            return ""
        return f"lists {listed} frames, and the film has {self._frames}"


def _take(shot, number, picture):
    """Makes the picture the last of `shot` so far."""
    picture.shot, picture.begins_shot = shot, number == shot.start
    shot.end, shot.end_time = number, picture.end_time


def _is_seen(picture):
    return picture.coarse.std() >= _SEEN


def _kind(pictures):
    """The kind of shot that these begin, by most of them."""
    if statistics.median(p.unexplained_chroma for p in pictures) >= _COLOR:
        return COLOURED
    tint = statistics.median(p.mean_chroma for p in pictures)
    return TONED if tint >= _TINT else GREY
