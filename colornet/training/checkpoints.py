"""A run's state on disk, and networks rebuilt from it."""

import pathlib

import keras
import numpy as np

from colornet import config as configuration
from colornet import whole_file
from colornet.color import bins
from colornet.errors import InputError, UsageError
from colornet.models import dynamic, zoo
from colornet.training import aging, copying, reveal, settings

SETTINGS = "train.flags"
FITTED = "fitted.npz"  # What a system learned that is no network.
_STATE = "checkpoint.weights.h5"


def save(model: keras.Model, workdir: pathlib.Path) -> None:
    """Writes weights and optimiser to `workdir`, whole or not at all."""
    with whole_file.written(workdir / _STATE) as unfinished:
        model.save_weights(unfinished, overwrite=True)


def exists(workdir: pathlib.Path) -> bool:
    """Whether `save` has been there, or a system was fitted."""
    return any((workdir / name).exists() for name in (_STATE, FITTED))


def restore(model: keras.Model, workdir: pathlib.Path) -> None:
    """Brings a compiled `model` to where `save` left it."""
    model.load_weights(workdir / _STATE)


def restore_average(model: keras.Model, workdir: pathlib.Path) -> None:
    """Gives a compiled `model` the averaged weights that `save` left."""
    restore(model, workdir)
    model.optimizer.finalize_variable_values(model.trainable_variables)


def refuse_another(workdir: pathlib.Path, config: settings.TrainConfig) -> None:
    """Raises UsageError if `workdir` belongs to a run with other flags."""
    path = workdir / SETTINGS
    if not path.exists():
        return
    now = configuration.to_flagfile(config).splitlines()
    free = tuple(f"--{name}=" for name in settings.NO_EXPERIMENT)
    before = path.read_text().splitlines()
    other = [line for line in before if line not in now and not line.startswith(free)]
    if other:
        raise UsageError(
            f"--workdir={workdir} holds another experiment, with {other[0]}; give "
            f"another workdir, or go on with that one: --flagfile={path}."
        )


def claim(workdir: pathlib.Path, config: settings.TrainConfig) -> None:
    """Writes the run's complete flags to `workdir`, which it makes."""
    workdir.mkdir(parents=True, exist_ok=True)
    with whole_file.written(workdir / SETTINGS) as unfinished:
        unfinished.write_text(configuration.to_flagfile(config))


def compiled(network: keras.Model, config: settings.TrainConfig, **kwargs):
    """`network` as `fit` takes it, with the optimiser that `config` describes."""
    share = config.aged_share
    model = zoo.training_model(
        network,
        state_stride=config.dynamic_stride,
        age=aging.Age(share, config.seed) if share else None,
        reveal=reveal.RevealHints(config.seed),
        lead=copying.LeadByKeys,
    )
    return ready(model, config, **kwargs)


def ready(model: keras.Model, config: settings.TrainConfig, **kwargs) -> keras.Model:
    """A training model, compiled with the optimiser that `config` describes."""
    total = config.epochs * config.steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0 if config.warmup_steps else config.learning_rate,
        warmup_target=config.learning_rate if config.warmup_steps else None,
        warmup_steps=config.warmup_steps,
        decay_steps=max(1, total - config.warmup_steps),
        alpha=config.final_learning_rate / config.learning_rate,
    )
    adam = keras.optimizers.Adam(
        schedule,
        beta_1=config.beta_1,
        beta_2=config.beta_2,
        clipnorm=config.clipnorm or None,
        use_ema=config.ema_momentum > 0,
        ema_momentum=config.ema_momentum,
    )
    # Under TensorFlow, XLA would compile anew for every clip size, and cannot run under
    # a strategy.
    compiles = keras.backend.backend() == "jax"
    model.compile(adam, jit_compile=compiles, **kwargs)
    adam.build(model.trainable_variables)
    return model


