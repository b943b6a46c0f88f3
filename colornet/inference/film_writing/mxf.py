"""MXF, for broadcasters: what FFmpeg writes of it lacks, said before work begins.

An MXF counts frames. It has no times, so all its streams begin together.
"""

import hashlib
import mmap
import pathlib
from fractions import Fraction

from colornet.errors import UsageError
from colornet.inference.film_writing import film_video

# FFmpeg keeps metadata in it whose keys begin so.
METADATA_PREFIX = "comment_"

_RATES = (24, 25, 30, 48, 50, 60, 72, 75, 90, 96, 100)  # Frames per second.
_BROADCAST_RATES = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60))
# What the names of its packages begin with: label and length of a UMID, SMPTE ST 330.
_UMID = bytes.fromhex("060a2b340101010501010d0013")
_INSTANCE, _NUMBER = 3, 16  # Bytes that follow.

_IN_TIME = 0.5  # Frames by which sound may move unnoticed.


def check_rate(target: pathlib.Path, rate: Fraction, steady: bool) -> None:
    """Raises `UsageError` where an MXF cannot have frames at that rate."""
    if steady and rate in _RATES + _BROADCAST_RATES:
        return
    legal = ", ".join(map(str, _RATES + _BROADCAST_RATES))
    got = f"{rate}" if steady else "frames that do not come evenly"
    raise UsageError(
        f"--output={target}: .mxf has one of {legal} frames a second, got {got}; "
        f"{target.with_suffix('.mkv').name} would do"
    )


def name_packages(path: pathlib.Path) -> None:
    """Gives the packages of a film names that no other film has, but the same film.

    FFmpeg draws them, or gives all films the same. Here a material's number is the
    digest of the film, but for its last byte, which tells its packages apart.

    Args:
      path: an MXF that FFmpeg has written, all of whose materials have one number.
    """
    with (
        open(path, "r+b") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_WRITE) as film,
    ):
        number = hashlib.sha256(film).digest()[: _NUMBER - 1]
        place = film.find(_UMID)
        while place >= 0:
            place += len(_UMID) + _INSTANCE
            film[place : place + len(number)] = number
            place = film.find(_UMID, place)


def losses(film, others, first, settings):
    """Yields a line for each thing of `film` that other containers have a place for.

    Args:
      film: a `FilmSource`.
      others: its streams beside the picture that it keeps.
      first: its first frame.
      settings: the `FilmSettings` of the copy.
    """
    told = [s.metadata for s in (film.video, *others)]
    named = [m for m in told if "title" in m or m.get("language", "und") != "und"]
    ratio = film.video.sample_aspect_ratio
    lost = {
        "chapters": film.container.chapters(),
        "names and languages of streams": named,
        "the order of fields": first.interlaced_frame and not settings.deinterlace,
        "its turning": film_video.display_matrix(first),
        "the shape of pixels": settings.codec == "dnxhr" and ratio not in (None, 0, 1),
        "the place of chroma samples": film.chroma_location not in ("", "left"),
    }
    if any(lost.values()):
        yield (
            f"{film.path}: .mxf has no place for "
            f"{', '.join(name for name, there in lost.items() if there)}, left out."
        )
    begin = first.pts * first.time_base
    if begin and settings.span.start is None:
        yield (
            f"{film.path}: its picture begins at {float(begin):.3f} s; .mxf has no "
            "times, so it begins at 0."
        )
    for stream in others:
        if settings.span.start is not None:
            yield (
                f"{film.path}: .mxf has no times, so stream {stream.index} "
                f"({stream.type}) may begin early by as much as a packet."
            )
            continue
        late = film.start_of(stream) - begin
        if abs(late) * film.rate > _IN_TIME:
            yield (
                f"{film.path}: stream {stream.index} ({stream.type}) begins "
                f"{float(late):.3f} s after the picture; .mxf has no times, so it "
                "begins with it."
            )
