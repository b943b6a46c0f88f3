"""The chroma planes of a film's frames: small pictures in, Cb and Cr out.

Of a shot that is coloured already, or to be left as it is, they are its own.
"""

import dataclasses
import functools
import itertools
import math

import av
import numpy as np
import tensorflow as tf
from av.video.reformatter import ColorRange, Colorspace
from keras import ops

from colornet.color import attach, spaces
from colornet.data import shots
from colornet.inference import film_planes, shot_list

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
        self._shrink = film_planes.LumaScaler(*network_shape)
        chroma_shape = coding.chroma_shape(first.height, first.width)
        self._shrink_to_chroma = film_planes.LumaScaler(*chroma_shape)
        self._shrink_to_compare = film_planes.LumaScaler(*shots.SMALL)

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """Reads the luma of `frame`; one of another size is first resized."""
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


class FilmColors:
    """Colours the pictures of one film, from its first to its last.

    The network's state goes on from call to call and is forgotten where a shot begins,
    so that no colour leaks over a cut.
    """

    def __init__(self, colorizer, coding, *, keep_tint: bool = False):
        self._coding = coding
        self._kept = {shot_list.COLOURED, *([shot_list.TONED] if keep_tint else [])}
        self._stream = colorizer.stream()
        self._lightness = _lightness_table(coding)
        self._planes = _chroma_planes(coding, colorizer.info.stride)

    @property
    def memory(self) -> bytes:
        """What the network keeps of the pictures so far; to be set to go on there."""
        return self._stream.memory

    @memory.setter
    def memory(self, memory: bytes):
        self._stream.memory = memory

    def __call__(self, pictures: list[Picture]) -> list[av.VideoFrame]:
        """The frames of `pictures` with their luma unchanged and new chroma planes."""
        frames = []
        for part in _by_shot(pictures):
            shot = part[0].shot
            if part[0].begins_shot:
                self._stream.reset()
            if shot.skip or shot.kind in self._kept:
                frames += [_with_own_chroma(p, self._coding) for p in part]
            else:
                frames += self._colored(part, shot)
        return frames

    def _colored(self, pictures, shot):
        lightness = self._lightness[np.stack([p.small for p in pictures])]
        saturation = 1.0 if shot.saturation is None else shot.saturation
        predicted = saturation * self._stream.predict_ab(lightness, shot.temperature)
        for picture, small, ab in zip(pictures, lightness, predicted, strict=True):
            cb, cr = self._planes(
                tf.constant(ab), tf.constant(small), tf.constant(picture.guide)
            )
            yield film_planes.frame_with_chroma(
                picture.frame, cb.numpy(), cr.numpy(), self._coding
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
    if len(frame.format.components) < 3 and not frame.format.has_palette:
        return 0.0, 0.0
    own = film_planes.chroma(_in_format_of_film(frame, coding), coding)
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


def _in_format_of_film(frame, coding):
    """The decoded frame with its own colours in the format that is written."""
    full, limited = ColorRange.JPEG, ColorRange.MPEG
    return frame.reformat(
        format=coding.pix_fmt,
        dst_colorspace=Colorspace.ITU709 if _is_rgb(frame) else None,
        src_color_range=full if coding.source_full_range else limited,
        dst_color_range=full if coding.full_range else limited,
    )


def _is_rgb(frame):
    return frame.format.is_rgb or frame.format.has_palette


def _with_own_chroma(picture, coding):
    """The picture's frame with the source's colours."""
    own = _in_format_of_film(picture.source, coding)
    # What is taken for the luma of RGB is its L*, which does not go with its chroma.
    frame = own if _is_rgb(picture.source) else picture.frame
    return film_planes.frame_with_chroma(
        frame, *film_planes.chroma(own, coding), coding
    )


@functools.lru_cache(maxsize=8)
def _chroma_planes(coding, stride):
    """A function from ab [h4, w4, 2], L* [h, w] and luma words [H, W] to Cb, Cr [H, W].

    Compiled: as one loop over the pixels it takes a tenth of the time of the separate
    operations and no memory for what lies between them. Films of one size share it.
    """
    table = _lightness_table(coding)
    unit = 2.0 ** (coding.bits - 8)
    low, high = (0, 255) if coding.full_range else (16, 240)

    @tf.function(jit_compile=True)
    def planes(ab, small, guide):
        lightness = ops.take(table, ops.cast(guide, "int32"))
        cells = attach.cell_lightness(small[None, ..., None], stride)
        full_ab = attach.upsample_chroma(
            ab[None],
            cells,
            lightness[None, ..., None],
            network_shape=small.shape,
            stride=stride,
        )
        chroma = attach.attach_to_luma(
            ops.cast(guide, "float32")[None] / unit,
            full_ab,
            matrix=coding.matrix,
            full_range=coding.full_range,
        )
        words = [ops.round(ops.clip(plane[0], low, high) * unit) for plane in chroma]
        return [ops.cast(plane, coding.dtype.name) for plane in words]

    return planes


def _lightness_table(coding) -> np.ndarray:
    """L* of every luma word, float32 [2 ** bits], as the grey that it shows."""
    words = np.arange(2**coding.bits, dtype="float32") / 2 ** (coding.bits - 8)
    black, white = (0, 255) if coding.full_range else (16, 235)
    grey = np.clip((words - black) / (white - black), 0, 1)
    return ops.convert_to_numpy(spaces.grey_to_lightness(grey))


def _by_shot(pictures):
    """Splits a list of pictures before each that begins a shot."""
    cuts = [i for i, p in enumerate(pictures) if p.begins_shot and i > 0]
    edges = [0, *cuts, len(pictures)]
    return [pictures[i:j] for i, j in itertools.pairwise(edges) if i < j]
