"""AuC against its definition, and the laws it keeps."""

import importlib.util
import pathlib

import numpy as np
import pytest
import skimage.color
from PIL import Image

from colornet.color import ab_grid, bins, spaces
from colornet.evaluation import auc, metrics


def measured(*pairs):
    area = auc.AreaUnderCurve()
    for true, colored in pairs:
        area.add(np.asarray(true, "float32"), np.asarray(colored, "float32"))
    return area.result()


def area_by_definition(distances, weights):
    """The trapezoids below the share of weight that lies within t = 0, 1, ... 150."""
    heights = [weights[distances <= t].sum() / weights.sum() for t in range(151)]
    return sum((a + b) / 2 for a, b in zip(heights, heights[1:], strict=False)) / 150


@pytest.fixture
def pair(photo):
    """a*b* of a photograph and of another, [128, 160, 2] each."""
    return [skimage.color.rgb2lab(rgb)[..., 1:] for rgb in (photo, photo[::-1])]


def test_raw_is_its_definition(pair):
    true, colored = pair
    distances = np.linalg.norm(true - colored, axis=-1).ravel()
    expected = area_by_definition(distances, np.ones_like(distances))
    assert measured(pair)["auc"] == pytest.approx(expected, abs=1e-6)


def test_rebalanced_weighs_by_the_inverse_prior_of_the_true_colours_bin(pair):
    true, colored = (ab[::4, ::4].reshape(-1, 2) for ab in pair)
    centers = ab_grid.ab_centers()
    nearest = np.linalg.norm(true[:, None] - centers, axis=-1).argmin(axis=1)
    for center, rare in zip(centers, auc.rarity(centers), strict=True):
        assert auc.rarity(center) == rare
    assert np.sum(1 / auc.rarity(centers)) == pytest.approx(1)
    weights = auc.rarity(centers)[nearest]
    distances = np.linalg.norm(true - colored, axis=-1)
    expected = area_by_definition(distances, weights)
    got = measured((true[None], colored[None]))["auc_rebalanced"]
    assert got == pytest.approx(expected, abs=1e-6)


def test_one_distance_everywhere_is_what_is_left_of_150():
    true = np.zeros((12, 12, 2))
    for distance, expected in ((0, 1), (30, 0.8 + 0.5 / 150), (149.5, 0.5 / 150)):
        got = measured((true, true + (distance, 0)))
        assert got["auc"] == pytest.approx(expected)
        assert got["auc_rebalanced"] == pytest.approx(expected)
    assert measured((true, true + (0, 151)))["auc"] == 0


def test_rare_colours_weigh_more():
    """Of two halves, one is grey and right, the other vivid and wrong."""
    true = np.zeros((12, 12, 2))
    true[:6] = 60, 60
    got = measured((true, np.zeros_like(true)))
    assert got["auc"] > 0.7
    assert got["auc_rebalanced"] < 0.5
    assert auc.rarity(np.array([0.0, 0.0])) == auc.rarity(ab_grid.ab_centers()).min()


def test_pictures_are_pooled_by_pixels(pair):
    small = [ab[:16, :16] for ab in pair[::-1]]
    both = measured(pair, small)
    joined = [
        np.concatenate([x.reshape(-1, 2), y.reshape(-1, 2)])[None]
        for x, y in zip(pair, small, strict=True)
    ]
    assert both == pytest.approx(measured(joined))


def test_it_is_among_the_figures_of_a_score(photo, pair):
    score = metrics.Score()
    score.add(photo, photo[::-1].copy())
    expected = measured(pair)
    for name in expected:
        assert score.result()[name] == pytest.approx(expected[name], abs=2e-3)


def test_prior_is_that_of_the_soft_encoded_pixels(tmp_path, photo):
    path = pathlib.Path(__file__).parent.parent / "tools" / "make_ab_prior.py"
    spec = importlib.util.spec_from_file_location("make_ab_prior", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    pictures = photo[:24, :24], photo[40:64, 100:124]  # Of which every pixel counts.
    for number, rgb in enumerate(pictures):
        Image.fromarray(rgb).save(tmp_path / f"{number}.png")
    ab = spaces.srgb_to_lab(np.stack(pictures).astype("float32") / 255)[..., 1:]
    expected = bins.prior(ab, ab_grid.ab_centers())
    got = tool.prior_of(sorted(tmp_path.iterdir()))
    np.testing.assert_allclose(got, expected, atol=1e-6)
