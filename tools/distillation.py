"""A student and a teacher as one model, which gives what is left to be learned.

The teacher, MobileNetV2, sees pictures in colour, the student sees them in grey. Where
both have a tap of one stride, the student's features are led to the teacher's by a
convolution of size 1, unless both are of one make; they are compared in units of each
channel's spread in the batch. Its last tap's mean leads to class scores, which are
compared with the teacher's. Hinton et al. 2015; Romero et al. 2015, "FitNets".
"""

import keras
import numpy as np
from keras import ops

from colornet.errors import InputError
from colornet.evaluation import footage, semantic
from colornet.models import encoder, lightness

TEACHER = "mobilenet_v2"
_TEMPERATURE = 2.0  # Of the class scores that are compared.
_FLOOR = 0.01  # Added to the variance of features: some channels are all but silent.
_BATCH = 16  # Pictures at once in validation.


def build(student: keras.Model, name: str, body, top):
    """The model to train, and two classifiers of which it is made.

    Args:
      student: an encoder; taps before which nothing is trainable are not compared.
      name: of the student, one of `encoder.NAMES`.
      body: the teacher's weights, a file for `encoder.build_encoder`.
      top: its classifier, .npz with kernel [1280, K] and bias [K].

    Returns:
      a model from sRGB [N, H, W, 3] in 0..255 to what is left of each picture, such as
      {"scores": [N], "stride8": [N]}; the student's classifier, from lightness to taps
      and scores [N, K]; and the teacher's, from sRGB in [-1, 1].
    """
    alike = name == TEACHER
    with np.load(top) as weights:
        weights = [weights["kernel"], weights["bias"]]
    teacher = encoder.backbone(encoder.build_encoder(TEACHER, weights=str(body)))
    teacher = _classifier(teacher, weights, known=True)
    teacher.trainable = False
    pupil = _classifier(student, weights, known=alike)

    rgb = keras.Input((None, None, 3))
    *taught, taught_scores = teacher(keras.layers.Rescaling(1 / 127.5, -1.0)(rgb))
    *seen, scores = pupil(lightness.RgbToLightness()(rgb))
    taught = dict(zip(encoder.strides(TEACHER), taught, strict=True))
    left = {"scores": divergence(scores, taught_scores)}
    backbone = encoder.backbone(student)
    strides = encoder.strides(name)
    for stride, tap, output in zip(strides, seen, backbone.outputs, strict=True):
        if keras.Model(backbone.input, output).trainable_weights:
            target = taught[stride]
            if alike:
                tap = in_units_of(target, tap)
            else:  # At first, the mean.
                translate = keras.layers.Conv2D(
                    target.shape[-1], 1, kernel_initializer="zeros", dtype="float32"
                )
                tap = translate(tap)
            error = ops.square(tap - in_units_of(target, target))
            left[f"stride{stride}"] = ops.mean(error, axis=(1, 2, 3))
    return keras.Model(rgb, left), pupil, teacher


class Agreement(keras.callbacks.Callback):
    """After each epoch: how often the student, in grey, names the class of a picture.

    "agrees" is with the teacher, who sees it in colour, "right" is with its name.

    Args:
      folder: of pictures; those whose names tell no class are left out.
      pupil: lightness to taps and class scores.
      teacher: sRGB in [-1, 1] to taps and class scores.
    """

    def __init__(self, folder, pupil, teacher):
        super().__init__()
        self._pupil = pupil
        openers = footage.by_name(folder, "photos", "validation")
        true = {name: semantic.class_of(name) for name in openers}
        names = [name for name in openers if true[name] is not None]
        if not names:
            raise InputError(f"--validation={folder}: {semantic.TopOne.NOTHING}.")
        self._true = np.array([true[name] for name in names])
        colored = [semantic.prepared(next(openers[name]().frames)) for name in names]
        self._lightness = [
            lightness.RgbToLightness()(127.5 * (rgb + 1)) for rgb in _batches(colored)
        ]
        self._taught = _classes(teacher, _batches(colored))
        grey = lightness.LightnessToEncoder(2.0, (-1.0, -1.0, -1.0))
        rows = {
            "colour": self._taught,
            "grey": _classes(teacher, map(grey, self._lightness)),
        }
        for row, found in rows.items():
            print(f"{len(names)} pictures, the teacher in {row}: {self._shares(found)}")

    def on_epoch_end(self, epoch, logs=None):
        """Adds both shares to `logs`."""
        shares = self._shares(_classes(self._pupil, self._lightness))
        print(f"the student: {shares}", flush=True)
        logs.update(shares)

    def _shares(self, found):
        expected = {"agrees": self._taught, "right": self._true}
        return {
            name: round(float(np.mean(found == e)), 3) for name, e in expected.items()
        }


def divergence(scores, taught):
    """Kullback-Leibler, of the student's classes from the teacher's: [N] of [N, K]."""
    scores, taught = (ops.log_softmax(s / _TEMPERATURE) for s in (scores, taught))
    return ops.sum(ops.exp(taught) * (taught - scores), axis=-1)


def in_units_of(features, tap):
    """`tap`, less the mean of `features` [N, h, w, C] and over their spread."""
    axes = 0, 1, 2
    spread = ops.sqrt(ops.var(features, axes) + _FLOOR)
    return (ops.cast(tap, "float32") - ops.mean(features, axes)) / spread


def _classifier(encode, weights, known):
    """An encoder that gives class scores after its taps."""
    features = keras.layers.GlobalAveragePooling2D(dtype="float32")(encode.outputs[-1])
    classify = keras.layers.Dense(len(weights[1]), kernel_initializer="zeros")
    scores = classify(features)
    if known:
        classify.set_weights(weights)
    return keras.Model(encode.input, [*encode.outputs, scores])


def _classes(classifier, batches):
    scores = [classifier(batch)[-1] for batch in batches]
    return np.concatenate([np.argmax(some, axis=-1) for some in scores])


def _batches(pictures):
    for first in range(0, len(pictures), _BATCH):
        yield np.stack(pictures[first : first + _BATCH])
