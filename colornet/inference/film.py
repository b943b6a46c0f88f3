"""Film in, film out: the source's luma and sound, with colours of our making.

  decode, shrink, find cuts  ->  network, chroma planes  ->  encode, copy the rest
        (a thread)                    (a thread)               (the caller's)

Frames go from stage to stage in small batches, at most one of them waiting, so memory
does not grow with the film's length. No frame is ever a file.
"""

import contextlib
import itertools
import logging
import pathlib

import av

from colornet import whole_file
from colornet.errors import InputError, UsageError
from colornet.inference import (
    codecs,
    film_colors,
    film_losses,
    film_planes,
    film_shots,
    film_target,
    read_ahead,
    sequences,
    shot_list,
)
from colornet.inference.film_settings import FilmSettings
from colornet.inference.film_source import FilmSource

_FIRST_BATCH_FRAMES = 1  # So that the first frame is not kept waiting for others.
_BATCH_FRAMES = 8
_BATCH_PIXELS = 2**24  # Large frames come in smaller batches.
_BATCH_ITEMS = 512  # Of sound and so on, where no frames come for a while.
_BATCHES_AHEAD = 1

_log = logging.getLogger(__name__)


def colorize_film(
    colorizer,
    source: pathlib.Path,
    target: pathlib.Path,
    *,
    settings: FilmSettings | None = None,
    progress=None,
) -> int:
    """Writes `target`, a coloured copy of the film `source`; returns its frame count.

    The decoded luma goes to the encoder byte for byte, every frame at its own time.
    Sound, subtitles, data, attachments, chapters and metadata are copied; what the
    target's codec and container cannot hold is named in a warning before the work.
    Damage in the source is counted, named in a warning, and does not stop the work.

    Args:
      colorizer: a `Colorizer`; a stream of it is used, reset at each cut.
      source: any film that FFmpeg reads, or numbered pictures: frames/%05d.png.
      target: a name with one of the endings of the codec, or numbered .png or .tif. It
        appears when it is whole, or not at all.
      settings: how it is coloured and coded.
      progress: called as progress(done, expected) in frames while the work goes on;
        expected is None where the film does not tell.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    settings = settings or FilmSettings()
    codecs.check_settings(settings.codec, settings.bit_depth)
    codecs.check_target(target, settings.codec)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")
    opened = FilmSource(source, settings.deinterlace)
    written = sequences if codecs.is_sequence(target) else whole_file
    with opened as film, written.written(target) as unfinished:
        try:
            with _shots(settings.shots) as dealer:
                done = _colorize(
                    colorizer, film, unfinished, settings, dealer, progress
                )
        except av.FFmpegError as error:
            raise InputError(
                f"{target}: cannot be written: {error.strerror}; "
                "make room on the disk, or try another --codec"
            ) from error
        for line in film_losses.of_source(film, done):
            _log.warning("%s", line)
    return done


@contextlib.contextmanager
def _shots(path: str):
    """What deals pictures to shots: by the list at `path`, or it writes one there."""
    path = pathlib.Path(path) if path else None
    if path and path.suffix.lower() != ".csv":
        raise UsageError(f"--shots={path}: a list of shots must end in .csv")
    if path and path.exists():
        dealer = film_shots.ListedShots(shot_list.read(path))
        yield dealer
        if dealer.misfit:
            _log.warning("%s: %s; is it that film's?", path, dealer.misfit)
        return
    dealer = film_shots.FoundShots()
    if path is None:
        yield dealer
        return
    with whole_file.written(path) as unfinished:
        yield dealer
        shot_list.write(unfinished, dealer.shots)


def _colorize(colorizer, film, path, settings, dealer, progress) -> int:
    """Runs the three stages over the whole film; returns the number of frames."""
    ending = path.suffix.lower()
    in_pictures = codecs.is_sequence(path)
    codec = sequences.CODEC if in_pictures else codecs.CODECS[settings.codec]
    copied = [s for s in film.others if film_target.holds(ending, s)]
    items = film.items(copied)
    head = _until_first_frame(film, items)
    first = head[-1]
    if not in_pictures:
        codecs.check_size(settings.codec, first.width, first.height)
    bit_depth = 0 if in_pictures else settings.bit_depth
    coding = film_planes.luma_coding(first, codec, bit_depth)
    for line in film_losses.of_target(film, copied, first, coding, settings, ending):
        _log.warning("%s", line)
    picture_of = film_colors.PictureMaker(
        first, coding, colorizer.network_shape(first.height, first.width)
    )
    colors = film_colors.FilmColors(colorizer, coding, keep_tint=settings.keep_tint)
    placed = _placed(itertools.chain(head, items), picture_of, dealer)
    batches = _batches(placed, _batch_frames(first))
    done = 0
    with contextlib.ExitStack() as stages:
        if in_pictures:
            deep = (settings.bit_depth or coding.source_bits) > 8
            target = sequences.SequenceTarget(path, coding, source=film, deep=deep)
        else:
            target = film_target.FilmTarget(
                *(path, codecs.CONTAINERS[ending]),
                source=film,
                copied=copied,
                first=first,
                coding=coding,
                codec=codec,
                model=colorizer.info.name,
            )
        stages.enter_context(target)
        read = stages.enter_context(read_ahead.reading_ahead(batches, _BATCHES_AHEAD))
        painted = stages.enter_context(
            read_ahead.reading_ahead(_painted(colors, read), _BATCHES_AHEAD)
        )
        for batch in painted:
            for item in batch:
                target.write(item)
                if isinstance(item, av.VideoFrame):
                    done += 1
            if progress is not None:
                progress(done, film.expected_frames)
        target.finish()
    return done


def _until_first_frame(film, items) -> list:
    """The items up to the first frame, which is the last of the list."""
    head = []
    for item in items:
        head.append(item)
        if isinstance(item, av.VideoFrame):
            return head
    raise InputError(
        f"{film.path}: not one frame of its video stream can be decoded; "
        "is the file complete?"
    )


def _batch_frames(frame) -> int:
    """How many frames of this size go through the network at once."""
    return max(1, min(_BATCH_FRAMES, _BATCH_PIXELS // (frame.width * frame.height)))


def _placed(items, picture_of, dealer):
    """Yields a `Picture` that knows its shot for each frame, and packets at once."""
    for item in items:
        if isinstance(item, av.VideoFrame):
            yield from dealer.push(picture_of(item))
        else:
            yield item
    yield from dealer.finish()


def _batches(items, batch_frames):
    """Yields lists of the items, in their order."""
    batch, frames, limit = [], 0, min(_FIRST_BATCH_FRAMES, batch_frames)
    for item in items:
        frames += isinstance(item, film_colors.Picture)
        batch.append(item)
        if frames == limit or len(batch) == _BATCH_ITEMS:
            yield batch
            batch, frames, limit = [], 0, batch_frames
    if batch:
        yield batch


def _painted(colors, batches):
    """Yields the batches with every `Picture` replaced by its coloured frame."""
    for batch in batches:
        pictures = [i for i in batch if isinstance(i, film_colors.Picture)]
        frames = iter(colors(pictures))
        yield [
            next(frames) if isinstance(item, film_colors.Picture) else item
            for item in batch
        ]
