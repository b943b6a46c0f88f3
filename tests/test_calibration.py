"""What grey scores on ordinary photographs, as the field has it.

On 1,000 ImageNet photographs, one of each class, grey has an alpha-beta RMSE of 0.343,
a PSNR of 23.2 dB where it is (R + G + B) / 3 and 23.0 dB where it is Rec. 601 luma, and
an AuC of 89.1 %; rebalanced, Zhang et al. 2016 give 58.0 %. Here are 198: the standard
error of their alpha-beta RMSE is 0.02, which is what the ranges allow for.
"""

import math
import os
import pathlib

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colornet.evaluation import metrics

# The user's own, or ImageNet's beside a checkout that has them.
_BESIDE = pathlib.Path(__file__).parents[2] / "shared" / "data" / "photos-val"
PHOTOS = pathlib.Path(os.environ.get("COLORNET_PHOTOGRAPHS", _BESIDE))


@pytest.fixture(scope="module")
def photographs():
    """Every 5th pixel of each: no figure here needs neighbours."""
    if not PHOTOS.is_dir():
        pytest.skip(
            "needs some hundred ordinary photographs, whose terms keep them out of "
            "this repository: name a folder of your own in COLORNET_PHOTOGRAPHS"
        )
    return [
        np.asarray(Image.open(path).convert("RGB"))[::5, ::5].copy()
        for path in sorted(PHOTOS.iterdir())
    ]


def rgb_of(grey):
    return np.repeat(np.round(grey).astype("uint8")[..., None], 3, axis=-1)


def test_grey_scores_what_published_tables_begin_with(photographs):
    mean, luma, truth = metrics.Score(), metrics.Score(), metrics.Colorfulness()
    for rgb in photographs:
        mean.add(rgb, rgb_of(rgb.mean(axis=-1)))
        luma.add(rgb, rgb_of(rgb @ [0.299, 0.587, 0.114]))
        truth.add(rgb)
    grey = mean.result()
    assert grey["alpha_beta_rmse"] == pytest.approx(0.343, abs=0.025)
    assert grey["psnr_db"] == pytest.approx(23.2, abs=0.5)
    assert luma.result()["psnr_db"] == pytest.approx(23.0, abs=0.5)
    assert grey["auc"] == pytest.approx(0.891, abs=0.005)
    assert grey["auc_rebalanced"] == pytest.approx(0.58, abs=0.02)
    colorful = truth.result()
    assert colorful["colorfulness_signed"] == pytest.approx(40.0, abs=1.5)
    assert colorful["colorfulness_absolute"] == pytest.approx(36.9, abs=1.5)


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee", "rocket"])
def test_psnr_is_not_flattered_by_differences_that_wrap_in_uint8(name):
    rgb = getattr(skimage.data, name)()
    grey = rgb_of(rgb @ [0.299, 0.587, 0.114])
    difference = rgb.astype(int) - grey
    expected = 20 * math.log10(255 / math.sqrt(np.mean(difference**2)))
    wrapped = 20 * math.log10(255 / math.sqrt(np.mean((rgb - grey) ** 2)))
    assert metrics.psnr(rgb, grey) == pytest.approx(expected, abs=1e-3)
    assert wrapped > expected + 5
