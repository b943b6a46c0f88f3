"""Pictures from elsewhere, with keys that are the pixels of each cell."""

import numpy as np
import pytest
import tensorflow as tf

from colornet.errors import UsageError
from colornet.inference import likeness
from colornet.inference.exported import ModelInfo
from colornet.inference.stream import Stream

INFO = ModelInfo(name="stand-in", network_size=96, temperature=0.5)


def cells(clip):
    """[1, T, H, W, C] -> [1, T H / 8 W / 8, 64 C]; filled up to 32 pixels."""
    fill = [(0, -side % 32) for side in clip.shape[2:4]]
    clip = tf.pad(clip, [(0, 0), (0, 0), *fill, (0, 0)])
    _, t, h, w, c = clip.shape
    parts = tf.reshape(clip, (t, h // 8, 8, w // 8, 8, c))
    return tf.reshape(tf.transpose(parts, (0, 1, 3, 2, 4, 5)), (1, -1, 64 * c))


def remember(lightness, hints):
    colors = tf.reshape(cells(hints), (1, -1, 64, 3))
    keys = tf.math.l2_normalize(cells(lightness - 50), axis=-1)
    return {"keys": keys, "colors": tf.reduce_mean(colors, axis=2)}


def recall(lightness, keys, colors):
    """Each cell is told what is known of the one that is most like it."""
    t, h, w = lightness.shape[1:4]
    asked = tf.math.l2_normalize(cells(lightness - 50), axis=-1)
    found = tf.gather(colors[0], tf.argmax(tf.matmul(asked[0], keys[0].numpy().T), -1))
    told = tf.reshape(found, (1, t, -(-h // 32) * 4, -(-w // 32) * 4, 3))
    told = tf.repeat(tf.repeat(told, 8, axis=2), 8, axis=3)[:, :, :h, :w]
    return {"hints": told}


def repeats(lightness, hints, state, temperature):
    """Gives back what it is told, a colour for each pixel."""
    return {"ab": hints[..., :2] * hints[..., 2:], "state": state}


@pytest.fixture
def stream():
    offered = {"predict_hinted_ab": repeats, "remember": remember, "recall": recall}
    state = {"state": tf.zeros(())}
    return Stream(None, lambda lightness: state, INFO, guided=offered)


def noise(seed, shape=(96, 128)):
    return np.random.default_rng(seed).uniform(0, 100, shape).astype("float32")


def colored(shape):
    """Hints whose colour tells the place, in cells of 8 pixels."""
    y, x = np.indices(shape) // 8
    return np.stack([y + 1, x + 1, np.ones(shape)], axis=-1).astype("float32")


@pytest.mark.parametrize("way", [1, -1])
def test_what_is_alike_takes_the_colours_wherever_it_lies_and_mirrored(stream, way):
    picture, told = noise(0), colored((96, 128))
    stream.refer(picture[:, ::way], told[:, ::way])
    frame, expected = noise(1, (96, 96)), np.zeros((96, 96, 2))
    frame[:, :64], expected[:, :64] = picture[:, 32:96], told[:, 32:96, :2]
    (ab,) = stream.predict_ab(frame[None])
    # At an edge a place of noise has not enough around it that is alike.
    np.testing.assert_allclose(ab[:, 16:48], expected[:, 16:48])
    assert not ab[:, 64:].any()


def test_what_is_alike_in_little_takes_nothing(stream):
    stream.refer(noise(0), colored((96, 128)))
    frames = noise(1, (2, 96, 128))
    frames[1, :48, :48] = noise(0)[:48, :48]
    assert not stream.predict_ab(frames).any()


def test_single_cells_that_are_alike_are_chance(stream):
    stream.refer(noise(0), colored((96, 128)))
    parts = noise(0).reshape(12, 8, 16, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    mixed = parts[np.random.default_rng(1).permutation(len(parts))]
    frame = mixed.reshape(12, 16, 8, 8).transpose(0, 2, 1, 3).reshape(96, 128)
    assert not stream.predict_ab(frame[None]).any()


def test_transparent_parts_tell_nothing(stream):
    told = colored((96, 128))
    told[:, 64:] = 0
    stream.refer(noise(0), told)
    (ab,) = stream.predict_ab(noise(0)[None])
    np.testing.assert_allclose(ab, told[..., :2])


def test_what_is_known_of_frames_comes_before_and_the_first_picture_before_others(
    stream,
):
    stream.refer(noise(0), colored((96, 128)))
    stream.refer(noise(0), colored((96, 128)) + [20, 20, 0])
    first = stream.predict_ab(noise(0)[None])
    np.testing.assert_allclose(first[0], colored((96, 128))[..., :2])
    own = np.broadcast_to(np.float32([9, 9, 1]), (1, 96, 128, 3))
    stream.remember(noise(0)[None], own)
    assert (stream.predict_ab(noise(0)[None]) == 9).all()
    stream.reset()
    stream.refer(noise(2), colored((96, 128)))
    assert not stream.predict_ab(noise(0)[None]).any()


def test_places_are_means_of_cells_with_their_neighbours():
    keys = np.random.default_rng(0).normal(size=(1, 2 * 8 * 4, 5)).astype("float32")
    found = likeness.places(tf.constant(keys), (33, 30))
    assert found.shape == (2, 4, 2, 45)
    grid = keys.reshape(2, 8, 4, 5)
    mean = grid.reshape(2, 4, 2, 2, 2, 5).mean(axis=(2, 4))
    mean /= np.linalg.norm(mean, axis=-1, keepdims=True)
    for y, x in np.ndindex(4, 2):
        near = [
            mean[:, min(max(y + i, 0), 3), min(max(x + j, 0), 1)]
            for i in (-1, 0, 1)
            for j in (-1, 0, 1)
        ]
        expected = np.concatenate(near, axis=-1) / 3
        np.testing.assert_allclose(found[:, y, x], expected, rtol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1, rtol=1e-5)


def test_models_that_take_no_hints_take_no_references():
    stream = Stream(None, None, INFO)
    with pytest.raises(UsageError, match="takes no hints"):
        stream.refer(noise(0), colored((96, 128)))
