"""Names of numbered pictures, as FFmpeg has them: frames/%05d.png."""

import os
import pathlib
import re

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
