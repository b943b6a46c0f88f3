"""Random choices of training that are pure functions of a seed and of a position."""

import math

import numpy as np

# A window's shorter side is at least this share of the crop, so that nothing is
# enlarged by more than a third, unless the whole picture is smaller.
SMALLEST_WINDOW = 0.75
MAX_STRETCH = math.log(4 / 3)  # Of width to height, either way.
_INT32_MAX = np.iinfo("int32").max


def choose(sources, steps: int, seed: int) -> np.ndarray:
    """The number of the source of each step from 0 on, by their weights: [steps]."""
    shares = np.cumsum([source.weight for source in sources])
    draws = np.random.default_rng(seed).random(steps)
    return np.searchsorted(shares / shares[-1], draws, side="right")


def fold(seed: int, number: int) -> int:
    """A seed for one source, in the range that TensorFlow's stateless draws take."""
    return int(np.random.default_rng([seed, number]).integers(_INT32_MAX))
