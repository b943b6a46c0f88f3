import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from skimage import measure

from colornet.color import bins
from colornet.errors import UsageError
from colornet.models import zoo
from colornet.serving import export, signatures
from colornet.training import checkpoints, settings


@pytest.fixture(scope="module")
def network():
    """A small network that takes hints, whose weights float16 holds exactly."""
    keras.utils.set_random_seed(0)
    network = zoo.dynamic_colornet(
        len(bins.ab_centers()), filters=(8, 8, 8), takes_hints=True
    )
    for weight in network.weights:
        if weight.path.endswith("tell/kernel"):  # New ones are zeros.
            weight.assign(keras.random.normal(weight.shape))
        weight.assign(tf.cast(tf.cast(weight, tf.float16), tf.float32))
    return network


@pytest.fixture(scope="module")
def exported(network, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("exported") / "model")
    colors = signatures.ColorNetwork(network, vividness=0.5)
    tf.saved_model.save(colors.module, path, colors.signatures())
    return tf.saved_model.load(path).signatures


def random_clip(b, t, h, w):
    values = np.random.default_rng(0).random((b, t, h, w, 1), dtype="float32")
    return tf.constant(100 * values)


def predict(exported, clip, state=None, temperature=0.5):
    if state is None:
        state = exported["initial_state"](lightness=clip)["state"]
    temperature = tf.constant(temperature)
    return exported["predict_ab"](lightness=clip, state=state, temperature=temperature)


@pytest.mark.parametrize("shape", [(2, 3, 32, 64), (1, 1, 64, 32)])
def test_exported_is_the_keras_network_and_its_decoding(exported, network, shape):
    clip = random_clip(*shape)
    state = zoo.ZeroState(8)(clip)
    hints = tf.zeros((*shape, 3))
    outputs = network({"lightness": clip, "state": state, "hints": hints})
    centers = bins.ab_centers()
    cells = measure.block_reduce(clip.numpy(), (1, 1, 4, 4, 1), np.mean)
    vividness = 0.5 * np.clip((cells - 20) / 40, 0, 1)  # From L* 20 to 60.
    way = {"temperature": 0.5, "vividness": vividness}
    expected = bins.vivid_mean(outputs["logits"], centers, **way)
    got = predict(exported, clip)
    np.testing.assert_allclose(got["ab"], expected, atol=1e-3)
    np.testing.assert_allclose(got["state"], outputs["state"], atol=1e-5)


@pytest.mark.parametrize("size", [(32, 64), (33, 50)])
def test_hints_are_told_and_none_are_as_good_as_zeros(exported, size):
    clip = random_clip(1, 2, *size)
    state = exported["initial_state"](lightness=clip)["state"]
    rest = {"state": state, "temperature": tf.constant(0.5)}
    plain = predict(exported, clip)["ab"]
    hints = np.zeros((1, 2, *size, 3), "float32")
    hinted = exported["predict_hinted_ab"]
    got = hinted(lightness=clip, hints=tf.constant(hints), **rest)["ab"]
    np.testing.assert_allclose(got, plain, atol=1e-3)
    hints[:, 1, 4:20, 4:20] = 60, 40, 1
    told = hinted(lightness=clip, hints=tf.constant(hints), **rest)["ab"]
    np.testing.assert_allclose(told[:, 0], plain[:, 0], atol=1e-3)
    assert np.abs(told[:, 1] - plain[:, 1]).max() > 0.1


@pytest.mark.parametrize("size", [(32, 64), (33, 50)])
def test_what_was_encoded_once_is_coloured_as_if_seen_anew(exported, size):
    clip = random_clip(1, 2, *size)
    hints = np.zeros((1, 2, *size, 3), "float32")
    hints[:, 1, 4:20, 4:20] = 60, 40, 1
    inputs = {
        "lightness": clip,
        "hints": tf.constant(hints),
        "state": exported["initial_state"](lightness=clip)["state"],
        "temperature": tf.constant(1.0),
    }
    taps = exported["encode"](lightness=clip)
    got = exported["predict_encoded"](**inputs, **taps)
    expected = exported["predict_hinted_ab"](**inputs)
    for name in ("ab", "state"):
        np.testing.assert_allclose(got[name], expected[name], atol=1e-3)
    # The logits are those that the colours were made of; in the dark, by their mean.
    dark = {**inputs, "lightness": 0 * clip}
    got = exported["predict_encoded"](**dark, **taps)
    mean = bins.annealed_mean(got["logits"], bins.ab_centers(), temperature=1.0)
    np.testing.assert_allclose(got["ab"], mean, atol=1e-3)


