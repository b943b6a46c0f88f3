"""The list of a film's shots, as a table that its user can look over and change."""

import csv
import dataclasses
import pathlib

from colornet.errors import InputError, UsageError
from colornet.inference.films.reference import Reference

GREY, TONED, COLOURED = KINDS = "grey", "toned", "coloured"

_NEEDED = "start_frame", "end_frame", "kind"
_TOLD = "start_time", "end_time"  # For the reader; frames count.
_CHOICES = "saturation", "temperature", "skip"
_PICTURES = "reference", "hints"
_BETWEEN = "|"  # Pictures of one cell.
_COLUMNS = *_NEEDED[:2], *_TOLD, _NEEDED[2], *_CHOICES, *_PICTURES
_YES_NO = {"yes": True, "no": False, "": False}


@dataclasses.dataclass
class Shot:
    """Frames of one take, and what is to be done with them.

    Attributes:
      start: number of its first frame; the film's is 0.
      end: number of its last frame.
      kind: one of `KINDS`.
      start_time: when its first frame is shown, in seconds.
      end_time: when its last one goes.
      saturation: what chroma is multiplied by; None for 1.
      temperature: of the network's choice of colours; None for the usual one.
      skip: whether it is left as it is in the source.
      number: of the shot; the film's first is 1.
      reference: pictures in colour, parted by |: each PICTURE or PICTURE@TIME, as the
        flag has them, from the list's folder on.
      hints: pictures that are transparent where nothing is said, given the same way;
        without a time it is the shot's first frame that they lie on.
    """

    start: int
    end: int
    kind: str
    start_time: float = 0.0
    end_time: float = 0.0
    saturation: float | None = None
    temperature: float | None = None
    skip: bool = False
    number: int = 1
    reference: str = ""
    hints: str = ""


def write(path: pathlib.Path, shots: list[Shot]) -> None:
    """Writes the table, CSV with a line of names; `read` reads it."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(_COLUMNS)
        for shot in shots:
            times = f"{shot.start_time:.3f}", f"{shot.end_time:.3f}"
            choices = shot.saturation, shot.temperature, "yes" if shot.skip else None
            table.writerow(
                [shot.start, shot.end, *times, shot.kind]
                + [*choices, shot.reference, shot.hints]
            )


def read(path: pathlib.Path) -> list[Shot]:
    """The shots of a table, which must follow each other from frame 0 without gaps.

    Commas or semicolons part its columns: spreadsheets write either.

    Raises:
      InputError: it is no such table; says in which row and column.
    """
    return [shot for shot, _ in _rows(path)]


def references(path: pathlib.Path) -> list[Reference]:
    """The pictures that a table names, each for its shot.

    Raises:
      InputError: as `read`.
    """
    return [one for _, pictures in _rows(path) for one in pictures]


def _rows(path):
    """Each shot of a table, with its pictures."""
    try:
        # Spreadsheets put a mark before the first name, which "utf-8-sig" takes away.
        with open(path, encoding="utf-8-sig", newline="") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path}: cannot be read as a list of shots: {error}"
        ) from None
    separator = ";" if lines and ";" in lines[0] else ","
    rows = csv.reader(lines, delimiter=separator)
    names = [name.strip() for name in next(rows, [])]
    absent = [name for name in _NEEDED if name not in names]
    unknown = [name for name in names if name not in _COLUMNS]
    if absent or unknown or len(set(names)) < len(names):
        raise InputError(
            f"{path}: row 1: expected the columns {', '.join(_COLUMNS)}, "
            f"got {', '.join(names) or 'nothing'}."
        )
    shots = []
    for cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        row = _Row(path, rows.line_num, names, cells)
        shot = row.shot(len(shots) + 1)
        row.check_start(shot, shots[-1][0].end + 1 if shots else 0)
        shots.append((shot, row.pictures(shot)))
    if not shots:
        raise InputError(f"{path}: row 2: expected the film's first shot, got no row.")
    return shots


class _Row:
    """One line of a table, and where to say that it is wrong."""

    def __init__(self, path, number, names, cells):
        self._where, self._folder = f"{path}: row {number}", path.parent
        if len(cells) != len(names):
            raise InputError(
                f"{self._where}: expected {len(names)} columns as in row 1, "
                f"got {len(cells)}."
            )
        self._cells = dict(zip(names, map(str.strip, cells), strict=True))

    def shot(self, number):
        start = self._whole("start_frame", 0)
        return Shot(
            start=start,
            end=self._whole("end_frame", start),
            kind=self._one_of("kind", KINDS),
            start_time=self._seconds("start_time"),
            end_time=self._seconds("end_time"),
            saturation=self._number("saturation", 0, 4),
            temperature=self._number("temperature", 0.01, 1),
            skip=_YES_NO[self._one_of("skip", _YES_NO)],
            number=number,
            reference=self._cells.get("reference", ""),
            hints=self._cells.get("hints", ""),
        )

    def pictures(self, shot):
        """The `Reference`s of both columns."""
        named = [
            (name, text.strip())
            for name in _PICTURES
            for text in getattr(shot, name).split(_BETWEEN)
            if text.strip()
        ]
        return [self._picture(name, text, shot) for name, text in named]

    def _picture(self, name, text, shot):
        try:
            found = Reference.parse(text, self._folder)
        except UsageError:
            self._refuse(name, "PICTURE or PICTURE@TIME, or nothing", text)
        where = f"{self._where}, column {name}: {text}"
        first = name == "hints" and found.time is None
        return dataclasses.replace(found, where=where, shot=shot.number, is_first=first)

    def check_start(self, shot, expected):
        if shot.start != expected:
            what = "one after the row before ends" if expected else "the film's first"
            self._refuse(
                "start_frame",
                f"{expected}, {what} (every frame must be in one row)",
                shot.start,
            )

    def _whole(self, name, least):
        text = self._cells[name]
        if not (text.isascii() and text.isdigit()) or int(text) < least:
            self._refuse(name, f"a whole number from {least} on", text)
        return int(text)

    def _number(self, name, low, high):
        text = self._cells.get(name, "")
        if not text:
            return None
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            value = None
        if value is None or not low <= value <= high:
            self._refuse(name, f"a number from {low} to {high}, or nothing", text)
        return value

    def _seconds(self, name):
        """A time that is told, or 0 where it is not told as `write` tells it."""
        try:
            return float(self._cells.get(name, ""))
        except ValueError:
            return 0.0

    def _one_of(self, name, words):
        text = self._cells.get(name, "").lower()
        if text not in words:
            named = ", ".join(word or "nothing" for word in words)
            self._refuse(name, f"one of {named}", text)
        return text

    def _refuse(self, name, expected, got):
        raise InputError(
            f"{self._where}, column {name}: expected {expected}, got {got!r}."
        )
