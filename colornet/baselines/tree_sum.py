"""The sum of many regression trees, as plain arrays: what boosted forests come to.

Fitted by scikit-learn, but kept without it: colouring needs neither it nor a pickle.
"""

import numpy as np

_LEAF = -1
_ARRAYS = ("left", "right", "feature", "threshold", "values", "roots")


class TreeSum:
    """Numbers [N, V] from features [N, F]: what the leaves that are reached sum to.

    Args:
      values: V.
    """

    def __init__(self, values: int):
        # Of each node: the two below it, or _LEAF; what is asked; what a leaf adds.
        self.left = np.zeros(0, "int32")
        self.right = np.zeros(0, "int32")
        self.feature = np.zeros(0, "int32")
        self.threshold = np.zeros(0, "float32")
        self.values = np.zeros((0, values), "float32")
        self.roots = np.zeros(0, "int32")

    def add(self, forest, scale: float) -> None:
        """Takes in `scale` times the mean of a fitted scikit-learn forest's trees."""
        for tree in (estimator.tree_ for estimator in forest.estimators_):
            first = len(self.left)
            below = [
                np.where(side == _LEAF, _LEAF, side + first)
                for side in (tree.children_left, tree.children_right)
            ]
            values = tree.value[:, :, 0] * (scale / len(forest.estimators_))
            news = *below, tree.feature, tree.threshold, values, [first]
            for name, new in zip(_ARRAYS, news, strict=True):
                old = getattr(self, name)
                setattr(self, name, np.concatenate([old, new]).astype(old.dtype))

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Float32 [N, V] of float32 features [N, F]."""
        total = np.zeros((len(features), self.values.shape[-1]), "float32")
        rows = np.arange(len(features))
        for root in self.roots:
            nodes = np.full(len(features), root)
            while (inner := self.left[nodes] != _LEAF).any():
                goes_left = features[rows, self.feature[nodes]] <= self.threshold[nodes]
                below = np.where(goes_left, self.left[nodes], self.right[nodes])
                nodes = np.where(inner, below, nodes)
            total += self.values[nodes]
        return total

    def arrays(self) -> dict[str, np.ndarray]:
        """All that `of_arrays` needs, by name."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @classmethod
    def of_arrays(cls, arrays: dict[str, np.ndarray]) -> "TreeSum":
        """What `arrays` were taken from."""
        trees = cls(arrays["values"].shape[-1])
        for name in _ARRAYS:
            setattr(trees, name, arrays[name])
        return trees
