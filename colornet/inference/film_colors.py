"""The chroma planes of a film's frames: small pictures in, Cb and Cr out."""

import dataclasses
import functools
import itertools

import av
import numpy as np
import tensorflow as tf
from keras import ops

from colornet.color import attach, spaces
from colornet.data import shots
from colornet.inference import film_planes


@dataclasses.dataclass(frozen=True)
class Picture:
    """A frame, and what is needed of it to colour it.

    Attributes:
      frame: decoded, with a luma plane.
      small: its luma at the network's size, [h, w].
      guide: its luma at the chroma planes' size.
      begins_shot: whether the one before belongs to another shot.
    """

    frame: av.VideoFrame
    small: np.ndarray
    guide: np.ndarray
    begins_shot: bool


class PictureMaker:
    """Makes a `Picture` of each frame of a film, in order."""

    def __init__(self, first: av.VideoFrame, coding, network_shape):
        self._coding = coding
        self._layout = first.width, first.height, first.format.name
        self._shrink = film_planes.LumaScaler(*network_shape)
        chroma_shape = coding.chroma_shape(first.height, first.width)
        self._shrink_to_chroma = film_planes.LumaScaler(*chroma_shape)
        self._shrink_to_compare = film_planes.LumaScaler(*shots.SMALL)
        self._cuts = shots.CutFinder()

    def __call__(self, frame: av.VideoFrame) -> Picture:
        """Reads the luma of `frame`; one of another size is first resized."""
        if (frame.width, frame.height, frame.format.name) != self._layout:
            pts, time_base = frame.pts, frame.time_base
            frame = frame.reformat(*self._layout)
            frame.pts, frame.time_base = pts, time_base
        frame = film_planes.with_luma_plane(frame, self._coding)
        luma = film_planes.luma(frame, self._coding)
        small = self._shrink(luma)
        # The cut finder reads 8 bits.
        coarse = self._shrink_to_compare(small) >> (self._coding.bits - 8)
        return Picture(
            frame=frame,
            small=small,
            guide=self._shrink_to_chroma(luma),
            begins_shot=self._cuts.begins_shot(coarse.astype(np.uint8)),
        )


class FilmColors:
    """Colours the pictures of one film, from its first to its last.

    The network's state goes on from call to call and is forgotten where a shot begins,
    so that no colour leaks over a cut.
    """

    def __init__(self, colorizer, coding):
        self._coding = coding
        self._stream = colorizer.stream()
        self._lightness = _lightness_table(coding)
        self._planes = _chroma_planes(coding, colorizer.info.stride)

    def __call__(self, pictures: list[Picture]) -> list[av.VideoFrame]:
        """The frames of `pictures` with their luma unchanged and new chroma planes."""
        frames = []
        for shot in _by_shot(pictures):
            if shot[0].begins_shot:
                self._stream.reset()
            lightness = self._lightness[np.stack([p.small for p in shot])]
            for picture, small, ab in zip(
                shot, lightness, self._stream.predict_ab(lightness), strict=True
            ):
                cb, cr = self._planes(
                    tf.constant(ab), tf.constant(small), tf.constant(picture.guide)
                )
                frames.append(
                    film_planes.frame_with_chroma(
                        picture.frame, cb.numpy(), cr.numpy(), self._coding
                    )
                )
        return frames


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
