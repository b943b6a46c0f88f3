import numpy as np
import pytest
from keras import ops

from colornet.color import bins, spaces

CENTERS = bins.ab_centers()


def random_ab(*shape, seed=0):
    rgb = np.random.default_rng(seed).random((*shape, 3), dtype="float32")
    return np.asarray(spaces.srgb_to_lab(rgb))[..., 1:]


def test_every_center_is_near_a_colour_and_every_colour_near_a_center():
    ab = random_ab(4000)
    distance = np.linalg.norm(ab[:, None] - CENTERS, axis=-1)
    assert distance.min(axis=1).max() <= 5 * 2**0.5 + 1e-3  # Half a cell's diagonal.
    assert len(np.unique(CENTERS, axis=0)) == len(CENTERS)


def test_nearest_bins_match_a_plain_search():
    around = np.random.default_rng(1).uniform(-100, 100, (200, 2)).astype("float32")
    ab = np.concatenate([random_ab(50), around, CENTERS[:9]])
    indices, shares = map(np.asarray, bins.nearest_bins(ab, CENTERS))
    for point, found, share in zip(ab, indices, shares, strict=True):
        distance = np.linalg.norm(CENTERS - point, axis=-1)
        np.testing.assert_allclose(distance[found], np.sort(distance)[:5], atol=1e-3)
        nearer = distance.min() ** 2 - distance[found] ** 2
        expected = np.exp(nearer / (2 * 5.0**2))
        np.testing.assert_allclose(share, expected / expected.sum(), atol=1e-4)


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4)])
def test_soft_encoding_is_a_distribution_over_few_bins(shape):
    encoded = np.asarray(bins.soft_encode(random_ab(*shape), CENTERS))
    assert encoded.shape == (*shape, len(CENTERS))
    np.testing.assert_allclose(encoded.sum(axis=-1), 1, atol=1e-5)
    assert np.count_nonzero(encoded, axis=-1).max() <= bins.NEIGHBORS
    assert encoded.min() >= 0


def test_mean_of_the_soft_encoding_is_near_the_colour():
    ab = random_ab(500)
    encoded = bins.soft_encode(ab, CENTERS)
    decoded = bins.annealed_mean(ops.log(encoded + 1e-12), CENTERS, temperature=1.0)
    assert np.abs(np.asarray(decoded) - ab).mean() < 2.5  # A quarter of a cell.


def test_low_temperature_is_the_mode_and_one_is_the_mean():
    logits = np.random.default_rng(1).normal(size=(6, len(CENTERS))).astype("float32")
    coldest = bins.annealed_mean(logits, CENTERS, temperature=1e-3)
    np.testing.assert_allclose(coldest, bins.mode(logits, CENTERS), atol=1e-3)
    share = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    mean = bins.annealed_mean(logits, CENTERS, temperature=1.0)
    np.testing.assert_allclose(mean, share @ CENTERS, atol=1e-3)


def test_vividness_keeps_hues_and_leads_to_the_chroma_of_what_is_mixed():
    logits = np.random.default_rng(0).normal(0, 2, (50, len(CENTERS)))
    mean = np.asarray(bins.annealed_mean(logits, CENTERS, temperature=0.7))
    way = {"temperature": 0.7}
    vivid = {
        v: np.asarray(bins.vivid_mean(logits, CENTERS, vividness=v, **way))
        for v in (0.0, 0.5, 1.0)
    }
    np.testing.assert_allclose(vivid[0.0], mean, rtol=1e-5)
    shares = np.exp(logits / 0.7) / np.exp(logits / 0.7).sum(-1, keepdims=True)
    mixed = shares @ np.hypot(*CENTERS.T)
    np.testing.assert_allclose(np.hypot(*vivid[1.0].T), mixed, rtol=1e-4)
    between = np.sqrt(np.hypot(*mean.T) * mixed)
    np.testing.assert_allclose(np.hypot(*vivid[0.5].T), between, rtol=1e-4)
    turned = np.arctan2(*vivid[1.0].T) - np.arctan2(*mean.T)
    np.testing.assert_allclose(np.sin(turned), 0, atol=1e-4)


def test_a_certain_colour_is_as_vivid_as_it_is():
    certain = 100.0 * np.eye(len(CENTERS))
    decoded = bins.vivid_mean(certain, CENTERS, temperature=1.0, vividness=1.0)
    np.testing.assert_allclose(decoded, CENTERS, rtol=1e-3, atol=1e-2)


def test_temperature_must_be_positive():
    with pytest.raises(ValueError, match="temperature must be positive"):
        bins.annealed_mean(
            np.zeros((1, len(CENTERS)), "float32"), CENTERS, temperature=0
        )


def test_marginal_histogram_holds_its_value():
    values = np.random.default_rng(2).random((3, 5), dtype="float32")
    histogram = bins.marginal_encode(values, 32)
    centers = bins.marginal_centers(32)
    np.testing.assert_allclose(np.asarray(histogram).sum(axis=-1), 1)
    middle = np.asarray(bins.median(histogram, centers))
    assert np.abs(middle - values).max() <= 0.5 / 32 + 1e-6


def test_median_halves_the_histogram():
    histogram = np.random.default_rng(3).dirichlet(np.ones(32), 20).astype("float32")
    centers = bins.marginal_centers(32)
    for row, middle in zip(histogram, bins.median(histogram, centers), strict=True):
        middle = float(middle)
        assert row[centers <= middle + 1e-6].sum() >= 0.5 - 1e-5
        assert row[centers >= middle - 1e-6].sum() >= 0.5 - 1e-5


def test_circular_mean_turns_with_its_histogram():
    histogram = np.zeros((1, 32), "float32")
    histogram[0, [0, 31]] = 0.5  # Both sides of the seam.
    mean, length = bins.circular_mean(histogram, bins.marginal_centers(32))
    assert min(float(mean[0]), 1 - float(mean[0])) < 1e-6
    turned, same = bins.circular_mean(
        np.roll(histogram, 8, axis=-1), bins.marginal_centers(32)
    )
    np.testing.assert_allclose(turned, [0.25], atol=1e-6)
    np.testing.assert_allclose(same, length, atol=1e-6)
    even = np.full((1, 32), 1 / 32, "float32")
    assert float(bins.circular_mean(even, bins.marginal_centers(32))[1][0]) < 1e-6


def test_prior_sums_to_one_and_weights_average_to_one_under_it():
    prior = np.asarray(bins.prior(random_ab(300), CENTERS))
    np.testing.assert_allclose(prior.sum(), 1, rtol=1e-4)
    weights = bins.rebalancing_weights(prior, uniform=0.5)
    np.testing.assert_allclose((prior * weights).sum(), 1, rtol=1e-4)
    assert weights[prior.argmax()] == weights.min()
    even = bins.rebalancing_weights(prior, uniform=1.0)
    np.testing.assert_allclose(even, 1, rtol=1e-4)
