"""Files that appear whole under their name, or not at all."""

import contextlib
import os
import pathlib
from collections.abc import Iterator

from colornet.errors import InputError


@contextlib.contextmanager
def written(target: pathlib.Path) -> Iterator[pathlib.Path]:
    """Gives a hidden path beside `target` to write to; it takes the name at the end.

    After an error, or an interruption, nothing is left; what stood at `target` stands.
    The hidden name keeps the ending, by which some writers choose their format. A link
    stays one: the file takes the place of its end.

    Raises:
      InputError: nothing can be written there.
    """
    end = pathlib.Path(os.path.realpath(target))
    unfinished = end.with_name(f".unfinished-{end.name}")
    try:
        unfinished.touch()
    except OSError as error:
        raise InputError(
            f"{target}: cannot be written ({error.strerror}); "
            "its folder must exist and be yours to write."
        ) from error
    try:
        yield unfinished
        os.replace(unfinished, end)
    finally:
        unfinished.unlink(missing_ok=True)
