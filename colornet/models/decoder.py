"""From coarse features back to the size at which chroma is predicted."""

import keras
from keras import ops


def join(taps, filters, tell):
    """Taps of one grid and a coarser one -> features on the finer: [N, h, w, filters].

    Args:
      taps: one or two, fine to coarse; the second at half the resolution.
      filters: channels of the result.
      tell: what adds hints to features of the finer grid.
    """
    finest, *coarser = [
        _conv(tap, filters, 1, f"join_{number}") for number, tap in enumerate(taps)
    ]
    parts = [tell(finest)] + [
        keras.layers.UpSampling2D(interpolation="nearest", name="join_double")(part)
        for part in coarser
    ]
    joined = keras.layers.Concatenate(name="join")(parts) if coarser else parts[0]
    return _conv(joined, filters, 3, "join_conv")


def upsample(features, tap, filters, name, tell):
    """Doubles height and width and adds a tap's detail: [N, 2 h, 2 w, filters].

    The doubling is learned: a transposed convolution whose kernel does not overlap
    itself, so that it leaves no checkerboard (Odena et al. 2016).

    Args:
      features: [N, h, w, C].
      tap: of the encoder, [N, 2 h, 2 w, D].
      filters: channels of the result.
      name: of the layers.
      tell: what adds hints to features of the finer grid.
    """
    double = keras.layers.Conv2DTranspose(filters, 2, strides=2, name=f"{name}_double")
    detail = _conv(tap, filters // 2, 1, f"{name}_skip")
    joined = keras.layers.Concatenate(name=name)([tell(double(features)), detail])
    return _conv(joined, filters, 3, f"{name}_conv")


def unpool(features, tap, filters, name, tell):
    """Doubles height and width with the encoder's own switches: [N, 2 h, 2 w, C].

    Noh et al. 2015, "Learning deconvolution network for semantic segmentation", 3.2:
    transposed convolutions with batch normalisation; then each value goes back to the
    one of 2 x 2 places that max pooling took the encoder's value from, and the others
    are 0. The next transposed convolutions spread it.

    Args:
      features: [N, h, w, D].
      tap: what the encoder pools, [N, 2 h, 2 w, C].
      filters: channels of each transposed convolution, the last of them C.
      name: of the layers.
      tell: what adds hints to features of the finer grid.
    """
    features = deconvolve(features, filters, name)
    return tell(Unpool(name=f"{name}_unpool")(features, tap))


def deconvolve(features, filters, name):
    """Transposed convolutions of 3 x 3, normalised: [N, h, w, last of `filters`]."""
    for number, channels in enumerate(filters, 1):
        features = keras.layers.Conv2DTranspose(
            channels,
            3,
            padding="same",
            kernel_initializer="he_normal",
            name=f"{name}_{number}",
        )(features)
        norm = keras.layers.BatchNormalization(name=f"{name}_{number}_norm")
        features = keras.layers.ReLU()(norm(features))
    return features


@keras.saving.register_keras_serializable(package="colornet")
class Unpool(keras.layers.Layer):
    """Values [N, h, w, C] to where a tap [N, 2 h, 2 w, C] is largest of 2 x 2 places.

    Of places that are as large as each other, the first. Eight bits of mantissa would
    make many so: nothing is cast.
    """

    def __init__(self, **kwargs):
        super().__init__(**{"autocast": False, **kwargs})

    def call(self, values, tap):
        n, h, w, c = ops.shape(values)
        blocks = ops.transpose(ops.reshape(tap, (n, h, 2, w, 2, c)), (0, 1, 3, 5, 2, 4))
        place = ops.argmax(ops.reshape(blocks, (n, h, w, c, 4)), axis=-1)
        spread = values[..., None] * ops.one_hot(place, 4, dtype=values.dtype)
        spread = ops.reshape(spread, (n, h, w, c, 2, 2))
        spread = ops.transpose(spread, (0, 1, 4, 2, 5, 3))
        return ops.reshape(spread, (n, 2 * h, 2 * w, c))

    def compute_output_shape(self, values_shape, tap_shape):
        return tap_shape


def _conv(x, filters, kernel_size, name):
    layer = keras.layers.Conv2D(
        filters,
        kernel_size,
        padding="same",
        activation="relu",
        kernel_initializer="he_normal",
        name=name,
    )
    return layer(x)
