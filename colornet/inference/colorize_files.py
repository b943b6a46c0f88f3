"""Colours photographs and films: each becomes a file of the same kind.

  colornet colorize old.jpg --output=colored.jpg
  colornet colorize film.mp4 --output=colored.mp4
  colornet colorize frames/%05d.png --output=colored/%05d.png
  colornet colorize scans/ "reels/*.avi" --output=colored/

Inputs are files, folders or patterns. With one input file --output names the file to
write (.jpg, .png, .webp, .tif; .mp4, .mov, .mkv, .webm, .mxf); otherwise a folder,
which is created. The film's codec must fit the ending: h264 and h265 go into mp4, mov
and mkv, av1 into mp4, mkv and webm, prores into mov, mkv and mxf, dnxhr into mov and
mxf, ffv1 into mkv and mxf.
A bad file among several is named and passed over; the exit code is then 1.
A film that was interrupted goes on where it was when the same command is given again;
what is finished waits in a hidden folder beside the output.
"""

import contextlib
import dataclasses
import logging
import pathlib
import sys
from collections.abc import Sequence

from colornet import config
from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import codecs
from colornet.inference.films import film_settings, film_span

TAKES_VERBOSITY = True

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class ColorizeConfig:
    """How files are coloured."""

    output: str = config.field("", "Required: the file to write; or the folder.")
    model: str = config.field(
        "default", "Bundled model's name, or a directory from `colornet export`."
    )
    device: str = config.field("auto", "auto, cpu, gpu, or one of several: gpu:1.")
    temperature: float = config.field(
        0.0, "Lower gives stronger, riskier colours, above 0 to 1. 0: the model's own."
    )
    network_size: int = config.field(
        0, "Shorter side of the network's picture, 32 or more px. 0: the model's own."
    )
    codec: str = config.field(
        "h264", "Of films: how the picture is coded.", choices=codecs.CODECS
    )
    bit_depth: int = config.field(
        0, "Of films: bits of luma and chroma: 8, 10, 12 or 16. 0: the source's."
    )
    deinterlace: bool = config.field(
        False, "Of films: make whole pictures of the two fields of interlaced frames."
    )
    rate: str = config.field(
        "",
        "Of numbered pictures: frames per second, such as 16 or 24000/1001. Otherwise "
        "they are taken for 25.",
    )
    start: str = config.field(
        "", "Of films: begin at this time, in seconds or HH:MM:SS.mmm; it becomes 0."
    )
    end: str = config.field("", "Of films: end before this time, of the source's.")
    preview: str = config.field(
        "", "Of films: how much to colour from the start on: 10s, or 1:00 for a minute."
    )
    shots: str = config.field(
        "",
        "Of one film: its list of shots, a .csv file. Where there is none it is "
        "written: frames and kind of each shot (grey, toned, or coloured, which is "
        "left as it is). Where there is one it is followed: frames and kinds may be "
        "corrected, saturation multiplies chroma, temperature is as the flag, and yes "
        "under skip leaves a shot as it is in the source.",
    )
    keep_tint: bool = config.field(
        False,
        "Of films: leave toned shots (sepia, blue) as they are. Otherwise their hue is "
        "taken away and they are coloured like grey ones.",
    )
    max_memory: int = config.field(
        0, "Of films: most memory to take, in MiB; less is slower. 0: no ceiling."
    )
    report: bool = config.field(
        False,
        "Of films: write what was done beside the output: coloured.mp4.json; of "
        "numbered pictures beside their folder: coloured.json.",
    )
    poster: bool = config.field(
        False,
        "Of films: draw a sheet with the middle frame of each shot, as it was and "
        "coloured: coloured.mp4.png; of numbered pictures coloured.png.",
    )

    def __post_init__(self):
        if not self.output:
            raise UsageError("--output is required: the file or folder to write")
        if not 0 <= self.temperature <= 1:
            raise UsageError(f"--temperature={self.temperature}: must be from 0 to 1")
        if self.network_size and self.network_size < 32:
            raise UsageError(f"--network_size={self.network_size}: must be 32 or more")
        if self.max_memory < 0:
            raise UsageError(f"--max_memory={self.max_memory}: must be 0 or more")
        codecs.check_settings(self.codec, self.bit_depth)
        film_settings.parse_rate(self.rate)
        film_span.Span.parse(self.start, self.end, self.preview)


