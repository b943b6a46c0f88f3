"""Which files of a folder are taken: relative paths, found in it or in a list."""

import fnmatch
import os
from collections.abc import Callable, Collection, Iterable

from colornet.data import filesystem
from colornet.errors import InputError

# Told of what cannot be taken: its path, and the reason.
OnBad = Callable[[str, str], None]


def listed_or_found(
    folder: str,
    split_list: str,
    suffixes: Collection[str],
    exclude: str,
    on_bad: OnBad | None = None,
) -> list[str]:
    """The relative paths that `split_list` names, or without one, what `find` finds.

    A line of the list is a path as a whole, so there may be spaces in it.
    """
    if not split_list:
        return find(folder, suffixes, exclude, on_bad)
    lines = read_lines(folder, split_list)
    paths = (line.removeprefix("./") for line in lines)
    return keep(once(folder, paths, on_bad), exclude)


def find(
    folder: str,
    suffixes: Collection[str],
    exclude: str = "",
    on_bad: OnBad | None = None,
) -> list[str]:
    """Paths relative to `folder`, with "/", sorted, of the files in it at any depth.

    Args:
      folder: where to look; hidden files and folders are passed over.
      suffixes: what names may end in, in lower case, such as ".jpg".
      exclude: globs of relative paths to leave out, separated by commas.
      on_bad: told of folders that cannot be read, and of names that are not UTF-8.
    """

    def unreadable(error):
        if on_bad:
            on_bad(_printable(error.filename or folder), _reason(error))

    endings = tuple(suffixes)
    found = []
    for path in filesystem.walk(folder, unreadable):
        if not path.lower().endswith(endings):
            continue
        if _printable(path) == path:
            found.append(path)
        elif on_bad:
            named = _printable(filesystem.join(folder, path))
            on_bad(named, "its name is not UTF-8, which records hold; rename it")
    return keep(sorted(found), exclude)


def keep(paths: list[str], exclude: str) -> list[str]:
    """`paths` without those that match one of the globs in `exclude`."""
    globs = [glob.strip() for glob in exclude.split(",") if glob.strip()]
    return [
        path
        for path in paths
        if not any(fnmatch.fnmatchcase(path, glob) for glob in globs)
    ]


def once(folder: str, paths: Iterable[str], on_bad: OnBad | None = None) -> list[str]:
    """`paths` of a list, in its order, each once; `on_bad` is told of the others."""
    seen = {}
    for path in paths:
        if path in seen and on_bad:
            on_bad(filesystem.join(folder, path), "it is listed twice")
        seen[path] = None
    return list(seen)


def read_list(folder: str, split_list: str) -> list[list[str]]:
    """The words of each line that `read_lines` gives."""
    return [line.split() for line in read_lines(folder, split_list)]


def read_lines(folder: str, split_list: str, flag: str = "split_list") -> list[str]:
    """The lines of a list file that are not empty, without the blanks around them.

    Args:
      folder: the input folder, in which `split_list` is looked for first.
      split_list: path or URL of a text file.
      flag: what gave it, for messages.
    """
    try:
        path = split_list
        if filesystem.is_local(path):
            within = filesystem.join(folder, split_list)
            path = within if filesystem.exists(within) else path
        # Windows's editors begin a file with a mark of its encoding.
        text = filesystem.read_bytes(path).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"--{flag}={split_list}: expected a text file, in {folder} or at that "
            f"path, got {_reason(error)}."
        ) from error
    # Not splitlines, which parts a line at rare characters that names may hold.
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    if not any(lines):
        raise InputError(f"--{flag}={split_list}: the list is empty.")
    return [line for line in lines if line]


def _printable(path):
    """`path` with what is not UTF-8 in it as escapes: it can be written to a file."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _reason(error):
    return getattr(error, "strerror", None) or str(error)
