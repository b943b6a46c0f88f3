import colorsys
import math

import numpy as np
import pytest
import skimage.color
import tensorflow as tf

from colornet.color import spaces

RGB = np.random.default_rng(0).random((4, 5, 6, 3)).astype("float32")
# The corners are where a branch of a formula is taken wrongly.
CORNERS = np.array(list(np.ndindex(2, 2, 2)), "float32")


def array(x):
    return tf.convert_to_tensor(x).numpy()


def ycbcr_pair(matrix, full_range):
    options = {"matrix": matrix, "full_range": full_range}
    return (
        lambda rgb: spaces.srgb_to_ycbcr(rgb, **options),
        lambda ycbcr: spaces.ycbcr_to_srgb(ycbcr, **options),
    )


PAIRS = {
    "linear": (spaces.srgb_to_linear, spaces.linear_to_srgb),
    "lab": (spaces.srgb_to_lab, spaces.lab_to_srgb),
    "ruderman": (spaces.srgb_to_ruderman, spaces.ruderman_to_srgb),
    "hue_chroma": (spaces.srgb_to_hue_chroma, spaces.hue_chroma_to_srgb),
    "lightness": (spaces.grey_to_lightness, spaces.lightness_to_grey),
    "601 full": ycbcr_pair("bt601", True),
    "601 limited": ycbcr_pair("bt601", False),
    "709 full": ycbcr_pair("bt709", True),
    "709 limited": ycbcr_pair("bt709", False),
}


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("rgb", [RGB[0, 0, 0], RGB[0], RGB, CORNERS], ids=np.shape)
def test_there_and_back_is_the_same_colour(name, rgb):
    there, back = PAIRS[name]
    result = back(there(tf.constant(rgb)))
    assert result.shape == rgb.shape and result.dtype == tf.float32
    # log(1 / 255) and a cube magnify rounding near black in float32.
    np.testing.assert_allclose(result, rgb, atol=2e-5)


@pytest.mark.parametrize("name", PAIRS)
def test_a_graph_with_unknown_sizes_gives_the_eager_numbers(name):
    there, back = PAIRS[name]
    spec = tf.TensorSpec([None, None, None, 3], tf.float32)
    both = tf.function(lambda x: (there(x), back(there(x))), input_signature=[spec])
    for got, expected in zip(both(RGB), (there(RGB), back(there(RGB))), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-4)


def test_red_has_its_published_lab():
    lab = spaces.srgb_to_lab(tf.constant([1.0, 0.0, 0.0]))
    np.testing.assert_allclose(lab, [53.24, 80.09, 67.20], atol=0.02)  # Lindbloom.


def test_lab_agrees_with_scikit_image():
    for rgb in (RGB, CORNERS[None]):
        # scikit-image rounds matrix and white point to other digits.
        np.testing.assert_allclose(
            spaces.srgb_to_lab(rgb), skimage.color.rgb2lab(rgb), atol=0.03
        )


@pytest.mark.parametrize(
    ("to_space", "chroma_channels", "without_colour"),
    [
        (spaces.srgb_to_lab, [1, 2], 0),
        (spaces.srgb_to_hue_chroma, [1], 0),
        (spaces.srgb_to_ycbcr, [1, 2], 128),
    ],
)
def test_grey_has_no_chroma(to_space, chroma_channels, without_colour):
    grey = np.linspace(0, 1, 256, dtype="float32")[:, None].repeat(3, axis=-1)
    chroma = array(to_space(grey))[:, chroma_channels]
    np.testing.assert_allclose(chroma, without_colour, atol=2e-3)


def test_lightness_of_grey_is_its_lab_lightness_and_rises():
    grey = np.linspace(0, 1, 256, dtype="float32")
    lightness = array(spaces.grey_to_lightness(grey))
    lab = array(spaces.srgb_to_lab(np.stack([grey] * 3, axis=-1)))
    np.testing.assert_allclose(lightness, lab[:, 0], atol=1e-3)
    np.testing.assert_allclose(lightness[[0, -1]], [0, 100], atol=1e-3)
    assert np.all(np.diff(lightness) > 0)


def test_eight_and_sixteen_bit_greys_survive_lightness():
    for levels in (2**8, 2**16):
        grey = np.arange(levels, dtype="float32") / (levels - 1)
        back = array(spaces.lightness_to_grey(spaces.grey_to_lightness(grey)))
        np.testing.assert_array_equal(
            np.rint(back * (levels - 1)), np.arange(levels, dtype="float32")
        )


def outside_and_inside():
    """L*a*b* of any kind, and whether each lies in the sRGB gamut by a wide berth."""
    random = np.random.default_rng(1)
    lab = random.uniform([0, -110, -110], [100, 110, 110], (4000, 3)).astype("float32")
    rgb = array(spaces.lab_to_linear(lab))
    outside = (rgb < -1e-3).any(axis=-1) | (rgb > 1 + 1e-3).any(axis=-1)
    return lab[outside], lab[~outside & (rgb > 0).all(-1) & (rgb < 1).all(-1)]


