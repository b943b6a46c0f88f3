"""The cell of a convolutional GRU; `conv_rnn` runs it along clips."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="colornet")
class ConvGRUCell(keras.layers.Layer):
    """One step of a convolutional GRU. Ballas et al. 2016, equations 1 to 4.

      z  = sigmoid(W_z * [x, h])      update gate
      r  = sigmoid(W_r * [x, h])      reset gate
      n  = tanh(W_n * [x, r . h])     candidate
      h' = (1 - z) . h + z . n

    * is a 2D convolution that keeps H and W, . is elementwise, [,] joins channels.
    x is [B, H, W, C]; h, h' and all gates are [B, H, W, filters].
    """

    def __init__(self, filters: int, kernel_size: int = 3, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.state_size = filters
        shared = dict(kernel_size=kernel_size, padding="same", dtype=self.dtype_policy)
        self.gates = keras.layers.Conv2D(
            2 * filters, activation="sigmoid", name="gates", **shared
        )
        self.candidate = keras.layers.Conv2D(
            filters, activation="tanh", name="candidate", **shared
        )

    def build(self, inputs_shape, states_shape=None):
        joint_shape = (*inputs_shape[:-1], inputs_shape[-1] + self.filters)
        self.gates.build(joint_shape)
        self.candidate.build(joint_shape)
        self.built = True

    def call(self, inputs, states, training=False):
        (h,) = states
        z, r = ops.split(self.gates(ops.concatenate([inputs, h], axis=-1)), 2, axis=-1)
        n = self.candidate(ops.concatenate([inputs, r * h], axis=-1))
        h = (1 - z) * h + z * n
        return h, [h]

    def begin(self, inputs):
        """What `call` gives for a state of zeros, for a third of the work: h' = z . n.

        The gate r, and what h would be convolved with, have no part in it.
        """
        z = ops.sigmoid(self._of_inputs(self.gates, inputs))
        n = ops.tanh(self._of_inputs(self.candidate, inputs))
        h = z * n
        return h, [h]

    def _of_inputs(self, layer, inputs):
        """The first `filters` channels of a convolution of [x, 0]: [B, H, W, filters].

        Of the gates these are z.
        """
        channels, filters = inputs.shape[-1], self.filters
        kernel, bias = (
            ops.cast(weight, inputs.dtype) for weight in (layer.kernel, layer.bias)
        )
        kernel, bias = kernel[:, :, :channels, :filters], bias[:filters]
        return ops.conv(inputs, kernel, padding="same") + bias

    def get_config(self):
        own = {"filters": self.filters, "kernel_size": self.kernel_size}
        return {**super().get_config(), **own}
