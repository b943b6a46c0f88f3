"""The filter, the clusters and the features against their definitions."""

import numpy as np
import pytest
import tinted_textures
from scipy.spatial import distance

from colornet.baselines import (
    cheng2015,
    cheng_features,
    cheng_network,
    small_pictures,
)


def test_the_refinement_is_a_joint_bilateral_filter():
    draws = np.random.default_rng(0)
    grey, chroma = draws.random((9, 7)), draws.normal(size=(9, 7, 2))
    places = np.argwhere(np.ones_like(grey))
    weights = np.exp(
        -distance.cdist(places, places, "sqeuclidean") / (2 * cheng2015._WIDTH**2)
        - (grey.reshape(-1, 1) - grey.ravel()) ** 2 / (2 * cheng2015._TONE**2)
    )
    expected = weights @ chroma.reshape(-1, 2) / weights.sum(axis=-1, keepdims=True)
    refined = cheng2015.refined(chroma, grey)
    np.testing.assert_allclose(refined.reshape(-1, 2), expected, atol=1e-9)


def test_the_refinement_stops_at_edges_of_the_grey():
    grey = np.zeros((12, 20))
    grey[:, 10:] = 1
    chroma = np.random.default_rng(0).normal(size=(12, 20, 2))
    chroma[:, 10:] += 50
    refined = cheng2015.refined(chroma, grey)
    np.testing.assert_allclose(refined[:, :10].mean(), 0, atol=0.5)
    np.testing.assert_allclose(refined[:, 10:].mean(), 50, atol=0.5)
    assert refined[:, :10].std() < chroma[:, :10].std() / 3


def test_clusters_that_are_too_small_are_dissolved():
    cluster = pytest.importorskip("sklearn.cluster")
    draws = np.random.default_rng(0)
    sizes = {0: 100, 10: 90, 20: 300, 30: 20}  # By the middle of a cluster.
    scenes = np.concatenate(
        [draws.normal(middle, 1, (size, 2)) for middle, size in sizes.items()]
    )

    def kmeans(count):
        return cluster.KMeans(4, n_init=1, init=np.array(list(sizes))[:, None] * [1, 1])

    centers, members = cheng2015._clusters(scenes, kmeans)
    assert len(centers) == 3
    assert sorted(np.bincount(members)) == [90, 100, 320]


@pytest.fixture(scope="module")
def told():
    """Features and chroma of 4 pixels of 40 pictures, with much to be learned wrong."""
    draws = np.random.default_rng(0)
    features = draws.normal(size=(40, 4, 8))
    noise = draws.normal(size=(40, 1, 2))  # A picture's own: of no use for others.
    return features, features[..., :2] ** 2 + noise


def test_training_stops_by_pictures_that_are_kept_aside(told):
    neural_network = pytest.importorskip("sklearn.neural_network")
    features, chroma = told
    new = neural_network.MLPRegressor(
        hidden_layer_sizes=(40, 40), learning_rate_init=0.01, random_state=0
    )

    def error(network):
        found = cheng_network.outputs(cheng_network.parts(network), features[::10])
        return np.square(found - chroma[::10]).mean()

    trained = cheng_network.train(new, features, chroma)
    assert not hasattr(new, "coefs_")
    assert error(trained) < np.square(chroma[::10]).mean()
    # On pictures of which nothing is to be learned, it stays as good as it was.
    draws = np.random.default_rng(1)
    shown = draws.normal(9, size=chroma.shape)
    shown[::10] = chroma[::10]
    assert error(cheng_network.train(trained, features, shown)) <= error(trained)


def test_plain_arrays_give_what_the_network_predicts(told):
    neural_network = pytest.importorskip("sklearn.neural_network")
    features, chroma = (part.reshape(-1, part.shape[-1]) for part in told)
    network = neural_network.MLPRegressor(hidden_layer_sizes=(5, 4, 3), random_state=0)
    network.partial_fit(features, chroma)
    found = cheng_network.outputs(cheng_network.parts(network), features)
    np.testing.assert_allclose(found, network.predict(features), atol=1e-9)


def test_local_features_are_the_patch_and_a_daisy_of_32_numbers():
    grey = np.random.default_rng(0).random((20, 30)).astype("float32")
    features = cheng_features.local(grey)
    assert features.shape == (20, 30, 49 + 32)
    np.testing.assert_array_equal(features[8, 9, :49], grey[5:12, 6:13].ravel())
    # A DAISY counts edges: more light is none, more contrast is more of each alike.
    np.testing.assert_allclose(
        cheng_features.local(0.5 * grey + 0.2)[..., 49:], features[..., 49:], atol=1e-4
    )


def test_categories_are_probabilities_and_come_back_from_arrays():
    cluster = pytest.importorskip("sklearn.cluster")
    greys = [small_pictures.grey_of(rgb) for rgb in tinted_textures.crops([0, 60, 120])]
    semantics = cheng_features.Semantics()
    semantics.fit(
        greys,
        lambda count: cluster.KMeans(count, n_init=1, random_state=0),
        np.random.default_rng(0),
    )
    chances = semantics(greys[0])
    assert chances.shape == (*greys[0].shape, cheng_features.CATEGORIES)
    assert chances.min() >= 0
    np.testing.assert_allclose(chances.sum(axis=-1), 1, atol=1e-5)
    back = cheng_features.Semantics.of_arrays(semantics.arrays())
    np.testing.assert_allclose(back(greys[0]), chances, atol=1e-6)
