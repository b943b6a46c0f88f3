"""The cell of a convolutional LSTM; `conv_rnn` runs it along clips."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="colornet")
class ConvLSTMCell(keras.layers.Layer):
    """One step of a convolutional LSTM. Shi et al. 2015, equation 3.

      i  = sigmoid(W_i * [x, h])      input gate
      f  = sigmoid(W_f * [x, h] + 1)  forget gate
      o  = sigmoid(W_o * [x, h])      output gate
      c' = f . c + i . tanh(W_c * [x, h])
      h' = o . tanh(c')

    * is a 2D convolution that keeps H and W, . is elementwise, [,] joins channels.
    x is [B, H, W, C]; h, c and all gates are [B, H, W, filters]; the one state is
    [h, c]. Left out are the paper's peepholes, a weight for each place of a picture:
    pictures here are of any size. The 1 makes a new cell remember (Jozefowicz et al.
    2015).
    """

    def __init__(self, filters: int, kernel_size: int = 3, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.state_size = 2 * filters
        self.gates = keras.layers.Conv2D(
            4 * filters,
            kernel_size,
            padding="same",
            name="gates",
            dtype=self.dtype_policy,
        )

    def build(self, inputs_shape, states_shape=None):
        self.gates.build((*inputs_shape[:-1], inputs_shape[-1] + self.filters))
        self.built = True

    def call(self, inputs, states, training=False):
        h, c = ops.split(states[0], 2, axis=-1)
        gates = self.gates(ops.concatenate([inputs, h], axis=-1))
        i, f, o, n = ops.split(gates, 4, axis=-1)
        c = ops.sigmoid(f + 1) * c + ops.sigmoid(i) * ops.tanh(n)
        h = ops.sigmoid(o) * ops.tanh(c)
        return h, [ops.concatenate([h, c], axis=-1)]

    def get_config(self):
        own = {"filters": self.filters, "kernel_size": self.kernel_size}
        return {**super().get_config(), **own}
