"""Deshpande, Rock and Forsyth 2015: learned objectives, "LEARCH", for whole pictures.

Basics. A quadratic objective (`quadratic`) says how good a chroma map is for a grey.
What it is made of at a pixel, M and b, is the sum of regression trees that look at the
grey around the pixel and at the colours of pictures like it. A picture is coloured by
the map that minimises the objective, then drawn to a histogram of colours.
`Deshpande2015.fit` takes colour photographs, `colorize` a grey one.

Parts, as the paper [1] and the authors' program [2] have them:
  chroma: (B - (R + G) / 2) and R - G, both divided by grey.
  matches: the mean, and the deviation, of the chroma of nine pictures like this one.
  objective: 12 numbers at each pixel. Two are its chroma, and the matches' mean is what
    they should be at the beginning; ten mix filter responses, at first at random.
    The mixing rows are kept orthonormal, or they would all shrink to nothing.
  learning: LEARCH demands that the true map costs less than any other by a margin
    that grows with their squared distance. For each pixel, the map that breaks this
    most is known in closed form. With w = 0.25 and g = M F u of the true map u, the
    loss to be lowered is, in [2],
      (1 + w) |g|^2 / 2 - g . b + |b - w g|^2 / (2 (1 - w)) = |g - b|^2 / (2 (1 - w)),
    so that its functional gradients are b - g with respect to b, and (g - b) (F u)^T
    to M, times a constant. Each of 8 rounds fits trees to the negative gradients at a
    random draw of pixels, and takes the step, found by search, that lowers it most.
  solution: at most 30 steps of conjugate gradients.
  histogram: a second solution, pulled to the first with its histogram corrected.

Of the paper only the beginning was at hand: where it and [2] may differ, this follows
[2]. Where it departs from both, and why:
  - Trees. [2] grows one tree a round, with soft splits, and linear functions of texture
    in the leaves of b; here a round is a small random forest of scikit-learn with
    constants in its leaves, and texture is among what it splits by. The grey of 5 x 5
    parts of the whole, on which the leaves of [2] depend too, is left out: trees that
    split by it learned the pictures by heart.
  - Filters. [2] has 12 more for each channel, from principal components of 3 x 3 and
    7 x 7 patches of chroma, beside the bars, spots and means that are here.
  - Texture. Absolute responses of the grey to the same filters stand in for 48 filters
    of Leung and Malik and their derivatives.
  - Matches. How the nine were found is not in [2]; here, among the pictures fitted to,
    by edges and tones in 4 x 4 parts. They are kept at 32 x 32 pixels.
  - Scenes. The paper fits a model to one kind of scene at a time. There are no labels
    here, so one model serves all, and the histogram drawn to is that of the nine
    matches rather than the mean of the kind.
  - Histogram. [1] moves the modes of a mixture of Gaussians by descending along the
    Bhattacharyya distance; here each channel's quantiles are put in place of the map's,
    and that is the place the second solution is pulled to. The objective weighs 5 times
    as much, as in [2].
  - Size and sampling. Short side 128 pixels (the paper: 256), 200 pixels of each of at
    most 3,000 pictures: so much fits into memory. The colour is joined with L* of the
    grey, as all systems of the benchmark do.

[1] Deshpande, Rock, Forsyth 2015, Learning Large-Scale Automatic Image Colorization,
    ICCV.
[2] github.com/aditya12agd5/iccv15_lscolorization, looked into for what [1] leaves open.
"""

from collections.abc import Iterable

import numpy as np

from colornet.baselines import (
    deshpande_features,
    fitted_file,
    quadratic,
    small_pictures,
    tree_sum,
)
from colornet.errors import UsageError

NAME = "deshpande2015"
LIMIT = 3000  # Pictures that are kept to be fitted to.
_PIXELS = 200  # Of each picture.
_ROWS = 12  # R, of which the first ...
_OWN = 2  # ... take the pixel's own chroma.
_ROUNDS, _TREES, _DEPTH = 8, 4, 12
_DRAW, _LEAF = 10_000, 100  # Pixels of a tree, and of a leaf at least.
_SLIGHT = 1e-4  # Keeps rows that nearly agree apart; their squared length is about 30.
_STEPS = 1.0, 0.5, 0.25, 0.1, 0.0
_PULL = 0.2  # To the corrected histogram.