def define_flags() -> None:
    """Defines the program's flags."""
    config.define_flags(ColorizeConfig)


def main(argv: Sequence[str]) -> None:
    """Reads the flags and runs; `argv[1:]` are the inputs."""
    if len(argv) < 2:
        raise UsageError("no input; give photographs, films, folders or patterns")
    run(config.from_flags(ColorizeConfig), argv[1:])


def run(settings: ColorizeConfig, inputs: Sequence[str]) -> None:
    """Colours all that `inputs` stand for.

    Raises:
      UsageError: inputs and settings do not fit together; nothing was done.
      InputError: the single input is bad, or some of several were.
    """
    # Within the function: `--help`, and whatever is found wrong before the model is
    # needed, must not wait for the seconds that TensorFlow takes to load.
    from colornet.inference import exported, jobs

    with _pictures_of_any_size():
        wanted = {".json": settings.report, ".png": settings.poster}
        beside = [ending for ending in wanted if wanted[ending]]
        todo = jobs.plan(inputs, settings.output, settings.codec, beside)
        if settings.shots and (len(todo) > 1 or todo[0].kind == jobs.PHOTO):
            raise UsageError(
                f"--shots={settings.shots}: needs one film as the only input"
            )
        if settings.rate and not all(codecs.is_sequence(j.source) for j in todo):
            raise UsageError(
                f"--rate={settings.rate}: is for numbered pictures only; films have "
                "their own"
            )
        if len(todo) == 1:
            jobs.check_readable(todo[0])
        exported.read_info(exported.locate(settings.model))
        with _folder(todo[0].target.parent):
            _colorize_all(settings, todo)


@contextlib.contextmanager
def _pictures_of_any_size():
    """Lifts Pillow's limit: large scans are the user's own files."""
    from PIL import Image

    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _colorize_all(settings, todo):
    from colornet.inference.colorizer import Colorizer
    from colornet.inference.films import film_progress

    colorizer = Colorizer.load(
        settings.model,
        device=settings.device,
        temperature=settings.temperature or None,
        network_size=settings.network_size or None,
    )
    failed = 0
    with film_progress.FilesProgress(len(todo)) as progress:
        for job in todo:
            try:
                _colorize_one(colorizer, job, settings, progress)
            except (InputError, OSError) as error:
                if len(todo) == 1:
                    raise
                failed += 1
                print(" ".join(str(error).split()), file=sys.stderr)
            progress.file_done()
    if failed:
        raise InputError(f"{failed} of {len(todo)} files failed")


def _colorize_one(colorizer, job, settings, progress):
    from colornet.inference import jobs
    from colornet.inference.films import film, poster
    from colornet.inference.photos import still

    if job.kind == jobs.PHOTO:
        still.colorize_still(colorizer, job.source, job.target)
        return
    names = [f.name for f in dataclasses.fields(film_settings.FilmSettings)]
    of_film = {n: getattr(settings, n) for n in names if hasattr(settings, n)}
    with progress.of_film(job.source.name) as show:
        report = film.colorize_film(
            *(colorizer, job.source, job.target),
            settings=film_settings.FilmSettings(**of_film),
            progress=show,
        )
    _log.info("%s: %s", job.target, report)
    if settings.report:
        report.write(jobs.beside(job.target, ".json"))
    if settings.poster:
        path = jobs.beside(job.target, ".png")
        poster.write(report, path, deinterlace=settings.deinterlace)


@contextlib.contextmanager
def _folder(path: pathlib.Path):
    """Makes the folder, with its parents; takes it away again if it stays empty."""
    made = [p for p in (path, *path.parents) if not p.exists()]
    path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in made:
            with contextlib.suppress(OSError):  # It is not empty, as it should be.
                folder.rmdir()
