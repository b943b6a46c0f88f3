"""Chances that were fitted hold; the program keeps them with the model."""

import json
import shutil

import numpy as np
import pytest
import skimage.data
from PIL import Image

from colornet import cli
from colornet.evaluation import reliability
from colornet.inference import confidence, exported
from colornet.inference.colorizer import Colorizer


def _made_spots(chance, pictures=120, seed=0):
    """Pictures whose pixels of mass m are near with the probability chance(m)."""
    rng = np.random.default_rng(seed)
    masses = rng.uniform(0, 1, (pictures, 500)).astype(np.float32)
    return [reliability.Spot(m, rng.uniform(size=500) < chance(m)) for m in masses]


def test_pooling_never_falls_keeps_means_and_what_rises_already():
    rng = np.random.default_rng(1)
    values, weights = rng.uniform(size=(2, 30))
    pooled = reliability.rising(values, weights)
    assert np.all(np.diff(pooled) >= 0)
    assert pooled @ weights == pytest.approx(values @ weights)
    np.testing.assert_allclose(reliability.rising(pooled, weights), pooled)
    # No other rising values are nearer: of a few at random none is.
    for _ in range(200):
        other = np.sort(pooled + rng.normal(0, 0.1, 30))
        assert weights @ (other - values) ** 2 >= weights @ (pooled - values) ** 2


@pytest.mark.parametrize("chance", [lambda m: m, lambda m: 0.9 * m**2])
def test_what_is_called_sure_is_so_in_other_pictures(chance):
    curve = reliability.fit(_made_spots(chance))
    assert np.all(np.diff(curve.sure) >= 0) and np.all(np.diff(curve.mass) > 0)
    masses = np.linspace(0.1, 0.9, 9)
    np.testing.assert_allclose(curve(masses), chance(masses), atol=0.05)
    rows = reliability.table(curve, _made_spots(chance, seed=7))
    assert sum(row.share for row in rows) == pytest.approx(1)
    for row in rows:
        assert abs(row.near - row.called) < 0.05 or row.share < 0.02


def test_the_fewer_pictures_the_more_caution():
    few, many = (reliability.fit(_made_spots(lambda m: m, n)) for n in (4, 200))
    masses = np.linspace(0.2, 0.8, 13)
    assert few(masses).mean() < many(masses).mean() <= masses.mean()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the bundled model without its curve, and photos/ to measure it with."""
    folder = tmp_path
    shutil.copytree(exported.locate("default"), folder / "model")
    loaded = Colorizer.load(network_size=64)
    monkeypatch.setattr(Colorizer, "load", lambda *_, **__: loaded)
    about = json.loads(exported.info_path(folder / "model").read_text())
    del about["confidence"]
    exported.info_path(folder / "model").write_text(json.dumps(about))
    (folder / "photos").mkdir()
    for name in ("astronaut", "coffee", "chelsea"):
        picture = getattr(skimage.data, name)()[:100, :100]
        Image.fromarray(picture).save(folder / "photos" / f"{name}.png")
    return folder


def test_the_program_keeps_a_curve_with_the_model_and_checks_it(folder, capsys):
    model = [f"--model={folder / 'model'}", f"--input={folder / 'photos'}"]
    assert cli.main(["calibrate", *model, "--check"]) == 2
    error = capsys.readouterr().err
    assert "was not measured" in error and error.count("\n") == 1

    before = json.loads(exported.info_path(folder / "model").read_text())
    assert cli.main(["calibrate", *model]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("3 photographs") and "| called sure |" in printed
    after = json.loads(exported.info_path(folder / "model").read_text())
    curve = after.pop("confidence")
    assert after == before
    assert exported.read_info(folder / "model").confidence == confidence.Curve(
        tuple(curve["mass"]), tuple(curve["sure"])
    )
    assert cli.main(["calibrate", *model, "--check"]) == 0
    assert capsys.readouterr().out == printed


def test_the_program_needs_a_model_and_pictures(capsys, tmp_path):
    assert cli.main(["calibrate"]) == 2
    assert "--input is required" in capsys.readouterr().err
    assert cli.main(["calibrate", f"--input={tmp_path}"]) == 2
    assert "--model is required" in capsys.readouterr().err
    assert cli.main(["calibrate", f"--input={tmp_path}", "--model=default"]) == 1
    assert "no picture" in capsys.readouterr().err
