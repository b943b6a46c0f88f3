"""TensorFlow and JAX: the same arrays, the same flags, the same losses."""

import csv
import os
import pathlib
import subprocess
import sys

import narrow_encoders
import numpy as np
import pytest
import tensorflow as tf

from colornet import config as configuration
from colornet.color import bins
from colornet.models import zoo
from colornet.training import checkpoints, settings, train
from colornet.training.settings import TrainConfig

_WITHOUT_TENSORFLOW = """
import sys
sys.modules["tensorflow"] = None  # What is not installed cannot be imported either.
import jax
# All weights are read from a file, and drawing them compiles each of their shapes.
def zeros(*_, shape, dtype, **__):
    return jax.numpy.zeros(shape, dtype)
jax.random.uniform = jax.random.truncated_normal = zeros
from colornet import cli
import narrow_encoders
with narrow_encoders.in_place():
    code = cli.main(sys.argv[1:])
assert not [name for name in sys.modules if name.startswith("tensorflow.")]
sys.exit(code)
"""


def losses_of(workdir):
    with (workdir / "epochs.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def write_first_weights(config, workdir):
    """A workdir to start from: each backend would draw others of one seed."""
    arguments = settings.network_arguments(config)
    network = zoo.dynamic_colornet(len(bins.ab_centers()), **arguments)
    checkpoints.claim(workdir, config)
    checkpoints.save(checkpoints.compiled(network, config), workdir)


@pytest.fixture
def narrow():
    with narrow_encoders.in_place():
        yield


def test_five_steps_on_both_backends(narrow, photo, tmp_path, monkeypatch):
    """JAX, without TensorFlow and on two devices, learns what TensorFlow does on one.

    The first weights are read from one file, and nothing is told or aged: each would
    draw its own. The encoder is narrow: JAX compiles each shape of kernel on its own,
    and test_models.py has it compute what the whole one does.
    """
    pytest.importorskip("jax", reason="colornet[jax] is not installed")
    films = [[photo[n + k : n + k + 48, n : n + 64] for n in range(3)] for k in (0, 40)]
    np.save(tmp_path / "films.npy", films)
    config = TrainConfig(
        arrays=str(tmp_path / "films.npy"),
        clip_length=2,
        global_batch_size=2,
        photos_per_step=4,
        crop=32,
        encoder="vgg16",
        encoder_weights="none",
        hints=False,
        aged_share=0.0,
        attention=False,
        init_from=str(tmp_path / "first"),
        epochs=5,
        steps_per_epoch=1,
        warmup_steps=0,
        learning_rate=0.03,
    )
    write_first_weights(config, tmp_path / "first")
    flagfile = tmp_path / "run.flags"
    flagfile.write_text(configuration.to_flagfile(config))
    arguments = "train", f"--flagfile={flagfile}", f"--workdir={tmp_path / 'jax'}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(pathlib.Path(__file__).parent),
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",  # They take longer than five steps.
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
    }
    on_jax = subprocess.Popen(
        [sys.executable, "-c", _WITHOUT_TENSORFLOW, *arguments], env=environment
    )
    monkeypatch.setattr(train, "_strategy", tf.distribute.get_strategy)
    train.run(config, tmp_path / "tensorflow")
    assert on_jax.wait() == 0

    expected = losses_of(tmp_path / "tensorflow")
    np.testing.assert_allclose(losses_of(tmp_path / "jax"), expected, rtol=1e-3)
    assert max(expected) - min(expected) > 0.1
    # What JAX has trained, TensorFlow evaluates and exports.
    _, read = checkpoints.load_network(tmp_path / "jax")
    assert read == config
