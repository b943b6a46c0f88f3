"""What is to be coloured into what: inputs sorted, outputs named, mistakes found early.

Neither TensorFlow nor a whole film is read for it, so a mistake is answered at once.
"""

import collections
import dataclasses
import os
import pathlib
import tempfile
from collections.abc import Sequence

from colornet.errors import InputError, UsageError
from colornet.inference import inputs, numbered_pictures
from colornet.inference.film_writing import codecs, kept_work

PHOTO, FILM = "photo", "film"
ENDINGS = {
    PHOTO: (
        ".jpg .jpeg .jpe .jfif .png .gif .webp .avif .heic .heif .hif .tif .tiff .bmp "
        ".pbm .pgm .ppm .pnm .jp2 .j2k .jpf .jpx .tga"
    ).split(),
    FILM: (
        ".mp4 .mov .mkv .avi .mpg .mpeg .m4v .webm .wmv .ts .mts .m2ts .vob .ogv .flv "
        ".3gp .mxf .dv"
    ).split(),
}
_KIND_OF_ENDING = {ending: kind for kind in ENDINGS for ending in ENDINGS[kind]}


@dataclasses.dataclass(frozen=True)
class Job:
    """One file to colour.

    Attributes:
      source: the file.
      target: what it becomes.
      kind: PHOTO or FILM; "" where it is neither.
      problem: why it cannot be coloured, or "" for all that is known yet.
    """

    source: pathlib.Path
    target: pathlib.Path
    kind: str
    problem: str = ""


def beside(target: pathlib.Path, ending: str) -> pathlib.Path:
    """Where what is told of the film `target` goes: coloured.mp4.json, or .png.

    Of numbered pictures it goes beside their folder, where it is not taken for one.
    """
    if numbered_pictures.is_sequence(target):
        folder = target.absolute().parent
        return folder.parent / f"{folder.name}{ending}"
    return target.with_name(f"{target.name}{ending}")


def is_made(target: pathlib.Path) -> bool:
    """Whether `target` is there, and no work on it is unfinished."""
    if numbered_pictures.is_sequence(target):
        there = bool(numbered_pictures.numbers(target))
    else:
        there = target.exists()
    return there and not kept_work.is_begun(target)


def plan(
    names: Sequence[str],
    output: str,
    codec: str = "h264",
    endings_beside: Sequence[str] = (),
    *,
    input_list: str = "",
    format: str = "",
) -> list[Job]:
    """One job for every file that is meant.

    Args:
      names: files, folders or patterns, as `inputs.find` takes them.
      output: a file for a single input file; otherwise a folder, there or not.
      codec: of films, one of `codecs.CODECS`.
      endings_beside: of the files that will be written `beside` films.
      input_list: a file with further paths, one a line.
      format: ending of the photographs that are written; "" for the sources' own.

    Raises:
      UsageError: `output` is unfit for what is meant.
      InputError: an input is missing, the only one is of no known kind, or nothing can
        be written.
    """
    folder = pathlib.Path(output)
    sources, single = inputs.find(names, input_list, folder, _KIND_OF_ENDING)
    single = single and not folder.is_dir() and not output.endswith(("/", os.sep))
    if not single and folder.exists() and not folder.is_dir():
        raise UsageError(
            f"--output={output}: a file; several inputs need the name of a folder"
        )
    if single and format:
        raise UsageError(
            f"--format={format}: is for outputs in a folder; the ending of "
            f"--output={output} says it already"
        )
    if single:
        jobs = [Job(sources[0].path, folder, kind_of(sources[0].path))]
    else:
        jobs = _into_folder(sources, folder, codec, format)
    _check_targets([job for job in jobs if not job.problem], codec, endings_beside)
    _check_writable(folder.parent if single else folder)
    return jobs


def _into_folder(sources, folder, codec, format):
    jobs = []
    for source in sources:
        kind, problem = "", source.problem
        if not problem:
            try:
                kind = kind_of(source.path)
            except InputError as error:
                if len(sources) == 1:
                    raise
                problem = str(error)
        ending = source.place.suffix
        if kind == PHOTO and format:
            ending = f".{format}"
        elif kind:
            endings, other = _written(kind, codec, ending)
            ending = ending if ending.lower() in endings else other
        target = folder / source.place.with_suffix(ending)
        jobs.append(Job(source.path, target, kind, problem))
    # Of two that differ in their endings alone, as scan.tga and scan.gif, both keep it.
    times = collections.Counter(job.target for job in jobs)
    return [
        dataclasses.replace(job, target=_with_both_endings(job))
        if times[job.target] > 1
        else job
        for job in jobs
    ]


def _with_both_endings(job):
    ending, new = job.source.suffix, job.target.suffix
    if not job.kind or ending == new:
        return job.target
    return job.target.with_suffix(f"{ending}{new}")


def kind_of(path: pathlib.Path) -> str:
    """PHOTO or FILM: by the ending of the name or, where that says nothing, by content.

    Raises:
      InputError: it is neither.
    """
    kind = _KIND_OF_ENDING.get(path.suffix.lower())
    if numbered_pictures.is_sequence(path):
        return FILM
    if kind:
        return kind
    from colornet.inference.film_reading import film_source
    from colornet.inference.photos import photo_file

    try:
        photo_file.decode(path)
        return PHOTO
    except InputError:
        pass
    try:
        with film_source.FilmSource(path):
            return FILM
    except InputError as error:
        raise InputError(f"{path}: neither a photograph nor a film") from error


def check_readable(job: Job) -> None:
    """Raises the `InputError` that reading the source would end with."""
    from colornet.inference.film_reading import film_source
    from colornet.inference.photos import photo_file

    if job.problem:
        raise InputError(job.problem)
    if job.kind == PHOTO:
        photo_file.decode(job.source)
    else:
        with film_source.FilmSource(job.source):
            pass


def _written(kind, codec, ending=""):
    """The endings that are written for `kind`, and which of them for any other."""
    if kind == PHOTO:
        from colornet.inference.photos import photo_file

        return photo_file.WRITTEN, photo_file.INSTEAD.get(ending.lower(), ".png")
    endings = codecs.CODECS[codec].endings
    return endings, endings[0]


def _check_targets(jobs, codec, endings_beside):
    taken = {}
    sources = {_identity(job.source) for job in jobs} - {None}
    for job in jobs:
        target = job.target
        if job.kind == FILM:
            codecs.check_target(target, codec)
        elif target.suffix.lower() not in (endings := _written(PHOTO, codec)[0]):
            raise UsageError(
                f"--output={target}: a {job.kind} is written as one of "
                f"{', '.join(endings)}, got {target.suffix or 'no ending'}"
            )
        endings = endings_beside if job.kind == FILM else ()
        for path in (target, *(beside(target, ending) for ending in endings)):
            if path.is_dir():
                raise UsageError(f"--output={path}: a folder, where a file is to be")
            if path == job.source or _identity(path) in sources:
                raise UsageError(
                    f"--output={path}: this is an input itself; give another name"
                )
            absolute = os.path.abspath(path)
            if absolute in taken:
                raise UsageError(
                    f"--output: {taken[absolute]} and {job.source} would both be "
                    f"written to {path}; colour them into different folders"
                )
            taken[absolute] = job.source


def _identity(path):
    """What tells files apart, whatever links lead to them; None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _check_writable(folder):
    there = next(
        p for p in (folder.absolute(), *folder.absolute().parents) if p.exists()
    )
    if not there.is_dir():
        raise InputError(f"{folder}: {there} is a file, where a folder is to be")
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise InputError(
            f"{folder}: cannot be written to ({error.strerror}); "
            "choose another --output"
        ) from error
