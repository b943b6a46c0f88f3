"""Which streams of a file are what: the film, and what goes with it."""

from fractions import Fraction

import av
from av.stream import Discard, Disposition

from colornet.errors import InputError

SILENT_RATE = Fraction(25)  # Frames per second, where a film gives none.
_MOST_RATE = 1000  # Frames per second; more are ticks of a clock.


def main_video(container, path) -> av.VideoStream:
    """The stream that is the film: not a cover, and one that can be decoded."""
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & Disposition.attached_pic
    ]
    if not moving:
        kinds = sorted({stream.type for stream in container.streams}) or ["none"]
        raise InputError(
            f"{path}: expected a film, got a file without a video stream "
            f"(its streams: {', '.join(kinds)})."
        )
    best = container.streams.best("video")
    video = best if best in moving else moving[0]
    if video.codec_context is None:
        raise InputError(f"{path}: FFmpeg has no decoder for its video stream.")
    return video


def rate(video) -> Fraction:
    """Frames per second, as far as the stream says: an estimate where rates vary."""
    told = video.average_rate or video.guessed_rate or video.base_rate
    return told if told and told <= _MOST_RATE else SILENT_RATE


def is_steady(video) -> bool:
    """Whether the stream says that its frames come evenly."""
    average = video.average_rate
    if average is None:
        return video.time_base * rate(video) == 1  # MXF has no other clock.
    return average == video.base_rate == rate(video)


def others(container, video) -> list:
    """Those beside `video` that give packets, or attachments, in their order."""
    return [
        stream
        for stream in container.streams
        if stream is not video and not _is_told_otherwise(stream)
    ]


def cover(path, stream) -> bytes:
    """The file of a picture that is shown in place of the film at `path`."""
    with av.open(str(path), metadata_errors="replace") as again:
        return next(bytes(p) for p in again.demux(again.streams[stream.index]))


def _is_told_otherwise(stream) -> bool:
    """Whether what is in this track comes over as chapters or as metadata already."""
    is_chapter_track = stream.discard == Discard.all
    is_timecode = stream.type == "data" and "timecode" in stream.metadata
    return is_chapter_track or is_timecode
