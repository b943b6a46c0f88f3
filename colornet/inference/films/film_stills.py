"""Single frames of a film, looked up by their time, and as players show them."""

import pathlib
from fractions import Fraction

import av
from av.video.reformatter import ColorRange
from PIL import Image

from colornet.errors import InputError
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import film_planes

_NEIGHBOURS = 8  # Numbers to try where a picture is missing.


class FilmStills:
    """Finds frames of a film whose times rise from call to call.

    Args:
      path: of the film.
      deinterlace: make whole pictures of fields.
    """

    def __init__(self, path: pathlib.Path, deinterlace: bool = False):
        self._film = FilmSource(path, deinterlace)
        self._frames = self._film.frames()
        self._last, self._next = None, next(self._frames, None)

    @property
    def video(self):
        """The film's stream of pictures."""
        return self._film.video

    def at(self, time: float) -> Image.Image:
        """The frame that is nearest to `time`, in seconds."""
        return shown(self.frame(time), self.video.sample_aspect_ratio)

    def frame(self, time: float) -> av.VideoFrame:
        """The same as it was decoded."""
        self._film.skip_to(Fraction(time))
        while self._next is not None and self._next.time < time:
            self._last, self._next = self._next, next(self._frames, None)
        near = [frame for frame in (self._last, self._next) if frame]
        if not near:
            raise InputError(f"{self._film.path}: no frame can be decoded")
        return min(near, key=lambda frame: abs(frame.time - time))

    def close(self) -> None:
        """Closes the file."""
        self._film.container.close()


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
