"""Quantised chroma: values <-> histograms over bins. Pure `keras.ops`, any rank.

Two kinds of bins: the in-gamut grid of ab (Zhang et al. 2016, section 2.1), centres
[Q, 2], and K equal parts of [0, 1] for one quantity at a time, such as hue or chroma
(Larsson et al. 2016, section 3.1), centres [K].
"""

import numpy as np
from keras import ops

from colornet.color import ab_grid

NEIGHBORS, SIGMA = ab_grid.NEIGHBORS, ab_grid.SIGMA
ab_centers = ab_grid.ab_centers


def marginal_centers(num_bins: int) -> np.ndarray:
    """Middles of `num_bins` equal parts of [0, 1], float32 [K]."""
    return ((np.arange(num_bins) + 0.5) / num_bins).astype("float32")


def nearest_bins(ab, centers, *, neighbors=NEIGHBORS, sigma=SIGMA):
    """The bins that share each colour, and how they share it. Zhang et al. 2016, 2.2.

    Args:
      ab: [..., 2], in L*a*b* units.
      centers: [Q, 2], bin centres.
      neighbors: how many of the nearest bins share a colour.
      sigma: of the Gaussian of the distance to each, in L*a*b* units.

    Returns:
      bins, int32 [..., neighbors], nearest first, and their shares, of ab's dtype,
      which sum to 1.
    """
    centers = ops.convert_to_tensor(centers, ab.dtype)
    # |ab - c|^2 without |ab|^2, which is the same for every bin.
    score = 2 * ops.matmul(ab, ops.transpose(centers)) - ops.sum(centers**2, axis=-1)
    score, indices = ops.top_k(score, neighbors)
    return indices, ops.softmax(score / (2 * sigma**2), axis=-1)


def soft_encode(ab, centers, *, neighbors=NEIGHBORS, sigma=SIGMA):
    """`nearest_bins` spread out over all bins: [..., 2] -> [..., Q], sums of 1."""
    indices, shares = nearest_bins(ab, centers, neighbors=neighbors, sigma=sigma)
    spread = ops.one_hot(indices, len(centers), dtype=shares.dtype)
    return ops.sum(spread * shares[..., None], axis=-2)


def marginal_encode(values, num_bins: int):
    """Values [...] in [0, 1] -> one-hot histograms [..., K] over equal parts."""
    index = ops.clip(ops.floor(values * num_bins), 0, num_bins - 1)
    return ops.one_hot(ops.cast(index, "int32"), num_bins, dtype=values.dtype)


def annealed_mean(logits, centers, *, temperature=0.38):
    """Expected ab under softmax(logits / temperature). Zhang et al. 2016, eq. 5.

    Args:
      logits: [..., Q], one per ab bin.
      centers: [Q, 2], bin centres in L*a*b* units.
      temperature: towards 0, the mode (vivid, blotchy); 1, the mean (even, dull). A
        number, or a scalar tensor, which is not checked.

    Returns:
      ab [..., 2], in L*a*b* units.
    """
    if isinstance(temperature, (int, float)) and temperature <= 0:
        raise ValueError(f"temperature must be positive, got {temperature}.")
    centers = ops.convert_to_tensor(centers, logits.dtype)
    return ops.matmul(ops.softmax(logits / temperature, axis=-1), centers)


def vivid_mean(logits, centers, *, temperature=1.0, vividness=0.5):
    """The annealed mean m of ab, its chroma raised to |m|^(1 - v) E[|ab|]^v.

    Where several hues are likely they cancel, and their mean is duller than any of
    them: E[|ab|] is how vivid they are one by one. Larsson et al. 2016, section 3.3,
    decode hue and chroma apart for that reason.

    Args:
      logits: [..., Q], one per ab bin.
      centers: [Q, 2], bin centres in L*a*b* units.
      temperature: of both means: a number, or a scalar tensor.
      vividness: v, from 0 (the annealed mean) to 1 (the chroma of the mixed colours):
        a number, or [..., 1].

    Returns:
      ab [..., 2], in L*a*b* units.
    """
    centers = ops.convert_to_tensor(centers, logits.dtype)
    shares = ops.softmax(logits / temperature, axis=-1)
    mean = ops.matmul(shares, centers)
    mixed = ops.matmul(shares, _chroma(centers))
    return mean * (mixed / ops.maximum(_chroma(mean), 1e-3)) ** vividness


def _chroma(ab):
    """[..., 2] -> [..., 1]."""
    return ops.sqrt(ops.sum(ab * ab, axis=-1, keepdims=True))


def mode(logits, centers):
    """Centre of the likeliest bin: logits [..., Q] -> [..., 2], or [...] for [K]."""
    return ops.take(
        ops.convert_to_tensor(centers, logits.dtype),
        ops.argmax(logits, axis=-1),
        axis=0,
    )


def median(histogram, centers):
    """Median of one quantity's histogram: [..., K] -> [...]. Larsson et al. 2016, 3.3.

    Args:
      histogram: probabilities that sum to 1, [..., K].
      centers: bin centres in rising order, [K].
    """
    below = ops.cumsum(histogram, axis=-1) < 0.5
    index = ops.sum(ops.cast(below, "int32"), axis=-1)
    index = ops.minimum(index, len(centers) - 1)
    return ops.take(ops.convert_to_tensor(centers, histogram.dtype), index, axis=0)


def circular_mean(histogram, centers):
    """Mean and concentration of an angle's histogram. Larsson et al. 2016, section 3.3.

    Args:
      histogram: probabilities that sum to 1, [..., K].
      centers: bin centres, [K], in turns: 0 and 1 are the same angle.

    Returns:
      the mean [...] in turns, [0, 1), and the resultant length [...], from 0 (even) to
      1 (one angle).
    """
    angle = 2 * np.pi * np.asarray(centers)
    compass = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    compass = ops.convert_to_tensor(compass, histogram.dtype)
    x, y = ops.unstack(ops.matmul(histogram, compass), axis=-1)
    turns = ops.arctan2(y, x) / (2 * np.pi)
    return turns - ops.floor(turns), ops.sqrt(x**2 + y**2)


def prior(ab, centers):
    """How often each bin occurs: ab [..., 2] -> [Q], sum 1. Zhang et al. 2016, 2.2."""
    shares = ops.reshape(soft_encode(ab, centers), (-1, len(centers)))
    return ops.mean(shares, axis=0)


def rebalancing_weights(prior, *, uniform=0.5):
    """Weights [Q] that lift rare colours; their mean under `prior` is 1.

    Zhang et al. 2016, equation 4: 1 / ((1 - lambda) p + lambda / Q).

    Args:
      prior: [Q], sum 1.
      uniform: lambda, 0 (weights inverse to frequency) to 1 (no rebalancing).
    """
    prior = np.asarray(prior, "float64")
    weights = 1 / np.maximum((1 - uniform) * prior + uniform / len(prior), 1e-12)
    return (weights / np.sum(prior * weights)).astype("float32")
