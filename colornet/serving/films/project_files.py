"""The folder of a project: how it comes and goes whole, and its small files."""

import contextlib
import json
import os
import pathlib
import re
import secrets
import shutil
from collections.abc import Iterator

from colornet import whole_file
from colornet.errors import InputError

_TOKEN = re.compile(r"[\w-]{32}", re.ASCII)
_TOKEN_BYTES = 24
_HALF, _GONE = ".half-", ".gone-"  # Before the tokens of folders that are no projects.


@contextlib.contextmanager
def made(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a new folder; at the end it has a token for its name, or is gone."""
    half = root / f"{_HALF}{secrets.token_urlsafe(_TOKEN_BYTES)}"
    root.mkdir(parents=True, exist_ok=True)
    half.mkdir(mode=0o700)  # What others bring is not for all who use the computer.
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


def read_json(path: pathlib.Path) -> dict:
    """What `write_json` wrote there, or nothing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_json(path: pathlib.Path, values: dict) -> None:
    """Writes numbers and words by name."""
    with whole_file.written(path) as unfinished:
        unfinished.write_text(json.dumps(values, indent=1), encoding="utf-8")
