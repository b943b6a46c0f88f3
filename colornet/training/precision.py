"""In which precision a run computes, where that is left to the machine.

Convolutions in bfloat16 take processors and GPUs that are made for it half of the time
that float32 takes, and others several times as long, as they imitate it.
"""

import pathlib

import keras

AUTO = "auto"
_PROCESSOR = {"avx512_bf16", "amx_bf16"}  # As Linux names what can.
_GPU = 8  # CUDA's compute capability from which GPUs can.


def policy(wanted: str) -> str:
    """The dtype policy that --precision asks for; of "auto", the quicker one here."""
    if wanted != AUTO:
        return wanted
    on_jax = keras.backend.backend() == "jax"
    gpus = _jax_gpus() if on_jax else _tensorflow_gpus()
    # On processors only TensorFlow, by oneDNN, makes use of it.
    flags = set() if on_jax else _processor_flags()
    quick = min(gpus) >= _GPU if gpus else bool(flags & _PROCESSOR)
    return "mixed_bfloat16" if quick else "float32"


def _tensorflow_gpus() -> list[float]:
    """Compute capabilities of the GPUs here; 0 where one is not of CUDA."""
    import tensorflow as tf

    details = map(
        tf.config.experimental.get_device_details,
        tf.config.list_physical_devices("GPU"),
    )
    return [float(d.get("compute_capability", (0,))[0]) for d in details]


def _jax_gpus() -> list[float]:
    """The same; a TPU, which always computes in bfloat16, can do all."""
    import jax

    found = []
    for device in jax.devices():
        if device.platform == "tpu":
            found.append(float("inf"))
        elif device.platform != "cpu":
            found.append(_number(getattr(device, "compute_capability", 0)))
    return found


def _number(capability) -> float:
    """Of CUDA's, such as "8.0"; 0 of others', such as "gfx90a"."""
    try:
        return float(capability)
    except ValueError:
        return 0.0


def _processor_flags(path: str = "/proc/cpuinfo") -> set[str]:
    """What Linux says that the processor can; elsewhere nothing is known."""
    try:
        lines = pathlib.Path(path).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return set()
    named = (line.partition(":") for line in lines)
    flags = [value for name, _, value in named if name.strip() == "flags"]
    return set(flags[0].split()) if flags else set()
