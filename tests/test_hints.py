import keras
import numpy as np
import pytest

from colornet.color import spaces
from colornet.models import attention, hints, zoo
from colornet.training import reveal


@pytest.fixture(scope="module")
def clips(photo):
    """Four-frame clips [256, 4, 32, 48, 3] of one picture, moved a little."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 60, (256, 2))
    pieces = [photo[y : y + 32, x : x + 48] for y, x in corners]
    return np.repeat(np.stack(pieces)[:, None], 4, axis=1)


@pytest.fixture(scope="module")
def told(clips):
    return np.asarray(reveal.RevealHints(seed=1)(clips, training=True))


def test_half_of_the_clips_are_told_nothing_of(clips, told):
    silent = ~told.any(axis=(1, 2, 3, 4))
    # Of the others a few have no point, or no frame, by chance.
    assert 0.4 < silent.mean() < 0.75
    assert not np.asarray(reveal.RevealHints()(clips, training=False)).any()


def test_what_is_told_is_true_but_for_one_mistake_a_clip(clips, told):
    ab = np.asarray(spaces.srgb_to_lab(clips.astype("float32") / 255))[..., 1:]
    mask = told[..., 2]
    assert set(np.unique(mask)) == {0.0, 1.0}
    np.testing.assert_array_equal(told[..., :2][mask == 0], 0)
    mistakes = []
    for clip, truth, known in zip(told, ab, mask > 0, strict=True):
        if known.any():
            away = (clip[..., :2] - truth)[known]
            np.testing.assert_allclose(away, away[:1].repeat(len(away), 0), atol=1e-3)
            mistakes.append(np.abs(away[0]).max())
    assert 0.3 < np.mean(np.array(mistakes) < 1e-3) < 0.7


def test_points_strokes_regions_and_frames_are_told(told):
    shares = [clip[..., 2].mean() for clip in told if clip.any()]
    assert min(shares) < 0.002 and max(shares) >= 0.25
    frames = told[..., 2].reshape(len(told), 4, -1).mean(axis=-1)
    assert np.any((frames == 1).any(axis=1) & (frames == 0).any(axis=1))


def test_points_are_squares_of_1_3_and_7_pixels():
    seeds = (np.random.default_rng(0).random((3, 20, 30, 1)) < 0.02).astype("float32")
    small = reveal._grown(seeds)
    for mask, reach in ((small, 1), (reveal._grown(reveal._grown(small)), 3)):
        wide = np.pad(seeds, [(0, 0), (reach, reach), (reach, reach), (0, 0)])
        around = range(2 * reach + 1)
        expected = [wide[:, y : y + 20, x : x + 30] for y in around for x in around]
        np.testing.assert_array_equal(mask, np.max(expected, axis=0))


@pytest.mark.parametrize("kind", ["_strokes", "_regions"])
def test_a_stroke_and_a_region_have_no_dents(kind, monkeypatch):
    """What lies between two of their pixels is told as well."""
    monkeypatch.setattr(reveal, "_STROKES", 1)
    monkeypatch.setattr(reveal, "_ELLIPSES", 1)
    masks = np.asarray(getattr(reveal.RevealHints(seed=3), kind)(40, 24, 40))[
        :, 0, ..., 0
    ]
    larger = 0
    for mask in masks > 0:
        told = np.argwhere(mask)
        middles = (told[:, None] + told) / 2
        middles = middles[(middles % 1 == 0).all(axis=-1)].astype(int)
        assert mask[tuple(middles.T)].all()
        larger += len(told) > 30
    assert larger > 10


def test_cells_have_the_mean_of_what_is_known():
    rng = np.random.default_rng(0)
    mask = (rng.random((2, 16, 24)) < 0.3).astype("float32")
    mask[:, :8, :8] = 0
    ab = rng.uniform(-80, 80, (2, 16, 24, 2)).astype("float32")
    clip = np.concatenate([ab, mask[..., None]], axis=-1)
    cells = np.asarray(hints.HintCells(8)(clip))
    assert cells.shape == (2, 2, 3, 3) and not cells[:, 0, 0].any()
    for n, y, x in np.ndindex(2, 2, 3):
        block = np.s_[n, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
        if mask[block].any():
            mean = ab[block][mask[block] > 0].mean(axis=0) / 100
            np.testing.assert_allclose(cells[n, y, x, :2], mean, atol=1e-4)
        np.testing.assert_allclose(
            cells[n, y, x, 2] ** 2, mask[block].mean(), atol=1e-6
        )


def test_attention_cares_for_what_is_there_not_where():
    keras.utils.set_random_seed(0)
    layer = attention.SelfAttention(2, 4)
    features = np.random.default_rng(0).random((2, 3, 5, 6), dtype="float32")
    np.testing.assert_allclose(layer(features), features, atol=1e-6)  # While it is new.
    layer.join.kernel.assign(keras.random.normal(layer.join.kernel.shape))
    got = np.asarray(layer(features)).reshape(2, 15, 6)
    assert np.abs(got - features.reshape(2, 15, 6)).max() > 0.01
    order = np.random.default_rng(1).permutation(15)
    shuffled = features.reshape(2, 15, 6)[:, order].reshape(2, 3, 5, 6)
    np.testing.assert_allclose(
        np.asarray(layer(shuffled)).reshape(2, 15, 6), got[:, order], atol=1e-5
    )


def test_hints_and_attention_begin_by_adding_nothing():
    plain = zoo.dynamic_colornet(5, filters=(8, 8, 8))
    network = zoo.dynamic_colornet(5, filters=(8, 8, 8), takes_hints=True, attends=True)
    known = {w.path: w for w in plain.weights}
    for weight in network.weights:
        if weight.path in known:
            weight.assign(known.pop(weight.path))
        else:
            assert zoo.adds_nothing(weight.path)
    assert not known and not any(zoo.adds_nothing(w.path) for w in plain.weights)
    rng = np.random.default_rng(0)
    inputs = {
        "lightness": 100 * rng.random((1, 2, 32, 64, 1), dtype="float32"),
        "state": np.zeros((1, 2, 4, 8), "float32"),
    }
    expected = plain(inputs)["logits"]
    clip = rng.random((1, 2, 32, 64, 3), dtype="float32")
    got = network({**inputs, "hints": clip})["logits"]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    kernel = network.get_layer("decoder").get_layer("stride16_tell").kernel
    kernel.assign(keras.random.normal(kernel.shape))
    changed = network({**inputs, "hints": clip})["logits"]
    assert np.abs(np.asarray(changed - expected)).max() > 1e-3
