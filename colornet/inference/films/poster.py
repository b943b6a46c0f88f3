"""A sheet of a film's shots, each as it was and as it is now, to see how it came out.

Pictures are decoded from the source and from the finished film, so that they are what
players show, and a film that was interrupted has them all.
"""

import contextlib
import math
import pathlib

import av
from PIL import Image, ImageDraw, ImageFont

from colornet import whole_file
from colornet.errors import InputError
from colornet.inference import numbered_pictures
from colornet.inference.films.film_report import FilmReport
from colornet.inference.films.film_stills import FilmStills, NumberedStills
from colornet.inference.films.shot_list import Shot

# Longer side of a picture, px: the first with which the sheet has so few pixels.
_SIDES = 480, 320, 240, 160, 120
_FEW_PIXELS = 12_000_000
_MOST_SHOTS = 1000  # Of more, so many are shown.
_SHAPE = 1.4  # Width of the sheet by its height, about.
_MARGIN, _GAP, _SEAM = 20, 16, 2
_HEADING, _CAPTION = 48, 22
_LEAST_WIDTH = 480  # For the heading.
_PAPER, _INK, _PALE = "#1c1c1c", "#f0f0f0", "#a8a8a8"


def write(report: FilmReport, path: pathlib.Path, *, deinterlace: bool = False) -> None:
    """Draws the sheet of the film that `report` tells of, and writes it as PNG.

    Raises:
      InputError: it cannot be; the film is whole all the same.
    """
    try:
        sheet = draw(report, deinterlace=deinterlace)
        with whole_file.written(path) as unfinished:
            sheet.save(unfinished, format="png")
    except (av.FFmpegError, OSError, InputError) as error:
        raise InputError(
            f"{path}: the poster cannot be made: {error}; {report.output} is whole"
        ) from error


def draw(report: FilmReport, *, deinterlace: bool = False) -> Image.Image:
    """The middle frame of each shot, in the source and beside it in the copy.

    Args:
      report: of the film.
      deinterlace: as the film was made.
    """
    source, output = pathlib.Path(report.source), pathlib.Path(report.output)
    with (
        contextlib.closing(_stills(source, report, deinterlace)) as before,
        contextlib.closing(_stills(output, report)) as after,
    ):
        shots = report.shots
        first = before.at(middle(shots[0]) + report.start)
        layout = _Layout(len(shots), first.width / first.height)
        if layout.places < len(shots):
            step = len(shots) / layout.places
            shots = [shots[int(n * step)] for n in range(layout.places)]
        sheet = Image.new("RGB", layout.size, _PAPER)
        pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=14)
        pen.text((_MARGIN, 14), _heading(report, len(shots)), _INK, font)
        for place, shot in enumerate(shots):
            x, y = layout.corner(place)
            pen.text((x, y), f"{shot.number}", _INK, font)
            at = x + font.getlength(f"{shot.number}  ")
            pen.text((at, y), _caption(shot), _PALE, font)
            time = middle(shot)
            for still in (before.at(time + report.start), after.at(time)):
                small = still.resize(layout.picture, Image.Resampling.LANCZOS)
                sheet.paste(small, (x, y + _CAPTION))
                x += layout.picture[0] + _SEAM
    return sheet


def middle(shot: Shot) -> float:
    """When the middle one of its frames is shown, in seconds; exact at steady rates."""
    share = (shot.end - shot.start) // 2 / (shot.end - shot.start + 1)
    return shot.start_time + share * (shot.end_time - shot.start_time)


class _Layout:
    """Where the pairs stand: line by line, each under its caption.

    Attributes:
      picture: width and height of one of a pair.
      places: how many pairs there are room for.
      size: width and height of the sheet.
    """

    def __init__(self, shots: int, aspect: float):
        for side in _SIDES:
            shares = min(1, aspect), min(1, 1 / aspect)
            self.picture = tuple(max(1, round(side * share)) for share in shares)
            self._block = 2 * self.picture[0] + _SEAM, _CAPTION + self.picture[1]
            width, height = (length + _GAP for length in self._block)
            if shots * width * height <= _FEW_PIXELS:
                break
        self.places = min(shots, _MOST_SHOTS)
        columns = round(math.sqrt(_SHAPE * self.places * height / width))
        self._columns = min(max(1, columns), self.places)
        rows = math.ceil(self.places / self._columns)
        self.size = (
            max(2 * _MARGIN + self._columns * width - _GAP, _LEAST_WIDTH),
            _HEADING + rows * height - _GAP + _MARGIN,
        )

    def corner(self, place: int) -> tuple[int, int]:
        """The upper left corner of a pair, its caption included."""
        row, column = divmod(place, self._columns)
        width, height = (length + _GAP for length in self._block)
        return _MARGIN + column * width, _HEADING + row * height


def _stills(path, report, deinterlace=False):
    """What finds frames of the source or of the copy, at their times in it."""
    if not numbered_pictures.is_sequence(path):
        return FilmStills(path, deinterlace)
    source = pathlib.Path(report.source)
    if numbered_pictures.is_sequence(source):  # Pictures keep their numbers.
        return NumberedStills(path, numbered_pictures.find(source).start, report.rate)
    began = report.shots[0].start_time
    return NumberedStills(path, 1 - round(began * report.rate), report.rate)


def _heading(report, shown):
    path = pathlib.Path(report.output)
    name = (
        path.absolute().parent.name
        if numbered_pictures.is_sequence(path)
        else path.name
    )
    count = len(report.shots)
    shots = "1 shot" if count == 1 else f"{count} shots"
    shots = f"{shown} of {shots}" if shown < count else shots
    return f"{name}: {shots}, before and after (model {report.model})"


def _caption(shot):
    minutes, seconds = divmod(round(shot.start_time, 1), 60)
    hours, minutes = divmod(int(minutes), 60)
    start = f"{minutes}:{seconds:04.1f}"
    if hours:
        start = f"{hours}:{minutes:02}:{seconds:04.1f}"
    return f"{start}  {shot.kind}{', skipped' if shot.skip else ''}"
