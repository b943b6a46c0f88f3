"""Normalisation done by the convolutions before it: the same in fewer steps."""

import keras
from keras import ops


class Folded:
    """A network in use, whose convolutions do the normalisation that follows them.

    What normalises by constants multiplies each channel and adds to it, which is a
    convolution with another kernel and a bias (Jacob et al. 2018, section 3.2). The
    weights are those of `network`, as they are where it is called, and so within the
    caller's `keras.StatelessScope` too.

    Args:
      network: a functional model; what is convolved and normalised in it goes nowhere
        else in between.

    Attributes:
      name: of `network`.
      weights: of `network`.
    """

    def __init__(self, network: keras.Model):
        self.name, self.weights = network.name, network.weights
        layers = _layers(network)
        self._of_name = {layer.name: layer for layer in layers}
        norms = {id(layer.input): layer for layer in layers if _normalises(layer)}
        self._norms = {
            layer.name: norms[id(layer.output)]
            for layer in layers
            if _convolves(layer) and id(layer.output) in norms
        }
        self._left_out = {norm.name for norm in self._norms.values()}
        self._plain = keras.models.clone_model(
            network,
            clone_function=self._clone,
            call_function=self._call,
            recursive=True,
        )

    def __call__(self, inputs, training=False):
        """What `network` gives."""
        del training  # It is in use.
        weights = [
            pair
            for layer in _layers(self._plain)
            for pair in zip(layer.weights, self._values(layer), strict=True)
        ]
        with keras.StatelessScope(state_mapping=weights):
            return self._plain(inputs, training=False)

    def _clone(self, layer):
        config = layer.get_config()
        if layer.name in self._norms:
            config["use_bias"] = True
        return type(layer).from_config(config)

    def _call(self, layer, inputs, *args, **kwargs):
        if layer.name in self._left_out:
            return inputs
        return layer(inputs, *args, **kwargs)

    def _values(self, layer):
        """The weights of a convolution that normalises too; those of other layers."""
        if not layer.weights:
            return []
        values = [ops.convert_to_tensor(w) for w in self._of_name[layer.name].weights]
        norm = self._norms.get(layer.name)
        if norm is None:
            return values
        kernel, bias = values if len(values) == 2 else (*values, 0.0)
        scale = ops.rsqrt(norm.moving_variance + norm.epsilon) * norm.gamma
        depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
        # A depthwise kernel ends with [C, M], of C M channels in that order.
        channels = kernel.shape[2:] if depthwise else kernel.shape[3:]
        return [
            kernel * ops.reshape(scale, channels),
            (bias - norm.moving_mean) * scale + norm.beta,
        ]


def _convolves(layer):
    is_such = isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D)
    return is_such and layer.activation is keras.activations.linear


def _normalises(layer):
    return isinstance(layer, keras.layers.BatchNormalization)


def _layers(network):
    """All layers of a functional model and of those inside it."""
    layers = []
    for layer in network.layers:
        layers += _layers(layer) if isinstance(layer, keras.Model) else [layer]
    return layers
