"""The systems of others as flags describe them: to be trained, and in use."""

import functools
import pathlib
from collections.abc import Callable

import keras
import numpy as np

from colornet.baselines import registry
from colornet.training import checkpoints, settings

NETWORK_SIZE = 224  # Shorter side of what they see, pixels, if nothing else is said.


def build_model(config: settings.TrainConfig, workdir: pathlib.Path) -> keras.Model:
    """The compiled model for `fit`: as the last checkpoint left it, or new."""
    resumed = checkpoints.exists(workdir)
    weights = None if resumed else config.encoder_weights
    model = _compiled(config, weights)
    if resumed:
        checkpoints.restore(model, workdir)
    return model


def fit(config: settings.TrainConfig, workdir: pathlib.Path, batches) -> dict:
    """Fits a system that is no network, to the first frames of all clips.

    Args:
      config: the run's settings.
      workdir: the run's folder, in which what was fitted is kept.
      batches: of clips (rgb, rgb), uint8 [B, T, H, W, 3], as networks are trained on.

    Returns:
      an empty history.
    """
    path = workdir / checkpoints.FITTED
    if path.exists():
        print(f"{workdir}: it is fitted already.")
        return {}
    arguments = {}
    if getattr(registry.find(config.system), "TAKES_SEMANTICS", False):
        weights = config.encoder_weights
        is_file = weights not in ("none", "imagenet")
        arguments["semantics"] = weights if is_file else None
    system = registry.find_class(config.system)(**arguments)
    pictures = (rgb for clips, _ in batches for rgb in np.asarray(clips)[:, 0])
    system.fit(pictures, seed=config.seed)
    system.save(path)
    return {}


def load(workdir: pathlib.Path) -> Callable[..., np.ndarray]:
    """What a finished or unfinished run has learned, averaged as its flags say.

    Returns:
      as `coloring`; one that was fitted takes no `network_size`.

    Raises:
      InputError: `workdir` holds no checkpoint.
    """
    config = checkpoints.settings_of(workdir)
    if config.system in registry.FITTED:
        fitted = registry.find_class(config.system).load(workdir / checkpoints.FITTED)
        return fitted.colorize
    model = _compiled(config, encoder_weights=None)
    checkpoints.restore_average(model, workdir)
    return coloring(model, config)


def coloring(
    model: keras.Model, config: settings.TrainConfig
) -> Callable[..., np.ndarray]:
    """A function from grey, uint8 [H, W], to sRGB uint8 [H, W, 3].

    It also takes `network_size`, the shorter side of what the network sees, in pixels.
    """
    return functools.partial(
        registry.find(config.system).colorize,
        model.get_layer(config.system),
        network_size=NETWORK_SIZE,
    )


def count_parameters(workdir: pathlib.Path) -> int:
    """How many numbers a run's system consists of, learned or given.

    Raises:
      InputError: `workdir` holds no checkpoint.
    """
    config = checkpoints.settings_of(workdir)
    if config.system in registry.FITTED:
        with np.load(workdir / checkpoints.FITTED) as fitted:
            return sum(v.size for v in fitted.values() if v.dtype.kind == "f")
    return _network(config, encoder_weights=None).count_params()


def _compiled(config, encoder_weights):
    system = registry.find(config.system)
    model = system.training_model(_network(config, encoder_weights))
    return checkpoints.ready(model, config, loss=system.training_loss())


def _network(config, encoder_weights):
    system = registry.find(config.system)
    arguments = {"width": config.system_width}
    if getattr(system, "TAKES_ENCODER", False):
        fetched = None if encoder_weights == "none" else encoder_weights
        arguments["encoder_weights"] = fetched
        arguments["train_encoder"] = config.train_encoder
    return system.build_network(**arguments)
