"""Frames of a film that somebody has coloured, and the shots that they are of.

  --reference=frame.png@00:00:03.2

is how the frame of the film that is shown at 3.2 s is to look: a copy of it with all
its colours, or one that is transparent where nothing is said. Its colours are carried
through its shot, forwards and backwards in time.
"""

import collections
import dataclasses
import logging
from fractions import Fraction

import numpy as np

from colornet.errors import InputError
from colornet.inference import film_words, hint_pictures
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.films import film_shots
from colornet.inference.films.shot_list import COLOURED

_SHAPE = 0.02  # By how much width to height may differ from the film's.
_LATE = 0.5  # Seconds by which a reference's time may miss its frame's.

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Known:
    """A frame whose colours are known, as the network sees it.

    Attributes:
      small: its luma, words [h, w].
      hints: float32 [h, w, 3], ab where they are known, and how sure they are.
    """

    small: np.ndarray
    hints: np.ndarray


def find(film, references, picture_of, settings) -> dict[int, list[Known]]:
    """What is known of the shots of a film, by the number of their first frame.

    The film is read once more, up to the last reference, to find its shots.

    Args:
      film: the `FilmSource`.
      references: those of `film_settings`.
      picture_of: a `PictureMaker`, of the film's frames.
      settings: the `FilmSettings` by which it is coloured.

    Raises:
      InputError: a picture cannot be read or is of another shape than the film, or the
        film shows nothing at its time.
    """
    known = collections.defaultdict(list)
    if not references:
        return known
    pictures = {one: hint_pictures.read_whole(one.path) for one in references}
    for reference, picture in _frames(film, references, picture_of, settings).items():
        shot = picture.shot
        if shot.skip or shot.kind == COLOURED:
            _log.warning("%s: of no use: its shot is left as it is", reference)
            continue
        rgba = pictures[reference]
        known[shot.start].append(of_frame(picture, film.video, rgba, reference))
    return known


def of_frame(picture, video, rgba: np.ndarray, reference) -> Known:
    """What is known of one frame.

    Args:
      picture: the film's `Picture` of it.
      video: the film's stream of pictures.
      rgba: its colours as players show it, uint8 [H, W, 4], of any size.
      reference: the one of `film_settings` that says so.

    Raises:
      InputError: they are of another shape than the film.
    """
    rgba = _laid_on(picture.source, video, rgba, reference)
    hints = hint_pictures.seen(rgba[None], picture.small.shape)[0]
    return Known(picture.small, hints)


def _frames(film, references, picture_of, settings):
    """The picture nearest to the time of each reference, its shot known."""
    nearest = {}
    latest = max(one.time for one in references)
    with FilmSource(film.path, settings.deinterlace, settings.frame_rate) as again:
        frames = map(picture_of, settings.span.frames(again))
        for picture in film_shots.placed(frames, film_shots.dealer(settings.shots)):
            for one in references:
                if one not in nearest or _away(picture, one) < _away(nearest[one], one):
                    nearest[one] = picture
            if picture.time > latest:
                break
    for one, picture in nearest.items():
        if _away(picture, one) > max(_LATE, picture.end_time - picture.time):
            time = film_words.moment(Fraction(picture.time))
            raise InputError(
                f"{one}: {film.path} shows nothing then; its nearest frame is at {time}"
            )
    return nearest


def _away(picture, reference):
    return abs(picture.time - reference.time)


def _laid_on(frame, video, rgba, reference):
    """The picture as the film's frames lie in the file: unturned, of any size."""
    height, width = rgba.shape[:2]
    ratio = video.sample_aspect_ratio or 1
    shapes = [(frame.width, frame.height), (frame.width * ratio, frame.height)]
    if frame.rotation % 180:
        shapes = [(h, w) for w, h in shapes]
    if not any(abs(width * h / (height * w) - 1) < _SHAPE for w, h in shapes):
        raise InputError(
            f"{reference}: has {width}x{height} pixels; expected the shape of the "
            f"film's frames, {shapes[0][0]}x{shapes[0][1]}"
        )
    return np.rot90(rgba, -frame.rotation // 90)
