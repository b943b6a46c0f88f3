"""Quantised chroma: values <-> histograms over bins. Pure `keras.ops`, any rank.

Two kinds of bins: the in-gamut grid of ab (Zhang et al. 2016, section 2.1), centres
[Q, 2], and K equal parts of [0, 1] for one quantity at a time, such as hue or chroma
(Larsson et al. 2016, section 3.1), centres [K].
"""

import numpy as np
from keras import ops

from colornet.color import ab_grid, bin_raster

NEIGHBORS, SIGMA = ab_grid.NEIGHBORS, ab_grid.SIGMA
ab_centers = ab_grid.ab_centers


def marginal_centers(num_bins: int) -> np.ndarray:
    """Middles of `num_bins` equal parts of [0, 1], float32 [K]."""
    return ((np.arange(num_bins) + 0.5) / num_bins).astype("float32")


def nearest_bins(ab, centers, *, neighbors=NEIGHBORS, sigma=SIGMA):
    """The bins that share each colour, and how they share it. Zhang et al. 2016, 2.2.

    Args:
      ab: [..., 2], in L*a*b* units, within `bin_raster.MARGIN` of the bins.
      centers: [Q, 2], bin centres, as NumPy has them.
      neighbors: how many of the nearest bins share a colour.
      sigma: of the Gaussian of the distance to each, in L*a*b* units.

    Returns:
      bins, int32 [..., neighbors], nearest first, and their shares, of ab's dtype,
      which sum to 1.
    """
    centers = np.asarray(centers, "float32")
    corner, raster = bin_raster.candidates(
        tuple(map(tuple, centers.tolist())), neighbors
    )
    rows, columns, _ = raster.shape
    cell = ops.floor((ab - ops.convert_to_tensor(corner, ab.dtype)) / bin_raster.CELL)
    row, column = ops.unstack(ops.cast(cell, "int32"), axis=-1)
    row, column = ops.clip(row, 0, rows - 1), ops.clip(column, 0, columns - 1)
    raster = ops.convert_to_tensor(raster.reshape(rows * columns, -1))
    possible = ops.take(raster, row * columns + column, axis=0)
    nowhere = np.full((1, 2), 1e4, "float32")  # What is no bin is nearest to nothing.
    points = ops.convert_to_tensor(np.concatenate([centers, nowhere]), ab.dtype)
    away = ops.take(points, possible, axis=0) - ab[..., None, :]
    score, places = ops.top_k(-ops.sum(away * away, axis=-1), neighbors)
    chosen = ops.take_along_axis(possible, places, axis=-1)
    return chosen, ops.softmax(score / (2 * sigma**2), axis=-1)


def spread_out(bins, shares, num_bins: int):
    """Shares [..., k] of `bins` [..., k], all different, at their places: [..., Q]."""
    shape = ops.shape(bins)
    bins = ops.reshape(bins, (-1, shape[-1]))
    rows = ops.arange(ops.shape(bins)[0], dtype=bins.dtype)[:, None]
    places = ops.stack([rows + ops.zeros_like(bins), bins], axis=-1)
    spread = ops.scatter(
        ops.reshape(places, (-1, 2)),
        ops.reshape(shares, (-1,)),
        (ops.shape(bins)[0], num_bins),
    )
    return ops.reshape(spread, (*shape[:-1], num_bins))


def soft_encode(ab, centers, *, neighbors=NEIGHBORS, sigma=SIGMA):
    """`nearest_bins` spread out over all bins: [..., 2] -> [..., Q], sums of 1."""
    bins, shares = nearest_bins(ab, centers, neighbors=neighbors, sigma=sigma)
    return spread_out(bins, shares, len(centers))


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
