import numpy as np
import pytest
from keras import ops

from colornet.color import bins, spaces
from colornet.training import losses

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
    loss = losses.ChromaCrossEntropy(CENTERS, np.arange(len(CENTERS)), stride=8)
    again = losses.ChromaCrossEntropy.from_config(loss.get_config())
    rgb, logits = random_clip(1, 1, 16, 16), random_logits(1, 1, 2, 2)
    assert float(again(rgb, logits)) == pytest.approx(float(loss(rgb, logits)))


def test_block_mean_keeps_the_mean_and_the_blocks():
    clip = np.random.default_rng(0).random((2, 3, 8, 12, 2), dtype="float32")
    mean = np.asarray(losses.block_mean(clip, 4))
    assert mean.shape == (2, 3, 2, 3, 2)
    np.testing.assert_allclose(mean.mean(), clip.mean(), rtol=1e-5)
    np.testing.assert_allclose(
        mean[1, 2, 1, 2], clip[1, 2, 4:8, 8:12].mean(axis=(0, 1)), rtol=1e-5
    )