def test_gamut_map_keeps_lightness_and_hue_and_ends_in_the_gamut():
    lab, _ = outside_and_inside()
    mapped = array(spaces.gamut_map(lab))
    np.testing.assert_array_equal(mapped[:, 0], lab[:, 0])
    across = lab[:, 1] * mapped[:, 2] - lab[:, 2] * mapped[:, 1]
    along = lab[:, 1] * mapped[:, 1] + lab[:, 2] * mapped[:, 2]
    np.testing.assert_allclose(across, 0, atol=2e-2)
    assert np.all(along >= 0)
    linear = array(spaces.lab_to_linear(mapped))
    assert linear.min() >= -2e-5 and linear.max() <= 1 + 2e-5


def test_gamut_map_lowers_chroma_no_further_than_it_must():
    lab, _ = outside_and_inside()
    mapped = array(spaces.gamut_map(lab))
    further = mapped.copy()
    norm = np.linalg.norm(lab[:, 1:], axis=-1, keepdims=True)
    further[:, 1:] += 0.1 * lab[:, 1:] / norm  # A tenth of an L*a*b* unit outwards.
    linear = array(spaces.lab_to_linear(further))
    assert np.all((linear < -1e-5).any(-1) | (linear > 1 + 1e-5).any(-1))


def test_gamut_map_leaves_colours_of_the_gamut_alone():
    _, lab = outside_and_inside()
    assert len(lab) > 100
    np.testing.assert_array_equal(spaces.gamut_map(lab), lab)
    corners = array(spaces.srgb_to_lab(CORNERS))
    np.testing.assert_allclose(spaces.gamut_map(corners), corners, atol=0.02)


def test_gamut_map_makes_black_and_white_of_impossible_colours():
    lab = np.array([[0, 50, 50], [100, -40, 30]], "float32")
    rgb = spaces.lab_to_srgb(spaces.gamut_map(lab))
    np.testing.assert_allclose(rgb, [[0, 0, 0], [1, 1, 1]], atol=5e-3)


def test_ruderman_agrees_with_a_loop():
    for rgb in RGB[0, 0]:
        r, g, b = (255 * float(v) + 1 for v in rgb)
        log_l = math.log((0.3811 * r + 0.5783 * g + 0.0402 * b) / 255)
        log_m = math.log((0.1967 * r + 0.7244 * g + 0.0782 * b) / 255)
        log_s = math.log((0.0241 * r + 0.1288 * g + 0.8444 * b) / 255)
        expected = (
            (log_l + log_m + log_s) / math.sqrt(3),
            (log_l + log_m - 2 * log_s) / math.sqrt(6),
            (log_l - log_m) / math.sqrt(2),
        )
        np.testing.assert_allclose(spaces.srgb_to_ruderman(rgb), expected, atol=1e-5)


def test_hue_and_chroma_agree_with_colorsys():
    for rgb in [*RGB.reshape(-1, 3), *CORNERS]:
        expected_hue, lightness, _ = colorsys.rgb_to_hls(*map(float, rgb))
        hue, chroma, grey = array(spaces.srgb_to_hue_chroma(rgb))
        turn = abs(hue - expected_hue)
        assert min(turn, 1 - turn) < 1e-5
        np.testing.assert_allclose(chroma, rgb.max() - rgb.min(), atol=1e-6)
        np.testing.assert_allclose(grey, lightness, atol=1e-6)


def test_ycbcr_601_limited_agrees_with_scikit_image():
    np.testing.assert_allclose(
        spaces.srgb_to_ycbcr(RGB, full_range=False),
        skimage.color.rgb2ycbcr(RGB),
        atol=0.01,
    )


@pytest.mark.parametrize(
    ("matrix", "red", "green", "blue"),
    [
        ("bt601", 0.299, 0.587, 0.114),
        ("bt709", 0.2126, 0.7152, 0.0722),
        ("smpte240m", 0.212, 0.701, 0.087),
        ("bt2020", 0.2627, 0.6780, 0.0593),
    ],
)
@pytest.mark.parametrize("full_range", [True, False])
def test_ycbcr_agrees_with_the_recommendations(matrix, red, green, blue, full_range):
    r, g, b = np.moveaxis(RGB.astype("float64"), -1, 0)
    luma = red * r + green * g + blue * b
    cb, cr = (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red)
    if full_range:
        expected = 255 * luma, 255 * cb + 128, 255 * cr + 128
    else:
        expected = 219 * luma + 16, 224 * cb + 128, 224 * cr + 128
    got = spaces.srgb_to_ycbcr(RGB, matrix=matrix, full_range=full_range)
    np.testing.assert_allclose(got, np.stack(expected, axis=-1), atol=1e-3)


def test_wrong_channel_count_is_named_in_the_error():
    with pytest.raises(ValueError, match="srgb_to_lab needs 3 channels last"):
        spaces.srgb_to_lab(tf.zeros((4, 4, 1)))


def test_unknown_matrix_is_named_in_the_error():
    with pytest.raises(ValueError, match="'bt709'.*got 'ycgco'"):
        spaces.srgb_to_ycbcr(tf.zeros((4, 3)), matrix="ycgco")
