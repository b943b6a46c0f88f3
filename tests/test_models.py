import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from colornet.color import spaces
from colornet.models import (
    alignment,
    conv_gru,
    conv_lstm,
    conv_rnn,
    dynamic,
    encoder,
    folding,
    lightness,
    time_axis,
    zoo,
)

NUM_BINS = 7


def small_network(dynamic_layer="gru", **kwargs):
    keras.utils.set_random_seed(0)
    network = zoo.dynamic_colornet(
        NUM_BINS, dynamic_layer=dynamic_layer, filters=(8, 8, 8), **kwargs
    )
    # Keras' own first weights let a picture fade to nothing on its way through fifty
    # layers; these keep it, so that what is coarse has a say in the logits.
    for weight in network.get_layer("encoder").weights:
        if "kernel" in weight.path:
            weight.assign(3 * weight)
    return network


@pytest.fixture(scope="module")
def network():
    return small_network()


def random_clip(b, t, h, w, seed=0):
    values = np.random.default_rng(seed).random((b, t, h, w, 1), dtype="float32")
    return 100 * values


def run(network, clip, state=None, stride=16):
    if state is None:
        state = zoo.ZeroState(network.input["state"].shape[-1], stride)(clip)
    inputs = {"lightness": tf.constant(clip), "state": tf.constant(state)}
    outputs = network(inputs)
    return np.asarray(outputs["logits"]), np.asarray(outputs["state"])