class Deshpande2015:
    """Colours greys as Deshpande et al. 2015 do.

    Example:
      system = Deshpande2015()
      system.fit(photographs)
      system.save("deshpande2015.npz")
      rgb = Deshpande2015.load("deshpande2015.npz").colorize(grey)
    """

    def __init__(self):
        self._matches = None
        self._start = None  # Mixing of the other rows at the beginning.
        self._trees = None

    def fit(self, pictures: Iterable[np.ndarray], *, limit=LIMIT, seed=0) -> None:
        """Learns from colour photographs, uint8 [H, W, 3], each looked at once.

        Args:
          pictures: one at a time; only a reduced choice of them is kept.
          limit: how many.
          seed: of every draw.

        Raises:
          UsageError: there are fewer than two pictures, or scikit-learn is missing.
        """
        draws = np.random.default_rng(seed)
        forest = _scikit_learn(draws)
        chosen = small_pictures.choose(pictures, limit, seed)
        if len(chosen) < 2:
            raise UsageError(
                f"{NAME}: must be fitted to two pictures or more, as it colours one by "
                f"others that are like it, but got {len(chosen)}; give more."
            )
        self._matches = deshpande_features.Matches.of_pictures(chosen)
        samples = [
            self._samples(rgb, number, draws) for number, rgb in enumerate(chosen)
        ]
        features, responses = map(np.concatenate, zip(*samples, strict=True))
        free = responses.shape[-1] - _OWN
        self._start = draws.normal(size=(_ROWS - _OWN, free)).astype("float32")
        self._trees = tree_sum.TreeSum(_ROWS + self._start.size)
        for _ in range(_ROUNDS):
            some = draws.permutation(len(features))[: _TREES * _DRAW]
            self._boost(forest(len(some)), features[some], responses[some])

    def colorize(self, grey: np.ndarray) -> np.ndarray:
        """Colours a grey, uint8 [H, W], into sRGB uint8 [H, W, 3] of its lightness."""
        small = small_pictures.reduce(grey) / np.float32(255)
        matches = self._matches.nearest(small)
        features = deshpande_features.of_pixels(small, matches)
        flat = features.reshape(small.size, -1)
        objective = *self._model(flat, self._trees(flat)), small.shape
        chroma = quadratic.minimise(*objective)
        likely = deshpande_features.with_histogram(chroma, matches)
        chroma = quadratic.minimise(*objective, pull=_PULL, toward=likely)
        rgb = deshpande_features.rgb_of(small, np.moveaxis(chroma, 0, -1))
        return small_pictures.color_of(grey, small, rgb)

    def save(self, path) -> None:
        """Writes all that was learned to one file."""
        arrays = {"start": self._start}
        arrays |= self._matches.arrays() | self._trees.arrays()
        fitted_file.save(path, NAME, arrays)

    @classmethod
    def load(cls, path) -> "Deshpande2015":
        """Reads what `save` wrote; scikit-learn is not needed.

        Raises:
          InputError: it cannot be read, or is of another system.
        """
        arrays = fitted_file.load(path, NAME)
        system = cls()
        system._start = arrays["start"]
        system._matches = deshpande_features.Matches.of_arrays(arrays)
        system._trees = tree_sum.TreeSum.of_arrays(arrays)
        return system

    def _samples(self, rgb, number, draws):
        """Features [P, F] and true filter responses F u [P, 2 K] of some pixels."""
        grey = small_pictures.grey_of(rgb)
        features = deshpande_features.of_pixels(
            grey, self._matches.nearest(grey, but=number)
        )
        chroma = np.moveaxis(deshpande_features.chroma_of(rgb), -1, 0)
        responses = quadratic.Bank(grey.shape).responses(chroma)
        responses = responses.reshape(-1, grey.size).T
        pixels = draws.integers(grey.size, size=_PIXELS)
        return features.reshape(grey.size, -1)[pixels], responses[pixels]

    def _boost(self, forest, features, responses):
        """Adds a forest that lowers the loss at some pixels."""
        sums = self._trees(features)
        mixing, targets = self._model(features, sums)
        gap = np.einsum("prk,pk->pr", mixing, responses) - targets
        others = responses[:, _is_other(responses.shape[-1] // 2)]
        turn = -gap[:, _OWN:, None] * others[:, None]
        downhill = np.concatenate([gap, turn.reshape(len(gap), -1)], axis=-1)
        forest.fit(features, downhill)
        step = forest.predict(features).astype("float32")

        def loss(scale):
            mixing, targets = self._model(features, sums + scale * step)
            gap = np.einsum("prk,pk->pr", mixing, responses) - targets
            return np.square(gap).mean()

        self._trees.add(forest, min(_STEPS, key=loss))

    def _model(self, features, sums):
        """M [P, R, 2 K] and b [P, R] from features and from what the trees sum to."""
        targets = sums[:, :_ROWS].copy()
        targets[:, :_OWN] += features[:, deshpande_features.MATCHED_MEAN]
        rows = self._start + sums[:, _ROWS:].reshape(-1, *self._start.shape)
        # Gram-Schmidt, all pixels at once: what is left of the rows after L^-1 is
        # orthonormal, where L L^T are their inner products.
        products = rows @ np.swapaxes(rows, 1, 2) + _SLIGHT * np.eye(_ROWS - _OWN)
        rows = np.linalg.solve(np.linalg.cholesky(products), rows)
        size = (rows.shape[-1] + _OWN) // 2
        mixing = np.zeros((len(rows), _ROWS, 2 * size), "float32")
        mixing[:, 0, 0] = mixing[:, 1, size] = 1
        mixing[:, _OWN:, _is_other(size)] = rows
        return mixing, targets


def _is_other(size):
    """Which of 2 K responses are not the pixel's own chroma."""
    other = np.ones(2 * size, bool)
    other[[0, size]] = False
    return other


def _scikit_learn(draws):
    """What makes random forests for a number of pixels; each draws anew."""
    try:
        from sklearn import ensemble
    except ImportError as error:
        raise UsageError(
            f"{NAME} is fitted with scikit-learn, which is not installed; it comes "
            "with pip install 'colornet[benchmark]'."
        ) from error

    def forest(count):
        return ensemble.RandomForestRegressor(
            _TREES,
            max_depth=_DEPTH,
            min_samples_leaf=min(_LEAF, max(1, count // 100)),
            max_features="sqrt",
            max_samples=min(_DRAW, count),
            random_state=int(draws.integers(2**31)),
        )

    return forest