def settings_of(workdir: pathlib.Path) -> settings.TrainConfig:
    """The settings of a run that has a checkpoint.

    Raises:
      InputError: `workdir` holds no checkpoint.
    """
    if not exists(workdir):
        raise InputError(
            f"{workdir}: no checkpoint there; `colornet train --workdir={workdir}` "
            "writes one after each epoch."
        )
    return configuration.from_flagfile(settings.TrainConfig, workdir / SETTINGS)


def load_network(workdir: pathlib.Path):
    """The network of a run, float32, with its averaged weights, and the run's config.

    Works during the run too: it is the newest checkpoint's.

    Raises:
      UsageError: it is a run of another's system.
      InputError: `workdir` holds no checkpoint.
    """
    config = settings_of(workdir)
    if config.system != settings.OWN_SYSTEM:
        raise UsageError(
            f"{workdir}: trained with --system={config.system}, which is for "
            "comparison only: `colornet evaluate --workdir` scores it."
        )
    arguments = settings.network_arguments(config)
    network = zoo.dynamic_colornet(len(bins.ab_centers()), **arguments)
    model = compiled(network, config)
    restore_average(model, workdir)
    return network, config


def initialize(
    network: keras.Model, source: pathlib.Path, *, new_dynamic_layer: bool = False
) -> None:
    """Gives `network` the weights of an exported model or of a run's workdir.

    What `network` has besides, for hints or attention, is left as new; so is all of its
    dynamic layer with `new_dynamic_layer`, whatever `source` has in its place.

    Raises:
      UsageError: they belong to a network of other parts, or TensorFlow is missing.
      InputError: there are none at `source`.
    """
    if (source / "saved_model.pb").exists():
        stored = _exported_weights(source)
    else:
        other, _ = load_network(source)
        stored = {w.path: keras.ops.convert_to_numpy(w) for w in other.weights}
    if new_dynamic_layer:
        stored = {p: value for p, value in stored.items() if not dynamic.owns(p)}
    expected = {(w.path, tuple(w.shape)) for w in network.weights}
    found = {(path, np.shape(value)) for path, value in stored.items()}
    new = {
        (path, shape)
        for path, shape in expected - found
        if zoo.adds_nothing(path) or (new_dynamic_layer and dynamic.owns(path))
    }
    if expected - new != found:
        path, shape = min((expected - new) ^ found)
        raise UsageError(
            f"{source}: another network, {path} {shape} is in one of the "
            "two only; give the flags it was trained with, such as --encoder, "
            "--dynamic_layer, --hints and --attention; or --new_dynamic_layer."
        )
    for weight in network.weights:
        if weight.path in stored:
            weight.assign(stored[weight.path].astype("float32"))


def average(network: keras.Model, source: pathlib.Path) -> None:
    """Brings the weights of `network` half way to those at `source`.

    Of a network that was trained further from `source`, the mean often does better than
    either at what both can do. Wortsman et al. 2022, "Robust fine-tuning of zero-shot
    models". What `source` does not have is left as it is.

    Raises:
      as `initialize`.
    """
    own = {w.path: keras.ops.convert_to_numpy(w) for w in network.weights}
    initialize(network, source)
    for weight in network.weights:
        weight.assign((own[weight.path] + keras.ops.convert_to_numpy(weight)) / 2)


def named(name: str) -> pathlib.Path:
    """The folder that a flag means: a bundled model's, or the one given."""
    bundled = pathlib.Path(__file__).parents[1] / "pretrained" / name
    return bundled if bundled.is_dir() else pathlib.Path(name)


def _exported_weights(folder):
    """The weights of an exported model by their paths."""
    try:
        import tensorflow as tf
    except ModuleNotFoundError as error:
        raise UsageError(
            f"{folder}: an exported model, which takes TensorFlow to read, "
            "and that is not installed here; give the workdir of a run instead."
        ) from error
    exported = tf.saved_model.load(str(folder)).weights
    return {path: value.numpy() for path, value in exported.items()}
