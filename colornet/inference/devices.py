"""What TensorFlow calls the devices that --device names."""

import tensorflow as tf

from colornet.errors import UsageError


def find(name: str) -> str | None:
    """TensorFlow's name for "cpu", "gpu" or "gpu:1"; None, its choice, for "auto".

    Raises:
      UsageError: there is none of that name.
    """
    if name == "auto":
        return None
    there = {}
    for kind in ("cpu", "gpu"):
        for number, _ in enumerate(tf.config.list_logical_devices(kind.upper())):
            there[f"{kind}:{number}"] = f"/{kind.upper()}:{number}"
    wanted = name.lower() if ":" in name else f"{name.lower()}:0"
    if wanted not in there:
        raise UsageError(
            f"--device={name}: no such device here; there are auto, {', '.join(there)}"
        )
    return there[wanted]
