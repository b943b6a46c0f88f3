"""Which chroma bins can be nearest to a colour: a few, by where it lies on a raster.

To look through the few is less than half of the work of looking through all.
"""

import functools

import numpy as np

CELL = 2.5  # Side of a raster's cells, L*a*b* units.
MARGIN = 30.0  # How far a raster reaches beyond the outermost bins.


@functools.lru_cache(maxsize=8)
def candidates(
    centers: tuple[tuple[float, float], ...], neighbors: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each cell, all bins that are among the `neighbors` nearest of a point in it.

    Args:
      centers: of the bins, in L*a*b* units.
      neighbors: how many are wanted.

    Returns:
      the raster's corner [2], and bins, int32 [rows, columns, K], from near to far;
      where a cell has fewer than K, the rest is Q, which is no bin's number.
    """
    points = np.array(centers)
    corner = points.min(axis=0) - MARGIN
    rows, columns = np.ceil((points.max(axis=0) + MARGIN - corner) / CELL).astype(int)
    middles = np.stack(np.mgrid[:rows, :columns], axis=-1) * CELL + corner + CELL / 2
    away = np.linalg.norm(middles[:, :, None] - points, axis=-1)
    bins = np.argsort(away, axis=-1)
    away = np.take_along_axis(away, bins, axis=-1)
    # A point is half a diagonal from the middle, and so may be all that is nearest.
    farthest = away[..., neighbors - 1, None] + CELL * 2**0.5 + 1e-3
    possible = away <= farthest
    bins = np.where(possible, bins, len(points))
    return corner, bins[..., : possible.sum(axis=-1).max()].astype("int32")
