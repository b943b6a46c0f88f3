"""What holds for every system of others, whatever it computes."""

import dataclasses
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from colornet import cli
from colornet import config as configuration
from colornet.baselines import registry
from colornet.color import spaces
from colornet.errors import InputError, UsageError
from colornet.training import checkpoints, settings, systems, train
from colornet.training.settings import TrainConfig

pytestmark = pytest.mark.parametrize("name", registry.TRAINED)


@pytest.fixture(scope="module")
def arrays(tmp_path_factory, photo):
    """Some photographs and a film, packed: pieces of one picture."""
    folder = tmp_path_factory.mktemp("arrays")
    pieces = [photo[8 * n : 8 * n + 64, 4 * n : 4 * n + 64] for n in range(6)]
    np.save(folder / "photos.npy", np.stack(pieces)[:, None])
    np.save(folder / "films.npy", np.stack(pieces)[None])
    return folder


def config_of(name, arrays):
    return TrainConfig(
        system=name,
        system_width=1 / 32,
        encoder_weights="none",
        arrays=str(arrays / "*.npy"),
        validation=str(arrays / "photos.npy"),
        clip_length=2,
        global_batch_size=2,
        photos_per_step=4,
        crop=32,
        epochs=2,
        steps_per_epoch=2,
        warmup_steps=0,
        ema_momentum=0.0,
    )


@pytest.fixture(scope="module")
def runs(tmp_path_factory, arrays):
    """A function from a system's name to the workdir of the command's run of it."""
    folder, done = tmp_path_factory.mktemp("runs"), {}

    def run(name):
        if name not in done:
            flags = configuration.to_flagfile(config_of(name, arrays)).splitlines()
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


def test_the_command_trains_it(name, runs):
    workdir = runs(name)
    rows = (workdir / "epochs.csv").read_text().splitlines()
    assert len(rows) == 3 and "val_loss" in rows[0]
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


def test_what_is_loaded_is_what_was_trained(name, runs, arrays, tmp_path):
    workdir, config = runs(name), config_of(name, arrays)
    model = systems.build_model(config, workdir)
    grey = grey_piece(40, 30)
    trained = systems.coloring(model, config)(grey)
    np.testing.assert_array_equal(systems.load(workdir)(grey), trained)
    checkpoints.save(model, tmp_path)
    checkpoints.claim(tmp_path, config)
    np.testing.assert_array_equal(systems.load(tmp_path)(grey), trained)
    with pytest.raises(InputError, match="no checkpoint there"):
        systems.load(tmp_path / "none")


def test_its_averaged_weights_are_used(name, arrays, tmp_path, photo):
    config = dataclasses.replace(config_of(name, arrays), ema_momentum=0.9)
    model = systems.build_model(config, tmp_path)
    for moved in model.optimizer._model_variables_moving_average:
        moved.assign(0 * moved)
    checkpoints.save(model, tmp_path)
    checkpoints.claim(tmp_path, config)
    loaded = systems.load(tmp_path)
    assert not any(np.any(w) for w in loaded.args[0].trainable_variables)


def test_a_few_steps_lower_the_loss_on_one_batch(name, arrays, tmp_path, photo):
    keras.utils.set_random_seed(1)
    config = dataclasses.replace(
        config_of(name, arrays), learning_rate=3e-3, final_learning_rate=3e-3
    )
    model = systems.build_model(config, tmp_path)
    rgb = np.stack([photo[:32, :32], photo[40:72, 60:92]])[:, None]
    losses = [model.train_on_batch(rgb, rgb) for _ in range(12)]
    assert np.mean(losses[-3:]) < 0.95 * np.mean(losses[:3])


def test_it_is_no_network_to_export_or_start_from(name, runs):
    with pytest.raises(UsageError, match=f"--system={name}, which is for comparison"):
        checkpoints.load_network(runs(name))
    with pytest.raises(ValueError, match="--init_from=default needs --system=colornet"):
        TrainConfig(system=name, init_from="default")


def test_its_flags_file_names_it(name):
    folder = pathlib.Path(__file__).parents[1] / "experiments" / "benchmark"
    path = folder / f"{name}.flags"
    config = configuration.from_flagfile(TrainConfig, path)
    assert config.system == name and name in settings.SYSTEMS
    pictures = config.epochs * config.steps_per_epoch * config.photos_per_step
    assert pictures == 60_000
