"""Film in, film out: the source's luma and sound, with colours of our making.

  decode, shrink, find cuts  ->  network, chroma planes  ->  encode, into segments
        (a thread)                    (a thread)               (the caller's)

Frames go from stage to stage in small batches, at most one of them waiting, so memory
does not grow with the film's length. No frame is ever a file. In the end the segments
are joined, and the rest of the source is copied beside them.
"""

import contextlib
import errno
import itertools
import pathlib
from collections.abc import Iterator

import av

from colornet.errors import InputError, UsageError
from colornet.inference import read_ahead
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import (
    codecs,
    film_conditions,
    film_losses,
    kept_work,
    outputs,
    segments,
)
from colornet.inference.films import (
    film_colors,
    film_memory,
    film_pictures,
    film_progress,
    film_references,
    film_report,
    film_shots,
    film_span,
)
from colornet.inference.films.film_settings import FilmSettings

_FIRST_BATCH_FRAMES = 1  # So that the first frame is not kept waiting for others.
_BATCHES_AHEAD = 1
_FULL = errno.ENOSPC, errno.EDQUOT, errno.EFBIG


def colorize_film(
    colorizer,
    source: pathlib.Path,
    target: pathlib.Path,
    *,
    settings: FilmSettings | None = None,
    progress=None,
) -> film_report.FilmReport:
    """Writes `target`, a coloured copy of the film `source`; tells what was done.

    The decoded luma goes to the encoder byte for byte, every frame at its own time.
    Sound, subtitles, data, attachments, chapters and metadata are copied; what the
    target's codec and container cannot hold is named in a warning before the work.
    Damage in the source is counted, named in a warning, and does not stop the work.

    Args:
      colorizer: a `Colorizer`; a stream of it is used, reset at each cut.
      source: any film that FFmpeg reads, or numbered pictures: frames/%05d.png.
      target: a name with one of the endings of the codec, or numbered .png, .tif, .dpx.
        It appears when it is whole, or not at all.
      settings: how it is coloured and coded.
      progress: called with a `FilmProgress` while the work goes on.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    settings = settings or FilmSettings()
    codecs.check_settings(settings.codec, settings.bit_depth)
    codecs.check_target(target, settings.codec)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")
    with FilmSource(source, settings.deinterlace, settings.frame_rate) as film:
        try:
            with film_shots.dealing(settings.shots) as dealer:
                return _colorize(colorizer, film, target, settings, dealer, progress)
        except (av.FFmpegError, OSError) as error:
            cure = "make room on the disk and start it again: it goes on where it was"
            if error.errno not in _FULL:
                cure = "try another --codec, or another ending of --output"
            raise InputError(
                f"{target}: cannot be written: {error.strerror}; {cure}"
            ) from error


def _colorize(colorizer, film, target, settings, dealer, progress):
    """Runs the three stages over the whole film, and joins what comes of them."""
    draft = film_report.Draft(film, target)
    span, ending = settings.span, target.suffix.lower()
    frames = span.frames(film)
    first = first_frame(film, frames)
    output = outputs.of(target, film, first, settings)
    draft.warn(film_losses.of_target(film, output, first, settings, ending))
    network_shape = colorizer.network_shape(first.height, first.width)
    batch_frames = film_memory.batch_frames(
        first, output.coding, output.codec, network_shape, settings.max_memory
    )
    picture_of = film_pictures.PictureMaker(first, output.coding, network_shape)
    moved = _moved(itertools.chain([first], frames), output.origin)
    batches = _batches(film_shots.placed(map(picture_of, moved), dealer), batch_frames)
    colors = film_colors.FilmColors(
        *(colorizer, output.coding),
        keep_tint=settings.keep_tint,
        saturation=settings.saturation,
        known=film_references.find(film, colorizer, picture_of, settings),
    )
    conditions = film_conditions.of(film.path, colorizer, settings, batch_frames)
    expected = span.expected_frames(film)
    anew = settings.overwrite
    with kept_work.beside(target, conditions, output.pieces, anew=anew) as kept:
        resumed = kept.frames

        def show(done, shot):
            film_memory.check(settings.max_memory)
            if progress is not None:
                at = done, expected, resumed, shot.number, shot.kind
                progress(film_progress.FilmProgress(*at))

        with _painted_ahead(colors, batches, kept.frames, kept.memory) as painted:
            done = _encoded(painted, output.new_coder, kept, show)
        told = film.expected_frames if span == film_span.Span() else None
        draft.warn(film_losses.of_source(film, done, told, ending))
        output.join(kept, colorizer.info.name)
    return draft.finished(
        *(colorizer.info, dealer.shots, output),
        frames=done,
        width=first.width,
        height=first.height,
        resumed=resumed,
    )


def _encoded(painted, new_encoder, kept, show) -> int:
    """Makes the segments that are not there yet; returns the number of all frames."""
    done = 0
    with contextlib.ExitStack() as segment:
        writer = None
        for done, shot, frames, memory in painted:
            if frames and writer is None:
                writer = segment.enter_context(kept.writing(new_encoder()))
            for frame in frames:
                writer.write(frame)
            if writer and memory is not None:
                writer.memory = memory
                segment.close()
                writer = None
            show(done, shot)
    return done


def first_frame(film: FilmSource, frames: Iterator) -> av.VideoFrame:
    """The next of a film's `frames`.

    Raises:
      InputError: there is none.
    """
    for frame in frames:
        return frame
    raise InputError(
        f"{film.path}: not one frame of its video stream can be decoded; "
        "is the file complete?"
    )


def _moved(frames, origin):
    """Yields the frames at their times since `origin`, in seconds."""
    for frame in frames:
        frame.pts -= int(origin / frame.time_base)
        yield frame


def _batches(pictures, batch_frames):
    """Yields lists of the pictures, in their order."""
    limits = itertools.chain([_FIRST_BATCH_FRAMES], itertools.repeat(batch_frames))
    pictures = iter(pictures)
    while batch := list(itertools.islice(pictures, next(limits))):
        yield batch


@contextlib.contextmanager
def _painted_ahead(colors, batches, kept_frames=0, kept_memory=b""):
    """Gives an iterator over what `_painted` yields; the stages before it run ahead."""
    with (
        read_ahead.reading_ahead(batches, _BATCHES_AHEAD) as read,
        read_ahead.reading_ahead(
            _painted(colors, read, kept_frames, kept_memory), _BATCHES_AHEAD
        ) as painted,
    ):
        yield painted


def _painted(colors, batches, kept_frames, kept_memory):
    """Yields for each batch: frames so far, its last shot, frames, network's memory.

    The frames, coloured, only where they are in no segment; the memory where one ends.
    """
    done = begin = 0
    for batch in batches:
        before, done = done, done + len(batch)
        if before == kept_frames:
            colors.memory = kept_memory
        frames = colors(batch) if before >= kept_frames else []
        ends = done - begin >= segments.FRAMES
        yield done, batch[-1].shot, frames, colors.memory if ends else None
        begin = done if ends else begin
