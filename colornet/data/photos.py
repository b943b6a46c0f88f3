"""Any folder of photographs, at any depth: each is a clip of one frame."""

import dataclasses
import pathlib
from collections.abc import Iterator

from PIL import Image

from colornet.data import files, pictures, records

# Pillow knows these by their endings only and cannot decode them.
_NOT_PICTURES = frozenset({"BUFR", "GRIB", "HDF5", "MPEG"})


@dataclasses.dataclass(frozen=True)
class Photos:
    """Reads photographs of every kind that Pillow opens, HEIC and AVIF among them.

    Attributes:
      folder: looked through at any depth.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with one relative path a line; empty takes all.
      exclude: globs of relative paths to leave out, separated by commas.
    """

    folder: pathlib.Path
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self) -> list[str]:
        """Relative paths of the photographs."""
        return files.listed_or_found(
            self.folder, self.split_list, _suffixes(), self.exclude
        )

    def read(self, key: str) -> Iterator[records.Clip]:
        """One clip of one frame."""
        frame, height, width = pictures.read_frame(self.folder / key, self.short_side)
        yield records.Clip([frame], key, height, width)


def _suffixes():
    Image.init()
    return {
        suffix
        for suffix, kind in Image.registered_extensions().items()
        if kind in Image.OPEN and kind not in _NOT_PICTURES
    }
