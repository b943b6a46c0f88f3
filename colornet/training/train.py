"""Trains one network on records, and goes on where it stopped.

  colornet train --flagfile=experiments/default.flags --workdir=runs/default

The workdir gets `train.flags` (the run, ready to be repeated), one checkpoint (replaced
after each epoch), `logs/` for TensorBoard and `pictures/`, strips of validation
pictures: grey, predicted, true. The same command again after an interruption
goes on from the last checkpoint and ends as the unbroken run would have ended. All GPUs
of this machine are used, one replica each; several machines are not supported.
"""

import pathlib

from absl import app, flags

from colornet import config as configuration
from colornet.errors import InputError, UsageError
from colornet.training import settings
from colornet.training.settings import TrainConfig


def define_flags():
    """Defines this program's flags."""
    configuration.define_flags(TrainConfig)
    flags.DEFINE_string("workdir", None, "The run's folder.", required=True)


def main(argv):
    """Reads the flags and trains."""
    if len(argv) > 1:
        raise app.UsageError(f"unexpected arguments: {argv[1:]}")
    config = configuration.from_flags(TrainConfig)
    run(config, pathlib.Path(flags.FLAGS.workdir))


def run(config: TrainConfig, workdir: pathlib.Path) -> dict:
    """Trains as `config` says and returns the history: a list of values per figure.

    Raises:
      UsageError: flags that contradict each other, the replicas or the workdir.
      InputError: files that are missing, or a loss that is no number any more.
    """
    # This brings TensorFlow; imported here so that --help answers at once.
    import keras

    from colornet.training import checkpoints

    _check_files(config)
    strategy = _strategy()
    _check_divisible(config, strategy.num_replicas_in_sync)
    checkpoints.claim(workdir, config)

    keras.utils.set_random_seed(config.seed)
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.precision)
    try:
        with strategy.scope():
            model = _model(config, workdir)
        done = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
        return _fit(model, config, workdir, done // config.steps_per_epoch)
    finally:
        keras.config.set_dtype_policy(policy)


def _model(config, workdir):
    """The compiled model: new, from --init_from, or as the last checkpoint left it."""
    from colornet.color import bins
    from colornet.models import zoo
    from colornet.training import checkpoints, losses

    weights = {"none": None}.get(config.encoder_weights, config.encoder_weights)
    centers = bins.ab_centers()
    network = zoo.dynamic_colornet(
        len(centers),
        # Weights that --init_from or a checkpoint brings need not be fetched first.
        encoder_weights=None if config.init_from else weights,
        **settings.network_arguments(config),
    )
    if config.init_from:
        checkpoints.initialize(network, _initial_weights(config.init_from))
    loss = losses.ChromaCrossEntropy(centers, _bin_weights(config, centers))
    model = checkpoints.compiled(network, config, loss=loss)
    checkpoints.restore(model, workdir)
    return model


def _fit(model, config, workdir, first_epoch):
    """Runs the epochs that are left."""
    import keras

    from colornet.training import callbacks

    if first_epoch >= config.epochs:
        print(f"{workdir}: all {config.epochs} epochs are done.")
        return {}
    replicas = model.distribute_strategy.num_replicas_in_sync
    validation = _validation(config, replicas)
    after_epoch = [
        callbacks.StopAtNaN(),
        callbacks.Checkpoint(workdir),
        keras.callbacks.TensorBoard(workdir / "logs", write_graph=False),
    ]
    if validation is not None:
        shown = next(iter(validation))[0][:8]
        after_epoch.append(callbacks.PictureStrips(shown, workdir))
    history = model.fit(
        _training(config, first_epoch),
        epochs=config.epochs,
        initial_epoch=first_epoch,
        steps_per_epoch=config.steps_per_epoch,
        validation_data=validation,
        callbacks=after_epoch,
        shuffle=False,  # The records are shuffled where they are read.
    )
    return history.history


def _training(config, first_epoch):
    """Batches of the epochs from `first_epoch` on."""
    from colornet.data import pipeline

    share = config.films_share if config.photos else 1.0
    sources = []
    if config.photos:
        sources.append(
            pipeline.Source(
                config.photos,
                clip_length=1,
                clips_per_batch=config.photos_per_step,
                weight=1 - share if config.films else 1.0,
            )
        )
    if config.films:
        sources.append(
            pipeline.Source(
                config.films,
                clip_length=config.clip_length,
                clips_per_batch=config.global_batch_size,
                weight=share,
            )
        )
    return pipeline.training_clips(
        sources,
        crop=config.crop,
        steps_per_epoch=config.steps_per_epoch,
        first_epoch=first_epoch,
        epochs=config.epochs - first_epoch,
        seed=config.seed,
    )


def _validation(config, replicas):
    """The same first frames after every epoch, or None."""
    from colornet.data import pipeline

    if not config.validation:
        return None
    return pipeline.validation_clips(
        config.validation,
        clip_length=1,
        size=config.crop,
        clips_per_batch=config.photos_per_step,
        divisor=replicas,
    )


def _bin_weights(config, centers):
    """Rebalancing weights from the first pictures' colours, or None."""
    from colornet.color import bins, spaces

    if not config.rebalance:
        return None
    total = 0.0
    for rgb, _ in _training(config, 0).take(50):
        ab = spaces.srgb_to_lab(rgb[:, :, ::8, ::8].numpy().astype("float32") / 255)
        total = total + bins.prior(ab[..., 1:], centers).numpy()
    return bins.rebalancing_weights(total / total.sum(), uniform=1 - config.rebalance)


def _initial_weights(name):
    """The folder that --init_from means: a bundled model's, or the one given."""
    bundled = pathlib.Path(__file__).parents[1] / "pretrained" / name
    return bundled if bundled.is_dir() else pathlib.Path(name)


def _strategy():
    """One replica on each GPU, else on each logical CPU device, else no strategy."""
    import tensorflow as tf

    devices = tf.config.list_logical_devices("GPU")
    devices = devices or tf.config.list_logical_devices("CPU")
    if len(devices) == 1:
        return tf.distribute.get_strategy()
    return tf.distribute.MirroredStrategy([device.name for device in devices])


def _check_files(config):
    """Refuses records and weights that are not there, before anything is written."""
    from colornet.data import shards

    if not (config.photos or config.films):
        raise UsageError("nothing to train on: give --photos or --films, or both.")
    for pattern in filter(None, (config.photos, config.films, config.validation)):
        shards.find(pattern)
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
