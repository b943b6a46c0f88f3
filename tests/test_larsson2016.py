import keras
import numpy as np
import pytest
from skimage import color

from colornet.baselines import hypercolumns, larsson2016
from colornet.color import spaces

K = larsson2016.NUM_BINS
CENTERS = (np.arange(K) + 0.5) / K


def histograms(*shape, seed=0, sharp=0.3):
    return np.random.default_rng(seed).dirichlet(np.full(K, sharp), shape)


def test_chroma_is_the_median_and_hue_the_circular_mean_with_fading():
    hue, chroma = histograms(40), histograms(40, seed=1)
    got_hue, got_chroma = larsson2016.decoded(hue, chroma)
    for row, other, h, c in zip(hue, chroma, got_hue, got_chroma, strict=True):
        resultant = sum(row[n] * np.exp(2j * np.pi * CENTERS[n]) for n in range(K))
        expected = np.angle(resultant) / (2 * np.pi) % 1
        assert abs((float(h) - expected + 0.5) % 1 - 0.5) < 1e-5
        median = next(x for n, x in enumerate(CENTERS) if other[: n + 1].sum() >= 0.5)
        fading = min(1, abs(resultant) / 0.96)
        assert float(c) == pytest.approx(median * fading, rel=1e-4)


def test_colour_fades_only_where_hue_is_unsure():
    hue = np.stack([np.eye(K)[5], np.full(K, 1 / K)])
    chroma = np.stack([np.eye(K)[20]] * 2)
    _, got = larsson2016.decoded(hue, chroma)
    np.testing.assert_allclose(got, [CENTERS[20], 0], atol=1e-6)


def test_hue_and_chroma_stay_where_the_shift_needs_no_clipping():
    random = np.random.default_rng(2)
    hue, chroma = random.random(200), random.uniform(0, 0.4, 200)
    lightness = random.uniform(40, 60, 200)
    rgb = np.asarray(larsson2016.with_lightness(hue, chroma, lightness))
    np.testing.assert_allclose(color.rgb2lab(rgb)[:, 0], lightness, atol=0.05)
    inside = (rgb.min(axis=-1) > 0) & (rgb.max(axis=-1) < 1)
    assert inside.mean() > 0.9
    got = np.asarray(spaces.srgb_to_hue_chroma(rgb))[inside]
    np.testing.assert_allclose(got[:, 1], chroma[inside], atol=1e-4)
    turned = (got[:, 0] - hue[inside] + 0.5) % 1 - 0.5
    np.testing.assert_allclose(turned * chroma[inside], 0, atol=1e-4)


def test_black_and_white_stay_so():
    rgb = larsson2016.with_lightness(
        np.array([0.1, 0.6]), np.array([0.8, 0.8]), np.array([0.0, 100.0])
    )
    np.testing.assert_allclose(rgb, [[0] * 3, [1] * 3], atol=2e-3)


def test_histograms_are_upsampled_and_stay_histograms():
    cells = histograms(1, 3, 5).astype("float32")
    full = np.concatenate(
        [hypercolumns.upsampled(cells, (10, 13), first, 5) for first in (0, 5)]
    )
    assert full.shape == (10, 13, K)
    np.testing.assert_allclose(full.sum(axis=-1), 1, rtol=1e-5)
    # Pixel (4, 6) is the middle of cell (1, 2) sideways, and 0.15 cells above it.
    expected = 0.85 * cells[0, 1, 2] + 0.15 * cells[0, 0, 2]
    np.testing.assert_allclose(full[4, 6], expected, atol=1e-5)
    same = hypercolumns.upsampled(cells, (3, 5), 0, 3)
    np.testing.assert_allclose(same, cells[0], atol=1e-6)


def test_loss_is_kl_of_chroma_and_five_chroma_times_kl_of_hue():
    hue, chroma = histograms(1, 1, 4, sharp=1), histograms(1, 1, 4, seed=1, sharp=1)
    logits = np.random.default_rng(3).normal(size=(1, 1, 4, 2 * K))
    weight = np.array([0.0, 0.1, 0.5, 1.0]).reshape(1, 1, 4, 1)
    given = np.concatenate([logits, hue, chroma, weight], axis=-1)
    got = larsson2016.HistogramLoss().call(None, given)

    def divergence(true, row):
        share = np.exp(row) / np.exp(row).sum(axis=-1, keepdims=True)
        return (true * np.log(true / share)).sum(axis=-1)

    expected = divergence(chroma, logits[..., K:])
    expected += 5 * weight[..., 0] * divergence(hue, logits[..., :K])
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_targets_count_the_window_about_each_point(photo):
    images = np.stack([photo[:40, :50], photo[60:100, 20:70]])
    points = np.array([[[3, 3], [20, 46]], [[36, 30], [10, 3]]], "float32")
    truth = np.asarray(hypercolumns.HueChromaHistograms(K)(images, points))
    assert truth.shape == (2, 2, 2 * K + 1)
    for n, p in np.ndindex(2, 2):
        y, x = points[n, p].astype(int)
        window = images[n, y - 3 : y + 4, x - 3 : x + 4].astype("float32") / 255
        colors = np.asarray(spaces.srgb_to_hue_chroma(window))
        for number, got in enumerate(np.split(truth[n, p, :-1], 2)):
            index = (colors[..., number] * K).astype(int).ravel()
            count = np.bincount(index, minlength=K)
            np.testing.assert_allclose(got, count / 49, atol=1e-5)
        assert truth[n, p, -1] == pytest.approx(colors[3, 3, 1], abs=1e-6)


def test_points_leave_room_for_their_windows_and_stand_still_in_use():
    layer = hypercolumns.DrawPoints(500, seed=1)
    images = np.zeros((2, 40, 21, 3), "float32")
    drawn = [np.asarray(layer(images, training=True)) for _ in range(2)]
    assert not np.array_equal(*drawn)
    assert drawn[0].min() == 3
    np.testing.assert_array_equal(drawn[0].max(axis=(0, 1)), [36, 17])
    np.testing.assert_array_equal(layer(images), layer(images))


@pytest.fixture
def half_precision():
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


def test_hypercolumns_are_bilinear_in_every_map(half_precision):
    rows, columns = np.mgrid[:16, :24].astype("float32")
    maps = [
        np.stack([rows, columns], axis=-1)[None],
        # A coarse map of the same: the mean row of each cell of 4 x 4.
        rows.reshape(1, 4, 4, 6, 4).mean(axis=(2, 4))[..., None],
    ]
    points = np.array([[[5.25, 7.5], [1.5, 20.05], [0.0, 23.0]]], "float32")
    got = np.asarray(hypercolumns.Hypercolumns((1, 4))(maps, points))[0]
    expected = [[5.25, 7.5, 5.25], [1.5, 20.05, 1.5], [0, 23, 1.5]]
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_the_whole_column_has_the_published_channels():
    network = larsson2016.build_network(width=1 / 32)
    thin = network.get_layer("hypercolumns").output.shape[-1]
    assert thin + 2 * (4096 - 4096 // 32) == 12417
    assert network.output.shape == (None, None, 2 * K)