@pytest.mark.parametrize("shape", [(2, 3, 32, 64), (1, 1, 64, 32), (3, 2, 32, 32)])
def test_any_batch_length_and_size_in_one_graph(network, shape):
    channels = network.input["state"].shape[-1]
    traced = tf.function(
        lambda clip, state: network({"lightness": clip, "state": state}),
        input_signature=[
            tf.TensorSpec((None, None, None, None, 1)),
            tf.TensorSpec((None, None, None, channels)),
        ],
    )
    clip = random_clip(*shape)
    b, t, h, w = shape
    outputs = traced(clip, np.zeros((b, h // 16, w // 16, channels), "float32"))
    assert outputs["logits"].shape == (b, t, h // 4, w // 4, NUM_BINS)
    np.testing.assert_allclose(outputs["logits"], run(network, clip)[0], atol=1e-4)


@pytest.mark.parametrize("name", encoder.NAMES)
def test_folded_encoders_see_the_same_with_the_weights_of_the_moment(name):
    encode = encoder.build_encoder(name)
    folded = folding.Folded(encode)
    lightness = random_clip(1, 2, 64, 96)[0]
    draw = np.random.default_rng(0)
    for _ in range(2):
        for weight in encode.weights:
            if "kernel" not in weight.path:  # Spreads are positive, means need not be.
                weight.assign(draw.uniform(0.5, 1.5, weight.shape))
        for got, expected in zip(folded(lightness), encode(lightness), strict=True):
            assert np.std(expected) > 0.01
            np.testing.assert_allclose(got, expected, atol=1e-4 * np.max(expected))
    halves = [(weight, weight / 2) for weight in encode.weights]
    with keras.StatelessScope(state_mapping=halves):
        for got, expected in zip(folded(lightness), encode(lightness), strict=True):
            np.testing.assert_allclose(got, expected, atol=1e-4 * np.max(expected))


def test_only_convolutions_that_are_normalised_at_once_do_it_themselves():
    picture = keras.Input((None, None, 3))
    x = keras.layers.Conv2D(4, 3, activation="relu")(picture)  # Normalised too late.
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(6, 3, name="biased")(x)
    x = keras.layers.BatchNormalization(epsilon=0.1)(x)
    x = keras.layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    network = keras.Model(picture, keras.layers.ReLU()(x))
    draw = np.random.default_rng(0)
    for weight in network.weights:
        weight.assign(draw.uniform(0.1, 1, weight.shape))
    pictures = draw.normal(size=(2, 9, 8, 3)).astype("float32")
    expected = network(pictures, training=False)
    got = folding.Folded(network)(pictures)
    np.testing.assert_allclose(got, expected, rtol=1e-5)


@pytest.mark.parametrize("name", encoder.NAMES)
def test_taps_stand_at_their_strides(name):
    encode = encoder.build_encoder(name)
    taps = encode(random_clip(1, 1, 64, 96)[0])
    assert [64 // tap.shape[1] for tap in taps] == list(encoder.strides(name))
    assert [96 // tap.shape[2] for tap in taps] == list(encoder.strides(name))


@pytest.mark.parametrize("name", encoder.NAMES)
def test_encoder_sees_what_its_application_would(name):
    """The grey of L*, preprocessed as keras.applications says, gives the same taps."""
    grey = np.random.default_rng(0).random((1, 32, 32, 1), dtype="float32")
    encode = encoder.build_encoder(name)
    entrance, taps = encode.layers[1], encoder.backbone(encode)
    module = getattr(keras.applications, name)
    picture = np.repeat(grey * 255, 3, axis=-1)
    expected = module.preprocess_input(picture.copy())
    got = entrance(spaces.grey_to_lightness(grey))
    np.testing.assert_allclose(got, expected, atol=0.02)
    assert taps.input.shape[-1] == 3
    # A decoder sees them about as large as each other.
    ratio = {"vgg16": 100, "mobilenet_v2": 1}[name]
    for tap, seen in zip(
        taps(got), encode(spaces.grey_to_lightness(grey)), strict=True
    ):
        np.testing.assert_allclose(tap, ratio * seen, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", encoder.NAMES)
def test_encoders_are_written_as_they_are_read(name, tmp_path):
    encode = encoder.build_encoder(name, dtype="mixed_bfloat16")
    encoder.save_weights(encode, name, tmp_path / "a.weights.h5")
    again = encoder.build_encoder(name, weights=str(tmp_path / "a.weights.h5"))
    for one, other in zip(encode.weights, again.weights, strict=True):
        assert one.path == other.path
        np.testing.assert_array_equal(one, other)
    (tmp_path / "a.weights.h5").unlink()


def test_frozen_encoder_has_nothing_to_train(network):
    trained = {w.path.split("/")[0] for w in network.trainable_weights}
    assert trained == {
        *("join_0", "join_1", "join_conv", "dynamic_layer", "head"),
        *("stride8_double", "stride8_skip", "stride8_conv"),
        *("stride4_double", "stride4_skip", "stride4_conv"),
    }
    tuned = small_network(train_encoder=True)
    assert len(tuned.trainable_weights) > len(network.trainable_weights)


@pytest.mark.parametrize(
    ("dynamic_layer", "stride"),
    [(kind, 16) for kind in dynamic.KINDS if kind not in dynamic.NOT_STREAMED]
    + [("gru", 8)],
)
def test_clip_in_pieces_is_the_clip_whole(dynamic_layer, stride):
    network = small_network(dynamic_layer, dynamic_stride=stride)
    clip = random_clip(2, 5, 32, 32)
    whole, last = run(network, clip, stride=stride)
    state, pieces = None, []
    for piece in (clip[:, :2], clip[:, 2:3], clip[:, 3:]):
        logits, state = run(network, piece, state, stride)
        pieces.append(logits)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, atol=1e-4)
    np.testing.assert_allclose(state, last, atol=1e-4)


def test_later_frames_leave_earlier_ones_alone_and_earlier_ones_tell(network):
    clip = random_clip(1, 4, 32, 32)
    changed = clip.copy()
    changed[:, 2] = 50.0
    before, after = run(network, clip)[0], run(network, changed)[0]
    np.testing.assert_allclose(after[:, :2], before[:, :2], atol=1e-4)
    assert np.abs(after[:, 3] - before[:, 3]).max() > 1e-3


def test_two_ways_frames_know_of_those_before_and_after():
    network = small_network("two_way_gru")
    clip = random_clip(1, 4, 32, 32)
    expected = run(network, clip)[0]
    for changed in (0, 3):
        other = clip.copy()
        other[:, changed] = 50.0
        away = np.abs(run(network, other)[0] - expected).max(axis=(0, 2, 3, 4))
        assert away.min() > 1e-4
    # The way back is the way forth on the reversed clip.
    for name in ("gates", "candidate"):
        forward, backward = (
            getattr(network.get_layer("decoder").get_layer(layer).cell, name)
            for layer in ("dynamic_layer", "dynamic_layer_backward")
        )
        backward.set_weights(forward.get_weights())
    forth, back = run(network, clip)[0], run(network, clip[:, ::-1])[0]
    np.testing.assert_allclose(back[:, ::-1], forth, atol=1e-4)


def test_without_dynamic_layer_frames_are_photos():
    network = small_network("none")
    clip = random_clip(1, 3, 32, 32)
    frames = np.moveaxis(clip, 1, 0)
    whole, alone = run(network, clip)[0], run(network, frames)[0]
    np.testing.assert_allclose(whole[0], alone[:, 0], atol=1e-4)


def test_still_film_settles(network):
    clip = np.repeat(random_clip(1, 1, 32, 32), 40, axis=1)
    logits = run(network, clip)[0]
    steps = np.abs(np.diff(logits, axis=1)).max(axis=(0, 2, 3, 4))
    assert steps[-1] < 0.05 * steps[0]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_network_stays_near(network, policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = small_network()
    finally:
        keras.config.set_dtype_policy(before)
    half.set_weights(network.get_weights())
    clip = random_clip(1, 2, 32, 32)
    got, expected = run(half, clip)[0], run(network, clip)[0]
    assert got.dtype == "float32"
    assert np.abs(got - expected).max() < 0.05 * np.abs(expected).max() + 0.02


def test_folding_time_is_what_time_distributed_should_be():
    """At a fixed T, where `keras.layers.TimeDistributed` is right, both are equal."""
    conv = keras.layers.Conv2D(3, 3, padding="same")
    clip = keras.Input((4, 8, 8, 2))
    folded = time_axis.UnfoldTime()(conv(time_axis.FoldTime()(clip)), clip)
    distributed = keras.layers.TimeDistributed(conv)(clip)
    model = keras.Model(clip, [folded, distributed])
    ours, theirs = model(np.random.default_rng(0).random((2, 4, 8, 8, 2)))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_conv_gru_step_follows_its_equations():
    cell = conv_gru.ConvGRUCell(3, kernel_size=1)
    random = np.random.default_rng(0)
    x, h = random.random((1, 2, 2, 4)), random.random((1, 2, 2, 3))
    x, h = x.astype("float32"), h.astype("float32")
    got = np.asarray(cell(x, [h])[0])
    gates, gate_bias = (np.asarray(w) for w in cell.gates.weights)
    candidate, bias = (np.asarray(w) for w in cell.candidate.weights)

    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    joint = np.concatenate([x, h], axis=-1)
    z = sigmoid(joint @ gates[0, 0][:, :3] + gate_bias[:3])
    r = sigmoid(joint @ gates[0, 0][:, 3:] + gate_bias[3:])
    n = np.tanh(np.concatenate([x, r * h], axis=-1) @ candidate[0, 0] + bias)
    np.testing.assert_allclose(got, (1 - z) * h + z * n, atol=1e-5)


def test_a_single_frame_without_a_past_is_a_step_from_zeros_and_learns_alike():
    """And where there is a past, or another frame, that counts."""
    keras.utils.set_random_seed(0)
    layer = conv_rnn.ConvRNN(conv_gru.ConvGRUCell(3), return_state=True)
    rng = np.random.default_rng(0)
    clip = rng.normal(size=(2, 2, 5, 6, 4)).astype("float32")
    states = np.zeros((2, 5, 6, 3), "float32"), rng.random((2, 5, 6, 3), "float32")
    layer(clip)
    weights = layer.trainable_variables

    @tf.function(reduce_retracing=True)
    def run(clip, state):
        return layer(clip, initial_state=[state])

    def run_by_steps(clip, state):
        outputs = []
        for frame in tf.unstack(clip, axis=1):
            output, (state,) = layer.cell(frame, [state])
            outputs.append(output)
        return tf.stack(outputs, axis=1), state

    def learn(run, *inputs):
        with tf.GradientTape() as tape:
            output, last = run(*inputs)
            cost = tf.reduce_sum(output**2)
        return output, last, *tape.gradient(cost, weights)

    for frames in (1, 2):
        for state in map(tf.constant, states):
            inputs = tf.constant(clip[:, :frames]), state
            for got, expected in zip(
                learn(run, *inputs), learn(run_by_steps, *inputs), strict=True
            ):
                np.testing.assert_allclose(got, expected, atol=1e-5)


def test_conv_lstm_step_follows_its_equations():
    cell = conv_lstm.ConvLSTMCell(3, kernel_size=1)
    random = np.random.default_rng(0)
    x, h, c = (random.random((1, 2, 2, n), dtype="float32") for n in (4, 3, 3))
    output, (state,) = cell(x, [np.concatenate([h, c], axis=-1)])
    kernel, bias = (np.asarray(w) for w in cell.gates.weights)

    def sigmoid(v):
        return 1 / (1 + np.exp(-v))

    gates = np.concatenate([x, h], axis=-1) @ kernel[0, 0] + bias
    i, f, o, n = np.split(gates, 4, axis=-1)
    c = sigmoid(f + 1) * c + sigmoid(i) * np.tanh(n)
    h = sigmoid(o) * np.tanh(c)
    np.testing.assert_allclose(output, h, atol=1e-5)
    np.testing.assert_allclose(state, np.concatenate([h, c], axis=-1), atol=1e-5)


def test_alignment_follows_its_equations():
    random = np.random.default_rng(0)
    memory, keys, before = (random.random((1, 5, 6, n)) for n in (3, 4, 4))
    near = random.random(49)
    got = alignment.align(memory, keys, before, near)
    for y, x in np.ndindex(5, 6):
        scores, values = [], []
        for number, (up, left) in enumerate(np.ndindex(7, 7)):
            row, column = y + up - 3, x + left - 3
            if 0 <= row < 5 and 0 <= column < 6:
                like = keys[0, y, x] @ before[0, row, column] / 2
                scores.append(like + near[number])
                values.append(memory[0, row, column])
        shares = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(got[0, y, x], shares @ values, atol=1e-5)


def test_memory_goes_along_with_what_moves():
    random = np.random.default_rng(0)
    memory, before = (
        random.normal(size=(1, 9, 9, n)).astype("float32") for n in (3, 32)
    )
    moved = np.roll(before, (2, -1), axis=(1, 2))
    got = alignment.align(memory, 10 * moved, before, np.zeros(49, "float32"))
    expected = np.roll(memory, (2, -1), axis=(1, 2))
    np.testing.assert_allclose(got[:, 2:, :-1], expected[:, 2:, :-1], atol=1e-3)


def test_lightness_of_rgb_is_the_first_channel_of_lab():
    rgb = np.random.default_rng(0).integers(0, 256, (1, 2, 4, 4, 3), dtype="uint8")
    got = lightness.RgbToLightness()(rgb)
    expected = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., :1]
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_wrong_names_are_refused_with_the_right_ones():
    with pytest.raises(ValueError, match="vgg16.*mobilenet_v2.*got 'resnet'"):
        zoo.dynamic_colornet(NUM_BINS, encoder_name="resnet")
    with pytest.raises(ValueError, match="gru.*none.*got 'rnn'"):
        zoo.dynamic_colornet(NUM_BINS, dynamic_layer="rnn")
    with pytest.raises(ValueError, match="16, 8.*got 4"):
        zoo.dynamic_colornet(NUM_BINS, dynamic_stride=4)


_ON_JAX = """
import json, sys
import numpy as np
from colornet.models import zoo
network = zoo.dynamic_colornet(7, encoder_name="vgg16", filters=(8, 8, 8))
network.load_weights(sys.argv[1])
clip = np.load(sys.argv[2])
b, _, h, w, _ = clip.shape
state = np.zeros((b, h // 16, w // 16, 8), "float32")
logits = network.predict({"lightness": clip, "state": state}, verbose=0)["logits"]
print(json.dumps(logits.tolist()))
"""


def test_jax_computes_the_same(tmp_path):
    """With VGG-16, of few layers: JAX compiles each shape of kernel on its own."""
    pytest.importorskip("jax", reason="colornet[jax] is not installed")
    network = small_network(encoder_name="vgg16")
    clip = random_clip(1, 2, 32, 32)
    np.save(tmp_path / "clip.npy", clip)
    network.save_weights(tmp_path / "network.weights.h5")
    files = [str(tmp_path / name) for name in ("network.weights.h5", "clip.npy")]
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # They take longer than one clip.
    }
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _ON_JAX, *files],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    expected = run(network, clip)[0]
    got = np.array(json.loads(printed.splitlines()[-1]))
    np.testing.assert_allclose(got, expected, atol=1e-4 * np.abs(expected).max() + 1e-4)
