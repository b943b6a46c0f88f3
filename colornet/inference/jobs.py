"""What is to be coloured into what: inputs sorted, outputs named, mistakes found early.

Neither TensorFlow nor a whole film is read for it, so a mistake is answered at once.
"""

import dataclasses
import glob
import os
import pathlib
import tempfile
from collections.abc import Sequence

from colornet.errors import InputError, UsageError
from colornet.inference.film_writing import codecs

PHOTO, FILM = "photo", "film"
_KINDS = {
    PHOTO: "jpg jpeg jpe jfif png webp tif tiff bmp pgm ppm pnm jp2 tga",
    FILM: "mp4 mov mkv avi mpg mpeg m4v webm wmv ts mts m2ts vob ogv flv 3gp mxf dv",
}
_KIND_OF_ENDING = {
    f".{ending}": kind for kind, endings in _KINDS.items() for ending in endings.split()
}


@dataclasses.dataclass(frozen=True)
class Job:
    """One file to colour: `kind` is PHOTO or FILM."""

    source: pathlib.Path
    target: pathlib.Path
    kind: str


def beside(target: pathlib.Path, ending: str) -> pathlib.Path:
    """Where what is told of the film `target` goes: coloured.mp4.json, or .png.

    Of numbered pictures it goes beside their folder, where it is not taken for one.
    """
    if codecs.is_sequence(target):
        folder = target.absolute().parent
        return folder.parent / f"{folder.name}{ending}"
    return target.with_name(f"{target.name}{ending}")


def plan(
    inputs: Sequence[str],
    output: str,
    codec: str = "h264",
    endings_beside: Sequence[str] = (),
) -> list[Job]:
    """One job for every file that `inputs` stand for.

    Args:
      inputs: files, folders (the photographs and films right inside) or patterns.
      output: a file for a single input file; otherwise a folder, there or not.
      codec: of films, one of `codecs.CODECS`.
      endings_beside: of the files that will be written `beside` films.

    Raises:
      UsageError: `output` is unfit for `inputs`.
      InputError: an input is missing or of no known kind, or nothing can be written.
    """
    sources, single = _sources(inputs)
    folder = pathlib.Path(output)
    single = single and not folder.is_dir() and not output.endswith(("/", os.sep))
    if not single and folder.exists() and not folder.is_dir():
        raise UsageError(
            f"--output={output}: a file; several inputs need the name of a folder"
        )
    jobs = []
    for source in sources:
        kind = kind_of(source)
        target = folder if single else folder / _output_name(source, kind, codec)
        jobs.append(Job(source, target, kind))
    _check_targets(jobs, codec, endings_beside)
    return jobs


def kind_of(path: pathlib.Path) -> str:
    """PHOTO or FILM: by the ending of the name or, where that says nothing, by content.

    Raises:
      InputError: it is neither.
    """
    kind = _KIND_OF_ENDING.get(path.suffix.lower())
    if codecs.is_sequence(path):
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

    if job.kind == PHOTO:
        photo_file.decode(job.source)
    else:
        with film_source.FilmSource(job.source):
            pass


def _sources(inputs):
    """The files that `inputs` stand for; whether it is one, named by itself."""
    sources = {}  # A dict, as a file may be named twice and the order is to be kept.
    for name in inputs:
        path = pathlib.Path(name)
        if path.is_dir():
            found = [p for p in sorted(path.iterdir()) if _is_offered(p)]
            if not found:
                raise InputError(f"{name}: no photograph or film in this folder")
        elif path.exists() or codecs.is_sequence(path):
            found = [path]
        elif glob.has_magic(name):
            found = [p for p in map(pathlib.Path, sorted(glob.glob(name)))]
            found = [p for p in found if p.is_file()]
            if not found:
                raise InputError(f"{name}: no file matches")
        else:
            raise InputError(f"{name}: no such file")
        sources |= dict.fromkeys(found)
    single = len(inputs) == 1 and list(sources) == [pathlib.Path(inputs[0])]
    return list(sources), single


def _is_offered(path):
    """Whether a file of a folder is meant: it may hold notes and thumbnails as well."""
    known = path.suffix.lower() in _KIND_OF_ENDING
    return known and not path.name.startswith(".") and path.is_file()


def _output_name(source, kind, codec):
    """The source's own name, with a new ending where its own is only read."""
    writable, fallback = _written(kind, codec)
    if source.suffix.lower() in writable:
        return source.name
    return f"{source.stem}{fallback}"


def _written(kind, codec):
    """The endings that are written for `kind`, and which of them holds everything."""
    if kind == PHOTO:
        from colornet.inference.photos import photo_file

        return photo_file.WRITTEN, ".png"
    endings = codecs.CODECS[codec].endings
    return endings, endings[0]


def _check_targets(jobs, codec, endings_beside):
    taken = {}
    sources = {job.source.resolve() for job in jobs}
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
            if path.resolve() in sources or _same(path, job.source):
                raise UsageError(
                    f"--output={path}: this is an input itself; give another name"
                )
            if path.resolve() in taken:
                raise UsageError(
                    f"--output: {taken[path.resolve()]} and {job.source} would both be "
                    f"written to {path}; colour them into different folders"
                )
            taken[path.resolve()] = job.source
    _check_writable(jobs[0].target.parent)


def _same(target, source):
    return target.exists() and target.samefile(source)


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
