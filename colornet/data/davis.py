"""DAVIS 2016 and 2017 in their official layout: one folder of JPEGs for each sequence.

INPUT/JPEGImages/480p/bear/00000.jpg      also 240p, Full-Resolution
INPUT/ImageSets/2016/train.txt            lines "/JPEGImages/480p/bear/00000.jpg ..."
INPUT/ImageSets/2017/train.txt            lines "bear"
"""

import dataclasses
import pathlib
from collections.abc import Iterator

from colornet.data import clips, files, pictures, records
from colornet.errors import InputError

FRAME_RATE = 24.0  # Frames a second. Perazzi et al. 2016, section 3.


@dataclasses.dataclass(frozen=True)
class Davis:
    """Reads DAVIS sequences as clips.

    Attributes:
      folder: holds JPEGImages and ImageSets.
      resolution: the folder of JPEGImages to read.
      clip_length: frames in a clip.
      stride: frames from the start of one clip to the start of the next.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: an official list, such as "ImageSets/2017/train.txt"; empty takes
        every sequence there is.
      exclude: globs of sequence names to leave out, separated by commas.
    """

    folder: pathlib.Path
    resolution: str = "480p"
    clip_length: int = 16
    stride: int = 16
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self) -> list[str]:
        """Names of the sequences."""
        if self.split_list:
            words = files.read_list(self.folder, self.split_list)
            return files.keep(
                sorted({_sequence(line[0]) for line in words}), self.exclude
            )
        if not self._frames.is_dir():
            raise InputError(
                f"--input={self.folder}: expected JPEGImages/{self.resolution} in it; "
                "give the folder that holds JPEGImages, and --resolution."
            )
        names = sorted(path.name for path in self._frames.iterdir() if path.is_dir())
        return files.keep(names, self.exclude)

    def read(self, key: str) -> Iterator[records.Clip]:
        """The clips of one sequence."""
        paths = sorted((self._frames / key).glob("*.jpg"))
        if not paths:
            raise InputError(f"{self._frames / key}: the sequence has no frames there.")
        yield from clips.cut(
            (pictures.read_frame(path, self.short_side) for path in paths),
            video_id=key,
            frame_rate=FRAME_RATE,
            clip_length=self.clip_length,
            stride=self.stride,
        )

    @property
    def _frames(self):
        return self.folder / "JPEGImages" / self.resolution


def _sequence(word):
    """Sequence named by a line of a list: 2017 names it, 2016 names each frame."""
    return pathlib.PurePosixPath(word).parent.name if "/" in word else word
