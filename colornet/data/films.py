"""Any folder of films: each is decoded once and cut into clips.

INPUT/wedding.mov              at any depth; hidden files and folders are passed over
INPUT/reels/1931/street.mkv    whatever FFmpeg reads: MP4, MOV, MKV, AVI, MPEG, DV, ...

A list names one path a line, relative to INPUT.
"""

import collections
import contextlib
import dataclasses
from collections.abc import Iterator

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace
from PIL import Image

from colornet.data import (
    clips,
    decoding,
    files,
    filesystem,
    pictures,
    records,
    shots,
    statistics,
)
from colornet.errors import InputError

_SUFFIXES = frozenset(
    ".3gp .avi .dv .flv .m2ts .m4v .mkv .mov .mp4 .mpeg .mpg .mts .mxf .ogv .ts .vob "
    ".webm .wmv .y4m".split()
)
_UNSPECIFIED = 2  # ISO/IEC 23091-2, MatrixCoefficients.
_HD_HEIGHT = 720  # From here on films that do not say so are BT.709, below BT.601.


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
            with self._opened(key) as (container, stream):
                return max(1.0, float(decoding.expected_frames(container, stream)))
        except Exception:  # `read` says what is wrong with it.
            return 1.0

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """The clips of one film; no more than one of them is held at a time.

        None spans a cut, nor a place where the film is damaged.
        """
        path = filesystem.join(self.folder, key)
        try:
            with self._opened(key) as (container, stream):
                film = decoding.Decoding(container, stream)
                cut = clips.cut(
                    self._placed(film, left_out),
                    video_id=key,
                    frame_rate=float(stream.average_rate or 0),
                    clip_length=self.clip_length,
                    stride=self.stride,
                )
                yield from clips.colored(cut, self.min_color, left_out)
                if not film.frame_count:
                    raise ValueError("its video stream has no frames")
        except Exception as error:  # A decoder fed with garbage raises anything at all.
            reason = getattr(error, "strerror", None) or str(error) or repr(error)
            raise InputError(f"{path}: cannot be read as a film: {reason}") from error
        if film.damage:
            raise InputError(f"{path}: cannot be read as a whole: {film.damage}")

    @contextlib.contextmanager
    def _opened(self, key):
        """The film, open, and the one of its streams that is not a cover picture."""
        path = filesystem.join(self.folder, key)
        with contextlib.ExitStack() as stack:
            if filesystem.is_local(path):
                source = f"file:{path}"  # Else a colon in it would end a protocol.
            else:
                source = stack.enter_context(filesystem.open_read(path))
            container = stack.enter_context(av.open(source, metadata_errors="replace"))
            for stream in container.streams.video:
                if not stream.disposition & Disposition.attached_pic:
                    yield container, stream
                    return
            raise ValueError("it has no video stream")

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
            image = pictures.reduce(_upright(frame, film.stream), self.short_side)
            place = sieve.place(image)
            if place:
                rgb = np.asarray(image)
                jpeg, sample = records.encode_frame(rgb), statistics.sample_pixels(rgb)
                stored = records.Frame(jpeg, image.height, image.width, sample)
                yield clips.PlacedFrame(stored, *place)


def _upright(frame, stream):
    """A decoded frame as an RGB picture of square pixels, turned as a player would."""
    space = frame.colorspace
    if space == _UNSPECIFIED:
        space = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
    image = Image.fromarray(frame.to_ndarray(format="rgb24", src_colorspace=space))
    aspect = stream.sample_aspect_ratio or 1
    if aspect != 1:
        image = image.resize(
            (max(1, round(image.width * aspect)), image.height),
            Image.Resampling.LANCZOS,
        )
    if frame.rotation % 360:
        image = image.rotate(frame.rotation, expand=True)
    return image
