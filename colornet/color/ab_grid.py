"""The bins of ab: which there are, and over how many of them a colour is spread."""

import functools
import importlib.resources

import numpy as np

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
