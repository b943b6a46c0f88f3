"""Any folder of films, at any depth: each is cut into clips."""

import dataclasses
import pathlib
from collections.abc import Iterator

import av
import numpy as np
from av.video.reformatter import Colorspace
from PIL import Image

from colornet.data import clips, files, pictures, records
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
      folder: looked through at any depth.
      clip_length: frames in a clip.
      stride: frames from the start of one clip to the start of the next.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with one relative path a line; empty takes all.
      exclude: globs of relative paths to leave out, separated by commas.
    """

    folder: pathlib.Path
    clip_length: int = 16
    stride: int = 16
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self) -> list[str]:
        """Relative paths of the films."""
        return files.listed_or_found(
            self.folder, self.split_list, _SUFFIXES, self.exclude
        )

    def read(self, key: str) -> Iterator[records.Clip]:
        """The clips of one film; no more than one of them is held at a time."""
        path = self.folder / key
        try:
            with av.open(str(path)) as container:
                if not container.streams.video:
                    raise ValueError("it has no video stream")
                stream = container.streams.video[0]
                stream.thread_type = "AUTO"
                count = 0
                for clip in clips.cut(
                    self._frames(container, stream),
                    video_id=key,
                    frame_rate=float(stream.average_rate or 0),
                    clip_length=self.clip_length,
                    stride=self.stride,
                ):
                    count += 1
                    yield clip
                if not count:
                    raise ValueError("its video stream has no frames")
        except Exception as error:  # A decoder fed with garbage raises anything at all.
            reason = getattr(error, "strerror", None) or str(error) or repr(error)
            raise InputError(f"{path}: cannot be read as a film: {reason}") from error

    def _frames(self, container, stream):
        """(JPEG file, height, width) of each frame, all of the first one's size."""
        size = None
        for frame in container.decode(stream):
            image = pictures.reduce(_upright(frame, stream), self.short_side)
            size = size or image.size
            if image.size != size:  # Some streams change their size on the way.
                image = image.resize(size, Image.Resampling.LANCZOS)
            yield records.encode_frame(np.asarray(image)), image.height, image.width


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
