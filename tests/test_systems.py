"""What holds for every system of others, whatever it computes."""

import csv
import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet import cli
from colornet import config as configuration
from colornet.baselines import registry
from colornet.color import spaces
from colornet.data import records
from colornet.errors import InputError, UsageError
from colornet.evaluation import scoring
from colornet.training import checkpoints, settings, systems, train
from colornet.training.settings import TrainConfig

pytestmark = pytest.mark.parametrize("name", registry.TRAINED)


@pytest.fixture(scope="module")
def shards(tmp_path_factory, photo):
    """A film of two frames and, where to validate, a photograph; each has a class."""
    folder = tmp_path_factory.mktemp("records")
    for kind, pieces in {
        "film": [photo[:32, :32], photo[:32, 2:34]],
        "photo": [photo[:32, :32]],
    }.items():
        clip = records.Clip(
            [records.encode_frame(piece) for piece in pieces], kind, 32, 32, label=7
        )
        with tf.io.TFRecordWriter(str(folder / f"{kind}.tfrecord")) as writer:
            writer.write(records.encode_clip(clip))
    return folder


def config_of(name, shards):
    return TrainConfig(
        system=name,
        system_width=1 / 32,
        encoder_weights="none",
        films=str(shards / "film.tfrecord"),
        # Once is enough: it is traced anew for each.
        validation=str(shards / "photo.tfrecord") if name == "zhang2016" else "",
        clip_length=2,
        global_batch_size=2,
        crop=32,
        epochs=2,
        steps_per_epoch=6,
        learning_rate=3e-3,
        final_learning_rate=3e-3,
        warmup_steps=0,
        ema_momentum=0.5,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory, shards):
    """A function from a system's name to the workdir of the command's run of it."""
    folder, done = tmp_path_factory.mktemp("runs"), {}

    def run(name):
        if name not in done:
            flags = configuration.to_flagfile(config_of(name, shards)).splitlines()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(train, "_strategy", tf.distribute.get_strategy)
                done[name] = folder / name
                assert cli.main(["train", *flags, f"--workdir={folder / name}"]) == 0
        return done[name]

    return run


def grey_piece(height, width):
    random = np.random.default_rng(0)
    waves = np.sin(np.arange(height) / 5)[:, None] + np.cos(np.arange(width) / 7)
    return (128 + 40 * waves + random.normal(0, 5, waves.shape)).astype("uint8")


def test_the_command_trains_it_and_the_loss_falls(name, runs, shards):
    workdir = runs(name)
    with (workdir / "epochs.csv").open() as file:
        first, second = csv.DictReader(file)
    assert float(second["loss"]) < 0.95 * float(first["loss"])
    if config_of(name, shards).validation:
        assert np.isfinite(float(second["val_loss"]))
        assert (workdir / "pictures" / "epoch-002.png").exists()


def test_it_colours_pictures_of_any_size_at_their_lightness(name, runs):
    colorize = systems.load(runs(name))
    for height, width in ((37, 61), (5, 3), (20, 150)):
        grey = grey_piece(height, width)
        rgb = colorize(grey, network_size=32)
        assert rgb.shape == (height, width, 3) and rgb.dtype == np.uint8
        lightness = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., 0]
        expected = spaces.grey_to_lightness(grey.astype("float32") / 255)
        # One level of eight bits is up to 0.5 of L*.
        np.testing.assert_allclose(lightness, expected, atol=1.0)


def test_what_is_loaded_is_the_average_of_what_was_trained(name, runs, shards):
    workdir, config = runs(name), config_of(name, shards)
    model, grey = systems.build_model(config, workdir), grey_piece(40, 30)
    loaded = systems.load(workdir)(grey)
    coloring = systems.coloring(model, config)
    assert not np.array_equal(coloring(grey), loaded)
    model.optimizer.finalize_variable_values(model.trainable_variables)
    np.testing.assert_array_equal(coloring(grey), loaded)


def test_evaluate_scores_what_it_learned(name, runs, photo, tmp_path, capsys):
    (tmp_path / "in").mkdir()
    Image.fromarray(photo[:40, :48]).save(tmp_path / "in" / "piece.png")
    arguments = [f"--workdir={runs(name)}", f"--input={tmp_path / 'in'}"]
    report = tmp_path / "report"
    shown = [f"--output={report}", "--network_size=32", "--save_pictures"]
    assert cli.main(["evaluate", *arguments, *shown]) == 0
    figures = json.loads((report / "report.json").read_text())
    assert figures["model"] == f"{name}, 32 px" and figures["pictures"] == 1
    grey = scoring.grey_of(photo[:40, :48])
    (saved,) = (report / "pictures").rglob("*.png")
    expected = systems.load(runs(name))(grey, network_size=32)
    np.testing.assert_array_equal(np.asarray(Image.open(saved)), expected)
    capsys.readouterr()
    assert cli.main(["evaluate", *arguments, "--points=3"]) == 2
    assert "--points is of no use" in capsys.readouterr().err


def test_it_is_no_network_to_export_or_start_from(name, runs, tmp_path):
    with pytest.raises(InputError, match="no checkpoint there"):
        systems.load(tmp_path)
    with pytest.raises(UsageError, match=f"--system={name}, which is for comparison"):
        checkpoints.load_network(runs(name))
    with pytest.raises(ValueError, match="--init_from=default needs --system=colornet"):
        TrainConfig(system=name, init_from="default")


def test_its_flags_file_names_it(name):
    folder = pathlib.Path(__file__).parents[1] / "experiments" / "benchmark"
    path = folder / f"{name}.flags"
    config = configuration.from_flagfile(TrainConfig, path)
    assert config.system == name and name in settings.SYSTEMS
