"""Top-1 with classifiers made up here: one that reads a tint, and random weights."""

import keras
import numpy as np
import pytest
import warm_colorizer
from PIL import Image

from colornet.errors import InputError
from colornet.evaluation import evaluate, report, semantic
from colornet.inference.colorizer import Colorizer


class ByTint:
    """Sees class 1 in a picture whose middle is reddish, else class 0."""

    def predict_on_batch(self, batch):
        assert batch.shape[1:] == (224, 224, 3) and np.abs(batch).max() <= 1
        red = batch[..., 0].mean(axis=(1, 2)) > batch[..., 2].mean(axis=(1, 2)) + 0.1
        return np.eye(1000)[red.astype(int)]


GREY = np.full((40, 60, 3), 128, np.uint8)
RED = np.full((40, 60, 3), [180, 100, 100], np.uint8)
GOLDFISH, TENCH = "n01443537_a.jpg", "n01440764-b.jpg"  # Classes 1 and 0.


def share(models):
    """The share of the gap that the model's pictures close, for pictures of class 1."""
    top_one = semantic.TopOne(ByTint())
    for rgb in models:
        top_one.add(GOLDFISH, {"grey": GREY, "model": rgb, "truth": RED})
    result = top_one.result()
    assert result["pictures"] == len(models)
    assert (result["rows"]["grey"], result["rows"]["truth"]) == (0, 1)
    return result["gap_closed"]


def test_grey_closes_nothing_of_the_gap_and_the_truth_all():
    assert share([GREY, GREY]) == 0
    assert share([RED, RED]) == 1
    assert share([RED, GREY, GREY, GREY]) == 0.25


def test_where_grey_is_no_worse_there_is_no_gap_to_close():
    top_one = semantic.TopOne(ByTint())
    top_one.add(TENCH, {"grey": GREY, "model": RED, "truth": GREY})
    rows = {"grey": 1.0, "model": 0.0, "truth": 1.0}
    assert top_one.result() == {"pictures": 1, "rows": rows, "gap_closed": None}


def test_only_the_middle_is_seen():
    """256 pixels high, a strip of 3 x 256 is cut to its middle 224."""
    wide = np.full((64, 192, 3), 128, np.uint8)
    wide[:, :50] = wide[:, -50:] = 200, 0, 0
    top_one = semantic.TopOne(ByTint())
    top_one.add(TENCH, {"grey": wide, "model": wide, "truth": wide})
    assert top_one.result()["rows"]["truth"] == 1


@pytest.mark.parametrize(
    "name, expected",
    [
        ("n01440764.jpg", 0),
        ("val/n01440764/n01443537_12.JPEG", 1),
        ("n15075141", 999),
        ("n01440764", 0),
        ("n014407641.jpg", None),
        ("n00000001_no_class_of_imagenet.jpg", None),
        ("n01440764/ILSVRC2012_val_00000293.JPEG", None),
        ("bear", None),
    ],
)
def test_class_is_what_the_name_begins_with(name, expected):
    assert semantic.class_of(name) == expected


def test_names_without_a_class_are_left_out():
    top_one = semantic.TopOne(ByTint())
    top_one.add("bear.jpg", {"grey": GREY, "model": GREY, "truth": RED})
    assert top_one.result() is None


def test_evaluate_tells_top_one_in_a_table_of_its_own(tmp_path, photo, monkeypatch):
    (tmp_path / "in").mkdir()
    Image.fromarray(photo).save(tmp_path / "in" / "a.png")
    monkeypatch.setattr(semantic, "load_classifier", lambda source: ByTint())
    warm = warm_colorizer.made(ab=(30.0, 20.0))
    monkeypatch.setattr(Colorizer, "load", lambda path, **options: warm)
    settings = {"input": str(tmp_path / "in"), "classifier": "imagenet"}
    result = evaluate.run(evaluate.EvaluateConfig(**settings))
    assert result["semantic"] is None
    assert report.to_text(result).splitlines()[-1] == (
        "Top-1 is left out: no picture's name begins with the WordNet id of an "
        "ImageNet class, as n01443537_goldfish.jpg does."
    )
    Image.fromarray(RED).save(tmp_path / "in" / GOLDFISH)
    result = evaluate.run(evaluate.EvaluateConfig(**settings))
    rows = {"grey": 0.0, "model": 1.0, "truth": 1.0}
    assert result["semantic"] == {"pictures": 1, "rows": rows, "gap_closed": 1.0}
    lines = report.to_text(result).splitlines()
    assert lines[-9:-4] == [
        "| | top-1 | of the gap closed |",
        "| --- | ---: | ---: |",
        "| no colourisation | 0.0% | |",
        "| warm, 64 px, temperature 0.5 | 100.0% | 100% |",
        "| truth | 100.0% | |",
    ]
    settings.pop("classifier")
    result = evaluate.run(evaluate.EvaluateConfig(**settings))
    assert "top-1" not in report.to_text(result).lower()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """MobileNetV2 with its classifier, random, and a folder of its weights."""
    keras.utils.set_random_seed(0)
    build, shape = keras.applications.MobileNetV2, (224, 224, 3)
    network = build(weights=None, classifier_activation=None, input_shape=shape)
    folder = tmp_path_factory.mktemp("weights")
    head = network.layers[-1]
    body = keras.Model(network.input, network.get_layer("out_relu").output)
    body.save_weights(folder / semantic.BODY)
    kernel, bias = head.get_weights()
    bias = np.random.default_rng(0).normal(size=bias.shape).astype("float32")
    head.set_weights([kernel, bias])
    np.savez(folder / semantic.TOP, kernel=kernel, bias=bias)
    return network, folder


def test_weights_in_a_folder_are_the_whole_classifier(whole):
    network, folder = whole
    pictures = np.random.default_rng(1).uniform(-1, 1, (2, 224, 224, 3))
    got = semantic.load_classifier(str(folder))(pictures)
    expected = network(pictures)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_missing_weights_are_one_line(tmp_path, whole):
    _, folder = whole
    with pytest.raises(InputError, match="No such file.*; give imagenet, to"):
        semantic.load_classifier(str(tmp_path))
    (tmp_path / semantic.TOP).symlink_to(folder / semantic.TOP)
    with pytest.raises(InputError, match="no weights of MobileNetV2.*path to the"):
        semantic.load_classifier(str(tmp_path))
