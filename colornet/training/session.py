"""One run of training: its model, its batches, its epochs."""

import pathlib

import keras

from colornet.color import bins, spaces
from colornet.data import pipeline, record_reader
from colornet.models import zoo
from colornet.training import callbacks, checkpoints, losses, settings


def build_model(
    config: settings.TrainConfig,
    workdir: pathlib.Path,
    damage: record_reader.DamageLog,
) -> keras.Model:
    """The compiled model: as the last checkpoint left it, from --init_from, or new.

    Raises:
      UsageError: --init_from is a network of other parts.
      InputError: --init_from holds no weights.
    """
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
            _initial_weights(config.init_from),
            new_dynamic_layer=config.new_dynamic_layer,
        )
    loss = losses.ChromaCrossEntropy(
        centers,
        _bin_weights(config, centers, damage),
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
    damage: record_reader.DamageLog,
) -> dict:
    """Runs the epochs that are left; returns a list of values per figure."""
    steps = int(keras.ops.convert_to_numpy(model.optimizer.iterations))
    first_epoch = steps // config.steps_per_epoch
    if first_epoch >= config.epochs:
        print(f"{workdir}: all {config.epochs} epochs are done.")
        return {}
    replicas = model.distribute_strategy.num_replicas_in_sync
    validation = _validation(config, replicas, damage)
    after_epoch = [
        callbacks.StopAtNaN(),
        callbacks.Checkpoint(workdir),
        keras.callbacks.TensorBoard(workdir / "logs", write_graph=False),
    ]
    if validation is not None:
        shown = next(iter(validation))[0][:8]
        after_epoch.append(callbacks.PictureStrips(shown, workdir))
    history = model.fit(
        _training(config, first_epoch, damage),
        epochs=config.epochs,
        initial_epoch=first_epoch,
        steps_per_epoch=config.steps_per_epoch,
        validation_data=validation,
        callbacks=after_epoch,
        shuffle=False,  # The records are shuffled where they are read.
    )
    if damage.count:
        record_reader.say(
            f"corrupt places in the records: {damage.count}; they were left out, and "
            "`colornet build-records --verify` finds all there are."
        )
    return history.history


def _training(config, first_epoch, damage):
    """Batches of the epochs from `first_epoch` on."""
    moving = {
        "clip_length": config.clip_length,
        "clips_per_batch": config.global_batch_size,
    }
    still = {"clip_length": 1, "clips_per_batch": config.photos_per_step}
    sources = []
    if config.photos:
        films, pans = config.films_share if config.films else 0.0, config.pans_share
        single = pipeline.Source(config.photos, **still, weight=1.0 - films - pans)
        panned = pipeline.Source(config.photos, **moving, weight=pans, pans=True)
        sources += [single, panned]
    if config.films:
        share = config.films_share if config.photos else 1.0
        sources.append(pipeline.Source(config.films, **moving, weight=share))
    return pipeline.training_clips(
        sources,
        crop=config.crop,
        steps_per_epoch=config.steps_per_epoch,
        first_epoch=first_epoch,
        epochs=config.epochs - first_epoch,
        seed=config.seed,
        damage=damage,
    )


def _validation(config, replicas, damage):
    """The same first frames after every epoch, or None."""
    if not config.validation:
        return None
    return pipeline.validation_clips(
        config.validation,
        clip_length=1,
        size=config.crop,
        clips_per_batch=config.photos_per_step,
        divisor=replicas,
        damage=damage,
    )


def _bin_weights(config, centers, damage):
    """Rebalancing weights from the first pictures' colours, or None."""
    if not config.rebalance:
        return None
    total = 0.0
    for rgb, _ in _training(config, 0, damage).take(50):
        ab = spaces.srgb_to_lab(rgb[:, :, ::8, ::8].numpy().astype("float32") / 255)
        total = total + bins.prior(ab[..., 1:], centers).numpy()
    return bins.rebalancing_weights(total / total.sum(), uniform=1 - config.rebalance)


def _initial_weights(name):
    """The folder that --init_from means: a bundled model's, or the one given."""
    bundled = pathlib.Path(__file__).parents[1] / "pretrained" / name
    return bundled if bundled.is_dir() else pathlib.Path(name)
