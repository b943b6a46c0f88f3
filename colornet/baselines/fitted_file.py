"""One file of arrays for a fitted system: whole or not at all, and without pickles."""

import pathlib
import zipfile

import numpy as np

from colornet import whole_file
from colornet.errors import InputError

_SYSTEM = "system"


def save(path, system: str, arrays: dict[str, np.ndarray]) -> None:
    """Writes arrays to a file in NumPy's format for several, whatever its ending.

    Args:
      path: where to.
      system: which system they are of, such as "cheng2015".
      arrays: by name.
    """
    with whole_file.written(pathlib.Path(path)) as unfinished:
        with open(unfinished, "wb") as file:  # By its name, it would get an ending.
            np.savez(file, **{_SYSTEM: system}, **arrays)


def load(path, system: str) -> dict[str, np.ndarray]:
    """The arrays that `save` wrote, by name.

    Raises:
      InputError: the file cannot be read, or is of another system.
    """
    try:
        with open(path, "rb") as file:  # NumPy leaves it open where it is damaged.
            arrays = dict(np.load(file, allow_pickle=False))
        found = str(arrays.pop(_SYSTEM))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: must be a file that a fitted {system} was saved to, and cannot "
            f"be read as one ({error}); fit it again."
        ) from error
    if found != system:
        raise InputError(f"{path}: must hold a fitted {system}, but holds a {found}.")
    return arrays
