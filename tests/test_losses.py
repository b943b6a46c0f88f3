import numpy as np
import pytest
from keras import ops

from colornet.color import bins, spaces
from colornet.models import losses

CENTERS = bins.ab_centers()


def random_clip(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype="uint8")


def random_logits(*shape, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(size=(*shape, len(CENTERS))).astype("float32")


def test_one_value_a_predicted_pixel_against_the_dense_sum():
    rgb, logits = random_clip(2, 3, 8, 12), random_logits(2, 3, 2, 3)
    got = losses.ChromaCrossEntropy(CENTERS).call(rgb.astype("float32"), logits)
    ab = np.asarray(spaces.srgb_to_lab(rgb.astype("float32") / 255))[..., 1:]
    blocks = ab.reshape(2, 3, 2, 4, 3, 4, 2).mean(axis=(3, 5))
    target = np.asarray(bins.soft_encode(blocks, CENTERS))
    expected = -np.sum(target * np.asarray(ops.log_softmax(logits)), axis=-1)
    assert got.shape == (2, 3, 2, 3)
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_the_target_itself_has_the_lowest_loss():
    rgb = random_clip(1, 1, 8, 8)
    loss = losses.ChromaCrossEntropy(CENTERS)
    ab = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., 1:]
    target = bins.soft_encode(losses.block_mean(ab, 4), CENTERS)
    best = float(loss(rgb, ops.log(target + 1e-9)))
    for seed in range(3):
        nudge = 0.1 * random_logits(1, 1, 2, 2, seed=seed)
        assert float(loss(rgb, ops.log(target + 1e-9) + nudge)) > best


def test_bin_weights_scale_pixels_by_their_nearest_bin():
    rgb, logits = random_clip(1, 2, 8, 8), random_logits(1, 2, 2, 2)
    weights = np.random.default_rng(0).random(len(CENTERS)).astype("float32")
    plain = losses.ChromaCrossEntropy(CENTERS).call(rgb.astype("float32"), logits)
    loss = losses.ChromaCrossEntropy(CENTERS, weights)
    weighted = loss.call(rgb.astype("float32"), logits)
    ab = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., 1:]
    nearest = np.asarray(bins.nearest_bins(losses.block_mean(ab, 4), CENTERS)[0])
    np.testing.assert_allclose(weighted, plain * weights[nearest[..., 0]], rtol=1e-4)


def test_loss_comes_back_from_its_config():
    loss = losses.ChromaCrossEntropy(CENTERS, np.arange(len(CENTERS)), 8, 0.5)
    again = losses.ChromaCrossEntropy.from_config(loss.get_config())
    rgb, logits = random_clip(1, 2, 16, 16), random_logits(1, 2, 2, 2)
    assert float(again(rgb, logits)) == pytest.approx(float(loss(rgb, logits)))


def test_change_costs_where_the_truth_changes_otherwise():
    """Against a loop; and colours that are wrong but steady cost no more."""
    random = np.random.default_rng(0)
    ab, predicted = random.uniform(-50, 50, (2, 2, 3, 2, 2, 2)).astype("float32")
    got = np.asarray(losses.change_error(ab, predicted))
    for b, t, y, x in np.ndindex(2, 3, 2, 2):
        before = max(t - 1, 0)
        true = ab[b, t, y, x] - ab[b, before, y, x]
        change = predicted[b, t, y, x] - predicted[b, before, y, x]
        expected = np.sum((change - true) ** 2) / 100
        np.testing.assert_allclose(got[b, t, y, x], expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(losses.change_error(ab, ab + 30), 0, atol=1e-6)


def test_temporal_weight_adds_the_change_of_the_mean_colour():
    rgb, logits = random_clip(1, 3, 8, 8), random_logits(1, 3, 2, 2)
    plain = losses.ChromaCrossEntropy(CENTERS).call(rgb.astype("float32"), logits)
    loss = losses.ChromaCrossEntropy(CENTERS, temporal_weight=0.3)
    ab = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., 1:]
    mean = bins.annealed_mean(logits, CENTERS, temperature=1.0)
    change = losses.change_error(losses.block_mean(ab, 4), mean)
    got = loss.call(rgb.astype("float32"), logits)
    np.testing.assert_allclose(got, plain + 0.3 * np.asarray(change), rtol=1e-4)
    np.testing.assert_allclose(got[:, 0], plain[:, 0], rtol=1e-6)


def test_block_mean_keeps_the_mean_and_the_blocks():
    clip = np.random.default_rng(0).random((2, 3, 8, 12, 2), dtype="float32")
    mean = np.asarray(losses.block_mean(clip, 4))
    assert mean.shape == (2, 3, 2, 3, 2)
    np.testing.assert_allclose(mean.mean(), clip.mean(), rtol=1e-5)
    np.testing.assert_allclose(
        mean[1, 2, 1, 2], clip[1, 2, 4:8, 8:12].mean(axis=(0, 1)), rtol=1e-5
    )
