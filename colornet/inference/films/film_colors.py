"""The chroma planes of a film's frames: small pictures in, Cb and Cr out.

Of a shot that is coloured already, or to be left as it is, they are its own.
"""

import functools
import itertools

import av
import numpy as np
import tensorflow as tf
from keras import ops

from colornet.color import attach, spaces
from colornet.inference.film_writing import film_planes
from colornet.inference.films import film_pictures, film_references, shot_list


class FilmColors:
    """Colours the pictures of one film, from its first to its last.

    The network's state goes on from call to call and is forgotten where a shot begins,
    so that no colour leaks over a cut.

    Args:
      colorizer: a `Colorizer`.
      coding: the `LumaCoding` of the frames.
      keep_tint: leave toned shots as they are.
      saturation: what chroma is multiplied by.
      known: what references say of its shots.
    """

    def __init__(
        self,
        colorizer,
        coding,
        *,
        keep_tint: bool = False,
        saturation: float = 1.0,
        known: film_references.Known | None = None,
    ):
        self._coding = coding
        self._saturation = saturation
        self._kept = {shot_list.COLOURED, *([shot_list.TONED] if keep_tint else [])}
        self._stream = colorizer.stream()
        self._known, self._remembered = known or film_references.Known(), None
        self._lightness = _lightness_table(coding)
        self._planes = _chroma_planes(coding, colorizer.info.stride)

    @property
    def memory(self) -> bytes:
        """What the network keeps of the pictures so far; to be set to go on there."""
        return self._stream.memory

    @memory.setter
    def memory(self, memory: bytes):
        self._stream.memory = memory

    def __call__(self, pictures: list[film_pictures.Picture]) -> list[av.VideoFrame]:
        """The frames of `pictures` with their luma unchanged and new chroma planes."""
        frames = []
        for part in _by_shot(pictures):
            shot = part[0].shot
            if part[0].begins_shot:
                self._stream.reset()
            self._remember(shot)
            if shot.skip or shot.kind in self._kept:
                frames += [_with_own_chroma(p, self._coding) for p in part]
            else:
                frames += self._colored(part, shot)
        return frames

    def _remember(self, shot):
        """Tells the network, once a shot, what is known of it."""
        if shot.number == self._remembered:
            return
        self._remembered = shot.number
        for frame in self._known.frames.get(shot.number, ()):
            self._stream.remember(self._lightness[frame.small][None], frame.hints[None])
        for number in (shot.number, None):
            for picture in self._known.elsewhere.get(number, ()):
                self._stream.refer(*picture)

    def _colored(self, pictures, shot):
        lightness = self._lightness[np.stack([p.small for p in pictures])]
        own = 1.0 if shot.saturation is None else shot.saturation
        saturation = self._saturation * own
        predicted = saturation * self._stream.predict_ab(lightness, shot.temperature)
        for picture, small, ab in zip(pictures, lightness, predicted, strict=True):
            cb, cr = self._planes(
                tf.constant(ab), tf.constant(small), tf.constant(picture.guide)
            )
            yield film_planes.frame_with_chroma(
                picture.frame, cb.numpy(), cr.numpy(), self._coding
            )


def _with_own_chroma(picture, coding):
    """The picture's frame with the source's colours: where RGB is written, RGB."""
    is_rgb = film_planes.is_rgb(picture.source)
    if is_rgb and coding.format.takes_rgb:
        return picture.source
    own = film_pictures.in_format_of_film(picture.source, coding)
    # What is taken for the luma of RGB is its L*, which does not go with its chroma.
    frame = own if is_rgb else picture.frame
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

    @tf.function(jit_compile=True, autograph=False)
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
