"""Any folder of films: each is decoded once and cut into clips.

INPUT/wedding.mov              at any depth; hidden files and folders are passed over
INPUT/reels/1931/street.mkv    whatever FFmpeg reads: MP4, MOV, MKV, AVI, MPEG, DV, ...

A list names one path a line, relative to INPUT.
"""

import collections
import dataclasses
from collections.abc import Iterator

import numpy as np
from PIL import Image

from colornet.color import samples
from colornet.data import filesystem, records, shots
from colornet.data.sources import clips, decoding, files, pictures
from colornet.errors import InputError

_SUFFIXES = frozenset(
    ".3gp .avi .dv .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .ts .vob "
    ".webm .wmv .y4m".split()
)


@dataclasses.dataclass(frozen=True)
class Films:
    """Reads whatever FFmpeg reads, upright and with square pixels.

    Attributes:
      folder: path or URL, looked through at any depth.
      clip_length: frames in a clip.
      stride: frames from the start of one clip to the start of the next.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with one relative path a line; empty takes all.
      exclude: globs of relative paths to leave out, separated by commas.
      min_color: clips with less colour than this beside their tone are left out, in
        L*a*b* units: grey, sepia, toned. 0 keeps all.
      min_change: frames that differ by less from the last one kept are left out: mean
        absolute difference in luma, of 255. 0 keeps all.
      cut_threshold: how sudden a change ends a clip, 0 to 100; 0 looks for no cuts.
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

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Relative paths of the films."""
        return files.listed_or_found(
            self.folder, self.split_list, _SUFFIXES, self.exclude, on_bad
        )

    def weight(self, key: str) -> float:
        """The number of frames that the film's header speaks of."""
        try:
            with decoding.opened(filesystem.join(self.folder, key)) as film:
                return max(1.0, film.expected_frames)
        except InputError:  # `read` says what is wrong with it.
            return 1.0

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """The clips of one film; no more than one of them is held at a time.

        None spans a cut, nor a place where the film is damaged.
        """
        with decoding.opened(filesystem.join(self.folder, key)) as film:
            cut = clips.cut(
                self._placed(film, left_out),
                video_id=key,
                frame_rate=float(film.stream.average_rate or 0),
                clip_length=self.clip_length,
                stride=self.stride,
            )
            yield from clips.colored(cut, self.min_color, left_out)

    def _placed(self, film, left_out):
        """The frames that are kept, ready to be stored."""
        sieve = shots.Sieve(
            cut_threshold=self.cut_threshold,
            min_change=self.min_change,
            left_out=left_out,
        )
        for frame in film.frames():
            if frame is None:
                sieve.interrupt()
                continue
            rgb = decoding.upright(frame, film.stream.sample_aspect_ratio or 1)
            image = pictures.reduce(Image.fromarray(rgb), self.short_side)
            place = sieve.place(image)
            if place:
                rgb = np.asarray(image)
                jpeg, sample = records.encode_frame(rgb), samples.spread_pixels(rgb)
                stored = records.Frame(jpeg, image.height, image.width, sample)
                yield clips.PlacedFrame(stored, *place)
