"""Pictures that tell a film's colours, and the shots that they are of.

  --reference=frame.png@00:00:03.2

is how the frame of the film that is shown at 3.2 s is to look: a copy of it with all
its colours, or one that is transparent where nothing is said. Its colours are carried
through its shot, forwards and backwards in time.

  --reference=family.jpg

is a picture of something that the film shows too, and counts for every shot. In a list
of shots both stand with the one that they count for.
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
class Frame:
    """A frame whose colours are known, as the network sees it.

    Attributes:
      small: its luma, words [h, w].
      hints: float32 [h, w, 3], ab where they are known, and how sure they are.
    """

    small: np.ndarray
    hints: np.ndarray


@dataclasses.dataclass(frozen=True)
class Known:
    """What is known of a film's shots.

    Attributes:
      frames: of each shot that has any, by its number.
      elsewhere: pictures that are no frames, as `Stream.refer` takes them, by the
        number of their shot; by None those that count for all.
    """

    frames: dict[int, list[Frame]] = dataclasses.field(default_factory=dict)
    elsewhere: dict[int | None, list[tuple]] = dataclasses.field(default_factory=dict)


def find(film, colorizer, picture_of, settings) -> Known:
    """What the references say of the shots of a film.

    Where some are of its frames it is read once more, up to the last of them, to find
    its shots.

    Args:
      film: the `FilmSource`.
      colorizer: the `Colorizer`.
      picture_of: a `PictureMaker`, of the film's frames.
      settings: the `FilmSettings` by which it is coloured, with the references.

    Raises:
      InputError: a picture cannot be read, has nothing to tell or is of another shape
        than the film, or the film, or the shot it stands with, shows nothing at its
        time.
    """
    frames = collections.defaultdict(list)
    pictures = {
        one: hint_pictures.read_whole(one.path, str(one))
        for one in settings.references
        if one.is_frame
    }
    others = elsewhere(colorizer, settings.references)
    for one, picture in _shown(film, pictures, picture_of, settings).items():
        shot = picture.shot
        if shot.skip or shot.kind == COLOURED:
            _log.warning("%s: of no use: its shot is left as it is", one)
            continue
        frame = of_frame(picture, film.video, pictures[one], one)
        frames[shot.number].append(frame)
    return Known(frames, others)


def elsewhere(colorizer, references) -> dict[int | None, list[tuple]]:
    """Those of the references that are no frames of the film, as `Known` has them.

    Raises:
      InputError: one cannot be read, or has nothing to tell.
    """
    found = collections.defaultdict(list)
    for one in references:
        if not one.is_frame:
            rgba = hint_pictures.read_elsewhere(one.path, str(one))
            found[one.shot].append(colorizer.look_at(rgba))
    return found


def of_frame(picture, video, rgba: np.ndarray, reference) -> Frame:
    """What is known of one frame.

    Args:
      picture: the film's `Picture` of it.
      video: the film's stream of pictures.
      rgba: its colours as players show it, uint8 [H, W, 4], of any size.
      reference: the `Reference` that says so.

    Raises:
      InputError: they are of another shape than the film.
    """
    rgba = _laid_on(picture.source, video, rgba, reference)
    hints = hint_pictures.seen(rgba[None], picture.small.shape)[0]
    return Frame(picture.small, hints)


def _shown(film, references, picture_of, settings):
    """The frame that each reference is of, its shot known.

    Those that stand with a shot which the part of the film does not reach have none.
    """
    nearest, waiting = {}, list(references)
    if not waiting:
        return nearest
    with FilmSource(film.path, settings.deinterlace, settings.frame_rate) as again:
        frames = map(picture_of, settings.span.frames(again))
        for picture in film_shots.placed(frames, film_shots.dealer(settings.shots)):
            for one in waiting:
                if one.shot not in (None, picture.shot.number):
                    continue
                if one not in nearest or _away(picture, one) < _away(nearest[one], one):
                    nearest[one] = picture
            waiting = [one for one in waiting if not _is_past(picture, one)]
            if not waiting:
                break
    for one, picture in nearest.items():
        late = 0 if one.shot else _LATE  # What is late may be of the next shot.
        if _away(picture, one) > max(late, picture.end_time - picture.time):
            time = film_words.moment(Fraction(picture.time))
            what = f"shot {one.shot}" if one.shot else film.path
            raise InputError(
                f"{one}: {what} shows nothing then; its nearest frame is at {time}"
            )
    return nearest


def _away(picture, reference):
    """Seconds between a picture and the reference's time, if it has one."""
    return 0 if reference.time is None else abs(picture.time - reference.time)


def _is_past(picture, reference):
    """Whether no picture after this one can be nearer to the reference."""
    if reference.shot is not None and picture.shot.number != reference.shot:
        return picture.shot.number > reference.shot
    return reference.time is None or picture.time > reference.time


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
