"""The files that an evaluation leaves: pictures, the tables and all figures."""

import contextlib
import json
import os
import pathlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from colornet import whole_file
from colornet.errors import InputError
from colornet.evaluation import report


class ReportFolder:
    """The output folder: pictures as they come, then row.md and report.json.

    Made without a path, it takes everything and writes nothing.
    """

    def __init__(self, path: str, save_pictures: bool = False):
        self._path = pathlib.Path(path) if path else None
        self._pictures = self._path / "pictures" if path and save_pictures else None
        self._made = []
        # Now, rather than after an hour's work, one wants to know if it can be had.
        for folder in filter(None, (self._path, self._pictures)):
            try:
                if not folder.is_dir():
                    folder.mkdir(parents=True)
                    self._made.append(folder)
            except OSError as error:
                raise self._unwritable(error) from error
        if self._path and not os.access(self._path, os.W_OK):
            raise self._unwritable("no permission")

    def abandon(self) -> None:
        """Removes what was made for pictures that never came."""
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()  # Refused where there is something in it.

    def add(self, name: str, number: int | None, rgb: np.ndarray) -> None:
        """Keeps a picture, uint8 [H, W, 3]; `number` is a frame's, None a photo's."""
        if self._pictures is None:
            return
        flat = "_".join(pathlib.PurePosixPath(name).parts).replace("/", "")
        suffix = ".png" if number is None else f"-{number:05d}.png"
        self._write(
            self._pictures / f"{flat}{suffix}",
            lambda file: Image.fromarray(rgb).save(file, "PNG"),
        )

    def finish(self, result: dict) -> None:
        """Writes what the whole came to."""
        if self._path is None:
            return
        text = json.dumps(result, indent=2, allow_nan=False) + "\n"
        table = report.to_table(result)
        self._write(self._path / "row.md", lambda file: file.write_text(table))
        self._write(self._path / "report.json", lambda file: file.write_text(text))

    def _write(self, path: pathlib.Path, save: Callable[[pathlib.Path], object]):
        """Saves to `path`, whole or not at all."""
        try:
            with whole_file.written(path) as unfinished:
                save(unfinished)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, reason) -> InputError:
        return InputError(
            f"--output={self._path}: cannot be written ({reason}); name another folder"
        )
