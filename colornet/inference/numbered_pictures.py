"""Names of numbered pictures, as FFmpeg has them: frames/%05d.png."""

import os
import pathlib
import re

from colornet.errors import InputError
from colornet.inference import film_words

# What is before the number, its digits, and what is after.
_PATTERN = re.compile(r"([^%]*)%(?:0(\d))?d([^%]*)")


def is_sequence(path: pathlib.Path) -> bool:
    """Whether `path` stands for numbered pictures, such as frames/%05d.png."""
    return _PATTERN.fullmatch(path.name) is not None


def numbers(pattern: pathlib.Path) -> set[int]:
    """The numbers of the pictures that are there under names like `pattern`."""
    before, width, after = _PATTERN.fullmatch(pattern.name).groups()
    digits = rf"\d{{{int(width)},}}" if width else r"\d+"
    name = re.compile(rf"{re.escape(before)}({digits}){re.escape(after)}")
    names = os.listdir(pattern.parent) if pattern.parent.is_dir() else []
    return {int(found.group(1)) for found in map(name.fullmatch, names) if found}


def find(pattern: pathlib.Path) -> range:
    """The numbers of the pictures that `pattern` stands for.

    Raises:
      InputError: there is none, or some are missing in between.
    """
    found = numbers(pattern)
    if not found:
        raise InputError(f"{pattern}: no picture has such a name")
    expected = range(min(found), max(found) + 1)
    missing = sorted(set(expected) - found)
    if missing:
        raise InputError(
            f"{pattern}: {film_words.counted(len(missing), 'picture')} between the "
            f"first and the last cannot be found, such as {pattern.name % missing[0]}; "
            "number them without gaps"
        )
    return expected
