"""Runs convolutional cells along clips whose length and size may all be unknown."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="colornet")
class ConvRNN(keras.layers.RNN):
    """Runs a cell along axis 1 of [B, T, H, W, C]: [B, T, H, W, cell.filters].

    The cell has one state, [B, H, W, cell.state_size]. Unlike in
    `keras.layers.ConvLSTM2D`, T, H and W may all be unknown: the zero initial state
    takes its size from the input rather than from the built shape.

    A single frame that nothing is remembered before, as each photograph is, goes
    through `cell.begin` where the cell has that: what a state of zeros gives.
    """

    def __init__(self, cell, **kwargs):
        super().__init__(cell, **{"return_sequences": True, **kwargs})

    def call(self, sequences, initial_state=None, mask=None, training=False):
        if initial_state is None:
            b, _, h, w, _ = ops.shape(sequences)
            shape = (b, h, w, self.cell.state_size)
            initial_state = [ops.zeros(shape, self.compute_dtype)]

        def run():
            return super(ConvRNN, self).call(
                sequences, initial_state, mask=mask, training=training
            )

        if not hasattr(self.cell, "begin"):
            return run()
        alone = ops.shape(sequences)[1] == 1
        if alone is False:
            return run()
        remembers = ops.any(ops.not_equal(initial_state[0], 0))
        begins = ops.logical_and(alone, ops.logical_not(remembers))
        return ops.cond(begins, lambda: self._begun(sequences), run)

    def _begun(self, sequences):
        output, (state,) = self.cell.begin(sequences[:, 0])
        output = output[:, None] if self.return_sequences else output
        return (output, state) if self.return_state else output

    def compute_output_shape(self, sequences_shape, initial_state_shape=None):
        b, t, h, w, _ = sequences_shape
        frame = (h, w, self.cell.filters)
        output = (b, t, *frame) if self.return_sequences else (b, *frame)
        state = (b, h, w, self.cell.state_size)
        return (output, state) if self.return_state else output
