"""Laws that hold for every layer of the package, whatever it computes."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from colornet.models import (
    alignment,
    conv_gru,
    conv_lstm,
    conv_rnn,
    decoder,
    lightness,
    matching,
    time_axis,
    zoo,
)

CLIP = (2, 3, 32, 64, 4)


def recurrent(cell, **kwargs):
    return lambda: conv_rnn.ConvRNN(cell(6), **kwargs)


# A layer, and the shapes of what it is called with.
LAYERS = {
    "fold": (time_axis.FoldTime, [CLIP]),
    "unfold": (time_axis.UnfoldTime, [(6, 16, 8, 5), CLIP]),
    "rgb_to_lightness": (lightness.RgbToLightness, [(2, 3, 8, 8, 3)]),
    "to_encoder": (
        lambda: lightness.LightnessToEncoder(2.0, (-1.0, -1.0, -1.0)),
        [(6, 8, 8, 1)],
    ),
    "zero_state": (lambda: zoo.ZeroState(5), [(2, 3, 32, 64, 1)]),
    "unpool": (decoder.Unpool, [(2, 4, 3, 5), (2, 8, 6, 5)]),
    "smooth": (matching.Smooth, [(2, 8, 6, 5)]),
    "conv_gru": (recurrent(conv_gru.ConvGRUCell, return_state=True), [CLIP]),
    "conv_lstm": (recurrent(conv_lstm.ConvLSTMCell, return_state=True), [CLIP]),
    "aligned": (recurrent(alignment.AlignedGRUCell, return_state=True), [CLIP]),
    "last": (recurrent(conv_gru.ConvGRUCell, return_sequences=False), [CLIP]),
}
pytestmark = pytest.mark.parametrize("name", LAYERS)


def inputs_of(name, seed=0):
    _, shapes = LAYERS[name]
    random = np.random.default_rng(seed)
    return [random.random(shape, dtype="float32") for shape in shapes]


def flat(outputs):
    return [np.asarray(keras.ops.cast(x, "float32")) for x in tf.nest.flatten(outputs)]


def functional(name, layer):
    symbols = [
        keras.Input(batch_shape=(None,) * len(x.shape[:-1]) + x.shape[-1:])
        for x in inputs_of(name)
    ]
    return keras.Model(symbols, layer(*symbols))


def test_unknown_sizes_give_what_known_sizes_give(name):
    layer = LAYERS[name][0]()
    inputs = inputs_of(name)
    expected = flat(layer(*inputs))
    specs = [tf.TensorSpec((None,) * (x.ndim - 1) + x.shape[-1:]) for x in inputs]
    traced = tf.function(lambda *x: layer(*x), input_signature=specs)
    for got, want in zip(flat(traced(*inputs)), expected, strict=True):
        np.testing.assert_allclose(got, want, atol=1e-5)


def test_declared_shape_is_the_computed_shape(name):
    layer = LAYERS[name][0]()
    model = functional(name, layer)
    computed = flat(model(inputs_of(name)))
    declared = tf.nest.flatten(model.output)
    for want, got in zip(declared, computed, strict=True):
        assert len(want.shape) == got.ndim
        assert all(a in (None, b) for a, b in zip(want.shape, got.shape, strict=True))


def test_saved_and_loaded_it_computes_the_same(name, tmp_path):
    model = functional(name, LAYERS[name][0]())
    inputs = inputs_of(name)
    model.save(tmp_path / "layer.keras")
    loaded = keras.models.load_model(tmp_path / "layer.keras")
    for got, want in zip(flat(loaded(inputs)), flat(model(inputs)), strict=True):
        np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_stays_near(name, policy):
    keras.utils.set_random_seed(0)
    expected = flat(LAYERS[name][0]()(*inputs_of(name)))
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        keras.utils.set_random_seed(0)
        got = flat(LAYERS[name][0]()(*inputs_of(name)))
    finally:
        keras.config.set_dtype_policy(before)
    for x, y in zip(got, expected, strict=True):
        np.testing.assert_allclose(x, y, atol=0.05)


def test_two_replicas_compute_what_one_does(name):
    inputs = inputs_of(name)
    keras.utils.set_random_seed(0)
    expected = flat(LAYERS[name][0]()(*inputs))
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    keras.utils.set_random_seed(0)
    with strategy.scope():
        layer = LAYERS[name][0]()
        layer(*inputs)  # Makes the weights outside of the replicas.
    outputs = strategy.run(lambda: layer(*inputs))
    for replica in (0, 1):
        per_replica = tf.nest.map_structure(
            lambda x, replica=replica: strategy.experimental_local_results(x)[replica],
            outputs,
        )
        for got, want in zip(flat(per_replica), expected, strict=True):
            np.testing.assert_allclose(got, want, atol=1e-6)
