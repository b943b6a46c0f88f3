"""The folder of a project: how it comes and goes whole, and what is let into it."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
from collections.abc import Iterator

import av

from colornet import whole_file
from colornet.errors import InputError

_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
_TOKEN_BYTES = 24
_HALF, _GONE = ".half-", ".gone-"  # Before the tokens of folders that are no projects.
_NAME_BYTES = 100  # Of 255, as other names are made from it.
# FFmpeg's names of formats that are no film: lists of files, and text that it draws.
_NO_FILMS = "concat", "dash", "hls", "imf", "sdp", "tty"


@contextlib.contextmanager
def made(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a new folder; at the end it has a token for its name, or is gone."""
    half = root / f"{_HALF}{secrets.token_urlsafe(_TOKEN_BYTES)}"
    half.mkdir(parents=True)
    try:
        yield half
        os.rename(half, final(half))
    finally:
        shutil.rmtree(half, ignore_errors=True)


def final(half: pathlib.Path) -> pathlib.Path:
    """What the folder that `made` gives is called in the end."""
    return half.with_name(half.name.removeprefix(_HALF))


def find(root: pathlib.Path, token: str) -> pathlib.Path:
    """The folder of that token.

    Raises:
      InputError: there is none.
    """
    if not _TOKEN.fullmatch(token) or not (root / token).is_dir():
        raise InputError(
            "no such film is here: it was deleted, or the address is wrong"
        )
    return root / token


def tokens(root: pathlib.Path) -> list[str]:
    """Of all folders that are there."""
    names = os.listdir(root) if root.is_dir() else []
    return sorted(filter(_TOKEN.fullmatch, names))


def delete(folder: pathlib.Path) -> None:
    """Takes a folder away: at once nobody finds it any more."""
    gone = folder.with_name(f"{_GONE}{folder.name}")
    with contextlib.suppress(FileNotFoundError):
        os.rename(folder, gone)
    shutil.rmtree(gone, ignore_errors=True)


def clear(root: pathlib.Path) -> None:
    """Deletes what is left where a server was killed while a folder came or went."""
    for prefix in (_HALF, _GONE):
        for folder in root.glob(f"{prefix}*"):
            shutil.rmtree(folder, ignore_errors=True)


def last_change(folder: pathlib.Path) -> float:
    """When anything in it last changed, in seconds of the epoch."""
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))


def own_name(name: str) -> str:
    """The name of a film as it is kept: short, and none that means more than a file."""
    path = pathlib.PurePath(re.sub(r"[%@\x00-\x1f/\\]", "_", name))
    stem = path.stem.encode()[:_NAME_BYTES].decode(errors="ignore")
    return f"{stem.strip('. ') or 'film'}{path.suffix}"


def check_alone(path: pathlib.Path) -> None:
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


def read_json(path: pathlib.Path) -> dict:
    """What `write_json` wrote there, or nothing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_json(path: pathlib.Path, values: dict) -> None:
    """Writes numbers and words by name."""
    with whole_file.written(path) as unfinished:
        unfinished.write_text(json.dumps(values, indent=1), encoding="utf-8")
