"""The luma plane of a decoded frame out; the same plane with new colour beside it in.

A film's luma is kept byte for byte, so no picture is ever converted here: a plane is
read where FFmpeg decoded it, copied into the frame to be encoded, and only Cb and Cr
are new. RGB, palette and packed formats have no luma plane: swscale makes one, once.
"""

import dataclasses
import re

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

# Formats whose first plane is luma alone, in the low bits of its words.
_LUMA_PLANE = re.compile(r"(yuv[aj]?4\d\dp|gray|nv(12|21|16|24|42))(10le)?")

# AVColorSpace, ITU-T H.273 table 4, to the luma weights of `spaces`.
_BT709, _UNSPECIFIED, _SMPTE170M = 1, 2, 6
_MATRICES = {_BT709: "bt709", 4: "bt601", 5: "bt601", _SMPTE170M: "bt601"}
_HD_HEIGHT = 720  # From here on players take an untagged film for BT.709.


@dataclasses.dataclass(frozen=True)
class LumaCoding:
    """How a film's luma is to be read and its chroma to be written.

    Attributes:
      bits: 8 or 10 in a luma word.
      full_range: whether luma fills 0..255 (times 4 at 10 bits) or 16..235.
      matrix: "bt601" or "bt709", the weights that luma was made with.
      colorspace: the AVColorSpace tag that says so; the film's own where it has one.
      pix_fmt: the format to write. 4:2:0, or 4:4:4 for the odd sizes that H.264 cannot
        halve.
      convert_to: the format that gives luma a plane, or "" where it has one.
    """

    bits: int
    full_range: bool
    matrix: str
    colorspace: int
    pix_fmt: str
    convert_to: str

    @property
    def dtype(self):
        """The type of a luma word: uint8, or uint16 in the machine's byte order."""
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    def chroma_shape(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the Cb and Cr planes of a picture [height, width]."""
        if self.pix_fmt.startswith("yuv444"):
            return height, width
        return height // 2, width // 2


def luma_coding(frame: av.VideoFrame) -> LumaCoding:
    """How `frame` codes its luma, from its format and its tags."""
    name = frame.format.name
    words = "10le" if any(c.bits > 8 for c in frame.format.components) else ""
    has_plane = _LUMA_PLANE.fullmatch(name) is not None
    is_rgb = frame.format.is_rgb or frame.format.has_palette
    untagged = frame.color_range == ColorRange.UNSPECIFIED
    full_range = (
        frame.color_range == ColorRange.JPEG
        or name.startswith("yuvj")
        # FFmpeg's own rule for grey formats, which have no other to be consistent with.
        or (name.startswith("gray") and untagged)
    )
    colorspace = _BT709 if is_rgb else frame.colorspace
    if colorspace not in _MATRICES:
        colorspace = _BT709 if frame.height >= _HD_HEIGHT else _SMPTE170M
    layout = "yuv444p" if frame.width % 2 or frame.height % 2 else "yuv420p"
    return LumaCoding(
        bits=10 if words else 8,
        full_range=full_range and not is_rgb,
        matrix=_MATRICES[colorspace],
        colorspace=colorspace,
        pix_fmt=layout + words,
        convert_to="" if has_plane else "yuv444p" + words,
    )


def with_luma_plane(frame: av.VideoFrame, coding: LumaCoding) -> av.VideoFrame:
    """`frame` itself, or what swscale makes of one that has no luma plane."""
    if not coding.convert_to:
        return frame
    is_rgb = frame.format.is_rgb or frame.format.has_palette
    range_out = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
    matrix = Colorspace.ITU709 if coding.matrix == "bt709" else Colorspace.ITU601
    return frame.reformat(
        format=coding.convert_to,
        src_colorspace=None if is_rgb else matrix,
        dst_colorspace=matrix,
        src_color_range=ColorRange.JPEG if is_rgb else range_out,
        dst_color_range=range_out,
    )


def luma(frame: av.VideoFrame, coding: LumaCoding) -> np.ndarray:
    """The luma of a frame that has it as a plane: a view [H, W] of its memory."""
    return _words(frame.planes[0], coding.dtype)


def frame_with_chroma(decoded, cb, cr, coding: LumaCoding) -> av.VideoFrame:
    """A frame of `coding.pix_fmt` with the decoded luma bytes and new chroma planes.

    Args:
      decoded: a frame with a luma plane; its time goes over to the new one.
      cb: [h, w] as `coding.chroma_shape` says, of the luma's type.
      cr: the same.
      coding: of the film.
    """
    frame = av.VideoFrame(decoded.width, decoded.height, coding.pix_fmt)
    for plane, words in zip(frame.planes, (luma(decoded, coding), cb, cr), strict=True):
        _words(plane, coding.dtype)[:] = words
    frame.time_base = decoded.time_base
    frame.pts, frame.duration = decoded.pts, decoded.duration
    return frame


def display_matrix(frame: av.VideoFrame) -> list[int] | None:
    """The nine numbers that turn or mirror the picture on show, or None."""
    for side_data in frame.side_data:
        if side_data.type == Type.DISPLAYMATRIX:
            return np.frombuffer(side_data, np.int32)[:9].tolist()
    return None


class LumaScaler:
    """Makes luma planes smaller by area averaging, with one swscale context kept."""

    def __init__(self, height: int, width: int):
        self._shape = height, width
        self._reformatter = VideoReformatter()

    def __call__(self, plane: np.ndarray) -> np.ndarray:
        """Resizes [H, W] of uint8 or 10-bit uint16 words to a new array [h, w]."""
        if plane.shape == self._shape:
            return plane.copy()
        name = "gray" if plane.dtype == np.uint8 else "gray10le"
        frame = av.VideoFrame(plane.shape[1], plane.shape[0], name)
        _words(frame.planes[0], plane.dtype)[:] = plane
        height, width = self._shape
        small = self._reformatter.reformat(frame, width, height, interpolation="AREA")
        return _words(small.planes[0], plane.dtype).copy()


def _words(plane, dtype) -> np.ndarray:
    """A view [H, W] of a plane's memory, without the padding that ends its lines."""
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)
    if plane.line_size < 0:  # A picture stored bottom up.
        lines = lines[::-1]
    return lines.view(dtype)[:, : plane.width]
