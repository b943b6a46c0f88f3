"""What a film looks like before it is coloured: its shots, and frames of one in colour.

All is made as `film.colorize_film` makes it: the shots are those that it would find,
and frames of a preview are what it would write, but smaller, if the shot had no others.
"""

import contextlib
import itertools
import pathlib
from fractions import Fraction

import numpy as np
from PIL import Image

from colornet.inference import hint_pictures, network_view, stream
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import codecs, film_planes, outputs
from colornet.inference.films import (
    film,
    film_colors,
    film_pictures,
    film_references,
    film_shots,
)
from colornet.inference.films.film_settings import FilmSettings
from colornet.inference.films.film_stills import FilmStills, shown
from colornet.inference.films.shot_list import Shot


def check(
    source: pathlib.Path, target: pathlib.Path, settings: FilmSettings
) -> tuple[int, int]:
    """Height and width of a film's frames, as players show them, if it can be coloured.

    Raises:
      InputError: it is no film, or has no picture.
      UsageError: the codec or the container cannot have such a film.
    """
    codecs.check_target(target, settings.codec)
    with FilmSource(source, settings.deinterlace) as opened:
        first = film.first_frame(opened, opened.frames())
        outputs.of(target, opened, first, settings)
        width, height = shown(first, opened.video.sample_aspect_ratio).size
        return height, width


def shots(
    colorizer, source: pathlib.Path, settings: FilmSettings, progress=None
) -> list[Shot]:
    """The shots of a film, as --shots lists them; the film is read once.

    Args:
      colorizer: the `Colorizer` that will colour it.
      source: the film.
      settings: how it will be coloured.
      progress: called with the number of frames so far, and of all, or None.
    """
    with FilmSource(source, settings.deinterlace) as opened:
        frames = opened.frames()
        first = film.first_frame(opened, frames)
        shape = colorizer.network_shape(first.height, first.width)
        coding = _coding(first, settings)
        picture_of = film_pictures.PictureMaker(first, coding, shape)
        pictures = map(picture_of, itertools.chain([first], frames))
        found, expected = film_shots.FoundShots(), opened.expected_frames
        for done, _ in enumerate(film_shots.placed(pictures, found), 1):
            if progress is not None:
                progress(done, expected)
    return found.shots


def told(
    colorizer,
    source: pathlib.Path,
    settings: FilmSettings,
    shot: Shot,
    but: Fraction | None = None,
) -> stream.Stream:
    """What is known of a shot, for a `Colorizer.draft` of one of its frames.

    Args:
      colorizer: the `Colorizer` that will colour the film.
      source: the film.
      settings: how it will be coloured.
      shot: of it, with its times.
      but: the time of a frame of which nothing is to be known, or None.
    """
    references = _of_shot(settings.references, shot)
    known = colorizer.stream()
    with contextlib.closing(FilmStills(source, settings.deinterlace)) as stills:
        times = _told(references, shot).items()
        for one, time in sorted(times, key=lambda pair: pair[1]):
            if but is None or round(1000 * (time - but)):
                grey = np.asarray(stills.at(time).convert("L"))
                shape = colorizer.network_shape(*grey.shape)
                rgba = hint_pictures.read_whole(one.path, str(one))
                hints = hint_pictures.seen(rgba[None], shape)
                known.remember(network_view.lightness(grey, shape)[None], hints)
    for pictures in film_references.elsewhere(colorizer, references).values():
        for picture in pictures:
            known.refer(*picture)
    return known


def colored(
    colorizer,
    source: pathlib.Path,
    settings: FilmSettings,
    shot: Shot,
    *,
    count: int,
    side: int,
) -> list[tuple[Fraction, Image.Image]]:
    """Frames spread evenly over a shot, coloured by what is told of it.

    Args:
      colorizer: the `Colorizer` that will colour the film.
      source: the film.
      settings: how it will be coloured.
      shot: of it, with its times.
      count: how many frames; fewer where it has not so many.
      side: the longer one of the pictures, in pixels, about.

    Returns:
      of each the time in seconds, and the picture as players show it.
    """
    references = _of_shot(settings.references, shot)
    told = _told(references, shot)
    rgba = {one: hint_pictures.read_whole(one.path, str(one)) for one in told}
    others = film_references.elsewhere(colorizer, references)
    times = _spread(shot, count)
    with contextlib.closing(FilmStills(source, settings.deinterlace)) as stills:
        wanted = sorted({*times, *told.values()})
        frames = {time: stills.frame(time) for time in wanted}
        video = stills.video
        first = frames[wanted[0]]
        coding = _coding(first, settings)
        shape = colorizer.network_shape(first.height, first.width)
        frames = {time: _smaller(one, side, shape) for time, one in frames.items()}
        picture_of = film_pictures.PictureMaker(frames[wanted[0]], coding, shape)
        known = [
            film_references.of_frame(picture_of(frames[time]), video, rgba[one], one)
            for one, time in told.items()
        ]
        spread = {frames[time].pts: frames[time] for time in times}
        pictures = [picture_of(frame) for frame in spread.values()]
        for number, picture in enumerate(pictures):
            picture.shot, picture.begins_shot = shot, number == 0
        colors = film_colors.FilmColors(
            *(colorizer, coding),
            keep_tint=settings.keep_tint,
            saturation=settings.saturation,
            known=film_references.Known({shot.number: known}, others),
        )
        return [
            (frame.pts * frame.time_base, shown(frame, video.sample_aspect_ratio))
            for frame in colors(pictures)
        ]


def _of_shot(references, shot):
    return [one for one in references if one.shot in (None, shot.number)]


def _told(references, shot):
    """The references that are frames of a shot, each with its time."""
    times = {
        one: shot.start_time if one.time is None else one.time
        for one in references
        if one.is_frame
    }
    return {one: time for one, time in times.items() if _is_within(shot, time)}


def _spread(shot, count):
    """Times of the middle frames of `count` equal parts; exact at steady rates."""
    frames = shot.end - shot.start + 1
    length, count = shot.end_time - shot.start_time, min(count, frames)
    numbers = [(2 * n + 1) * frames // (2 * count) for n in range(count)]
    return [shot.start_time + number * length / frames for number in numbers]


def _is_within(shot, time):
    """Whether a frame is of the shot; tables and flags give times in milliseconds."""
    start, here, end = (round(1000 * t) for t in (shot.start_time, time, shot.end_time))
    return start <= here < end


def _coding(first, settings):
    codec = codecs.CODECS[settings.codec]
    return film_planes.luma_coding(first, codec, settings.bit_depth)


def _smaller(frame, side, network_shape):
    """A frame that is quick to paint, and not smaller than what the network sees."""
    wanted = side / max(frame.width, frame.height)
    scale = max(wanted, network_shape[0] / frame.height)
    if scale >= 1:
        return frame
    width, height = (2 * round(n * scale / 2) for n in (frame.width, frame.height))
    small = frame.reformat(width, height, interpolation="AREA")
    small.pts, small.time_base = frame.pts, frame.time_base
    return small
