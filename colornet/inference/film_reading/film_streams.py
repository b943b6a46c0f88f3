"""Which streams of a file are what: the film, and what goes with it."""

import av
from av.stream import Discard, Disposition

from colornet.errors import InputError


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


def others(container, video) -> list:
    """Those beside `video` that give packets, or attachments, in their order."""
    return [
        stream
        for stream in container.streams
        if stream is not video and not _is_told_otherwise(stream)
    ]


def _is_told_otherwise(stream) -> bool:
    """Whether what is in this track comes over as chapters or as metadata already."""
    is_chapter_track = stream.discard == Discard.all
    is_timecode = stream.type == "data" and "timecode" in stream.metadata
    return is_chapter_track or is_timecode
