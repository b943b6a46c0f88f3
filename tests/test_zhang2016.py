import numpy as np

from colornet.baselines import zhang2016


def test_published_bins_lie_on_the_grid_and_grey_is_the_most_frequent():
    centers, prior = zhang2016.centers(), zhang2016.prior()
    assert centers.shape == (313, 2) and prior.shape == (313,)
    assert np.all(np.abs(centers[prior.argmax()]) <= 10)
    assert prior[np.linalg.norm(centers, axis=-1) >= 80].sum() < 0.01
    np.testing.assert_array_equal(centers % 10, 0)
    assert len(np.unique(centers, axis=0)) == 313
    np.testing.assert_allclose(prior.sum(), 1, rtol=1e-5)


def test_annealed_mean_is_that_of_the_sharpened_shares():
    """Equation 5: shares to the power of 1 / T, made to sum to 1 again."""
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(313), (2, 3))
    sharp = shares ** (1 / 0.38)
    sharp /= sharp.sum(axis=-1, keepdims=True)
    got = zhang2016.annealed_mean(np.log(shares))
    np.testing.assert_allclose(got, sharp @ zhang2016.centers(), rtol=1e-4)


def test_loss_is_the_weighted_cross_entropy_of_equation_2():
    random = np.random.default_rng(1)
    logits = random.normal(size=(1, 1, 1, 1, 313)).astype("float32")
    red = np.full((1, 1, 4, 4, 3), (200, 60, 50), "float32")
    # L*a*b* of sRGB (200, 60, 50), by CIE 15 and IEC 61966-2-1.
    linear = ((np.array([200, 60, 50]) / 255 + 0.055) / 1.055) ** 2.4
    x, y, z = np.cbrt(
        np.array(
            [
                [0.4124, 0.3576, 0.1805],
                [0.2126, 0.7152, 0.0722],
                [0.0193, 0.1192, 0.9505],
            ]
        )
        @ linear
        / [0.9505, 1.0, 1.089]
    )
    centers, prior = zhang2016.centers(), zhang2016.prior()
    distance = np.linalg.norm(centers - [500 * (x - y), 200 * (y - z)], axis=-1)
    nearest = np.argsort(distance)[:5]
    target = np.exp(-(distance[nearest] ** 2) / 50)
    target /= target.sum()
    weights = 1 / (0.5 * prior + 0.5 / 313)
    weight = weights[nearest[0]] / (weights * prior).sum()
    row = logits.ravel()
    expected = -weight * target @ (row[nearest] - np.log(np.exp(row).sum()))
    got = zhang2016.training_loss()(red, logits)
    np.testing.assert_allclose(got, expected, rtol=1e-3)


def test_the_whole_network_is_as_large_as_the_published_one():
    network = zhang2016.build_network()
    # Counted from the published layers: 3 x 3 kernels, biases, four numbers a channel
    # of batch normalisation.
    channels = [1, 64, 64, 128, 128, *[256] * 3, *[512] * 12]
    count = sum(9 * a * b + b for a, b in zip(channels, channels[1:], strict=False))
    count += 4 * (64 + 128 + 256 + 4 * 512)
    count += 16 * 512 * 256 + 256 + 2 * (9 * 256 * 256 + 256) + 257 * 313
    assert network.count_params() == count
    assert network.compute_output_shape((2, 40, 24, 1)) == (2, 10, 6, 313)
