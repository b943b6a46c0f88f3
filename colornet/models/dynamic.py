"""The dynamic layer: what frames of one clip tell each other.

Each kind maps features [B, T, h, w, C] and a state [B, h, w, S] to features of the same
shape and the state after the last frame, so that a clip may be run in pieces. A photo
is a clip of one frame with a state of zeros.
"""

import keras

from colornet.models import conv_gru

KINDS = ("gru", "none")


def state_channels(kind, channels) -> int:
    """S, channels of the state of dynamic layer `kind` on features of `channels`."""
    _check_kind(kind)
    return 0 if kind == "none" else channels


def fuse(kind, features, state):
    """Returns features that know of the frames before, and the next state.

    "gru" adds what a `ConvGRU2D` remembers to each frame's own features: a frame
    without a past is left nearly as "none" leaves it.
    """
    _check_kind(kind)
    if kind == "none":
        return features, state
    gru = conv_gru.ConvGRU2D(
        features.shape[-1], return_state=True, name="dynamic_layer"
    )
    remembered, state = gru(features, initial_state=[state])
    return keras.layers.Add(name="fused")([features, remembered]), state


def _check_kind(kind):
    if kind not in KINDS:
        raise ValueError(f"dynamic_layer must be one of {list(KINDS)}, got {kind!r}.")
