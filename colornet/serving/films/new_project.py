"""A film that somebody brings: looked at, and made a project of, or refused."""

import pathlib
import re
import shutil

import av

from colornet.errors import InputError, UsageError
from colornet.inference import jobs
from colornet.inference.films import film_preview
from colornet.serving.films import project_files
from colornet.serving.films.film_project import FilmProject

_NAME_BYTES = 100  # Of 255, as other names are made from it.
# FFmpeg's names of formats that are no film: lists of files, and text that it draws.
_NO_FILMS = "concat", "dash", "hls", "imf", "sdp", "tty"


def create(root: pathlib.Path, film: pathlib.Path, **choices) -> FilmProject:
    """A new project of a film, which is moved into it.

    Args:
      root: the folder of all projects; it is made if need be.
      film: a whole file; it is gone even where it is refused.
      **choices: as of `FilmProject.choose`; and deinterlace, which is chosen here only.

    Raises:
      InputError: it is no film, has no picture, or cannot be written so.
    """
    film = pathlib.Path(film)
    try:
        with project_files.made(pathlib.Path(root).resolve()) as folder:
            source = folder / "source" / own_name(film.name)
            source.parent.mkdir()
            shutil.move(film, source)
            _begin(FilmProject(folder), choices)
    except OSError as error:
        reason = f"{film.name}: cannot be kept: {error.strerror}"
        raise InputError(reason) from error
    finally:
        film.unlink(missing_ok=True)
    return FilmProject(project_files.final(folder))


def _begin(project, choices):
    """Raises what colouring would soon end with, or writes what it begins with."""
    source = project.source
    try:
        project.write_about({"choices": choices})
        _check_alone(source)
        if jobs.kind_of(source) != jobs.FILM:
            raise InputError(f"{source}: expected a film, got a photograph")
        shape = film_preview.check(source, project.target, project.settings)
        project.write_about({"shape": shape, "choices": choices})
    except (InputError, UsageError) as error:
        raise InputError(project.said(error)) from error


def own_name(name: str) -> str:
    """The name of a film as it is kept: short, and none that means more than a file."""
    path = pathlib.PurePath(re.sub(r"[%@\x00-\x1f/\\]", "_", name))
    stem = path.stem.encode()[:_NAME_BYTES].decode(errors="ignore")
    return f"{stem.strip('. ') or 'film'}{path.suffix}"


def _check_alone(path: pathlib.Path) -> None:
    """Raises `InputError` unless FFmpeg reads a film at `path`, and no other file.

    Lists of films would show what else is on the computer.
    """
    try:
        with open(path, "rb") as file:
            with av.open(file, options={"protocol_whitelist": "data"}) as container:
                got = container.format.name
        if got not in _NO_FILMS:
            return
        got = "text" if got == "tty" else f"a list of other files ({got})"
    except (av.FFmpegError, OSError) as error:
        got = "an empty file" if not path.stat().st_size else error.strerror.lower()
    raise InputError(f"{path}: expected a film that FFmpeg reads, got {got}")
