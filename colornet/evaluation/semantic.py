"""How often a classifier of colour photographs knows what is shown: top-1 accuracy.

It sees the true picture, the grey one and the model's. What it loses with the colour is
a gap, and the share of it that the model closes tells whether its colours are those of
the thing: the semantic measure of Zhang et al. 2016, section 3.1, with MobileNetV2.

A picture's class is the WordNet id with which its name begins, as in ImageNet's
training set: n01443537_22563.JPEG. Names without one are left out.
"""

import functools
import importlib.resources
import pathlib
import re

import keras
import numpy as np
from PIL import Image

from colornet.errors import InputError

ONLINE = "imagenet"
BODY = "mobilenet_v2_imagenet_notop.weights.h5"
TOP = "mobilenet_v2_imagenet_top.npz"
_SHORTER, _SIDE = 256, 224  # Pixels: the picture's shorter side, and what is seen.


class TopOne:
    """Top-1 accuracy over pictures that come one by one and are not kept.

    Args:
      classifier: as `load_classifier` gives it.
    """

    NOTHING = (
        "no picture's name begins with the WordNet id of an ImageNet class, as "
        "n01443537_goldfish.jpg does"
    )

    def __init__(self, classifier: keras.Model):
        self._classifier = classifier
        self._hits = []

    def add(self, name: str, pictures: dict[str, np.ndarray]) -> None:
        """Takes one more picture, if its name tells the class.

        Args:
          name: its file's name, with or without folders.
          pictures: grey, the model's and the truth by name, sRGB uint8 [H, W, 3].
        """
        expected = class_of(name)
        if expected is None:
            return
        batch = np.stack([prepared(rgb) for rgb in pictures.values()])
        found = np.argmax(self._classifier.predict_on_batch(batch), axis=-1)
        self._hits.append(dict(zip(pictures, found == expected, strict=True)))

    def result(self) -> dict | None:
        """Top-1 of each row, 0 to 1, and the share of the gap that the model closes.

        None if no picture had a class. The share is None where grey is no worse than
        the truth.
        """
        if not self._hits:
            return None
        rows = {
            row: float(np.mean([hits[row] for hits in self._hits]))
            for row in self._hits[0]
        }
        gap, share = rows["truth"] - rows["grey"], None
        if gap > 0:
            share = (rows["model"] - rows["grey"]) / gap
        return {"pictures": len(self._hits), "rows": rows, "gap_closed": share}


def load_classifier(source: str) -> keras.Model:
    """ImageNet's MobileNetV2: RGB [N, 224, 224, 3] in [-1, 1] to logits [N, 1000].

    Args:
      source: `ONLINE`, for Keras to download it, or a folder that holds `BODY`, its
        weights as Keras has them, and `TOP`, arrays kernel [1280, 1000] and bias.

    Raises:
      InputError: the weights are not to be had.
    """
    build = functools.partial(
        keras.applications.MobileNetV2, input_shape=(_SIDE, _SIDE, 3)
    )
    try:
        if source == ONLINE:
            return build(weights="imagenet", classifier_activation=None)
        with np.load(pathlib.Path(source) / TOP) as top:
            weights = top["kernel"], top["bias"]
        body = pathlib.Path(source) / BODY
        network = build(include_top=False, weights=str(body), pooling="avg")
        logits = keras.layers.Dense(len(_classes()))
        logits.build(network.output_shape)
        logits.set_weights(weights)
    except Exception as error:  # Keras raises anything at all, a bare one if offline.
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"--classifier={source}: no weights of MobileNetV2 ({reason}); give "
            f"{ONLINE}, to download them, or a folder with {BODY} and {TOP}"
        ) from error
    return keras.Model(network.input, logits(network.output))


def class_of(name: str) -> int | None:
    """The number of the class, 0 to 999, that a file's name begins with, if any."""
    found = re.match(r"n\d{8}(?!\d)", pathlib.PurePosixPath(name).name)
    return _classes().get(found[0]) if found else None


def prepared(rgb: np.ndarray) -> np.ndarray:
    """The middle of a picture as the classifier sees it: [224, 224, 3] in [-1, 1].

    Args:
      rgb: sRGB uint8 [H, W, 3].
    """
    image = Image.fromarray(rgb)
    scale = _SHORTER / min(image.size)
    size = [max(_SHORTER, round(side * scale)) for side in image.size]
    image = image.resize(size, Image.Resampling.BILINEAR)
    left, top = ((side - _SIDE) // 2 for side in image.size)
    crop = image.crop((left, top, left + _SIDE, top + _SIDE))
    return np.asarray(crop, np.float32) / 127.5 - 1.0


@functools.cache
def _classes():
    """Numbers of ImageNet's classes by WordNet id: classifiers sort them by it."""
    file = importlib.resources.files("colornet.evaluation") / "imagenet_classes.txt"
    return {line: number for number, line in enumerate(file.read_text().split())}
