"""Where chroma samples lie among luma's, in FFmpeg's word."""

import re

import av

# AVChromaLocation, in the brackets after the pixel format.
_LOCATIONS = r"\([^()]*\b(topleft|top|left|center|bottomleft|bottom)\)"


def of(container, video) -> str:
    """The place that the stream `video` of `container` says, or ""."""
    # PyAV has it nowhere else than in what FFmpeg prints about a film.
    level = av.logging.get_level()
    try:
        av.logging.set_level(av.logging.VERBOSE)
        av.logging.set_libav_level(av.logging.VERBOSE)
        text = container.dumps_format()
    finally:
        av.logging.set_libav_level(av.logging.INFO)
        av.logging.set_level(level)
    line = re.search(rf"Stream #0:{video.index}\b.*", text)
    found = re.search(_LOCATIONS, line.group() if line else "")
    return found.group(1) if found else ""
