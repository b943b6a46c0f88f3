"""One run of training: its model, its batches, its epochs."""

import itertools
import pathlib

import keras
import numpy as np

from colornet.color import bins, spaces
from colornet.models import losses, zoo
from colornet.training import callbacks, checkpoints, settings, systems


def build_model(
    config: settings.TrainConfig, workdir: pathlib.Path, material
) -> keras.Model:
    """The compiled model: as the last checkpoint left it, from --init_from, or new.

    Args:
      config: the run's settings.
      workdir: the run's folder.
      material: one of `material`'s, whose colours --rebalance counts.

    Raises:
      UsageError: --init_from is a network of other parts.
      InputError: --init_from holds no weights.
    """
    if config.system != settings.OWN_SYSTEM:
        return systems.build_model(config, workdir)
    resumed = checkpoints.exists(workdir)
    fetched = not resumed and not config.init_from and config.encoder_weights != "none"
    centers = bins.ab_centers()
    network = zoo.dynamic_colornet(
        len(centers),
        encoder_weights=config.encoder_weights if fetched else None,
        **settings.network_arguments(config),
    )
    if config.init_from and not resumed:
        checkpoints.initialize(
            network,
            checkpoints.named(config.init_from),
            new_dynamic_layer=config.new_dynamic_layer,
        )
    loss = losses.ChromaCrossEntropy(
        centers,
        _bin_weights(config, centers, material),
        temporal_weight=config.temporal_weight,
    )
    model = checkpoints.compiled(network, config, loss=loss)
    if resumed:
        checkpoints.restore(model, workdir)
    return model


def fit(
    model: keras.Model,
    config: settings.TrainConfig,
    workdir: pathlib.Path,
    material,
    replicas: int,
) -> dict:
    """Runs the epochs that are left; returns a list of values per figure."""
    steps = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    first_epoch = steps // config.steps_per_epoch
    if first_epoch >= config.epochs:
        print(f"{workdir}: all {config.epochs} epochs are done.")
        return {}
    validation = material.validation(replicas)
    table = keras.callbacks.CSVLogger(workdir / "epochs.csv", append=True)
    clock, watch = callbacks.Clock(), callbacks.StopAtNaN()
    after_epoch = [clock, watch, callbacks.Checkpoint(workdir), table]
    if keras.backend.backend() == "tensorflow":
        logs = keras.callbacks.TensorBoard(workdir / "logs", write_graph=False)
        after_epoch.append(logs)
    if validation is not None:
        shown = next(iter(validation))[0][:8]
        coloring = None
        if config.system != settings.OWN_SYSTEM:
            coloring = systems.coloring(model, config)
        after_epoch.append(callbacks.PictureStrips(shown, workdir, coloring))
    try:
        history = model.fit(
            material.training(first_epoch),
            epochs=config.epochs,
            initial_epoch=first_epoch,
            steps_per_epoch=config.steps_per_epoch,
            validation_data=validation,
            callbacks=after_epoch,
            shuffle=False,  # The clips are shuffled where they are read.
        )
    finally:
        table.on_train_end()  # Which `fit` leaves out where it is interrupted.
    return history.history


def _bin_weights(config, centers, material):
    """Rebalancing weights from the first pictures' colours, or None."""
    if not config.rebalance:
        return None
    total = 0.0
    for rgb, _ in itertools.islice(material.training(0), 50):
        some = np.asarray(rgb)[:, :, ::8, ::8].astype("float32") / 255
        ab = spaces.srgb_to_lab(some)[..., 1:]
        total = total + keras.ops.convert_to_numpy(bins.prior(ab, centers))
    return bins.rebalancing_weights(total / total.sum(), uniform=1 - config.rebalance)
