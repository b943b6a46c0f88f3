"""Systems of others at work, as runs of `colornet train --system=...` left them."""

import functools
import pathlib

from colornet.baselines import registry
from colornet.errors import UsageError
from colornet.evaluation import frame_by_frame
from colornet.evaluation.evaluate_config import TOLD, EvaluateConfig
from colornet.training import checkpoints, settings, systems


def system_of(
    config: EvaluateConfig,
) -> tuple[frame_by_frame.FrameByFrame, dict] | None:
    """What --workdir's run of another's system does, and what to say of it.

    It is None where there is no such run.

    Raises:
      UsageError: a flag is given that is of no use with it.
    """
    folder = pathlib.Path(config.workdir)
    if not (config.workdir and checkpoints.exists(folder)):
        return None
    system = checkpoints.settings_of(folder).system
    if system == settings.OWN_SYSTEM:
        return None
    useless = [*TOLD, "temperature"]
    is_fitted = system in registry.FITTED
    if is_fitted:
        useless.append("network_size")
    for name in useless:
        if getattr(config, name):
            raise UsageError(
                f"--{name} is of no use with --workdir={folder}: {system} takes "
                "nothing but grey pictures"
            )
    colorize, label = systems.load(folder), system
    if not is_fitted:
        size = config.network_size or systems.NETWORK_SIZE
        colorize = functools.partial(colorize, network_size=size)
        label = f"{system}, {size} px"
    work = frame_by_frame.FrameByFrame(
        lambda name, number, grey: colorize(grey), config.every
    )
    return work, {"model": label, "parameters": systems.count_parameters(folder)}
