"""The bundled model: whole, small, described, and better than leaving pictures grey."""

import importlib.resources
import json

import numpy as np
import pytest
import skimage.data

import colornet
from colornet.evaluation import metrics
from colornet.evaluation.scoring import grey_of
from colornet.inference import exported
from colornet.serving import export, signatures

DEFAULT = importlib.resources.files("colornet") / "pretrained" / "default"
MEGABYTE = 2**20


@pytest.fixture(scope="module")
def colorizer():
    return colornet.Colorizer.load()


def test_it_is_small_and_described():
    files = [path for path in DEFAULT.rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in files) < 40 * MEGABYTE
    card = (DEFAULT.parent / "default.md").read_text(encoding="utf-8")
    for section in ("Data", "Weights", "Training", "Figures", "Limits"):
        assert f"## {section}" in card


def test_it_says_what_it_is_and_was_trained_with():
    info = exported.read_info(DEFAULT)
    assert info.name == "default" and info.network_size >= 32
    about = json.loads((DEFAULT / "assets.extra" / "colornet.json").read_text())
    trained = about["trained_with"]
    assert trained["encoder"] and trained["dynamic_layer"]
    paths = [value for value in trained.values() if isinstance(value, str)]
    assert not [path for path in paths if path.startswith("/")]


def test_it_is_what_the_package_would_export_of_its_weights(colorizer):
    """Otherwise it is to be exported again: `tools/export_again.py`."""
    network, about = export.read(DEFAULT)
    stride = about["trained_with"]["dynamic_stride"]
    colors = signatures.ColorNetwork(network, about["vividness"], stride)
    lightness = skimage.data.camera()[::8, ::8].astype("float32") / 2.55
    clip = np.stack([lightness, lightness[::-1]])[None, ..., None]
    state = colors.initial_state(clip)["state"]
    expected = colors.predict_ab(clip, state, about["temperature"])["ab"][0]
    got = colorizer.stream().predict_ab(clip[0, ..., 0])
    assert np.std(got) > 1
    np.testing.assert_allclose(got, expected, atol=0.01)


def test_colours_are_nearer_to_the_truth_than_grey_is(colorizer):
    """On sample photographs that it has not been trained on."""
    grey_score, model_score = metrics.Score(), metrics.Score()
    for name in ("astronaut", "coffee", "chelsea"):
        true = np.ascontiguousarray(getattr(skimage.data, name)()[::2, ::2])
        grey = grey_of(true)
        grey_score.add(true, np.repeat(grey[..., None], 3, axis=-1))
        model_score.add(true, colorizer(grey))
    grey, model = grey_score.result(), model_score.result()
    assert model["alpha_beta_rmse"] < grey["alpha_beta_rmse"]
    assert model["psnr_db"] > grey["psnr_db"]
    assert model["colorfulness_signed"] > 5


def test_same_picture_same_colours(colorizer):
    grey = skimage.data.camera()[::4, ::4].copy()
    np.testing.assert_array_equal(colorizer(grey), colorizer(grey))
    assert colorizer(grey).std(axis=-1).mean() > 1  # It did colour something.
