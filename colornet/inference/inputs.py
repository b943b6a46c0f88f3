"""Which files are meant by what stands on the command line, and where each belongs."""

import dataclasses
import glob
import os
import pathlib
from collections.abc import Collection, Sequence

from colornet.errors import InputError, UsageError
from colornet.inference import numbered_pictures

# Folders and files, in lower case, that other programs leave among photographs.
_LEFTOVERS = {"@eadir", "__macosx", "#recycle", "thumbs.db", "ehthumbs.db"}


@dataclasses.dataclass(frozen=True)
class Input:
    """A file to colour.

    Attributes:
      path: where it is.
      place: its path below the folder that is written to.
      problem: why it cannot be coloured, or "" for all that is known yet.
    """

    path: pathlib.Path
    place: pathlib.Path
    problem: str = ""


def find(
    names: Sequence[str], input_list: str, output: pathlib.Path, endings: Collection
) -> tuple[list[Input], bool]:
    """The files that are meant, each once; and whether it is one, named by itself.

    Args:
      names: files, folders (with all folders inside) or patterns (`**` is any depth).
      input_list: a file with a path a line, or "".
      output: what is written to: where it lies inside a folder, it is passed over.
      endings: in lower case, of the files that are meant in folders.

    Raises:
      UsageError: the list cannot be read.
      InputError: a name stands for nothing.
    """
    found = {}  # A dict, as a file may be named twice and the order is to be kept.
    for name in names:
        path = pathlib.Path(name)
        if path.is_dir():
            inside = _walk(path, output, endings)
            if not inside:
                raise InputError(f"{name}: no photograph or film in this folder")
        elif path.exists() or numbered_pictures.is_sequence(path):
            inside = [Input(path, pathlib.Path(path.name))]
        elif glob.has_magic(name):
            inside = _matching(path)
            if not inside:
                raise InputError(f"{name}: no file matches")
        else:
            raise InputError(f"{name}: no such file")
        for one in inside:
            found.setdefault(one.path, one)
    for one in _listed(input_list) if input_list else ():
        found.setdefault(one.path, one)
    single = len(names) == 1 and not input_list and list(found) == [_only(names)]
    return list(found.values()), single


def _only(names):
    return pathlib.Path(names[0])


def _walk(top, output, endings):
    """What is meant in a folder, at any depth. Links loop: none is entered twice."""
    seen = {_identity(output)} - {_identity(top)} if output.is_dir() else set()
    found, waiting, links = [], [top], []
    while waiting or links:
        folder = waiting.pop() if waiting else links.pop()
        try:
            if (identity := _identity(folder)) in seen:
                continue
            seen.add(identity)
            with os.scandir(folder) as entries:
                entries = [e for e in entries if _is_offered(e.name)]
        except OSError as error:
            problem = f"{folder}: this folder cannot be read ({error.strerror})"
            found.append(Input(folder, folder.relative_to(top), problem))
            continue
        for entry in entries:
            path = folder / entry.name
            if entry.is_dir():
                (links if entry.is_symlink() else waiting).append(path)
            elif path.suffix.lower() in endings and entry.is_file():
                found.append(Input(path, path.relative_to(top)))
    return sorted(found, key=lambda one: one.path)


def _matching(pattern):
    """The files that a pattern means; its part before any magic is not kept."""
    first = next(i for i, part in enumerate(pattern.parts) if glob.has_magic(part))
    top = pathlib.Path(*pattern.parts[:first])
    # Unlike the module `glob`, this does not follow links into folders, which may loop.
    matches = top.glob(str(pathlib.Path(*pattern.parts[first:])))
    places = sorted((path, path.relative_to(top)) for path in matches)
    return [
        Input(path, place)
        for path, place in places
        if all(map(_is_offered, place.parts)) and path.is_file()
    ]


def _listed(name):
    """What a list names; placed as it lies below the folder that all of it shares."""
    try:
        data = pathlib.Path(name).read_bytes()
    except OSError as error:
        raise UsageError(
            f"--input_list={name}: expected a text file with a path a line, "
            f"{error.strerror}"
        ) from error
    # Null bytes are what `find -print0` writes, as names may hold newlines.
    lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\0" if b"\0" in data else b"\n")
    lines = [line.removesuffix(b"\r") for line in lines]
    paths = [pathlib.Path(os.fsdecode(line)) for line in lines if line.strip()]
    if not paths:
        raise UsageError(f"--input_list={name}: the list is empty")
    absolute = [pathlib.Path(os.path.abspath(path)) for path in paths]
    top = os.path.commonpath([path.parent for path in absolute])
    return [
        Input(path, whole.relative_to(top), _problem(path))
        for path, whole in zip(paths, absolute, strict=True)
    ]


def _problem(path):
    if path.is_file() or numbered_pictures.is_sequence(path):
        return ""
    found = "a folder; a list names files" if path.is_dir() else "no such file"
    return f"{path}: {found}"


def _is_offered(name):
    """Whether a name is meant where it is not named: notes and thumbnails are not."""
    return not name.startswith(".") and name.lower() not in _LEFTOVERS


def _identity(path):
    status = os.stat(path)
    return status.st_dev, status.st_ino
