"""Any folder of photographs: each is a clip of one frame.

INPUT/paris.jpg                at any depth; hidden files and folders are passed over
INPUT/1984/summer/beach.HEIC   JPEG, PNG, TIFF, HEIF, AVIF, WebP, ... of any bit depth

A list names one path a line, relative to INPUT.
"""

import collections
import dataclasses
from collections.abc import Iterator

from PIL import Image

from colornet.data import filesystem, records
from colornet.data.sources import clips, files, pictures

# Pillow knows these by their endings only and cannot decode them.
_NOT_PICTURES = frozenset({"BUFR", "GRIB", "HDF5", "MPEG"})


@dataclasses.dataclass(frozen=True)
class Photos:
    """Reads photographs of every kind that Pillow opens, HEIC and AVIF among them.

    Attributes:
      folder: path or URL, looked through at any depth.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with one relative path a line; empty takes all.
      exclude: globs of relative paths to leave out, separated by commas.
      min_color: photographs with less colour than this beside their tone are left out,
        in L*a*b* units: grey, sepia, toned. 0 keeps all.
    """

    folder: str
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""
    min_color: float = 0.0

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Relative paths of the photographs."""
        return files.listed_or_found(
            self.folder, self.split_list, _suffixes(), self.exclude, on_bad
        )

    def weight(self, key: str) -> float:
        """One frame each."""
        return 1.0

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """One clip of one frame, or none if it is too grey."""
        frame = pictures.read_frame(filesystem.join(self.folder, key), self.short_side)
        clip = records.Clip(
            [frame.jpeg], key, frame.height, frame.width, sample=frame.sample
        )
        yield from clips.colored([clip], self.min_color, left_out)


def _suffixes():
    Image.init()
    return {
        suffix
        for suffix, kind in Image.registered_extensions().items()
        if kind in Image.OPEN and kind not in _NOT_PICTURES
    }
