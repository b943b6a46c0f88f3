"""Cheng, Yang and Sheng 2015, "Deep Colorization": a small network for every pixel.

Basics. What surrounds a pixel of the grey is described by numbers; a fully connected
network tells its chroma from them; the chroma is smoothed where the grey is smooth.
Pictures are sorted into clusters by what they are like as a whole, each with a network
of its own. `Cheng2015.fit` takes colour photographs, `colorize` a grey one.

Parts of the paper [1]:
  features: 7 x 7 grey patch; DAISY of 32 numbers, 8 directions at a pixel and 3 around
    it; probabilities of 47 categories of things. 128 numbers in all, 81 without the
    categories. Each is standardised over the training pixels.
  network: three hidden layers of half as many neurons as the input has, rectified, and
    two outputs, U and V; least squares.
  refinement: joint bilateral filter of U and V, guided by the grey.
  clusters: pictures by a global descriptor, one network for each cluster. Here k-means;
    clusters of fewer than 80 pictures are dissolved into the others.

Only the abstract of the paper was at hand; its numbers are from memory. Where it is not
definite, or cannot be followed here:
  - Categories. The paper's scene parsing network and its labels are not to be had. In
    their place, 47 centres of k-means in features of ImageNet's MobileNetV2 (a file,
    `semantics`) are categories, and cosines to them give probabilities. Without the
    file there are no categories.
  - Descriptor. Edges and tones in 4 x 4 parts (`small_pictures.scene`) in place of the
    gist descriptor, which no library here has. The paper sorts by a histogram of the
    categories, too; here their means stand in the same descriptor.
  - Size. Pictures are reduced to a short side of 128 pixels, the paper's are 256, and
    the chroma is brought to full size along the edges of the grey.
  - Sampling. 200 pixels of each of at most 3,000 pictures (the paper: 2,688 pictures),
    an even random choice of all that are given, so that they fit into memory.
  - Training. Adam, with a little weight decay (scikit-learn's `MLPRegressor`), until
    every tenth picture, kept aside, is told no better: the networks are large enough to
    learn some hundred pictures by heart, which took all they had gained.
  - A cluster's network starts from one that was trained on all pictures, and may stay
    as that is. By themselves, clusters of varied photographs are too small; the paper's
    pictures are scenes of few kinds.
  - Not remembered: the radius of the DAISY, here 8 pixels, and the widths of the
    bilateral filter, here 6 pixels and 0.1 of the grey.
  - Colour is joined with L* of the grey rather than with its luma Y', as all systems of
    the benchmark do; U and V are taken as Cb and Cr, which are multiples of them.

[1] Cheng, Yang, Sheng 2015, Deep Colorization, ICCV; extended in arXiv:1605.00075.
"""

import functools
from collections.abc import Iterable

import numpy as np

from colornet.baselines import (
    cheng_features,
    cheng_network,
    fitted_file,
    small_pictures,
)
from colornet.color import spaces
from colornet.errors import UsageError

NAME = "cheng2015"
TAKES_SEMANTICS = True
LIMIT = 3000  # Pictures that are kept to be fitted to.
_PIXELS = 200  # Of each picture.
_MOST_CLUSTERS = 24
_SMALLEST_CLUSTER = 80  # Pictures.
_DECAY = 1e-3
_WIDTH = 6.0  # Standard deviation of the bilateral filter in pixels,
_TONE = 0.1  # and in grey, of [0, 1].


