"""How films are coloured and written: what the flags of `colorize` say about films."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class FilmSettings:
    """Everything about a film's output that is not the colouring network.

    Attributes:
      codec: of the picture: a name of `codecs.CODECS`.
      bit_depth: of luma and chroma; 0 keeps the source's.
      deinterlace: make whole pictures of the two fields of interlaced frames.
      shots: path of a list of shots (CSV): read where it exists, else written.
      keep_tint: leave the tint of toned film in, rather than neutralise it.
    """

    codec: str = "h264"
    bit_depth: int = 0
    deinterlace: bool = False
    shots: str = ""
    keep_tint: bool = False
