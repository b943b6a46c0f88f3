"""How films are coloured and written: what the flags of `colorize` say about films."""

import dataclasses
import functools

from colornet.inference.film_span import Span


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """Everything about a film's output that is not the colouring network.

    Attributes:
      codec: of the picture: a name of `codecs.CODECS`.
      bit_depth: of luma and chroma; 0 keeps the source's.
      deinterlace: make whole pictures of the two fields of interlaced frames.
      shots: path of a list of shots (CSV): read where it exists, else written.
      keep_tint: leave the tint of toned film in, rather than neutralise it.
      start: time of the first frame to colour, as --start; "" for the film's own.
      end: time at which to end, as --end; "" for the film's own.
      preview: how long a part to colour, as --preview; "" for all.
    """

    codec: str = "h264"
    bit_depth: int = 0
    deinterlace: bool = False
    shots: str = ""
    keep_tint: bool = False
    start: str = ""
    end: str = ""
    preview: str = ""

    @functools.cached_property
    def span(self) -> Span:
        """The part of the film that is coloured."""
        return Span.parse(self.start, self.end, self.preview)
