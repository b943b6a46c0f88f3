"""Figures of `tools/curve_of_decoding.py` against those of `colornet evaluate`."""

import csv
import importlib.util
import pathlib

import keras
import pytest

from colornet.color import bins
from colornet.evaluation import footage, scoring
from colornet.inference.colorizer import Colorizer, ModelInfo
from colornet.models import zoo
from colornet.serving import signatures

PROGRAM = pathlib.Path(__file__).parent.parent / "tools" / "curve_of_decoding.py"


@pytest.fixture(scope="module")
def curve():
    pytest.importorskip("matplotlib", reason="needs pip install 'colornet[benchmark]'")
    spec = importlib.util.spec_from_file_location("curve_of_decoding", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def network():
    """A small one that expects some colours more than others."""
    keras.utils.set_random_seed(0)
    network = zoo.dynamic_colornet(len(bins.ab_centers()), filters=(8, 8, 8))
    bias = network.get_layer("decoder").get_layer("head").bias
    bias.assign(keras.random.normal(bias.shape))
    return network


def test_figures_are_those_of_evaluate(curve, network, photo, tmp_path):
    """At the model's own way. Without its prior, nearly all that this one knows, all
    colours are as likely as at a high temperature."""
    colors = signatures.ColorNetwork(network, vividness=0.5)
    info = ModelInfo("small", network_size=64, temperature=0.7)
    colorizer = Colorizer(colors.predict_ab, colors.initial_state, info)
    openers = [
        lambda rgb=rgb: footage.Footage("photo", False, [rgb])
        for rgb in (photo, photo[:100, :90])
    ]
    own = curve.Decoding(0.0, 0.5, 0.7)
    others = [
        curve.Decoding(0.0, 1.0, 0.7),
        curve.Decoding(1.0, 0.5, 0.7),
        curve.Decoding(0.0, 0.5, 1e6),
    ]
    rows = curve.measure(colorizer, colors, openers, [own, *others])
    work = scoring.TimedColoring(colorizer, scoring.Sampling())
    expected = scoring.score(work, openers)
    model, truth = (expected["rows"][row] for row in ("model", "truth"))
    vivid = model["colorfulness_signed"] / truth["colorfulness_signed"]
    figures = expected["alpha_beta_rmse_ratio"], expected["psnr_gain_db"], vivid
    got = [
        (r.alpha_beta_rmse_ratio, r.psnr_gain_db, r.colorfulness_ratio) for r in rows
    ]
    assert got[0] == pytest.approx(figures, rel=1e-4, abs=1e-3)
    assert got[1][2] > got[0][2]  # More vividness is more colour.
    assert got[2] == pytest.approx(got[3], rel=0.02)
    assert got[2] != pytest.approx(got[0], rel=0.1)

    curve.write(tmp_path / "curve.csv", rows)
    with (tmp_path / "curve.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [float(line["rebalance"]) for line in lines] == [0, 0, 1, 0]
    error = [float(line["alpha_beta_rmse_ratio"]) for line in lines]
    assert error == pytest.approx([row.alpha_beta_rmse_ratio for row in rows], rel=1e-4)
    curve.draw(tmp_path / "curve.png", rows, own, "small")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
