"""The objective, filters, trees and chroma against definitions and dense algebra."""

import numpy as np
import pytest
from scipy import ndimage

from colornet.baselines import (
    deshpande2015,
    deshpande_features,
    quadratic,
    small_pictures,
    tree_sum,
)

SHAPE = 6, 5


@pytest.fixture
def objective():
    """M and b of a tiny picture, with the pixel's own chroma in the first two rows."""
    draws = np.random.default_rng(0)
    size = quadratic.Bank(SHAPE).size
    mixing = draws.normal(size=(30, 5, 2 * size)).astype("float32")
    mixing[:, :2] = 0
    mixing[:, 0, 0] = mixing[:, 1, size] = 1
    return mixing, draws.normal(size=(30, 5)).astype("float32")


def test_responses_are_correlations_with_each_filter():
    maps = np.random.default_rng(0).normal(size=(2, 13, 9)).astype("float32")
    responses = quadratic.Bank((13, 9)).responses(maps)
    for channel, values in enumerate(maps):
        for number, kernel in enumerate(quadratic._kernels()):
            expected = ndimage.correlate(values, kernel, mode="constant")
            np.testing.assert_allclose(responses[channel, number], expected, atol=1e-5)


def test_means_keep_a_flat_colour_and_the_others_hear_noise_alone():
    noise = np.random.default_rng(0).normal(size=(2, 200, 200)).astype("float32")
    flat = np.full((2, 200, 200), 3, "float32")
    bank = quadratic.Bank((200, 200))
    of_flat, of_noise = (
        bank.responses(maps)[..., 20:-20, 20:-20] for maps in (flat, noise)
    )
    means = [0, 5, 10, 15]  # The pixel itself, and the last of each half-width.
    np.testing.assert_allclose(of_flat[:, means], 3, rtol=1e-4)
    np.testing.assert_allclose(np.delete(of_flat, means, axis=1), 0, atol=1e-4)
    loud = np.delete(of_noise, means, axis=1).std(axis=(0, 2, 3))
    np.testing.assert_allclose(loud, of_noise[:, 0].std(), rtol=0.05)


def test_the_solution_is_that_of_the_dense_normal_equations(objective):
    mixing, targets = objective
    bank, count = quadratic.Bank(SHAPE), 2 * 30
    units = np.eye(count, dtype="float32").reshape(count, 2, *SHAPE)
    filters = np.stack([bank.responses(u).reshape(-1, 30) for u in units], axis=-1)
    rows = np.einsum("prk,kpu->pru", mixing, filters).reshape(-1, count)
    toward = np.random.default_rng(1).normal(size=(2, *SHAPE)).astype("float32")
    for pull in (0.0, 0.7):
        dense = np.linalg.solve(
            rows.T @ rows + (quadratic.DAMPING + pull) * np.eye(count),
            rows.T @ targets.ravel() + pull * toward.ravel(),
        )
        found = quadratic.minimise(mixing, targets, SHAPE, pull=pull, toward=toward)
        np.testing.assert_allclose(found.ravel(), dense, atol=1e-3)


def test_a_strong_pull_gives_what_it_pulls_to(objective):
    toward = np.random.default_rng(1).normal(size=(2, *SHAPE)).astype("float32")
    found = quadratic.minimise(*objective, SHAPE, pull=1e5, toward=toward)
    np.testing.assert_allclose(found, toward, atol=1e-2)


def test_the_margin_that_learch_demands_is_a_distance():
    """The map that breaks it most costs as much less as the stated loss."""
    w, g, b = 0.25, 0.8, -0.3  # Of one number of one pixel; v is any map's M F u.
    v = np.linspace(-9, 9, 200_001)
    # Cost of the truth less that of v with its distance, both halved.
    broken = (g - b) ** 2 / 2 - ((v - b) ** 2 / 2 - w * (v - g) ** 2 / 2)
    stated = (1 + w) * g**2 / 2 - g * b + (b - w * g) ** 2 / (2 * (1 - w))
    assert broken.max() == pytest.approx(stated, abs=1e-6)
    assert stated == pytest.approx((g - b) ** 2 / (2 * (1 - w)))


def test_a_sum_of_trees_is_what_the_forests_predict():
    ensemble = pytest.importorskip("sklearn.ensemble")
    draws = np.random.default_rng(0)
    features = draws.normal(size=(300, 6)).astype("float32")
    values = np.stack([features[:, 0] * features[:, 1], features[:, 2] > 0], axis=-1)
    trees, expected = tree_sum.TreeSum(2), 0
    for scale in (1.0, 0.25):
        forest = ensemble.RandomForestRegressor(3, random_state=0)
        forest.fit(features, values)
        trees.add(forest, scale)
        expected = expected + scale * forest.predict(features)
    np.testing.assert_allclose(trees(features), expected, atol=1e-5)


def test_mixing_rows_are_orthonormal_whatever_the_trees_say():
    draws = np.random.default_rng(0)
    system = deshpande2015.Deshpande2015()
    free = 2 * quadratic.Bank((1, 1)).size - 2
    system._start = draws.normal(size=(10, free)).astype("float32")
    sums = draws.normal(size=(7, 12 + 10 * free)).astype("float32")
    mixing, _ = system._model(draws.normal(size=(7, 20)), sums)
    products = mixing @ np.swapaxes(mixing, 1, 2)
    np.testing.assert_allclose(products, np.eye(12)[None].repeat(7, 0), atol=1e-4)


def test_chroma_and_the_mean_give_the_picture_back(photo):
    chroma = deshpande_features.chroma_of(photo)
    mean = photo.mean(axis=-1) / 255
    back = deshpande_features.rgb_of(mean, chroma)
    bright = mean > 0.05
    np.testing.assert_allclose(back[bright], photo[bright] / 255, atol=1e-5)


def test_the_nearest_of_pictures_is_the_picture_itself_unless_left_out(photo):
    turned = [photo, photo[:, ::-1], photo[::-1], 255 - photo]
    matches = deshpande_features.Matches.of_pictures(turned)
    grey = small_pictures.grey_of(turned[2])
    first = matches.nearest(grey)[0]
    np.testing.assert_array_equal(first, matches.arrays()["maps"][2])
    assert len(matches.nearest(grey, but=2)) == 3
    assert (matches.nearest(grey, but=2)[0] != first).any()


def test_a_corrected_map_has_the_histogram_and_keeps_its_order():
    draws = np.random.default_rng(0)
    chroma = draws.normal(size=(2, 40, 50))
    matches = draws.exponential(size=(9, 32, 32, 2))
    corrected = deshpande_features.with_histogram(chroma, matches)
    for channel in range(2):
        shares = np.linspace(0.05, 0.95, 19)
        np.testing.assert_allclose(
            np.quantile(corrected[channel], shares),
            np.quantile(matches[..., channel], shares),
            atol=0.02,
        )
        order = np.argsort(chroma[channel].ravel())
        assert (np.diff(corrected[channel].ravel()[order]) >= 0).all()
