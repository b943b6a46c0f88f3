"""How films are coloured and written: what the flags of `colorize` say about films."""

import dataclasses
import functools
import pathlib
from fractions import Fraction

from colornet.errors import UsageError
from colornet.inference.films import shot_list
from colornet.inference.films.film_span import Span
from colornet.inference.films.reference import Reference

_MOST_RATE = 1000  # Frames per second.


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """Everything about a film's output that is not the colouring network.

    Attributes:
      codec: of the picture: a name of `codecs.CODECS`.
      bit_depth: of luma and chroma; 0 keeps the source's.
      deinterlace: make whole pictures of the two fields of interlaced frames.
      shots: path of a list of shots (CSV): read where it exists, else written.
      keep_tint: leave the tint of toned film in, rather than neutralise it.
      rate: of numbered pictures: frames per second, as --rate; "" for 25.
      start: time of the first frame to colour, as --start; "" for the film's own.
      end: time at which to end, as --end; "" for the film's own.
      preview: how long a part to colour, as --preview; "" for all.
      saturation: what chroma is multiplied by; a shot's own comes on top.
      reference: pictures in colour, as --reference: PICTURE@TIME or PICTURE each.
      max_memory: ceiling of the program's memory in MiB; 0 for none.
      overwrite: begin anew where work was begun with other settings.
    """

    codec: str = "h264"
    bit_depth: int = 0
    deinterlace: bool = False
    shots: str = ""
    keep_tint: bool = False
    rate: str = ""
    start: str = ""
    end: str = ""
    preview: str = ""
    saturation: float = 1.0
    reference: tuple[str, ...] = ()
    max_memory: int = 0
    overwrite: bool = False

    @functools.cached_property
    def frame_rate(self) -> Fraction | None:
        """Frames per second of numbered pictures, if it is told."""
        return parse_rate(self.rate)

    @functools.cached_property
    def references(self) -> list[Reference]:
        """The pictures in colour that are given, here or in the list of shots."""
        given = [Reference.parse(text) for text in self.reference]
        if self.shots and pathlib.Path(self.shots).exists():
            given += shot_list.references(pathlib.Path(self.shots))
        return given

    @functools.cached_property
    def span(self) -> Span:
        """The part of the film that is coloured."""
        return Span.parse(self.start, self.end, self.preview)


def parse_rate(rate: str) -> Fraction | None:
    """Frames per second that --rate names, exactly; None for none.

    Raises:
      UsageError: it is none.
    """
    if not rate:
        return None
    try:
        parsed = Fraction(rate)
    except (ValueError, ZeroDivisionError):
        parsed = 0
    if not 0 < parsed <= _MOST_RATE:
        raise UsageError(
            f"--rate={rate}: expected frames per second, such as 24, 16.5 or 24000/1001"
        )
    return parsed
