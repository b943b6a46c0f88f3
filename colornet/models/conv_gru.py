"""A convolutional GRU over clips whose length and size may all be unknown."""

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

    def get_config(self):
        own = {"filters": self.filters, "kernel_size": self.kernel_size}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="colornet")
class ConvGRU2D(keras.layers.RNN):
    """Runs `ConvGRUCell` along axis 1 of [B, T, H, W, C].

    Unlike `keras.layers.ConvLSTM2D`, T, H and W may all be unknown: the zero initial
    state takes its size from the input rather than from the built shape.
    """

    def __init__(self, filters: int, kernel_size: int = 3, **kwargs):
        kwargs.setdefault("return_sequences", True)
        cell = ConvGRUCell(filters, kernel_size, name="cell", dtype=kwargs.get("dtype"))
        super().__init__(cell, **kwargs)

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is None:
            b, _, h, w, _ = ops.shape(sequences)
            shape = (b, h, w, self.cell.filters)
            initial_state = [ops.zeros(shape, self.compute_dtype)]
        return super().call(sequences, initial_state, mask=mask, training=training)

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        b, t, h, w, _ = sequences_shape
        state = (b, h, w, self.cell.filters)
        output = (b, t, *state[1:]) if self.return_sequences else state
        return (output, state) if self.return_state else output

    def get_config(self):
        config = super().get_config()
        del config["cell"]  # Rebuilt from the two arguments below.
        own = {"filters": self.cell.filters, "kernel_size": self.cell.kernel_size}
        return {**config, **own}

    @classmethod
    def from_config(cls, config):
        return cls(**config)
