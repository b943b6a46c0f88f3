"""What an exported model can be asked, as functions of a network and its weights."""

import keras
import tensorflow as tf

from colornet.color import bins
from colornet.models import encoder, zoo

STRIDE = zoo.STRIDE
_CLIP = tf.TensorSpec((None, None, None, None, 1), tf.float32, "lightness")


class ColorNetwork:
    """A network with pre- and post-processing, its weights stored as float16.

    Attributes:
      module: what to save; its `weights` are the float16 variables by their path in the
        Keras network, which is how training can start from an exported model. It does
        not hold the network itself, whose float32 variables would be saved as well.
    """

    def __init__(self, network: keras.Model):
        self._network = network
        self._centers = bins.ab_centers()
        self._state_channels = network.input["state"].shape[-1]
        self.module = tf.Module()
        self.module.weights = {
            w.path: tf.Variable(tf.cast(w.value, tf.float16), trainable=False)
            for w in network.weights
        }

    def signatures(self) -> dict:
        """The named, traced functions that the SavedModel offers."""
        state = tf.TensorSpec((None, None, None, self._state_channels), name="state")
        temperature = tf.TensorSpec((), name="temperature")
        predict = tf.function(self.predict_ab)
        initial = tf.function(self.initial_state)
        return {
            "predict_ab": predict.get_concrete_function(_CLIP, state, temperature),
            "initial_state": initial.get_concrete_function(_CLIP),
        }

    def initial_state(self, lightness):
        """Zeros of the state's size for clips like `lightness` [B, T, H, W, 1]."""
        b, _, h, w, _ = tf.unstack(tf.shape(lightness))
        rows, columns = (_cells(side, encoder.ALIGN) for side in (h, w))
        scale = encoder.ALIGN // zoo.STATE_STRIDE
        size = (b, rows * scale, columns * scale, self._state_channels)
        return {"state": tf.zeros(size)}

    def predict_ab(self, lightness, state, temperature):
        """Chroma of each block of `STRIDE` pixels, and the state for the next clip."""
        h, w = tf.unstack(tf.shape(lightness)[2:4])
        inputs = {"lightness": _pad(lightness), "state": state}
        outputs = self._run_network(inputs)
        logits = outputs["logits"][:, :, : _cells(h, STRIDE), : _cells(w, STRIDE)]
        ab = bins.annealed_mean(logits, self._centers, temperature=temperature)
        return {"ab": ab, "state": tf.cast(outputs["state"], tf.float32)}

    def _run_network(self, inputs):
        """The network on the float16 weights, each raised to float32."""
        raised = [
            (w, tf.cast(self.module.weights[w.path], tf.float32))
            for w in self._network.weights
        ]
        with keras.StatelessScope(state_mapping=raised):
            return self._network(inputs, training=False)


def _cells(side, size):
    """How many cells of `size` pixels cover `side` pixels."""
    return -(-side // size)


def _pad(clip):
    """Repeats the last row and column until H and W divide by `encoder.ALIGN`."""
    for axis in (2, 3):
        side = tf.shape(clip)[axis]
        padded = _cells(side, encoder.ALIGN) * encoder.ALIGN
        clip = tf.gather(clip, tf.minimum(tf.range(padded), side - 1), axis=axis)
    return clip
