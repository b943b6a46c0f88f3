"""Metrics against loops written from the definitions, and the laws they keep."""

import math

import numpy as np
import pytest

from colornet.evaluation import metrics


@pytest.fixture
def pair():
    """A picture and a distorted one, uint8 [20, 24, 3]."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:20, :24]
    true = np.stack([rows * 12, columns * 10, 255 - rows * 6 - columns * 5], axis=-1)
    colored = np.clip(true + rng.normal(0, 25, true.shape), 0, 255)
    return true.astype("uint8"), colored.astype("uint8")


def grey_of(rgb):
    """(R + G + B) / 3, three times."""
    mean = np.round(rgb.astype(float).mean(axis=-1, keepdims=True))
    return np.broadcast_to(mean, rgb.shape).astype("uint8")


def alpha_beta(red, green, blue):
    """Ruderman's two chroma channels of one pixel, 0..255, by plain arithmetic."""
    r, g, b = (red + 1) / 255, (green + 1) / 255, (blue + 1) / 255
    log_l = math.log(0.3811 * r + 0.5783 * g + 0.0402 * b)
    log_m = math.log(0.1967 * r + 0.7244 * g + 0.0782 * b)
    log_s = math.log(0.0241 * r + 0.1288 * g + 0.8444 * b)
    alpha = (log_l + log_m - 2 * log_s) / math.sqrt(6)
    return alpha, (log_l - log_m) / math.sqrt(2)


def test_alpha_beta_rmse_of_grey_is_the_definition_pixel_by_pixel(pair):
    true, _ = pair
    squares = []
    for pixel, grey in zip(
        *(rgb.reshape(-1, 3) for rgb in (true, grey_of(true))), strict=True
    ):
        alpha, beta = alpha_beta(*map(float, pixel))
        grey_alpha, grey_beta = alpha_beta(*map(float, grey))
        squares.append((alpha - grey_alpha) ** 2 + (beta - grey_beta) ** 2)
    score = metrics.Score()
    score.add(true, grey_of(true))
    expected = math.sqrt(sum(squares) / len(squares))
    assert score.result()["alpha_beta_rmse"] == pytest.approx(expected, rel=1e-4)


def test_ab_rmse_sums_both_channels_of_lab(pair):
    from skimage import color

    true, colored = pair
    difference = color.rgb2lab(true)[..., 1:] - color.rgb2lab(colored)[..., 1:]
    score = metrics.Score()
    score.add(true, colored)
    expected = math.sqrt(np.mean(np.sum(difference**2, axis=-1)))
    assert score.result()["ab_rmse"] == pytest.approx(expected, rel=2e-3)


def test_psnr_is_computed_in_float_and_not_in_wrapping_uint8(pair):
    true, colored = pair
    total = sum(
        (int(a) - int(b)) ** 2
        for a, b in zip(true.ravel(), colored.ravel(), strict=True)
    )
    expected = 20 * math.log10(255 / math.sqrt(total / true.size))
    wrapped = 20 * math.log10(255 / math.sqrt(np.mean((true - colored) ** 2)))
    assert metrics.psnr(true, colored) == pytest.approx(expected, abs=1e-9)
    assert abs(wrapped - expected) > 3


def test_one_level_everywhere_is_a_psnr_of_48_db():
    true = np.full((16, 16, 3), 100, "uint8")
    expected = 20 * math.log10(255)
    assert metrics.psnr(true, true + np.uint8(1)) == pytest.approx(expected)
    assert metrics.psnr(true, true - np.uint8(1)) == pytest.approx(expected)


def test_identical_pictures_score_the_stated_ceiling(pair):
    score = metrics.Score()
    score.add(pair[0], pair[0])
    result = score.result()
    assert result["psnr_db"] == metrics.PSNR_CEILING
    assert result["ssim"] == pytest.approx(1)
    assert result["alpha_beta_rmse"] == result["ab_rmse"] == 0


def test_ssim_is_wang_2004_with_an_11x11_window(pair):
    true, colored = pair
    axis = np.arange(11) - 5
    window = np.exp(-(axis[:, None] ** 2 + axis**2) / (2 * 1.5**2))
    window /= window.sum()
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    values = []
    for channel in range(3):
        x, y = true[..., channel].astype(float), colored[..., channel].astype(float)
        for i in range(x.shape[0] - 10):
            for j in range(x.shape[1] - 10):
                p, q = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
                p_mean, q_mean = (window * p).sum(), (window * q).sum()
                p_var = (window * (p - p_mean) ** 2).sum()
                q_var = (window * (q - q_mean) ** 2).sum()
                both = (window * (p - p_mean) * (q - q_mean)).sum()
                luminance = (2 * p_mean * q_mean + c1) / (p_mean**2 + q_mean**2 + c1)
                values.append(luminance * (2 * both + c2) / (p_var + q_var + c2))
    assert metrics.ssim(true, colored) == pytest.approx(np.mean(values), abs=1e-4)


def test_colorfulness_of_grey_is_zero_and_of_one_colour_is_its_offset():
    grey = np.full((12, 12, 3), 77, "uint8")
    red = grey.copy()
    red[..., 0] += 100  # rg = 100, yb = 50 everywhere: no spread.
    assert metrics.colorfulness(grey) == 0
    for absolute in (False, True):
        measured = metrics.colorfulness(red, absolute=absolute)
        assert measured == pytest.approx(0.3 * math.hypot(100, 50))


def test_signed_and_absolute_colorfulness_differ_where_opponents_meet():
    half = np.full((12, 12, 3), 128, "uint8")
    half[:6, :, :2] = 188, 128  # rg +60, yb +30
    half[6:, :, :2] = 68, 128  # rg -60, yb -30
    flat = math.hypot(60, 30)
    assert metrics.colorfulness(half) == pytest.approx(flat)
    assert metrics.colorfulness(half, absolute=True) == pytest.approx(0.3 * flat)


def test_chroma_errors_have_one_root_over_the_set_and_psnr_is_a_mean(pair):
    """Two pictures of different sizes: pooled by pixels, and averaged by picture."""
    true, colored = pair
    small, small_colored = true[:11, :11], grey_of(true)[:11, :11]
    scores = [metrics.Score() for _ in range(3)]
    scores[0].add(true, colored)
    scores[1].add(small, small_colored)
    scores[2].add(true, colored)
    scores[2].add(small, small_colored)
    one, two, both = (score.result() for score in scores)
    pixels = np.array([true.size, small.size]) / (true.size + small.size)
    for name in ("alpha_beta_rmse", "ab_rmse"):
        pooled = math.sqrt(pixels @ [one[name] ** 2, two[name] ** 2])
        assert both[name] == pytest.approx(pooled, rel=1e-6)
    for name in ("psnr_db", "ssim", "colorfulness_signed", "colorfulness_absolute"):
        assert both[name] == pytest.approx((one[name] + two[name]) / 2)
    assert both["pictures"] == 2


def test_unfit_pictures_are_named(pair):
    true, colored = pair
    score = metrics.Score()
    with pytest.raises(ValueError, match="of one size"):
        score.add(true, colored[1:])
    with pytest.raises(ValueError, match="colored_rgb must be uint8"):
        score.add(true, colored / 255)
    with pytest.raises(ValueError, match="at least 11x11 pixels, got 24x10"):
        score.add(true[:10], colored[:10])
    with pytest.raises(ValueError, match="nothing to score"):
        score.result()
