"""What an exported model can be asked, as functions of a network and its weights."""

import keras
import tensorflow as tf

from colornet.color import bins
from colornet.models import encoder, folding, hints, matching, zoo

STRIDE = zoo.STRIDE
_CLIP = tf.TensorSpec((None, None, None, None, 1), tf.float32, "lightness")
# L* below which colours stay means, and above which they have all their vividness. In
# the dark a wrong chroma is a larger share of the light, and a right one hardly seen.
_DARK, _BRIGHT = 20.0, 60.0
_HINTS = tf.TensorSpec((None, None, None, None, hints.CHANNELS), tf.float32, "hints")
_KEYS = tf.TensorSpec((None, None, matching.CHANNELS), tf.float32, "keys")
_COLORS = tf.TensorSpec((None, None, hints.CHANNELS), tf.float32, "colors")


class ColorNetwork:
    """A network with pre- and post-processing, its weights stored as float16.

    Args:
      network: made by `zoo.dynamic_colornet`.
      vividness: of `bins.vivid_mean`, by which its logits become colours, where it is
        bright.
      state_stride: the `dynamic_stride` that the network was made with.

    Attributes:
      module: what to save; its `weights` are the float16 variables by their path in the
        Keras network, which is how training can start from an exported model. It does
        not hold the network itself, whose float32 variables would be saved as well.
    """

    def __init__(
        self,
        network: keras.Model,
        vividness: float = 0.0,
        state_stride: int = zoo.STATE_STRIDE,
    ):
        self._network, self._vividness = network, vividness
        self._state_stride = state_stride
        self._state_channels = network.input["state"].shape[-1]
        self.module = tf.Module()
        self.module.weights = {
            w.path: tf.Variable(tf.cast(w.value, tf.float16), trainable=False)
            for w in network.weights
        }
        names = "encoder", "decoder", "keys"
        parts = [layer for layer in network.layers if layer.name in names]
        parts = [folding.Folded(p) if p.name == "encoder" else p for p in parts]
        self._parts = {part.name: self._traced(part) for part in parts}

    def signatures(self) -> dict:
        """The named, traced functions that the SavedModel offers."""
        state = tf.TensorSpec((None, None, None, self._state_channels), name="state")
        temperature = tf.TensorSpec((), name="temperature")
        rest = state, temperature
        offered = {
            "predict_ab": (self.predict_ab, _CLIP, *rest),
            "initial_state": (self.initial_state, _CLIP),
        }
        if "hints" in self._network.input:
            rest = _HINTS, *rest
            offered["predict_hinted_ab"] = (self.predict_hinted_ab, _CLIP, *rest)
            offered["remember"] = (self.remember, _CLIP, _HINTS)
            offered["recall"] = (self.recall, _CLIP, _KEYS, _COLORS)
        offered["encode"] = self.encode, _CLIP
        traced = {
            name: _graph(function).get_concrete_function(*inputs)
            for name, (function, *inputs) in offered.items()
        }
        told = [_HINTS] if "hints" in self._network.input else []
        inputs = [_CLIP, *told, state, temperature, *self._tap_specs()]
        traced["predict_encoded"] = _graph(self.predict_encoded).get_concrete_function(
            **{spec.name: spec for spec in inputs}
        )
        return traced

    def initial_state(self, lightness):
        """Zeros of the state's size for clips like `lightness` [B, T, H, W, 1]."""
        b, _, h, w, _ = tf.unstack(tf.shape(lightness))
        rows, columns = (_cells(side, encoder.ALIGN) for side in (h, w))
        scale = encoder.ALIGN // self._state_stride
        size = (b, rows * scale, columns * scale, self._state_channels)
        return {"state": tf.zeros(size)}

    def predict_ab(self, lightness, state, temperature):
        """Chroma of each block of `STRIDE` pixels, and the state for the next clip."""
        outputs = self.predict_logits(lightness, state)
        return self._decoded(outputs, lightness, temperature)

    def predict_logits(self, lightness, state):
        """What `decode` makes that chroma of, and the state for the next clip."""
        return self._colored(lightness, state, None, self._seen(lightness))

    def predict_hinted_ab(self, lightness, hints, state, temperature):
        """The same, where colours of some pixels are known."""
        outputs = self._colored(lightness, state, hints, self._seen(lightness))
        return self._decoded(outputs, lightness, temperature)

    def encode(self, lightness):
        """What the network sees in each frame, whatever it is told: its taps, by name.

        They are float32 [B T, h, w, C], fine to coarse.
        """
        taps = zip(self._tap_specs(), self._seen(lightness), strict=True)
        return {spec.name: tf.cast(tap, tf.float32) for spec, tap in taps}

    def predict_encoded(self, lightness, state, temperature, hints=None, **taps):
        """`predict_ab`, or with hints `predict_hinted_ab`, of what `encode` gave.

        Returns:
          ab and state as they give them, and logits [B, T, h, w, Q] over the chroma
          bins of each block.
        """
        taps = [taps[spec.name] for spec in self._tap_specs()]
        outputs = self._colored(lightness, state, hints, taps)
        h, w = (_cells(side, STRIDE) for side in _size(lightness))
        return {
            **self._decoded(outputs, lightness, temperature),
            "logits": tf.cast(outputs["logits"][:, :, :h, :w], tf.float32),
        }

    def _tap_specs(self):
        taps = self._network.get_layer("encoder").outputs
        return [
            tf.TensorSpec((None, None, None, tap.shape[-1]), tf.float32, f"tap_{n}")
            for n, tap in enumerate(taps)
        ]

    def remember(self, lightness, hints):
        """What `recall` needs of frames whose colours are known: keys, and colours."""
        keys = matching.cells(self._keys(lightness))
        b, _, _, channels = tf.unstack(tf.shape(keys))
        return {
            "keys": tf.reshape(keys, [b, -1, channels]),
            "colors": matching.memory(_pad_hints(hints)),
        }

    def recall(self, lightness, keys, colors):
        """Hints [B, T, H, W, 3] for frames, of what is remembered of others."""
        asking = matching.cells(self._keys(lightness))

        def of_frame(asking):
            return matching.recall(asking, keys, colors)

        # One by one: all at once would take the memory of as many likenesses.
        told = tf.map_fn(of_frame, tf.transpose(asking, [1, 0, 2, 3]))
        told = matching.spread(tf.transpose(told, [1, 0, 2, 3]), _pad(lightness))
        height, width = _size(lightness)
        return {"hints": told[:, :, :height, :width]}

    def _keys(self, lightness):
        """Keys [B, T, H / 8, W / 8, C]."""
        keys = self._parts["keys"](self._seen(lightness)[:3])
        b, t = tf.unstack(tf.shape(lightness)[:2])
        return tf.reshape(keys, [b, t, *tf.unstack(tf.shape(keys)[1:])])

    def _seen(self, lightness):
        """The encoder's taps for the padded clip."""
        clip = _pad(lightness)
        frames = tf.reshape(clip, [-1, *tf.unstack(tf.shape(clip)[2:])])
        return self._parts["encoder"](frames)

    def _colored(self, lightness, state, hinted, taps):
        """Logits for the padded clip, and the next state.

        Without hints, one pixel tells all that nothing is known.
        """
        inputs = {"lightness": _pad(lightness), "state": state, "taps": taps}
        if "hints" in self._network.input:
            nothing = tf.zeros([1, 1, 1, 1, hints.CHANNELS])
            inputs["hints"] = nothing if hinted is None else _pad_hints(hinted)
        return self._parts["decoder"](inputs)

    def _decoded(self, outputs, lightness, temperature):
        ab = decode(outputs["logits"], lightness, temperature, self._vividness)
        return {"ab": ab, "state": tf.cast(outputs["state"], tf.float32)}

    def _traced(self, part):
        """A part of the network, on the float16 weights, each raised to float32.

        It is traced once for all signatures that call it alike.
        """

        def run(inputs):
            raised = [
                (w, tf.cast(self.module.weights[w.path], tf.float32))
                for w in part.weights
            ]
            with keras.StatelessScope(state_mapping=raised):
                return part(inputs, training=False)

        return _graph(run)