@pytest.mark.parametrize("size", [(32, 64), (33, 50)])
def test_what_is_remembered_is_recalled_where_it_is_seen_again(exported, size):
    clip = random_clip(1, 3, *size)
    hints = np.zeros((1, 1, *size, 3), "float32")
    hints[:, :, :, :24] = 60, 40, 1
    known = exported["remember"](lightness=clip[:, 1:2], hints=tf.constant(hints))
    again = exported["recall"](lightness=clip, **known)["hints"].numpy()
    assert again.shape == (1, 3, *size, 3)
    np.testing.assert_allclose(again[..., :2][again[..., 2] > 0.5][:, 0], 60, atol=1)
    # A frame is most like itself, and what was not told stays unknown.
    assert again[0, 1, :, :24, 2].mean() > 0.5
    part = exported["recall"](lightness=clip[:, 1:], **known)["hints"].numpy()
    np.testing.assert_allclose(part, again[:, 1:], atol=1e-4)
    silent = {**known, "colors": 0 * known["colors"]}
    assert not np.any(exported["recall"](lightness=clip, **silent)["hints"] > 0.01)


@pytest.mark.parametrize("size", [(1, 1), (33, 50), (4, 70)])
def test_any_size_gives_one_colour_a_block(exported, size):
    h, w = size
    ab = predict(exported, random_clip(1, 2, h, w))["ab"]
    assert ab.shape == (1, 2, -(-h // 4), -(-w // 4), 2)


def test_padding_repeats_the_edge(exported):
    clip = random_clip(1, 1, 30, 64)
    padded = tf.concat([clip, clip[:, :, -1:], clip[:, :, -1:]], axis=2)
    got, expected = predict(exported, clip)["ab"], predict(exported, padded)["ab"]
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_clip_in_pieces_is_the_clip_whole(exported):
    clip = random_clip(1, 4, 40, 40)
    whole = predict(exported, clip)
    first = predict(exported, clip[:, :1])
    rest = predict(exported, clip[:, 1:], first["state"])
    joined = np.concatenate([first["ab"], rest["ab"]], axis=1)
    np.testing.assert_allclose(joined, whole["ab"], atol=1e-3)


@pytest.mark.parametrize("dynamic_layer", ["gru", "none"])
def test_a_dynamic_layer_at_stride_8_has_a_state_of_that_size(dynamic_layer):
    fine = zoo.dynamic_colornet(
        261, filters=(8, 8, 8), dynamic_layer=dynamic_layer, dynamic_stride=8
    )
    colors = signatures.ColorNetwork(fine, state_stride=8)
    clip = random_clip(2, 2, 33, 40)
    state = colors.initial_state(clip)["state"]
    assert state.shape == (2, 8, 8, 8 if dynamic_layer == "gru" else 0)
    outputs = colors.predict_ab(clip, state, tf.constant(0.5))
    assert outputs["ab"].shape == (2, 2, 9, 10, 2)
    assert outputs["state"].shape == state.shape


def test_lower_temperature_is_nearer_to_the_mode(exported, network):
    clip = random_clip(1, 1, 32, 32)
    inputs = {"state": zoo.ZeroState(8)(clip), "hints": tf.zeros((1, 1, 32, 32, 3))}
    logits = network({"lightness": clip, **inputs})["logits"]
    mode = bins.mode(logits, bins.ab_centers())
    away = [
        float(tf.norm(predict(exported, clip, temperature=t)["ab"] - mode))
        for t in (1e-6, 1e-4, 1.0)
    ]
    assert away[0] <= away[1] <= away[2] and away[0] < away[2]


def test_a_network_that_looks_ahead_is_refused_in_a_line(tmp_path, monkeypatch):
    config = settings.TrainConfig(dynamic_layer="two_way_gru")
    monkeypatch.setattr(checkpoints, "load_network", lambda _: (None, config))
    with pytest.raises(UsageError, match="two_way_gru, which looks ahead") as caught:
        export.run(export.ExportConfig(), tmp_path, tmp_path / "model")
    assert "\n" not in str(caught.value) and not list(tmp_path.iterdir())


def test_existing_output_is_kept(tmp_path):
    (tmp_path / "model").mkdir()
    with pytest.raises(UsageError, match="exists; give --overwrite"):
        export.run(export.ExportConfig(), tmp_path, tmp_path / "model")


def test_failed_export_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="no checkpoint there"):
        export.run(export.ExportConfig(), tmp_path, tmp_path / "model")
    assert json.dumps([p.name for p in tmp_path.iterdir()]) == "[]"
