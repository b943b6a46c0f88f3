"""Where chroma samples lie among luma's, in FFmpeg's word.

PyAV has it only in what FFmpeg logs, and must not be let log in programs of several
threads: a decoder's thread waits for Python's lock to say a word, and Python, in the
midst of closing that decoder, for the thread. So FFmpeg is asked to begin a Matroska
film of the same stream, and tells it there. RFC 9559, sections 5.1.4.1.28.25 and 26.
"""

import contextlib
import io

import av

from colornet.inference import ebml

_SEGMENT, _TRACKS, _TRACK = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae"
_PATH = _SEGMENT, _TRACKS, _TRACK, b"\xe0", b"\x55\xb0"  # To Video, and its Colour.
_ACROSS, _DOWN = b"\x55\xb7", b"\x55\xb8"
# By the steps of half a pixel, from 1, that they lie right of and below a luma sample.
_WORDS = {(1, 1): "topleft", (2, 1): "top", (1, 2): "left", (2, 2): "center"}


def of(video: av.VideoStream) -> str:
    """The place that a stream says: topleft, top, left or center.

    It is "" where nothing is said, or bottom or bottomleft, which Matroska lacks.
    """
    if video.codec.name == "dvvideo":
        return "topleft"  # DV, which Matroska has only with its sound, has no other.
    memory = io.BytesIO()
    film = av.open(memory, "w", format="matroska")
    try:
        film.add_stream_from_template(video, opaque=True)
        film.start_encoding()
    except (av.FFmpegError, ValueError):
        return ""  # Matroska does not know the codec.
    finally:
        with contextlib.suppress(av.FFmpegError):  # It is empty.
            film.close()
    content = memory.getvalue()
    for name in _PATH:
        found = {name: content for name, content, _ in ebml.elements(content)}
        content = found.get(name, b"")
    places = {name: content for name, content, _ in ebml.elements(content)}
    across, down = (int.from_bytes(places.get(n, b""), "big") for n in (_ACROSS, _DOWN))
    return _WORDS.get((across, down), "")