def _graph(function):
    """`function` as a graph, traced as it is written: it has no loops to translate."""
    return tf.function(function, autograph=False)


def decode(logits, lightness, temperature, vividness):
    """Ab [B, T, h, w, 2], a colour for each block of `STRIDE` x `STRIDE` pixels.

    Args:
      logits: of the padded clip.
      lightness: the clip [B, T, H, W, 1].
      temperature: of `bins.vivid_mean`.
      vividness: of it, where it is bright; in the dark it is 0.
    """
    h, w = (_cells(side, STRIDE) for side in _size(lightness))
    block = (1, 1, STRIDE, STRIDE, 1)
    cells = tf.nn.avg_pool3d(_pad(lightness), block, block, "VALID")[:, :, :h, :w]
    light = tf.clip_by_value((cells - _DARK) / (_BRIGHT - _DARK), 0.0, 1.0)
    way = {"temperature": temperature, "vividness": vividness * light}
    return bins.vivid_mean(logits[:, :, :h, :w], bins.ab_centers(), **way)


def _size(clip):
    """Height and width of a clip [B, T, H, W, C]."""
    return tf.unstack(tf.shape(clip)[2:4])


def _cells(side, size):
    """How many cells of `size` pixels cover `side` pixels."""
    return -(-side // size)


def _pad_hints(hints):
    """Hints as large as `_pad` makes clips; beyond the edge nothing is known."""
    sides = [_cells(side, encoder.ALIGN) * encoder.ALIGN for side in _size(hints)]
    more = [(0, side - now) for side, now in zip(sides, _size(hints), strict=True)]
    return tf.pad(hints, [(0, 0), (0, 0), *more, (0, 0)])


def _pad(clip):
    """Repeats the last row and column until H and W divide by `encoder.ALIGN`."""
    for axis in (2, 3):
        side = tf.shape(clip)[axis]
        padded = _cells(side, encoder.ALIGN) * encoder.ALIGN
        clip = tf.gather(clip, tf.minimum(tf.range(padded), side - 1), axis=axis)
    return clip
