"""Other colours that a picture may have had: each plausible, and of one piece.

Where the network is in doubt, its distribution over the bins has other modes than the
usual colour. Drawn pixel by pixel they would be speckles. So they are drawn for what
looks alike and is expected to be coloured alike, a part at a time, and told to the
network as a hint; what it then expects of the other parts is what theirs are drawn of.
Nothing is left to chance: the same picture has the same alternatives.
"""

import dataclasses

import numpy as np
from skimage import segmentation

from colornet.color import ab_grid

_SCALE, _LEAST_CELLS = 1.0, 24  # Of Felzenszwalb and Huttenlocher 2004.
_ALIKE = 0.21  # Distance between segments, as `_signature` has it, of the same part.
_PARTS, _LEAST_AREA = 12, 0.01  # The most that are told, and the least of the picture.
_MODE = 20.0  # Distance in ab from the middle of a mode to its edge.
_UNLIKELY = 0.05  # The share of the distribution that a mode has to have.
_SAME = 8.0  # Distance in ab below which nobody would call it another colour.
# A mode with less chroma than this share of the usual colour's: grey grass, pale skin.
_FADED = 0.6
_EVERY = 4  # Cells between the points that are told of a part.


@dataclasses.dataclass
class _Part:
    """What will have one colour."""

    cells: np.ndarray  # bool [h4, w4]
    points: np.ndarray  # bool [h, w]
    modes: list[np.ndarray]  # What it may be but the usual colour.
    used: list[np.ndarray]  # What it has been; the usual colour first.


def drawn(
    draft,
    count: int,
    hints: np.ndarray | None = None,
    temperature: float | None = None,
) -> list[np.ndarray]:
    """So many ab float32 [h4, w4, 2] for `Draft.paint`, the usual ones first.

    Args:
      draft: the picture, a `Draft`.
      count: how many, the usual ones among them.
      hints: as `Draft.predict` has it; what is told stays in all of them.
      temperature: the same.
    """
    told = draft.seen(hints)
    free = told[..., 2] == 0
    ab, logits = draft.predict(told, temperature)
    parts = _parts(draft, ab, ab_grid.shares(logits))
    for part in parts:
        if not part.modes:  # Or the others' colours would spill over it.
            told[part.points & free] = *part.used[0], 1
    found = [ab]
    while len(found) < count:
        more = told.copy()
        ab, logits = draft.predict(more, temperature)
        for part in parts:
            if part.modes:
                color = _other(part, ab_grid.shares(logits[part.cells]).mean(axis=0))
                part.used.append(color)
                more[part.points & free] = *color, 1
                ab, logits = draft.predict(more, temperature)
        found.append(ab)
    return found


def _other(part, shares):
    """The likely and different mode that a part has not been; or its usual colour.

    Args:
      part: a `_Part`.
      shares: of the bins in it, [Q], next to what others have been told.
    """
    best, found = 0.0, part.used[0]
    for color in part.modes:
        near = np.linalg.norm(ab_grid.ab_centers() - color, axis=-1) < _MODE
        apart = min(np.linalg.norm(color - other) for other in part.used)
        rate = shares[near].sum() * apart
        if apart >= _SAME and rate > best:
            best, found = rate, color
    return found


def _parts(draft, ab, shares):
    """What may have colours of its own, what matters most first."""
    number = _numbers(ab, draft.cell_lightness(), shares)
    centers, rated = ab_grid.ab_centers(), []
    for n in range(number.max() + 1):
        cells = number == n
        usual, expected = ab[cells].mean(axis=0), shares[cells].mean(axis=0)
        doubt = np.sqrt(expected @ np.sum((centers - usual) ** 2, axis=-1))
        points = _points(cells, draft.lightness.shape, draft.stride)
        part = _Part(cells, points, _modes(expected, usual), [usual])
        rated.append((cells.mean() * doubt, part))
    rated.sort(key=lambda one: -one[0])
    return [part for _, part in rated if part.cells.mean() >= _LEAST_AREA][:_PARTS]


def _modes(shares, usual):
    """The colours that a distribution [Q] has beside the usual one [2]."""
    return [
        color
        for share, color in ab_grid.modes(shares, ab_grid.ab_centers(), _MODE)
        if share >= _UNLIKELY
        and np.linalg.norm(color - usual) >= _SAME
        and np.linalg.norm(color) >= _FADED * np.linalg.norm(usual)
    ]


def _numbers(ab, light, shares):
    """Of which part each cell is, int [h4, w4]: like segments are one, near or far."""
    seen = np.dstack([light / 2, ab]) / 20
    segments = segmentation.felzenszwalb(
        *(seen, _SCALE), sigma=0.5, min_size=_LEAST_CELLS, channel_axis=-1
    )
    sizes = np.bincount(segments.ravel())
    part, leaders = np.zeros(len(sizes), int), []
    for segment in np.argsort(-sizes, kind="stable"):
        cells = segments == segment
        own = _signature(shares[cells].mean(axis=0), light[cells].mean())
        apart = [np.linalg.norm(own - other) for other in leaders]
        if not apart or min(apart) > _ALIKE:
            part[segment] = len(leaders)
            leaders.append(own)
        else:
            part[segment] = np.argmin(apart)
    return part[segments]


def _signature(shares, light):
    """Vectors whose distance is Hellinger's of the shares [Q], and that of L* / 100."""
    return np.append(np.sqrt(shares / 2), light / 100)


def _points(cells, shape, stride):
    """Where hints go, bool [h, w]: squares in cells that have like ones around them."""
    wider = np.pad(cells, 1, mode="edge")
    inner = cells & wider[:-2, 1:-1] & wider[2:, 1:-1]
    inner &= wider[1:-1, :-2] & wider[1:-1, 2:]
    grid = np.zeros_like(cells)
    grid[_EVERY // 2 :: _EVERY, _EVERY // 2 :: _EVERY] = True
    where = np.argwhere(inner & grid)
    if not len(where):
        all_of_it = np.argwhere(cells)
        where = all_of_it[len(all_of_it) // 2][None]
    points = np.zeros(shape, bool)
    for row, column in where * stride + stride // 2:
        points[max(0, row - 3) : row + 4, max(0, column - 3) : column + 4] = True
    return points
