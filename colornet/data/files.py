"""Which files of a folder are taken: sorted relative paths, from the disk or a list."""

import fnmatch
import os
import pathlib
from collections.abc import Collection

from colornet.errors import InputError


def listed_or_found(
    folder: pathlib.Path, split_list: str, suffixes: Collection[str], exclude: str
) -> list[str]:
    """The relative paths that `split_list` names, or without one, what `find` finds."""
    if not split_list:
        return find(folder, suffixes, exclude)
    return keep([words[0] for words in read_list(folder, split_list)], exclude)


def find(
    folder: pathlib.Path, suffixes: Collection[str], exclude: str = ""
) -> list[str]:
    """Paths relative to `folder`, with "/", sorted, of the files in it at any depth.

    Args:
      folder: where to look; hidden files and folders are passed over.
      suffixes: what names may end in, in lower case, such as ".jpg".
      exclude: globs of relative paths to leave out, separated by commas.
    """
    found = []
    for parent, folders, names in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.startswith(".") or not name.lower().endswith(tuple(suffixes)):
                continue
            found.append((pathlib.Path(parent) / name).relative_to(folder).as_posix())
    return keep(sorted(found), exclude)


def keep(paths: list[str], exclude: str) -> list[str]:
    """`paths` without those that match one of the globs in `exclude`."""
    globs = [glob.strip() for glob in exclude.split(",") if glob.strip()]
    return [
        path
        for path in paths
        if not any(fnmatch.fnmatchcase(path, glob) for glob in globs)
    ]


def read_list(folder: pathlib.Path, split_list: str) -> list[list[str]]:
    """The words of each line that is not empty of a list file.

    Args:
      folder: the input folder, against which a relative `split_list` is tried first.
      split_list: path of a text file.
    """
    path = folder / split_list
    if not path.is_file():
        path = pathlib.Path(split_list)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--split_list={split_list}: expected a text file, in {folder} or at that "
            f"path, got {error}."
        ) from error
    words = [line.split() for line in lines if line.strip()]
    if not words:
        raise InputError(f"--split_list={split_list}: the list is empty.")
    return words
