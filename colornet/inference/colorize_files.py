"""Colours photographs and films: each becomes a file of the same kind.

  colornet colorize old.jpg --output=colored.jpg
  colornet colorize film.mp4 --output=colored.mp4
  colornet colorize frames/%05d.png --output=colored/%05d.png
  colornet colorize scans/ "reels/**/*.avi" --output=colored/ --summary=colored.csv

Inputs are files, folders with all that is in them, or patterns, in which ** stands for
folders at any depth. With one input file --output names the file to write (.jpg, .png,
.webp, .avif, .heic, .tif, .jp2, .bmp, .ppm; .mp4, .mov, .mkv, .webm, .mxf); otherwise a
folder, which is created and in which files lie as they do in the input folder. What is
there already is skipped, so that an interrupted command goes on when it is given again.
Hidden files and thumbnails are passed over. The film's codec must fit the ending: h264
and h265 go into mp4, mov and mkv, av1 into mp4, mkv and webm, prores into mov, mkv and
mxf, dnxhr into mov and mxf, ffv1 into mkv and mxf.
A bad file among several is named and passed over; the exit code is then 1.
A film that was interrupted goes on where it was when the same command is given again;
what is finished waits in a hidden folder beside the output.
"""

import contextlib
import dataclasses
import logging
import pathlib
import sys
import time
from collections.abc import Sequence

from colornet import config
from colornet.errors import InputError, UsageError
from colornet.inference import numbered_pictures
from colornet.inference.colorize_config import ColorizeConfig
from colornet.inference.films import film_settings, shot_list
from colornet.inference.films.reference import Reference

TAKES_VERBOSITY = True

_log = logging.getLogger(__name__)


def define_flags() -> None:
    """Defines the program's flags."""
    config.define_flags(ColorizeConfig)


def main(argv: Sequence[str]) -> None:
    """Reads the flags and runs; `argv[1:]` are the inputs."""
    settings = config.from_flags(ColorizeConfig)
    if len(argv) < 2 and not settings.input_list:
        raise UsageError("no input; give photographs, films, folders or patterns")
    run(settings, argv[1:])


def run(settings: ColorizeConfig, inputs: Sequence[str]) -> None:
    """Colours all that `inputs` stand for.

    Raises:
      UsageError: inputs and settings do not fit together; nothing was done.
      InputError: the single input is bad, or some of several were.
    """
    # Within the function: `--help`, and whatever is found wrong before the model is
    # needed, must not wait for the seconds that TensorFlow takes to load.
    from colornet.inference import exported, jobs, photo_batches

    with photo_batches.pictures_of_at_most(settings.max_pixels):
        wanted = {".json": settings.report, ".png": settings.poster}
        planned = jobs.plan(
            inputs,
            settings.output,
            settings.codec,
            [ending for ending in wanted if wanted[ending]],
            input_list=settings.input_list,
            format=settings.format,
        )
        _check(settings, planned)
        exported.read_info(exported.locate(settings.model))
        _colorize_all(settings, planned)


def _check(settings, planned):
    """Raises what would otherwise be raised after the model has been loaded."""
    from colornet.inference import jobs, photo_batches, work_summary
    from colornet.inference.photos import companions

    kinds = [job.kind for job in planned]
    references = map(Reference.parse, settings.reference)
    of_film = [str(one) for one in references if one.is_frame]
    if settings.shots:
        of_film.append(f"--shots={settings.shots}")
    if of_film and kinds != [jobs.FILM]:
        raise UsageError(f"{of_film[0]}: needs one film as the only input")
    if settings.shots and pathlib.Path(settings.shots).exists():
        shot_list.read(pathlib.Path(settings.shots))
    if settings.rate and not all(
        numbered_pictures.is_sequence(job.source) for job in planned
    ):
        raise UsageError(
            f"--rate={settings.rate}: is for numbered pictures only; films have "
            "their own"
        )
    for name in ("neutral", "hints"):
        value = getattr(settings, name)
        if value and kinds != [jobs.PHOTO]:
            raise UsageError(
                f"--{name}={value}: is for one photograph, as the only input"
            )
    companions.check(settings, planned)
    if settings.summary:
        work_summary.check_path(pathlib.Path(settings.summary), planned)
    is_single = [job.target for job in planned] == [pathlib.Path(settings.output)]
    if is_single and jobs.is_made(planned[0].target) and not settings.overwrite:
        raise UsageError(
            f"--output={settings.output}: is there already; give another name, or "
            "--overwrite to replace it"
        )
    if len(planned) == 1:
        if kinds == [jobs.PHOTO]:
            photo_batches.size_of(planned[0].source, settings.max_pixels)
        jobs.check_readable(planned[0])


