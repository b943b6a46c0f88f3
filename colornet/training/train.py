"""Trains one network on records, and goes on where it stopped.

  colornet train --flagfile=experiments/default.flags --workdir=runs/default

The workdir gets `train.flags` (the run, ready to be repeated), one checkpoint (replaced
after each epoch), `epochs.csv`, `logs/` for TensorBoard and `pictures/`, strips of
validation pictures: grey, predicted, true. The same command again after an interruption
goes on from the last checkpoint and ends as the unbroken run would have ended. All GPUs
of this machine are used, one replica each; several machines are not supported.

Records are read from this machine or from gs://. A corrupt one is named on stderr,
counted and left out, unless --strict makes it an error.

With KERAS_BACKEND=jax in the environment and --arrays instead of records, TensorFlow
need not be installed, and TensorBoard's logs are left out.
"""

import contextlib
import importlib.util
import os
import pathlib

from absl import flags

from colornet import config as configuration
from colornet.baselines import registry
from colornet.errors import InputError, UsageError
from colornet.training.settings import TrainConfig


def define_flags():
    """Defines this program's flags."""
    configuration.define_flags(TrainConfig)
    flags.DEFINE_string("workdir", None, "The run's folder.", required=True)


def main(argv):
    """Reads the flags and trains."""
    if len(argv) > 1:
        raise UsageError(f"unexpected argument {argv[1]!r}: all is given by flags.")
    config = configuration.from_flags(TrainConfig)
    run(config, pathlib.Path(flags.FLAGS.workdir))


def run(config: TrainConfig, workdir: pathlib.Path) -> dict:
    """Trains as `config` says and returns the history: a list of values per figure.

    Raises:
      UsageError: flags that contradict each other, the replicas or the workdir.
      InputError: files that are missing, or a loss that is no number any more.
    """
    _check_tensorflow(config)
    # These take seconds to load; imported here so that --help answers at once.
    import keras

    from colornet.training import checkpoints, material, precision, session, systems

    _check_files(config)
    checkpoints.refuse_another(workdir, config)
    replicas, whole_run, building = _devices(keras)
    _check_divisible(config, replicas)
    clips = (material.Arrays if config.arrays else material.Records)(config)

    keras.utils.set_random_seed(config.seed)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision.policy(config.precision))
    try:
        with clips.read(), whole_run:
            if config.system in registry.FITTED:
                checkpoints.claim(workdir, config)
                return systems.fit(config, workdir, clips.training(0))
            with building:
                model = session.build_model(config, workdir, clips)
            checkpoints.claim(workdir, config)
            return session.fit(model, config, workdir, clips, replicas)
    finally:
        keras.config.set_dtype_policy(before)


def _devices(keras):
    """How many replicas there are, a context for the run, and one for the model."""
    if keras.backend.backend() == "jax":
        devices = keras.distribution.list_devices()
        if len(devices) == 1:
            return 1, contextlib.nullcontext(), contextlib.nullcontext()
        parallel = keras.distribution.DataParallel(devices=devices)
        return len(devices), parallel.scope(), contextlib.nullcontext()
    strategy = _strategy()
    return strategy.num_replicas_in_sync, contextlib.nullcontext(), strategy.scope()


def _strategy():
    """One replica on each GPU, else on each logical CPU device, else no strategy."""
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU")
    devices = devices or tf.config.list_logical_devices("CPU")
    if len(devices) == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _check_tensorflow(config):
    """Says what works where TensorFlow is not installed."""
    if importlib.util.find_spec("tensorflow"):
        return
    if os.environ.get("KERAS_BACKEND") != "jax":
        raise UsageError(
            "TensorFlow is not installed; with JAX instead, set KERAS_BACKEND=jax in "
            "the environment and give --arrays."
        )
    if not config.arrays:
        raise UsageError(
            "records are read by TensorFlow, which is not installed; make arrays of "
            "them with tools/pack_arrays.py where it is, and give --arrays."
        )


def _check_files(config):
    """Refuses weights that are not there, and nothing to train on."""
    if not (config.photos or config.films or config.arrays):
        raise UsageError(
            "nothing to train on: give --photos or --films, or both, or --arrays."
        )
    weights = config.encoder_weights
    if weights not in ("none", "imagenet") and not pathlib.Path(weights).is_file():
        raise InputError(
            f"--encoder_weights={weights}: no such file; give imagenet, none, or a .h5 "
            "file in the format of keras.applications."
        )


def _check_divisible(config, replicas):
    """Refuses batches that do not split evenly: Keras would fail on them in mid-run."""
    for name in ("global_batch_size", "photos_per_step"):
        size = getattr(config, name)
        if size % replicas:
            raise UsageError(
                f"--{name}={size} does not divide by the {replicas} devices here; "
                f"{size + -size % replicas} does, or hide devices with "
                "CUDA_VISIBLE_DEVICES."
            )
