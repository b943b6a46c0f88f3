"""The dynamic layer: what frames of one clip tell each other.

Each kind maps features [B, T, h, w, C] and a state [B, h, w, S] to features of the same
shape and the state after the last frame. A photo is a clip of one frame with a state of
zeros.

  gru          `conv_gru`: each frame knows of those before it.
  lstm         `conv_lstm`, the same.
  aligned_gru  `alignment`, the same, its memory moving with what is seen.
  two_way_gru  a second GRU comes from the other end of the clip. Its state is not
               handed on: a frame knows of those after it in its own clip only.
  none         frames know nothing of each other.

All but "two_way_gru" stream: a clip in pieces gives what it gives whole.
"""

import keras
from keras import ops

from colornet.models import alignment, conv_gru, conv_lstm, conv_rnn

_NAME = "dynamic_layer"
_CELLS = {
    "gru": conv_gru.ConvGRUCell,
    "lstm": conv_lstm.ConvLSTMCell,
    "aligned_gru": alignment.AlignedGRUCell,
    "two_way_gru": conv_gru.ConvGRUCell,
}
KINDS = (*_CELLS, "none")
NOT_STREAMED = ("two_way_gru",)


def state_channels(kind, channels) -> int:
    """S, channels of the state of dynamic layer `kind` on features of `channels`."""
    if kind not in KINDS:
        raise ValueError(f"dynamic_layer must be one of {list(KINDS)}, got {kind!r}.")
    return 0 if kind == "none" else _CELLS[kind](channels).state_size


def fuse(kind, features, state):
    """Returns features that know of other frames, and the next state.

    What is remembered is added to each frame's own features: a frame without a past is
    left nearly as "none" leaves it.
    """
    if kind == "none":
        return features, state
    cell, channels = _CELLS[kind], features.shape[-1]
    forward = conv_rnn.ConvRNN(
        cell(channels, name="cell"), return_state=True, name=_NAME
    )
    remembered, state = forward(features, initial_state=[state])
    told = [features, remembered]
    if kind == "two_way_gru":
        backward = conv_rnn.ConvRNN(
            cell(channels, name="cell"), go_backwards=True, name=f"{_NAME}_backward"
        )
        told.append(ops.flip(backward(features), axis=1))
    return keras.layers.Add(name="fused")(told), state


def owns(path: str) -> bool:
    """Whether a weight, by its path, is one of a dynamic layer's."""
    return path.startswith(_NAME)
