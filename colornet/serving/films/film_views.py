"""What is to be seen of a film: its shots in small, one frame, one shot in colour."""

import contextlib
import os
import pathlib
import tempfile
from fractions import Fraction

import numpy as np
from PIL import Image

from colornet.inference.films import film_preview, poster
from colornet.inference.films.film_stills import FilmStills, shown
from colornet.serving.films.film_project import FilmProject

_THUMBNAIL = 160  # Longer side, px.


def thumbnail(project: FilmProject, number: int) -> np.ndarray:
    """The middle frame of a shot, small: uint8 RGB [h, w, 3].

    Those of all shots are made at once, by the first call.
    """
    path = project.folder / "thumbnails" / f"{number:04}.jpg"
    if not path.exists():
        _draw_thumbnails(project, path.parent)
    return np.asarray(Image.open(path))


def _draw_thumbnails(project, folder):
    with (
        tempfile.TemporaryDirectory(dir=project.folder, prefix=".drawn-") as drawn,
        _stills(project) as stills,
    ):
        for shot in project.shots():
            image = stills.at(poster.middle(shot))
            image.thumbnail((_THUMBNAIL, _THUMBNAIL))
            image.save(pathlib.Path(drawn) / f"{shot.number:04}.jpg", quality=85)
        with contextlib.suppress(OSError):  # Another has drawn them meanwhile.
            os.rename(drawn, folder)


def frame(project: FilmProject, time: float | Fraction) -> tuple[np.ndarray, Fraction]:
    """The frame that is nearest to `time`, in seconds, and its own time.

    Returns:
      uint8 grey [H, W], as players show it: upright, with square pixels.
    """
    with _stills(project) as stills:
        found = stills.frame(time)
        grey = shown(found, stills.video.sample_aspect_ratio).convert("L")
        return np.asarray(grey), found.pts * found.time_base


def told(colorizer, project: FilmProject, number: int, time: Fraction):
    """What is known of a shot but from the frame at `time`, as a `Stream`."""
    shot = project.shots()[number - 1]
    return film_preview.told(
        colorizer, project.source, project.settings, shot, but=time
    )


def preview(
    colorizer, project: FilmProject, number: int, count: int = 6, side: int = 480
) -> list[tuple[Fraction, np.ndarray]]:
    """Frames of a shot, spread evenly, coloured by what is told so far.

    Args:
      colorizer: the `Colorizer` that will colour the film.
      project: of the film.
      number: of the shot.
      count: of the frames.
      side: the longer one of the pictures, in pixels, at most.

    Returns:
      of each frame its time in seconds, and uint8 RGB [h, w, 3].
    """
    shot = project.shots()[number - 1]
    settings = project.settings
    seen = film_preview.colored(
        *(colorizer, project.source, settings, shot), count=count, side=side
    )
    for _, image in seen:
        image.thumbnail((side, side))
    return [(time, np.asarray(image)) for time, image in seen]


def _stills(project):
    stills = FilmStills(project.source, project.settings.deinterlace)
    return contextlib.closing(stills)
