"""The frames of a film file, one by one: none is left out, none coded again."""

import pathlib
from collections.abc import Iterator

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace

from colornet.data import decoding
from colornet.errors import InputError

_UNSPECIFIED = 2  # ISO/IEC 23091-2, MatrixCoefficients.
_HD_HEIGHT = 720  # From here on films that do not say so are BT.709, below BT.601.


def read(path: pathlib.Path) -> Iterator[np.ndarray]:
    """Yields all frames, sRGB uint8 [H, W, 3], upright.

    Raises:
      InputError: it is no film, or damaged; the frames already given are sound.
    """
    try:
        # The protocol is named because a colon in the path would end one.
        with av.open(f"file:{path}", metadata_errors="replace") as container:
            film = decoding.Decoding(container, _main_video(container))
            for frame in film.frames():
                if frame is not None:  # Which marks a gap.
                    yield _rgb(frame)
            if not film.frame_count:
                raise ValueError("its video stream has no frames")
    except Exception as error:  # A decoder fed with garbage raises anything at all.
        reason = getattr(error, "strerror", None) or str(error) or repr(error)
        raise InputError(f"{path}: cannot be read as a film: {reason}") from error
    if film.damage:
        raise InputError(f"{path}: cannot be read as a whole: {film.damage}")


def _main_video(container):
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise ValueError("it has no video stream")


def _rgb(frame):
    space = frame.colorspace
    if space == _UNSPECIFIED:
        space = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
    rgb = frame.to_ndarray(format="rgb24", src_colorspace=space)
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))
