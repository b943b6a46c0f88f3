"""What a frame takes from frames whose colours are known: the colours of what is alike.

Each cell of `STRIDE` pixels has a key, a direction that says what is seen there. Cells
whose keys are alike most likely show the same thing, so that colours can be copied from
one to the other however far it has moved, and where no cell is alike nothing is copied.
Keys are learned by copying. Vondrick et al. 2018, "Tracking emerges by colorizing
videos", equations 1 and 2; that nothing may be copied is ours.
"""

import keras
from keras import ops

from colornet.models import shifts

STRIDE = 8  # Pixels per cell.
CHANNELS = 64
LAYERS = "key"  # How the names of those with weights begin.
_WIDTH = 96
# A cell is copied from by exp((likeness - _ALIKE) / _SHARPNESS), nothing by 1; fitted
# while keys were learned, then tried again on frames that were told.
_ALIKE, _SHARPNESS = 0.74, 0.02
_TOLD = 1 / 8  # Of a cell that counts as told; less of it is another thing's edge.
_FOUND = (
    0.5  # Share of what is copied that must be told: less does more harm than good.
)


def build_keys(taps) -> keras.Model:
    """An encoder's taps at strides 4, 8 and 16 -> keys [N, H / 8, W / 8, 64], length 1.

    Args:
      taps: those three, fine to coarse: only their channels and dtypes count.
    """
    taps = [keras.Input((None, None, tap.shape[-1]), dtype=tap.dtype) for tap in taps]
    fine, middle, coarse = (
        keras.layers.Conv2D(_WIDTH, 1, name=f"key_stride{stride}")(tap)
        for stride, tap in zip((4, 8, 16), taps, strict=True)
    )
    halved = keras.layers.AveragePooling2D(2, name="key_halved")(fine)
    doubled = Smooth(name="key_smooth")(
        keras.layers.UpSampling2D(name="key_double")(coarse)
    )
    added = keras.layers.Add(name="key_sum")([halved, middle, doubled])
    seen = keras.layers.ReLU(name="key_seen")(added)
    around = keras.layers.Conv2D(
        _WIDTH, 3, padding="same", activation="relu", name="key_around"
    )(seen)
    joined = keras.layers.Concatenate(name="key_join")([seen, around])
    key = keras.layers.Conv2D(CHANNELS, 1, dtype="float32", name="key_head")(joined)
    key = keras.layers.UnitNormalization(dtype="float32", name="key")(key)
    return keras.Model(taps, key, name="keys")


def shares(keys, memory_keys):
    """How much of each memory cell a cell takes: [..., n, m], sums of at most 1.

    What is missing to 1 is how much a cell has no like in the memory.

    Args:
      keys: of the cells that ask, [..., n, C].
      memory_keys: of the cells that answer, [..., m, C].
    """
    likeness = ops.matmul(keys, ops.swapaxes(memory_keys, -1, -2))
    logits = (likeness - _ALIKE) / _SHARPNESS
    # Nothing is the last one.
    logits = ops.pad(logits, [(0, 0)] * (len(logits.shape) - 1) + [(0, 1)])
    return ops.softmax(logits, axis=-1)[..., :-1]


def recall(keys, memory_keys, memory_colors):
    """Hint cells [..., n, 3] for cells with `keys`: ab, and 1 where it was found.

    Cells of which nothing is known answer too: what is most like one of them is told
    nothing, so that a point stays on the thing that it was set on.

    Args:
      keys: [..., n, C].
      memory_keys: [..., m, C].
      memory_colors: ab and how sure they are, 0..1: [..., m, 3].
    """
    told = ops.cast(memory_colors[..., 2] >= _TOLD, memory_colors.dtype)
    taken = shares(keys, memory_keys) * told[..., None, :]
    share = ops.sum(taken, axis=-1, keepdims=True)
    mean = ops.matmul(taken, memory_colors[..., :2]) / ops.maximum(share, 1e-6)
    found = ops.cast(share >= _FOUND, mean.dtype)
    return ops.concatenate([mean * found, found], axis=-1)


def cells(clip):
    """Cells [..., h * w, C] of frames [..., h, w, C], one after the other."""
    *most, h, w, channels = ops.shape(clip)
    return ops.reshape(clip, (*most, h * w, channels))


def spread(told, like):
    """Hint cells of clips, each over its pixels: hints of the size of `like`.

    Args:
      told: T h w cells of each clip, one after the other: [B, ..., 3].
      like: a clip [B, T, H, W, C], H = 8 h, W = 8 w.
    """
    b, t, h, w, _ = ops.shape(like)
    told = ops.reshape(told, (b, t, h // STRIDE, 1, w // STRIDE, 1, 3))
    told = ops.broadcast_to(told, (b, t, h // STRIDE, STRIDE, w // STRIDE, STRIDE, 3))
    return ops.reshape(told, (b, t, h, w, 3))


def memory(hints):
    """What hints [B, T, H, W, 3] tell of each cell: [B, T h w, 3], ab and how sure."""
    b, t, h, w, c = ops.shape(hints)
    ab, sure = hints[..., :2], hints[..., 2:]
    known = ops.concatenate([ab * sure, sure], axis=-1)
    known = ops.average_pool(ops.reshape(known, (b * t, h, w, c)), STRIDE, STRIDE)
    known = ops.reshape(known, (b, -1, c))
    mean = known[..., :2] / ops.maximum(known[..., 2:], 1e-4)
    return ops.concatenate([mean, known[..., 2:]], axis=-1)


def tell_other_frames(hints, keys):
    """Hints that tell all frames of clips what one of them is told.

    It is the one that most is told of. What is told of a frame itself comes first.

    Args:
      hints: [B, T, H, W, 3].
      keys: [B, T, H / 8, W / 8, C], which learn nothing by it.
    """
    b, t, h, w, channels = ops.shape(keys)
    keys = ops.stop_gradient(ops.reshape(keys, (b, t, h * w, channels)))
    known = ops.reshape(memory(hints), (b, t, h * w, 3))
    most = ops.argmax(ops.sum(known[..., 2], axis=-1), axis=1)[:, None, None, None]
    one = [ops.take_along_axis(cells, most, axis=1) for cells in (keys, known)]
    told = spread(recall(keys, *one), hints)
    return ops.where(hints[..., 2:] > 0, hints, told)


@keras.saving.register_keras_serializable(package="colornet")
class Smooth(keras.layers.Layer):
    """Means of neighbours with weights 1, 2, 1 each way, of [N, h, w, C].

    Of cells that were repeated twice it makes a bilinear interpolation, for which
    `keras.layers.UpSampling2D` wants to know h and w.
    """

    def call(self, x):
        for axis in (1, 2):
            before, behind = shifts.beside(x, axis)
            x = (before + 2 * x + behind) / 4
        return x

    def compute_output_shape(self, shape):
        return shape
