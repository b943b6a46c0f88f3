"""From coarse features back to the size at which chroma is predicted."""

import keras


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
