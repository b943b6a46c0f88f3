"""What is looked at of a film's frames: their luma in small, and how much colour."""

import dataclasses
import functools
import math

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from colornet.data import shots
from colornet.inference.film_writing import film_planes
from colornet.inference.films import shot_list

_BT2020, _CONSTANT_LUMINANCE = 9, 10  # AVColorSpace.
_COARSE = 12  # Colours are looked at in so many rows and columns of cell means.


@dataclasses.dataclass
class Picture:
    """A frame, and what is needed of it to colour it.

    Attributes:
      source: as it was decoded.
      frame: the same, with a luma plane.
      small: its luma at the network's size, [h, w].
      guide: its luma at the chroma planes' size.
      coarse: its luma as `shots` compares it.
      unexplained_chroma: how much colour it has beside its tone.
      mean_chroma: how much it has on the whole; both as `_color_of` says.
      shot: the one it belongs to, once that is known.
      begins_shot: whether the one before belongs to another shot.
    """

    source: av.VideoFrame
    frame: av.VideoFrame
    small: np.ndarray
    guide: np.ndarray
    coarse: np.ndarray
    unexplained_chroma: float
    mean_chroma: float
    shot: shot_list.Shot | None = None
    begins_shot: bool = False

    @property
    def time(self) -> float:
        """When it is shown, in seconds."""
        return float(self.source.pts * self.source.time_base)

    @property
    def end_time(self) -> float:
        """When it goes, as far as the film tells."""
        return self.time + float((self.source.duration or 0) * self.source.time_base)


class PictureMaker:
    """Makes a `Picture` of each frame of a film, in order."""

    def __init__(self, first: av.VideoFrame, coding, network_shape):
        self._coding = coding
        self._layout = first.width, first.height, first.format.name
        self._shrink = _LumaScaler(*network_shape)
        chroma_shape = coding.chroma_shape(first.height, first.width)
        self._shrink_to_chroma = _LumaScaler(*chroma_shape)
        self._shrink_to_compare = _LumaScaler(*shots.SMALL)

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """Reads the luma of `frame`; one of another size is first resized."""
        if frame.colorspace == _CONSTANT_LUMINANCE:
            frame.colorspace = _BT2020  # Where chroma is resized, swscale refuses it.
        if (frame.width, frame.height, frame.format.name) != self._layout:
            pts, time_base = frame.pts, frame.time_base
            frame = frame.reformat(*self._layout)
            frame.pts, frame.time_base = pts, time_base
        source, frame = frame, film_planes.with_luma_plane(frame, self._coding)
        luma = film_planes.luma(frame, self._coding)
        small = self._shrink(luma)
        coarse = self._shrink_to_compare(small) >> (self._coding.bits - 8)
        guide = self._shrink_to_chroma(luma)
        unexplained, mean = _color_of(source, guide, self._coding)
        return Picture(
            source=source,
            frame=frame,
            small=small,
            guide=guide,
            coarse=coarse.astype(np.uint8),
            unexplained_chroma=unexplained,
            mean_chroma=mean,
        )


class _LumaScaler:
    """Makes luma planes smaller by area averaging, with one swscale context kept."""

    def __init__(self, height: int, width: int):
        self._shape = height, width
        self._reformatter = VideoReformatter()

    def __call__(self, plane: np.ndarray) -> np.ndarray:
        """Resizes [H, W] of uint8 or uint16 words to a new array [h, w]."""
        if plane.shape == self._shape:
            return plane.copy()
        name = "gray" if plane.dtype == np.uint8 else "gray16le"
        frame = av.VideoFrame(plane.shape[1], plane.shape[0], name)
        film_planes.words_of(frame.planes[0], plane.dtype)[:] = plane
        height, width = self._shape
        small = self._reformatter.reformat(frame, width, height, interpolation="AREA")
        return film_planes.words_of(small.planes[0], plane.dtype).copy()


def in_format_of_film(frame: av.VideoFrame, coding) -> av.VideoFrame:
    """The decoded frame with its own colours in the format that is written."""
    full, limited = ColorRange.JPEG, ColorRange.MPEG
    return frame.reformat(
        format=coding.pix_fmt,
        dst_colorspace=Colorspace.ITU709 if film_planes.is_rgb(frame) else None,
        src_color_range=full if coding.source_full_range else limited,
        dst_color_range=full if coding.full_range else limited,
    )


def _color_of(frame, guide, coding) -> tuple[float, float]:
    """How much colour a decoded frame has, in levels of 8-bit Cb and Cr.

    It is measured in cell means, so that grain and the traces of coding average out.

    Args:
      frame: as it was decoded.
      guide: its luma, [h, w] like Cb and Cr.
      coding: of the film.

    Returns:
      What chroma has beside the best quadratic in luma, RMS: tints follow luma, more
      strictly so than L*, which bends them where they are clipped at black. And the
      length of its mean.
    """
    if not film_planes.chroma_of(frame):
        return 0.0, 0.0
    own = film_planes.chroma(in_format_of_film(frame, coding), coding)
    means = [_cell_means(plane) for plane in (guide, *own)]
    levels = np.stack(means, axis=-1).reshape(-1, 3) / 2.0 ** (coding.bits - 8)
    luma, chroma = levels[:, :1] / 256 - 0.5, levels[:, 1:] - 128
    curves, _ = np.linalg.qr(luma ** [0, 1, 2])
    rest = chroma - curves @ (curves.T @ chroma)
    return float((rest**2).sum(axis=-1).mean() ** 0.5), math.hypot(*chroma.mean(axis=0))


def _cell_means(plane) -> np.ndarray:
    """Means over `_COARSE` rows and columns of cells, or as many as there are pixels.

    By sums and no matrix product, whose threads would take turns with the network's.
    """
    height, width = plane.shape
    tops, lefts = _first_of_cells(height), _first_of_cells(width)
    sums = np.add.reduceat(plane, lefts, axis=1, dtype=np.uint32)
    sums = np.add.reduceat(sums, tops, axis=0, dtype=np.uint64)
    heights, widths = np.diff(tops, append=height), np.diff(lefts, append=width)
    return sums / (heights[:, None] * widths)


@functools.lru_cache
def _first_of_cells(size):
    """Where cells begin that part `size` pixels evenly."""
    cells = min(_COARSE, size)
    return -(np.arange(cells) * -size // cells)
