"""Files by path or URL: this machine's own, and every filesystem that Beam knows.

A local path goes straight to the operating system, so that reading pictures needs no
Beam. Anything with a scheme (gs://, s3://, hdfs://) goes through Beam's `FileSystems`.
"""

import contextlib
import os
import posixpath
import uuid
from collections.abc import Callable, Iterator
from typing import BinaryIO

from colornet.errors import InputError

UNFINISHED = ".unfinished-"  # How the names of files begin that are being written.


def is_local(path: str) -> bool:
    """Whether `path` is a path of this machine rather than a URL."""
    return "://" not in path


def join(folder: str, *names: str) -> str:
    """`folder` with relative paths, written with "/", behind it."""
    return posixpath.join(folder, *names)


def open_read(path: str) -> BinaryIO:
    """The file, open to be read and seekable.

    Raises:
      OSError: it cannot be opened.
      InputError: its filesystem is not installed.
    """
    if is_local(path):
        return open(path, "rb")
    return _systems(path).open(path, compression_type=_as_it_is())


def read_bytes(path: str) -> bytes:
    """The whole content of a file."""
    with open_read(path) as file:
        return file.read()


def exists(path: str) -> bool:
    """Whether there is a file of that name."""
    return os.path.exists(path) if is_local(path) else _systems(path).exists(path)


def size(path: str) -> int:
    """Length of a file in bytes."""
    if is_local(path):
        return os.path.getsize(path)
    (match,) = _systems(path).match([path])
    if not match.metadata_list:
        raise FileNotFoundError(f"{path}: there is no such file")
    return match.metadata_list[0].size_in_bytes


def is_folder(path: str) -> bool:
    """Whether `path` is a folder; elsewhere than here, whether a file lies below it."""
    if is_local(path):
        return os.path.isdir(path)
    (match,) = _systems(path).match([join(path, "**")], [1])
    return bool(match.metadata_list)


def walk(
    folder: str, on_error: Callable[[OSError], None] | None = None
) -> Iterator[str]:
    """Paths relative to `folder`, with "/", of all files in it at any depth.

    Hidden files and folders are passed over. Links to folders are followed, but no
    folder is entered from within itself.

    Args:
      folder: where to look.
      on_error: called with the error of each folder that cannot be read.
    """
    found = _walk_here(folder, on_error) if is_local(folder) else _walk_there(folder)
    for path in found:
        if not any(part.startswith(".") for part in path.split("/")):
            yield path


def subfolders(folder: str) -> list[str]:
    """Sorted names of the folders directly in `folder`, but for hidden ones."""
    if is_local(folder):
        with os.scandir(folder) as entries:
            names = {entry.name for entry in entries if entry.is_dir()}
    else:
        names = {path.split("/")[0] for path in _walk_there(folder) if "/" in path}
    return sorted(name for name in names if not name.startswith("."))


def files_in(folder: str) -> dict[str, int]:
    """{name: size in bytes} of the files directly in `folder`, hidden ones too."""
    if is_local(folder):
        sizes = {}
        with os.scandir(folder) as entries:
            for entry in entries:
                # Another worker may give it its final name, or take it away, just now.
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_file():
                        sizes[entry.name] = entry.stat().st_size
        return sizes
    (match,) = _systems(folder).match([join(folder, "*")])
    return {
        posixpath.basename(file.path): file.size_in_bytes
        for file in match.metadata_list
    }


def make_folder(path: str) -> None:
    """Makes a folder and those above it; object stores have none and need none."""
    if is_local(path):
        os.makedirs(path, exist_ok=True)


def delete(path: str) -> None:
    """Removes a file, if there is one."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
    elif exists(path):
        _systems(path).delete([path])


@contextlib.contextmanager
def written(path: str) -> Iterator[BinaryIO]:
    """Gives a file to write, which appears under `path` when it is whole, or never.

    Of two that write the same name at once (Beam may run a piece of work twice), the
    last to finish stands. After an error nothing is left.
    """
    folder, name = posixpath.split(path)
    beside = join(folder, f"{UNFINISHED}{uuid.uuid4().hex[:8]}-{name}")
    try:
        with _create(beside) as file:
            yield file
        if is_local(path):
            os.replace(beside, path)
        else:
            _systems(path).rename([beside], [path])
    except BaseException:
        delete(beside)
        raise


def _create(path):
    if is_local(path):
        return open(path, "wb")
    return _systems(path).create(path, compression_type=_as_it_is())


def _walk_here(folder, on_error):
    for parent, folders, names in os.walk(folder, onerror=on_error, followlinks=True):
        folders[:] = sorted(f for f in folders if not _leads_back(parent, f))
        below = os.path.relpath(parent, folder)
        for name in sorted(names):
            yield name if below == "." else f"{below}/{name}".replace(os.sep, "/")


def _leads_back(parent, name):
    """Whether `name` is a link to a folder that `parent` lies in."""
    path = os.path.join(parent, name)
    if not os.path.islink(path):
        return False
    target = os.path.realpath(path)
    return os.path.commonpath([target, os.path.realpath(parent)]) == target


def _walk_there(folder):
    (match,) = _systems(folder).match([join(folder, "**")])
    start = len(folder.rstrip("/")) + 1
    return sorted(file.path[start:] for file in match.metadata_list)


def _systems(path):
    """Beam's `FileSystems`, once it is sure that they know the scheme of `path`."""
    try:
        from apache_beam.io.filesystems import FileSystems
    except ImportError as error:
        raise InputError(
            f"{path}: files elsewhere than on this machine need Apache Beam; "
            "pip install 'colornet[records]'."
        ) from error
    try:
        FileSystems.get_filesystem(path)
    except ValueError as error:
        raise InputError(
            f"{path}: no filesystem is installed for its scheme; for gs:// "
            "pip install 'apache-beam[gcp]', for s3:// 'apache-beam[aws]', for "
            "hdfs:// 'apache-beam[hadoop]'."
        ) from error
    return FileSystems


def _as_it_is():
    """Beam unpacks files by their endings unless told not to."""
    from apache_beam.io.filesystem import CompressionTypes

    return CompressionTypes.UNCOMPRESSED