class Cheng2015:
    """Colours greys as Cheng et al. 2015 do.

    Args:
      semantics: a file of MobileNetV2's weights without the classifier, as
        `keras.applications` has it; None leaves the categories out.

    Example:
      system = Cheng2015()
      system.fit(photographs)
      system.save("cheng2015.npz")
      rgb = Cheng2015.load("cheng2015.npz").colorize(grey)
    """

    def __init__(self, semantics=None):
        self._semantics = semantics and cheng_features.Semantics(semantics)
        self._centers = None  # Of the clusters, [K, D].
        self._scale = None  # Mean and deviation of each feature, [2, F].
        self._networks = []  # One for each cluster: [weights, biases] of each layer.

    def fit(self, pictures: Iterable[np.ndarray], *, limit=LIMIT, seed=0) -> None:
        """Learns from colour photographs, uint8 [H, W, 3], each looked at once.

        Args:
          pictures: one at a time; only a reduced choice of them is kept.
          limit: how many.
          seed: of every draw.

        Raises:
          UsageError: there are no pictures, or scikit-learn is missing.
        """
        kmeans, network, one_thread = _scikit_learn(seed)
        draws = np.random.default_rng(seed)
        chosen = small_pictures.choose(pictures, limit, seed)
        if not chosen:
            raise UsageError(f"{NAME}: there are no pictures to fit it to; give some.")
        greys = [small_pictures.grey_of(rgb) for rgb in chosen]
        with one_thread():
            if self._semantics:
                self._semantics.fit(greys, kmeans, draws)
            samples = [
                self._samples(rgb, grey, draws)
                for rgb, grey in zip(chosen, greys, strict=True)
            ]
            features, chroma, scenes = map(np.stack, zip(*samples, strict=True))
            flat = features.reshape(-1, features.shape[-1])
            self._scale = np.stack([flat.mean(axis=0), flat.std(axis=0) + 1e-6])
            features = self._standard(features)
            common = cheng_network.train(network(flat.shape[-1] // 2), features, chroma)
            self._centers, members = _clusters(scenes, kmeans)
            self._networks = []
            for number in range(len(self._centers)):
                ours = members == number
                own = cheng_network.train(common, features[ours], chroma[ours])
                self._networks.append(cheng_network.parts(own))

    def colorize(self, grey: np.ndarray) -> np.ndarray:
        """Colours a grey, uint8 [H, W], into sRGB uint8 [H, W, 3] of its lightness."""
        small = small_pictures.reduce(grey) / np.float32(255)
        features, scene = self._described(small)
        nearest = np.square(self._centers - scene).sum(axis=-1).argmin()
        chroma = cheng_network.outputs(
            self._networks[nearest], self._standard(features)
        )
        chroma = refined(chroma, small)
        ycbcr = np.concatenate([255 * small[..., None], chroma + 128], axis=-1)
        rgb = np.asarray(spaces.ycbcr_to_srgb(ycbcr.astype("float32")))
        return small_pictures.color_of(grey, small, rgb)

    def save(self, path) -> None:
        """Writes all that was learned to one file."""
        arrays = {"centers": self._centers, "scale": self._scale}
        for cluster, network in enumerate(self._networks):
            for number, part in enumerate(network):
                arrays[f"network_{cluster}_{number}"] = part
        if self._semantics:
            arrays |= self._semantics.arrays()
        fitted_file.save(path, NAME, arrays)

    @classmethod
    def load(cls, path) -> "Cheng2015":
        """Reads what `save` wrote; scikit-learn is not needed.

        Raises:
          InputError: it cannot be read, or is of another system.
        """
        arrays = fitted_file.load(path, NAME)
        system = cls()
        system._centers, system._scale = arrays["centers"], arrays["scale"]
        if "categories" in arrays:
            system._semantics = cheng_features.Semantics.of_arrays(arrays)
        for cluster in range(len(system._centers)):
            parts = [name for name in arrays if name.startswith(f"network_{cluster}_")]
            system._networks.append(
                [arrays[f"network_{cluster}_{number}"] for number in range(len(parts))]
            )
        return system

    def _described(self, grey):
        """Features of each pixel [h, w, F], and the descriptor of the whole [D]."""
        features, scene = cheng_features.local(grey), small_pictures.scene(grey)
        if self._semantics:
            chances = self._semantics(grey)
            features = np.concatenate([features, chances], axis=-1)
            scene = np.concatenate([scene, chances.mean(axis=(0, 1))])
        return features, scene

    def _samples(self, rgb, grey, draws):
        """Features [P, F] and chroma [P, 2] of some pixels, and the descriptor [D]."""
        features, scene = self._described(grey)
        chroma = np.asarray(spaces.srgb_to_ycbcr(rgb.astype("float32") / 255))[..., 1:]
        pixels = draws.integers(grey.size, size=_PIXELS)
        features = features.reshape(grey.size, -1)[pixels]
        return features, chroma.reshape(-1, 2)[pixels] - 128, scene

    def _standard(self, features):
        return (features - self._scale[0]) / self._scale[1]


def refined(chroma: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Chroma [h, w, 2], smoothed where the grey [h, w] in [0, 1] is.

    A joint bilateral filter: means over pixels that are near and have a like grey.
    """
    reach = round(2 * _WIDTH)
    rim = ((reach, reach), (reach, reach))
    guide = np.pad(grey, rim, constant_values=np.inf)  # Beyond the picture: weight 0.
    values = np.pad(chroma, (*rim, (0, 0)))
    height, width = grey.shape
    total, weights = np.zeros_like(chroma), np.zeros_like(grey)
    for row in range(2 * reach + 1):
        for column in range(2 * reach + 1):
            window = slice(row, row + height), slice(column, column + width)
            apart = (row - reach) ** 2 + (column - reach) ** 2
            weight = np.exp(
                -apart / (2 * _WIDTH**2)
                - np.square(guide[window] - grey) / (2 * _TONE**2)
            )
            total += weight[..., None] * values[window]
            weights += weight
    return total / weights[..., None]


def _clusters(scenes, kmeans):
    """Centres [K, D] of clusters that are large enough, and each picture's cluster."""
    count = max(1, min(_MOST_CLUSTERS, len(scenes) // _SMALLEST_CLUSTER))
    centers = kmeans(count).fit(scenes).cluster_centers_
    while True:
        members = np.square(scenes[:, None] - centers).sum(axis=-1).argmin(axis=-1)
        sizes = np.bincount(members, minlength=len(centers))
        if len(centers) == 1 or sizes.min() >= _SMALLEST_CLUSTER:
            return centers, members
        centers = np.delete(centers, sizes.argmin(), axis=0)


def _scikit_learn(seed):
    """What makes k-means for a number of centres, a network of a width, and one thread.

    On products as small as these, threads spend ten times as long on waiting for each
    other; and they add numbers up in any order.
    """
    try:
        import threadpoolctl
        from sklearn import cluster, neural_network
    except ImportError as error:
        raise UsageError(
            f"{NAME} is fitted with scikit-learn, which is not installed; it comes "
            "with pip install 'colornet[benchmark]'."
        ) from error

    def kmeans(count):
        return cluster.KMeans(count, n_init=1, random_state=seed)

    def network(width):
        return neural_network.MLPRegressor(
            hidden_layer_sizes=(width,) * 3, alpha=_DECAY, random_state=seed
        )

    return kmeans, network, functools.partial(threadpoolctl.threadpool_limits, 1)
