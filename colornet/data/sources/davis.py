"""DAVIS 2016 and 2017 in their official layout: one folder of JPEGs for each sequence.

INPUT/JPEGImages/480p/bear/00000.jpg      also 240p, Full-Resolution
INPUT/ImageSets/2016/train.txt            lines "/JPEGImages/480p/bear/00000.jpg ..."
INPUT/ImageSets/2017/train.txt            lines "bear"

Every frame of a sequence is taken, whatever it shows.
"""

import collections
import dataclasses
import posixpath
from collections.abc import Iterator

from colornet.data import filesystem, records
from colornet.data.sources import files, frames
from colornet.errors import InputError

FRAME_RATE = 24.0  # Frames a second. Perazzi et al. 2016, section 3.


@dataclasses.dataclass(frozen=True)
class Davis:
    """Reads DAVIS sequences as clips.

    Attributes:
      folder: path or URL; holds JPEGImages and ImageSets.
      resolution: the folder of JPEGImages to read.
      clip_length: frames in a clip.
      stride: frames from the start of one clip to the start of the next.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: an official list, such as "ImageSets/2017/train.txt"; empty takes
        every sequence there is.
      exclude: globs of sequence names to leave out, separated by commas.
    """

    folder: str
    resolution: str = "480p"
    clip_length: int = 16
    stride: int = 16
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Names of the sequences."""
        if self.split_list:
            words = files.read_list(self.folder, self.split_list)
            names = sorted({_sequence(line[0]) for line in words})
            return files.keep(names, self.exclude)
        folder = self._sequences().folder
        if not filesystem.is_folder(folder):
            raise InputError(
                f"--input={self.folder}: expected JPEGImages/{self.resolution} in it; "
                "give the folder that holds JPEGImages, and --resolution."
            )
        try:
            return files.keep(filesystem.subfolders(folder), self.exclude)
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"{folder}: cannot be listed: {reason}") from error

    def weight(self, key: str) -> float:
        """The number of frames of a sequence."""
        return self._sequences().weight(key)

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """The clips of one sequence."""
        return self._sequences().read(key, left_out)

    def _sequences(self):
        """The same folders as any film's, but each one shot, of which all is taken."""
        return frames.Frames(
            filesystem.join(self.folder, "JPEGImages", self.resolution),
            clip_length=self.clip_length,
            stride=self.stride,
            short_side=self.short_side,
            cut_threshold=0.0,
            frame_rate=FRAME_RATE,
        )


def _sequence(word):
    """Sequence named by a line of a list: 2017 names it, 2016 names each frame."""
    return posixpath.basename(posixpath.dirname(word)) if "/" in word else word
