"""Single frames of a film, looked up by their time, and as players show them."""

import contextlib
import math
import pathlib

import av
from av.video.reformatter import ColorRange
from PIL import Image

from colornet.errors import InputError
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.films import film_planes

_NO_TIMESTAMPS = 0x0080  # AVFMT_NOTIMESTAMPS: a bare stream, without an index.
_FAR_SECONDS = 10.0  # Nearer frames are found by decoding on.
# How much sooner to go to: containers may lead to the time of decoding, which is before
# that of showing; or, as MPEG-TS, anywhere between two key frames.
_SOONER_SECONDS = 1.0, 15.0
_NEIGHBOURS = 8  # Numbers to try where a picture is missing.


class FilmStills:
    """Finds frames of a film whose times rise from call to call.

    Args:
      path: of the film.
      deinterlace: make whole pictures of fields.
    """

    def __init__(self, path: pathlib.Path, deinterlace: bool = False):
        self._arguments = path, deinterlace
        self._film = self._last = self._next = None
        self._sooner = _SOONER_SECONDS  # Those to try; none is left where none works.

    def at(self, time: float) -> Image.Image:
        """The frame that is nearest to `time`, in seconds."""
        if self._film is None:
            self._go_to(time, -math.inf)
        elif self._sooner and self._next:
            if time - self._next.time > _FAR_SECONDS + self._sooner[0]:
                self._go_to(time, self._next.time)
        while self._next is not None and self._next.time < time:
            self._last, self._next = self._next, next(self._frames, None)
        near = [frame for frame in (self._last, self._next) if frame]
        if not near:
            raise InputError(f"{self._arguments[0]}: no frame can be decoded")
        frame = min(near, key=lambda frame: abs(frame.time - time))
        return shown(frame, self._film.video.sample_aspect_ratio)

    def close(self) -> None:
        """Closes the file."""
        if self._film is not None:
            self._film.container.close()

    def _go_to(self, time, reached):
        self._open(time)
        while self._sooner and (self._next is None or self._next.time > time):
            self._sooner = self._sooner[1:]
            self._open(time)
        if self._next is None or self._next.time <= reached:
            self._sooner = ()  # It led nowhere, and would again.

    def _open(self, time):
        """Opens the film anew, some time before `time` if it can be sought in."""
        self.close()
        self._film = film = FilmSource(*self._arguments)
        is_bare = film.container.format.flags & _NO_TIMESTAMPS
        if self._sooner and time > self._sooner[0] and not is_bare:
            begin = time - self._sooner[0] + float(film.start)
            with contextlib.suppress(av.FFmpegError):
                ticks = int(begin / film.video.time_base)
                film.container.seek(ticks, stream=film.video)
        self._frames = film.frames()
        self._last, self._next = None, next(self._frames, None)


class NumberedStills:
    """Finds frames of numbered pictures.

    Args:
      pattern: their names.
      first: number of the one at time 0.
      rate: pictures a second.
    """

    def __init__(self, pattern: pathlib.Path, first: int, rate):
        self._pattern, self._first, self._rate = pattern, first, rate

    def at(self, time: float) -> Image.Image:
        """The picture at `time`, in seconds, or a neighbour of one that is missing."""
        wanted = self._first + round(time * self._rate)
        numbers = range(wanted - _NEIGHBOURS, wanted + _NEIGHBOURS + 1)
        for number in sorted(numbers, key=lambda number: abs(number - wanted)):
            path = self._pattern.with_name(self._pattern.name % number)
            if path.is_file():
                with av.open(str(path)) as picture:
                    return shown(next(picture.decode(video=0)))
        raise InputError(f"{self._pattern}: picture {wanted} is missing")

    def close(self) -> None:
        """Nothing: no file stays open."""


def shown(frame: av.VideoFrame, ratio=None) -> Image.Image:
    """RGB of `frame` as players show it: upright, with square pixels.

    Args:
      frame: decoded.
      ratio: width of a pixel by its height, or None for 1.
    """
    coding = film_planes.luma_coding(frame)
    full, limited = ColorRange.JPEG, ColorRange.MPEG
    # FFmpeg itself takes every film that does not say for BT.601.
    image = frame.to_image(
        src_colorspace=coding.colorspace,
        src_color_range=full if coding.source_full_range else limited,
    )
    if ratio:
        image = image.resize((max(1, round(image.width * ratio)), image.height))
    return image.rotate(frame.rotation, expand=True) if frame.rotation else image
