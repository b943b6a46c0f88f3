"""The bins of ab: which there are, and over how many of them a colour is spread."""

import functools
import importlib.resources
from collections.abc import Iterator

import numpy as np

STEP = 10.0  # Between bins, L*a*b* units. Zhang et al. 2016, section 2.1.
NEIGHBORS = 5  # Bins that share one colour. Zhang et al. 2016, section 2.2.
SIGMA = 5.0  # Width of that share, L*a*b* units. Zhang et al. 2016, section 2.2.


@functools.cache
def ab_centers() -> np.ndarray:
    """The in-gamut ab grid, float32 [Q, 2]; `tools/make_ab_bins.py` made the list."""
    source = importlib.resources.files("colornet.color") / "ab_bins.npz"
    with source.open("rb") as file, np.load(file) as stored:
        centers = stored["centers"]
    centers.setflags(write=False)
    return centers


@functools.cache
def ab_prior() -> np.ndarray:
    """How often photographs have each bin, float32 [Q], sum 1.

    `tools/make_ab_prior.py` counted it.
    """
    source = importlib.resources.files("colornet.color") / "ab_prior.npy"
    with source.open("rb") as file:
        prior = np.load(file)
    prior.setflags(write=False)
    return prior


def shares(logits: np.ndarray) -> np.ndarray:
    """The probabilities of bins, [..., Q], of their logits."""
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def modes(
    shares: np.ndarray, colors: np.ndarray, radius: float
) -> Iterator[tuple[float, np.ndarray]]:
    """The colours that a distribution has most of, likeliest first.

    Args:
      shares: of the bins, [Q].
      colors: theirs, [Q, C]: the centres, or what they look like somewhere.
      radius: bins nearer to each other than that are one colour, their mean.

    Yields:
      the share of a colour, and the colour [C]. None has a bin of one before it.
    """
    near = np.linalg.norm(colors[:, None] - colors, axis=-1) < radius
    left = shares.copy()
    while left.sum() > 1e-3:
        alike = near[np.argmax(near @ left)]
        share = left[alike].sum()
        yield share, left[alike] @ colors[alike] / share
        left[alike] = 0
