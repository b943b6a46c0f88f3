"""What frames take from pictures that are none of them: the colours of what is alike.

Keys tell what has moved within a shot. In a picture from elsewhere, a cell finds one
that is like it by chance, as skin finds sand, but seldom with all that is around it. So
a place of 2 x 2 cells counts only if it and its eight neighbours together are like a
place and its neighbours there, or in the mirror image. Where that is so of few places
of a frame it is chance nevertheless, and the picture tells that frame nothing.

On DAVIS val, frames gain 1.3 dB when they are told all that `recall` finds in the frame
20 away, mirrored, and lose 4.3 by photographs of other things; so told, they gain 2.0
and lose at most 0.1 (`colornet evaluate --reference_from=20`, `--reference=`).
"""

import numpy as np
import tensorflow as tf

# Mean likeness of two places and their neighbours, the cosine of keys: from `_SURELY`
# on the pictures show the same, if `_LEAST` of a frame's places are so, and then others
# need not be more alike than `_LIKELY`.
_SURELY, _LEAST = 0.75, 0.15
_LIKELY = 0.7
SURE = 0.5  # Of its colour, what a cell must have found; the rest is like nothing.
_PLACE = 16  # Pixels.
_ALIGN = 32  # Pixels that models fill frames up to.


class Likeness:
    """One picture from elsewhere, and what frames take from it.

    Args:
      remember: the model's signature.
      recall: the same.
      lightness: L* of the picture, float32 [h, w].
      hints: what it tells, float32 [h, w, 3]: ab, and how sure they are.
    """

    def __init__(self, remember, recall, lightness: np.ndarray, hints: np.ndarray):
        self._recall = recall
        known = [
            remember(
                lightness=tf.constant(
                    lightness[None, None, :, ::way, None], tf.float32
                ),
                hints=tf.constant(hints[None, None, :, ::way], tf.float32),
            )
            for way in (1, -1)
        ]
        self._known = {n: tf.concat([k[n] for k in known], axis=1) for n in known[0]}
        # Of two, the picture and its mirror image: [2, h, w, ...].
        seen = places(self._known["keys"], lightness.shape)
        self._places = tf.reshape(seen, (-1, seen.shape[-1]))
        sure = _pooled(self._known["colors"][..., 2:], lightness.shape)
        self._tells = tf.reshape(sure > SURE, [-1])

    def hints(self, clip: tf.Tensor, around: tf.Tensor) -> tf.Tensor:
        """Hints [1, T, H, W, 3] for frames: ab and 1 where it counts, and zeros.

        Args:
          clip: L* of the frames, [1, T, H, W, 1].
          around: the frames, as `places` gives them.
        """
        likeness = tf.einsum("thwc,nc->thwn", around, self._places)
        alike = tf.reduce_max(likeness, axis=-1)
        surely = tf.cast(alike >= _SURELY, tf.float32)
        share = tf.reduce_mean(surely, axis=(1, 2), keepdims=True)
        counts = (alike >= _LIKELY) & (share >= _LEAST)
        counts &= tf.gather(self._tells, tf.argmax(likeness, axis=-1))
        if not tf.reduce_any(counts):
            return tf.zeros((*clip.shape[:-1], 3))
        for axis in (1, 2):
            counts = tf.repeat(counts, _PLACE, axis=axis)
        counts = counts[None, :, : clip.shape[2], : clip.shape[3], None]
        found = self._recall(lightness=clip, **self._known)["hints"]
        counts &= found[..., 2:] > SURE
        told = tf.concat([found[..., :2], tf.ones_like(found[..., 2:])], axis=-1)
        return tf.where(counts, told, 0.0)


def places(keys: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """What is at each place of frames and around it: [T, h, w, 9 C], of length 1.

    Args:
      keys: of the cells of T frames, [1, T n, C], as `remember` gives them.
      size: height and width of the frames, in pixels.
    """
    found = tf.math.l2_normalize(_pooled(keys, size), axis=-1)
    _, h, w, _ = found.shape
    rows, columns = (np.arange(-1, side + 1).clip(0, side - 1) for side in (h, w))
    wide = tf.gather(tf.gather(found, rows, axis=1), columns, axis=2)
    around = [wide[:, i : i + h, j : j + w] for i in range(3) for j in range(3)]
    return tf.concat(around, axis=-1) / 3


def _pooled(cells, size):
    """Means over each place [T, h, w, C] of cells of T frames, [1, T n, C]."""
    h, w = (-(-side // _ALIGN) * (_ALIGN // _PLACE) for side in size)
    return tf.reduce_mean(tf.reshape(cells, (-1, h, 2, w, 2, cells.shape[-1])), (2, 4))
