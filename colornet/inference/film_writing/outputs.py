"""What is to become of a film: another film, or numbered pictures.

All that both need to know of it is decided before the work. Its finished pieces are
made by coders, kept beside it, and joined in the end.
"""

import pathlib

from colornet import whole_file
from colornet.inference import numbered_pictures
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import (
    codecs,
    film_planes,
    film_target,
    film_video,
    mxf,
    segments,
    sequences,
)


def of(target: pathlib.Path, film, first, settings):
    """The `FilmOutput` or `PictureOutput` of that name.

    Args:
      target: its name: it has one of the endings of the codec, or is a pattern.
      film: a `FilmSource`.
      first: the first of its frames that are wanted.
      settings: the `FilmSettings`.

    Raises:
      UsageError: the codec or the container cannot have such a film.
    """
    kind = PictureOutput if numbered_pictures.is_sequence(target) else FilmOutput
    return kind(target, film, first, settings)


class FilmOutput:
    """A film in one file.

    Attributes:
      codec: one of `codecs.CODECS`.
      coding: the `LumaCoding` of the frames that are coded.
      format: name of the codec, bits of a word, FFmpeg's name of the pixels.
      copied: streams of the source whose packets it takes over.
      decoded: streams of sound whose packets have no place in it: they become PCM.
      others: both of these.
      origin: the time in the source that is 0 in it, in seconds.
      pieces: the class of what keeps its finished pieces.
    """

    pieces = segments.Segments

    def __init__(self, target, film, first, settings):
        ending = target.suffix.lower()
        codecs.check_size(settings.codec, first.width, first.height)
        if ending == ".mxf":
            mxf.check_rate(target, film.rate, film.is_steady)
        self.codec = codecs.CODECS[settings.codec]
        self.coding = film_planes.luma_coding(first, self.codec, settings.bit_depth)
        self.format = settings.codec, self.coding.bits, self.coding.pix_fmt
        self.copied = [s for s in film.others if film_target.holds(ending, s)]
        left = [s for s in film.others if s not in self.copied]
        self.decoded = [s for s in left if film_target.decodes(ending, s)]
        self.others = [*self.copied, *self.decoded]
        self.origin = settings.span.origin(first)
        self._target, self._film, self._span = target, film, settings.span
        self._container = codecs.CONTAINERS[ending]
        self._video = film_video.NewVideo(film, first, self.coding, self.codec)

    def new_coder(self) -> film_video.VideoEncoder:
        """What codes the frames of one piece."""
        return film_video.VideoEncoder(self._video, self._container)

    def join(self, kept: segments.Segments, model: str) -> None:
        """Writes the film: what is kept, colours of `model`, and all that is copied."""
        film, span, origin = self._film, self._span, self.origin
        with (
            whole_file.written(self._target) as path,
            FilmSource(film.path) as again,
            film_target.FilmTarget(
                *(path, self._container),
                source=film,
                copied=self.copied,
                decoded=self.decoded,
                video=self._video,
                chapters=span.chapters(film.container.chapters(), origin),
                metadata=film_target.film_metadata(film, model),
                frames_before=film.frames_before(origin) if origin else 0,
            ) as joined,
        ):
            numbers = [stream.index for stream in self.others]
            others = again.packets(numbers) if numbers else ()
            joined.write(kept.packets(film.time_base), span.packets(others, origin))


class PictureOutput:
    """Numbered pictures. They keep the numbers of those that they are made from.

    Its attributes are those of `FilmOutput`.
    """

    pieces = sequences.KeptPictures
    codec = sequences.CODEC
    copied = decoded = others = ()
    origin = 0

    def __init__(self, target, film, first, settings):
        self._bits = settings.bit_depth or max(c.bits for c in first.format.components)
        self.coding = film_planes.luma_coding(first, self.codec)
        self.format = sequences.picture_format(target, self._bits)
        self._target, self._film = target, film

    def new_coder(self) -> sequences.PictureCoder:
        """What codes the frames of one piece."""
        return sequences.PictureCoder(
            *(self._target, self.coding), source=self._film, bits=self._bits
        )

    def join(self, kept: sequences.KeptPictures, model: str) -> None:
        """Gives the pictures their names; there is no place to name the model."""
        del model
        kept.take_names(self._target)