def _colorize_all(settings, planned):
    from colornet.inference import work_summary
    from colornet.inference.films import film_progress

    summary = work_summary.WorkSummary(planned)
    try:
        with film_progress.FilesProgress(len(planned)) as progress:
            for outcome in _outcomes(settings, planned, progress):
                summary.add(outcome)
                if outcome.status == work_summary.FAILED:
                    if len(planned) == 1:
                        raise InputError(outcome.reason)
                    print(outcome.reason, file=sys.stderr)
                elif outcome.status == work_summary.SKIPPED and outcome.seconds:
                    _log.warning("%s: skipped: %s", outcome.source, outcome.reason)
                progress.file_done()
    finally:
        if settings.summary:
            summary.write(pathlib.Path(settings.summary))
    if summary.count(work_summary.FAILED):
        raise InputError(str(summary))
    if len(planned) > 1:
        _log.info("%s", summary)


def _outcomes(settings, planned, progress):
    """What becomes of each job; first of those for which there is nothing to do."""
    from colornet.inference import jobs, work_summary

    there = "it is there already; --overwrite makes it anew"
    todo = []
    for job in planned:
        if job.problem:
            status, reason = work_summary.FAILED, job.problem
        elif jobs.is_made(job.target) and not settings.overwrite:
            status, reason = work_summary.SKIPPED, there
        else:
            todo.append(job)
            continue
        yield work_summary.Outcome(job.source, job.target, status, reason)
    if todo:
        photos = [job for job in todo if job.kind == jobs.PHOTO]
        films = [job for job in todo if job.kind == jobs.FILM]
        with _folders(job.target.parent for job in todo):
            yield from _made(settings, photos, films, progress)


def _made(settings, photos, films, progress):
    from colornet.inference import hint_pictures, photo_batches, work_summary
    from colornet.inference.colorizer import Colorizer
    from colornet.inference.photos import companions, photo_settings, still

    colorizer = Colorizer.load(
        settings.model,
        device=settings.device,
        temperature=settings.temperature or None,
        network_size=settings.network_size or None,
    )

    wanted = photo_settings.PhotoSettings(
        skip_colored=not settings.force,
        keep_tint=settings.keep_tint,
        saturation=settings.saturation,
        neutral=photo_settings.parse_point(settings.neutral),
        hints=hint_pictures.read(settings.hints) if settings.hints else None,
        reference=tuple(
            hint_pictures.read_elsewhere(one.path, str(one))
            for one in map(Reference.parse, settings.reference)
            if not one.is_frame
        ),
    )

    def colorize(job):
        beside = companions.of_job(settings, job.target)
        return still.colorize_still(colorizer, job.source, job.target, wanted, beside)

    yield from photo_batches.outcomes(photos, colorize, settings.max_pixels)
    for job in films:
        began, status, reason, size = time.monotonic(), work_summary.DONE, "", (0, 0)
        try:
            report = _colorize_film(colorizer, job, settings, progress)
            size = report.width, report.height
        except (InputError, OSError) as error:
            status, reason = work_summary.FAILED, " ".join(str(error).split())
        files = job.source, job.target
        seconds = time.monotonic() - began
        yield work_summary.Outcome(*files, status, reason, seconds, *size)


def _colorize_film(colorizer, job, settings, progress):
    from colornet.inference import jobs
    from colornet.inference.films import film, poster

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
    return report


@contextlib.contextmanager
def _folders(paths):
    """Makes the folders, with their parents; takes away again what stays empty."""
    made = []
    for path in dict.fromkeys(paths):
        made += [p for p in (path, *path.parents) if not p.exists()]
        path.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        for folder in sorted(made, key=lambda p: len(p.parts), reverse=True):
            with contextlib.suppress(OSError):  # It is not empty, as it should be.
                folder.rmdir()
