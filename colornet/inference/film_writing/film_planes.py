"""The luma plane of a decoded frame out; the same plane with new colour beside it in.

A film's luma is kept byte for byte, so no picture is ever converted here: a plane is
read where FFmpeg decoded it, and only Cb and Cr are new. Packed formats get a plane
from swscale, once; RGB has no luma, so the grey of its L* is taken, as of photographs,
in words as long as its own: those of a grey pixel are the very same.

Where the codec has no words like the source's, luma goes through a table: limited range
is shifted, full range stretched, and longer words can be turned back into the source's.
Only where the codec has none as long is luma rounded.
"""

import dataclasses
import functools
import re

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorRange

from colornet.inference import rgb_grey
from colornet.inference.film_writing import codecs

# AVColorSpace, ITU-T H.273 table 4, to the luma weights of `spaces`. Those of FCC (4)
# are BT.601's to two digits; constant luminance (10) is taken for the usual kind.
_BT709, _SMPTE170M = 1, 6
_MATRICES = {
    **{_BT709: "bt709", 4: "bt601", 5: "bt601", _SMPTE170M: "bt601"},
    **{7: "smpte240m", 9: "bt2020", 10: "bt2020"},
}
_HD_HEIGHT = 720  # From here on players take an untagged film for BT.709.
_PLANAR = re.compile(r"(yuv[aj]?4\d\dp|gray|nv\d\d)(\d+le)?")


