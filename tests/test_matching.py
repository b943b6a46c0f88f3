import keras
import numpy as np
import pytest
import tensorflow as tf

from colornet.color import bins, spaces
from colornet.models import losses, matching
from colornet.training import copying


def directions(shape, seed=0, channels=32):
    """Random keys: of so many channels that no two are alike by chance."""
    keys = np.random.default_rng(seed).normal(size=(*shape, channels))
    return (keys / np.linalg.norm(keys, axis=-1, keepdims=True)).astype("float32")


def colors(shape, seed=0):
    ab = np.random.default_rng(seed).uniform(-60, 60, (*shape, 2))
    return np.concatenate([ab, np.ones((*shape, 1))], axis=-1).astype("float32")


def test_a_cell_recalls_its_like_wherever_it_lies_in_the_memory():
    keys, told = directions((1, 40)), colors((1, 40))
    order = np.random.default_rng(1).permutation(40)
    got = np.asarray(matching.recall(keys, keys[:, order], told[:, order]))
    np.testing.assert_allclose(got[..., :2], told[..., :2], atol=0.5)
    assert got[..., 2].min() > 0.99


def test_what_is_like_nothing_recalls_nothing():
    keys, told = directions((1, 40)), colors((1, 40))
    others = directions((1, 40), seed=2)
    assert np.asarray(matching.recall(others, keys, told))[..., 2].max() < 0.01


def test_two_that_are_alike_share_and_what_is_hardly_told_does_not_count():
    key, ab = directions((1, 1)), np.array([[40.0, 0.0], [0.0, 40.0]])
    told = np.concatenate([ab, [[0.75], [0.25]]], axis=-1)[None].astype("float32")
    got = np.asarray(matching.recall(key, key.repeat(2, axis=1), told))
    np.testing.assert_allclose(got[0, 0], [20.0, 20.0, 1.0], atol=0.01)
    three = key.repeat(3, axis=1)
    told = np.insert(told, 0, [[80.0, 80.0, 1 / 64]], axis=1)
    got = np.asarray(matching.recall(key, three, told))
    np.testing.assert_allclose(got[0, 0], [20.0, 20.0, 1.0], atol=0.01)
    told[..., 2] = 0.0  # Of which nothing is known.
    assert not np.asarray(matching.recall(key, three, told)).any()


def test_what_is_most_like_something_untold_is_told_nothing():
    keys, told = directions((1, 40)), colors((1, 40))
    told[:, 1:, 2] = 0.0
    near = 0.9 * keys[:, :1] + 0.5 * keys[:, 1:2]  # Like both, but more like one.
    asking = np.concatenate([keys, near / np.linalg.norm(near)], axis=1)
    got = np.asarray(matching.recall(asking, keys, told))[0]
    assert got[0, 2] > 0.99 and got[1:40, 2].max() < 0.01 and got[40, 2] > 0.9
    told[..., 2] = 1.0 - told[..., 2]
    assert np.asarray(matching.recall(asking, keys, told))[0, 40, 2] < 0.1


