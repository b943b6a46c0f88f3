"""What was done to a film: facts of the output, its shots, its losses and the work."""

import dataclasses
import json
import logging
import pathlib
import time
from fractions import Fraction

import colornet
from colornet import whole_file
from colornet.inference import film_words
from colornet.inference.films import film_memory, film_progress
from colornet.inference.films.shot_list import Shot

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class OtherStream:
    """A stream of the source beside its picture.

    Attributes:
      index: its number in the source.
      type: audio, subtitle, data, attachment or video.
      codec: FFmpeg's name of its coding, or "".
    """

    index: int
    type: str
    codec: str


@dataclasses.dataclass(frozen=True)
class FilmReport:
    """What became of a film.

    Attributes:
      source: path of the film.
      output: path of its copy.
      frames: in the copy.
      width: of its picture, in pixels.
      height: of its picture, in pixels.
      rate: frames a second; an estimate where they vary.
      start: time in the source, in seconds, that is time 0 of the shots.
      duration: of the picture, in seconds.
      codec: of the picture: as --codec, or png, tiff or dpx.
      bit_depth: of luma and chroma; of pictures, of a channel.
      pixel_format: FFmpeg's name.
      colornet: version of this package.
      model: name of the network that gave the colours.
      network_size: shorter side of the picture that it saw, in pixels.
      temperature: of its choice of colours, where a shot has none of its own.
      shots: every frame is in one. Times are those in the copy; of pictures, which have
        none, those in the source.
      copied: streams that the copy has from the source as they were.
      decoded: sound that the copy has as PCM, for want of a place for its own coding.
      warnings: what was lost, changed or found wrong, a line each.
      damaged: packets that were incomplete or could not be decoded.
      repaired: frames of which the decoder made up parts.
      resized: frames that had another size or format than the first.
      resumed: frames that an earlier, interrupted run had made.
      seconds: that the work took, in this run.
      peak_memory: most that the process ever had, in MiB; None where nobody can tell.
    """

    source: str
    output: str
    frames: int
    width: int
    height: int
    rate: Fraction
    start: float
    duration: float
    codec: str
    bit_depth: int
    pixel_format: str
    colornet: str
    model: str
    network_size: int
    temperature: float
    shots: tuple[Shot, ...]
    copied: tuple[OtherStream, ...]
    decoded: tuple[OtherStream, ...]
    warnings: tuple[str, ...]
    damaged: int
    repaired: int
    resized: int
    resumed: int
    seconds: float
    peak_memory: int | None

    @property
    def frames_per_second(self) -> float:
        """How fast frames were made in this run."""
        return (self.frames - self.resumed) / self.seconds

    def __str__(self):
        earlier = f", {self.resumed} of them from before," if self.resumed else ""
        took = film_progress.clock(self.seconds)
        return (
            f"{film_words.counted(self.frames, 'frame')}{earlier} in {took}, "
            f"{film_words.counted(len(self.shots), 'shot')}"
        )

    def write(self, path: pathlib.Path) -> None:
        """Writes it as JSON, under the names of its attributes; rates as fractions."""
        facts = dataclasses.asdict(self) | {
            "rate": str(self.rate),
            "seconds": round(self.seconds, 3),
            "frames_per_second": round(self.frames_per_second, 3),
        }
        text = json.dumps(facts, indent=1, ensure_ascii=False)
        with whole_file.written(path) as unfinished:
            unfinished.write_text(f"{text}\n", encoding="utf-8")


class Draft:
    """What becomes a `FilmReport`, while the film `film` is copied to `target`."""

    def __init__(self, film, target: pathlib.Path):
        self._film, self._target = film, target
        self._warnings = []
        self._began = time.monotonic()

    def warn(self, lines) -> None:
        """Tells the user each line, and keeps it."""
        for line in lines:
            _log.warning("%s", line)
            self._warnings.append(line)

    def finished(self, info, shots, output, **facts) -> FilmReport:
        """The report.

        Args:
          info: the `ModelInfo` of the network that was used.
          shots: list of `Shot`.
          output: what was made of the film, from `outputs`.
          **facts: its other attributes that nobody knows here.
        """
        film = self._film
        codec, bit_depth, pixel_format = output.format
        return FilmReport(
            source=str(film.path),
            output=str(self._target),
            start=float(output.origin),
            rate=film.rate,
            duration=shots[-1].end_time - shots[0].start_time,
            codec=codec,
            bit_depth=bit_depth,
            pixel_format=pixel_format,
            colornet=colornet.__version__,
            model=info.name,
            network_size=info.network_size,
            temperature=info.temperature,
            shots=tuple(shots),
            copied=tuple(map(_told, output.copied)),
            decoded=tuple(map(_told, output.decoded)),
            warnings=tuple(self._warnings),
            damaged=film.damaged,
            repaired=film.repaired,
            resized=film.resized,
            seconds=time.monotonic() - self._began,
            peak_memory=film_memory.peak(),
            **facts,
        )


def _told(stream):
    return OtherStream(stream.index, stream.type, getattr(stream, "name", None) or "")