@dataclasses.dataclass(frozen=True)
class LumaCoding:
    """How a film's luma is to be read and its chroma to be written.

    Attributes:
      format: to write.
      full_range: whether written luma fills 0..255 (at 8 bits) or 16..235.
      matrix: of `spaces.LUMA_WEIGHTS`, the weights that luma was made with.
      colorspace: the AVColorSpace tag that says so; the film's own where it has one.
      source_bits: in a decoded luma word.
      source_full_range: whether decoded luma fills 0..255.
      convert_to: the format that gives luma a plane, or "" where it has one.
    """

    format: codecs.PixelFormat
    full_range: bool
    matrix: str
    colorspace: int
    source_bits: int
    source_full_range: bool
    convert_to: str

    @property
    def bits(self) -> int:
        """In a word that is written."""
        return self.format.bits

    @property
    def pix_fmt(self) -> str:
        """FFmpeg's name of the format to write."""
        return self.format.name

    @property
    def dtype(self):
        """The type of a luma word: uint8, or uint16 in the machine's byte order."""
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)

    @property
    def keeps_words(self) -> bool:
        """Whether luma is written as it was decoded, bit for bit."""
        same_range = self.full_range == self.source_full_range
        return same_range and self.bits == self.source_bits

    @property
    def can_be_undone(self) -> bool:
        """Whether decoded luma words can be had back from the written ones."""
        return len(np.unique(_table(self))) == 2**self.source_bits

    def chroma_shape(self, height: int, width: int) -> tuple[int, int]:
        """Height and width of the Cb and Cr planes of a picture [height, width]."""
        chroma = self.format.chroma
        return (
            -(-height // 2) if chroma == "420" else height,
            width if chroma == "444" else -(-width // 2),
        )


def luma_coding(
    frame: av.VideoFrame, codec: codecs.Codec | None = None, bit_depth: int = 0
) -> LumaCoding:
    """How `frame` codes its luma, from its format and its tags, and `codec` the film.

    Args:
      frame: the film's first.
      codec: one of `codecs.CODECS`; without it, H.264.
      bit_depth: of the words to write; 0 for the film's own, where the codec has them.
    """
    codec = codec or codecs.CODECS["h264"]
    name = frame.format.name
    rgb = is_rgb(frame)
    untagged = frame.color_range == ColorRange.UNSPECIFIED
    full_range = (
        rgb
        or frame.color_range == ColorRange.JPEG
        or name.startswith("yuvj")
        # FFmpeg's own rule for grey formats, which have no other to be consistent with.
        or (name.startswith(("gray", "ya", "mono")) and untagged)
    )
    colorspace = _BT709 if rgb else frame.colorspace
    if colorspace not in _MATRICES:
        colorspace = _BT709 if frame.height >= _HD_HEIGHT else _SMPTE170M
    bits = min(16, max(8, *(c.bits for c in frame.format.components)))
    odd = bool(frame.width % 2 or frame.height % 2)
    chroma = chroma_of(frame)
    wanted = codec.rgb_chroma if rgb else chroma
    shrinks = full_range and not codec.full_range
    format = codec.format_for(
        wanted or ("444" if odd else "420"),
        # Two bits more: limited range has fewer levels.
        bit_depth or (bits + 2 if shrinks else bits),
        odd,
    )
    words = "" if bits == 8 else f"{bits}le"
    plane = f"yuv{chroma}p" if chroma and not rgb else "gray"
    return LumaCoding(
        format=format,
        full_range=full_range and not shrinks,
        matrix=_MATRICES[colorspace],
        colorspace=colorspace,
        source_bits=bits,
        source_full_range=full_range,
        convert_to="" if _PLANAR.fullmatch(name) else plane + words,
    )


def with_luma_plane(frame: av.VideoFrame, coding: LumaCoding) -> av.VideoFrame:
    """`frame` itself, or one with a luma plane, where it has none."""
    if not coding.convert_to:
        return frame
    plane = frame.reformat(format=coding.convert_to)
    if is_rgb(frame):
        grey = rescaled(rgb_grey.grey_of_rgb(rgb_words(frame)), coding.source_bits)
        words_of(plane.planes[0], grey.dtype)[:] = grey
    return plane


def luma(frame: av.VideoFrame, coding: LumaCoding) -> np.ndarray:
    """The luma words [H, W] to be written, of a frame that has luma as a plane.

    A view of the frame's memory where the film keeps its words, an array otherwise.
    """
    wide = coding.source_bits > 8
    words = words_of(frame.planes[0], np.dtype(np.uint16 if wide else np.uint8))
    return words if coding.keeps_words else _table(coding)[words]


def frame_with_chroma(decoded, cb, cr, coding: LumaCoding) -> av.VideoFrame:
    """A frame of `coding.pix_fmt` with the decoded luma and new chroma planes.

    Everything that came with the frame goes over to the new one: its time, its field
    order, captions for the deaf. Memory that nothing else reads is used again, so
    `decoded` may have changed its colours afterwards.

    Args:
      decoded: a frame with a luma plane.
      cb: [h, w] as `coding.chroma_shape` says, of the luma's type.
      cr: the same.
      coding: of the film.
    """
    frame = decoded.reformat(format=coding.pix_fmt)
    frame.make_writable()
    planes = [words_of(plane, coding.dtype) for plane in frame.planes]
    if frame is not decoded or not coding.keeps_words:
        planes[0][:] = luma(decoded, coding)
    planes[1][:], planes[2][:] = cb, cr
    frame.colorspace, frame.time_base = coding.colorspace, decoded.time_base
    frame.pts, frame.duration = decoded.pts, decoded.duration
    frame.pict_type = PictureType.NONE  # The encoder would take it for an order.
    return frame


def chroma(frame: av.VideoFrame, coding: LumaCoding) -> list[np.ndarray]:
    """Cb and Cr [h, w] of a frame of `coding.pix_fmt`: views of its memory."""
    return [words_of(plane, coding.dtype) for plane in frame.planes[1:3]]


def words_of(plane, dtype) -> np.ndarray:
    """A view [H, W] of a plane's memory, without the padding that ends its lines."""
    lines = np.frombuffer(plane, np.uint8).reshape(plane.height, -1)
    if plane.line_size < 0:  # A picture stored bottom up.
        lines = lines[::-1]
    return lines.view(dtype)[:, : plane.width]


def rgb_words(frame: av.VideoFrame) -> np.ndarray:
    """Colours [H, W, 3] of an RGB frame: uint8, or uint16 where it has more bits."""
    deep = max(c.bits for c in frame.format.components) > 8
    return frame.to_ndarray(format="rgb48le" if deep else "rgb24")


def rescaled(words: np.ndarray, bits: int) -> np.ndarray:
    """Words that fill uint8 or uint16 as words of so many bits, that fill those."""
    top = np.iinfo(words.dtype).max
    table = np.rint(np.arange(top + 1) * ((2**bits - 1) / top))
    return table.astype(np.uint8 if bits == 8 else np.uint16)[words]


def is_rgb(frame: av.VideoFrame) -> bool:
    """Whether the frame was decoded to RGB, or to numbers of RGB colours."""
    return frame.format.is_rgb or frame.format.has_palette


def chroma_of(frame: av.VideoFrame) -> str:
    """Of a frame with colours "420", "422" or "444", or the next finer; of grey ""."""
    format = frame.format
    if is_rgb(frame):
        return "444"
    if len(format.components) < 3:
        return ""
    if format.chroma_width(16) == 16:
        return "444"
    return "422" if format.chroma_height(16) == 16 else "420"


@functools.lru_cache(maxsize=8)
def _table(coding) -> np.ndarray:
    """The word to write for every decoded luma word, [2 ** source_bits]."""
    words = np.arange(2**coding.source_bits)
    unit_in, unit_out = (
        2.0 ** (bits - 8) for bits in (coding.source_bits, coding.bits)
    )
    if coding.source_full_range:
        share = words / words[-1]
        top = 2**coding.bits - 1
        black, white = (
            (0, top) if coding.full_range else (16 * unit_out, 235 * unit_out)
        )
        scaled = black + share * (white - black)
    else:
        scaled = words / unit_in * unit_out
    return np.clip(np.rint(scaled), 0, 2**coding.bits - 1).astype(coding.dtype)