def test_the_memory_holds_the_mean_of_what_is_told_in_each_cell():
    rng = np.random.default_rng(0)
    mask = (rng.random((1, 2, 16, 24, 1)) < 0.4).astype("float32")
    ab = rng.uniform(-60, 60, (1, 2, 16, 24, 2)).astype("float32")
    hints = np.concatenate([ab * mask, mask], axis=-1)
    got = np.asarray(matching.memory(hints)).reshape(2, 2, 3, 3)
    for t, y, x in np.ndindex(2, 2, 3):
        block = np.s_[0, t, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
        mean = ab[block][mask[block][..., 0] > 0].mean(axis=0)
        np.testing.assert_allclose(got[t, y, x, :2], mean, atol=1e-3)
        np.testing.assert_allclose(got[t, y, x, 2], mask[block].mean(), atol=1e-6)
    # Spread again, each cell's pixels are told what the cell holds.
    again = matching.memory(matching.spread(got.reshape(1, 12, 3), hints))
    np.testing.assert_allclose(np.asarray(again)[..., 2], got[..., 2].reshape(1, 12))


def test_frames_are_told_what_their_like_is_told_and_keep_their_own():
    keys = directions((1, 1, 2, 3)).repeat(2, axis=1)[:, :, :, ::-1]
    keys[:, 1] = keys[:, 1, :, ::-1]  # The second frame is the first, mirrored.
    hints = np.zeros((1, 2, 16, 24, 3), "float32")
    hints[0, 0] = np.array([30.0, -20.0, 1.0])
    hints[0, 1, :4, :4] = np.array([5.0, 5.0, 1.0])
    hints[0, 0, :, :8, 0] = 50.0
    told = np.asarray(matching.tell_other_frames(hints, keys))
    np.testing.assert_array_equal(told[0, 0], hints[0, 0])
    np.testing.assert_array_equal(told[0, 1, :4, :4], hints[0, 1, :4, :4])
    np.testing.assert_allclose(told[0, 1, :, 16:, 0], 50.0, atol=0.5)
    np.testing.assert_allclose(told[0, 1, 8:, :16, 0], 30.0, atol=0.5)


def test_repeated_and_smoothed_is_bilinear():
    small = np.random.default_rng(0).random((2, 3, 5, 4), dtype="float32")
    twice = small.repeat(2, axis=1).repeat(2, axis=2)
    expected = keras.ops.image.resize(small, (6, 10), "bilinear")
    np.testing.assert_allclose(matching.Smooth()(twice), expected, atol=1e-6)


def test_keys_have_length_1_at_any_size():
    taps = [keras.Input((None, None, c)) for c in (4, 5, 6)]
    model = matching.build_keys(taps)
    shapes = (2, 16, 24, 4), (2, 8, 12, 5), (2, 4, 6, 6)
    rng = np.random.default_rng(0)
    keys = model([rng.random(shape, dtype="float32") for shape in shapes])
    assert keys.shape == (2, 8, 12, matching.CHANNELS)
    np.testing.assert_allclose(np.linalg.norm(keys, axis=-1), 1, atol=1e-5)


def test_keys_are_learned_by_what_copying_by_them_costs(photo):
    """The loss is the cross-entropy of colours mixed as the definition says."""
    rgb = np.stack([photo[:32, :32], photo[8:40, 4:36]])[None]
    keys = directions((1, 2, 4, 4))
    ab = losses.block_mean(spaces.srgb_to_lab(rgb.astype("float32") / 255), 8)[..., 1:]
    truth = np.asarray(bins.soft_encode(ab, bins.ab_centers())).reshape(2, 16, -1)
    first, second = keys.reshape(2, 16, -1).astype("float64")
    weights = np.exp((second @ first.T - 0.74) / 0.03)
    weights /= 1 + weights.sum(axis=1, keepdims=True)
    rest = 1 - weights.sum(axis=1, keepdims=True)
    copied = weights @ truth[0] + rest * truth.mean(axis=(0, 1))
    expected = -(truth[1] * np.log(copied + 1e-6)).sum(axis=-1).mean()
    found = copying.copying_loss(keys, rgb.astype("float32"))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


@pytest.mark.parametrize("traced", [False, True])
def test_films_lead_by_keys_and_photographs_make_none(photo, traced):
    """Of a film the loss trains the keys; of a photograph hints stay as they are."""
    keras.utils.set_random_seed(0)
    shapes = (16, 8, 4), (8, 4, 5), (4, 2, 6)
    model = matching.build_keys([keras.Input((None, None, c)) for *_, c in shapes])
    layer = copying.LeadByKeys(model)
    rng = np.random.default_rng(0)
    rgb = np.stack([photo[:64, :32], photo[8:72, 4:36]])[None]
    hints = np.zeros((1, 2, 64, 32, 3), "float32")
    hints[0, 0] = 20.0, -10.0, 1.0

    def lead(hints, rgb, *taps):
        told = layer(hints, rgb, *taps, training=True)
        return told, layer.losses[0]

    if traced:
        lead = tf.function(lead, reduce_retracing=True)
    for frames in (1, 2, 1):
        taps = [rng.random((frames, *shape), dtype="float32") for shape in shapes]
        clip = [tf.constant(x[:, :frames]) for x in (hints, rgb)]
        with tf.GradientTape() as tape:
            told, cost = lead(*clip, *map(tf.constant, taps))
        gradients = tape.gradient(cost, model.trainable_variables)
        learned = [g is not None and np.abs(g).max() > 0 for g in gradients]
        if frames == 1:
            np.testing.assert_array_equal(told, hints[:, :1])
            assert float(cost) == 0 and not any(learned)
        else:
            keys = np.reshape(model(taps), (1, 2, 8, 4, -1))
            expected = matching.tell_other_frames(clip[0], keys)
            np.testing.assert_allclose(told, expected, atol=1e-4)
            np.testing.assert_allclose(
                cost, copying.copying_loss(keys, tf.cast(clip[1], "float32")), rtol=1e-4
            )
            assert all(learned)
