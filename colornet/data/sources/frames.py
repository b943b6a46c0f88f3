"""Films stored as folders of pictures, as Videvo and other test sets are.

INPUT/CoupleRidingMotorbike/00000.jpg     one folder for each film, at any depth
INPUT/CoupleRidingMotorbike/00001.jpg     JPEG, PNG, WebP, TIFF, AVIF, HEIF or BMP
INPUT/test/Waterfall2/frame_9.png         frame_9 comes before frame_10

A list names one folder a line, relative to INPUT. Blind temporal consistency (Lai et
al. 2018) is measured on such folders of DAVIS and Videvo films.
"""

import collections
import dataclasses
import io
import posixpath
import re
from collections.abc import Iterator

from PIL import Image

from colornet.data import filesystem, records, shots
from colornet.data.sources import clips, files, pictures
from colornet.errors import InputError

_SUFFIXES = tuple(".avif .bmp .heic .heif .jpeg .jpg .png .tif .tiff .webp".split())


@dataclasses.dataclass(frozen=True)
class Frames:
    """Reads each folder of pictures as one film, in the natural order of their names.

    Attributes:
      folder: path or URL, looked through at any depth.
      clip_length: frames in a clip.
      stride: frames from the start of one clip to the start of the next.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with one folder a line; empty takes all.
      exclude: globs of folders' relative paths to leave out, separated by commas.
      min_color: clips with less colour than this beside their tone are left out, in
        L*a*b* units: grey, sepia, toned. 0 keeps all.
      min_change: frames that differ by less from the last one kept are left out: mean
        absolute difference in luma, of 255. 0 keeps all.
      cut_threshold: how sudden a change ends a clip, 0 to 100; 0 looks for no cuts.
      frame_rate: frames a second; pictures do not say.
    """

    folder: str
    clip_length: int = 16
    stride: int = 16
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""
    min_color: float = 0.0
    min_change: float = 0.0
    cut_threshold: float = shots.THRESHOLD
    frame_rate: float = 25.0

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Relative paths of the folders that hold pictures."""
        if self.split_list:
            return files.listed_or_found(
                self.folder, self.split_list, (), self.exclude, on_bad
            )
        found = files.find(self.folder, _SUFFIXES, on_bad=on_bad)
        parents = {posixpath.dirname(path) for path in found}
        if "" in parents and on_bad:
            on_bad(self.folder, "pictures right in it belong to no film's own folder")
        return files.keep(sorted(parents - {""}), self.exclude)

    def weight(self, key: str) -> float:
        """The number of pictures in the folder."""
        try:
            return float(len(self._pictures(key)) or 1)
        except (OSError, InputError):
            return 1.0

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """The clips of one folder. None spans a picture that cannot be read."""
        unread = []
        cut = clips.cut(
            self._placed(key, unread, left_out),
            video_id=key,
            frame_rate=self.frame_rate,
            clip_length=self.clip_length,
            stride=self.stride,
        )
        yield from clips.colored(cut, self.min_color, left_out)
        if unread:
            more = f"; so are {len(unread) - 1} more" if len(unread) > 1 else ""
            raise InputError(f"{unread[0]}{more}")

    def _placed(self, key, unread, left_out):
        """Its frames; adds to `unread` the errors of those that cannot be read."""
        sieve = shots.Sieve(
            cut_threshold=self.cut_threshold,
            min_change=self.min_change,
            left_out=left_out,
        )
        for name in self._pictures(key):
            path = filesystem.join(self.folder, key, name)
            try:
                frame = pictures.read_frame(path, self.short_side)
            except InputError as error:
                unread.append(error)
                sieve.interrupt(lost=1)
                continue
            with Image.open(io.BytesIO(frame.jpeg)) as image:
                place = sieve.place(image)
            if place:
                yield clips.PlacedFrame(frame, *place)

    def _pictures(self, key):
        """Names of the pictures in a folder, in their order."""
        path = filesystem.join(self.folder, key)
        try:
            names = filesystem.files_in(path)
        except OSError as error:
            names, reason = (), error.strerror or error
        else:
            reason = "it holds no pictures"
        taken = [
            name
            for name in names
            if name.lower().endswith(_SUFFIXES) and not name.startswith(".")
        ]
        if not taken:
            raise InputError(f"{path}: cannot be read as a film's frames: {reason}")
        return sorted(taken, key=_natural)


def _natural(name):
    """What sorts frame_9 before frame_10: text and numbers by turns."""
    parts = re.split(r"(\d+)", name)
    parts[1::2] = map(int, parts[1::2])
    return parts, name
