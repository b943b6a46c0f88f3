"""Encoders of few layers, for tests in which it does not matter what is seen."""

import contextlib
import dataclasses
import functools

import keras
import pytest

from colornet.models import encoder

CHANNELS = 8


@contextlib.contextmanager
def in_place():
    """Has `encoder.build_encoder` build narrow ones, which have the same strides."""
    with pytest.MonkeyPatch.context() as patch:
        for name, recipe in encoder._RECIPES.items():
            build = functools.partial(_narrow, recipe.taps)
            recipe = dataclasses.replace(recipe, build=build)
            patch.setitem(encoder._RECIPES, name, recipe)
        yield


def _narrow(taps, *, include_top, weights, input_shape):
    """What `keras.applications` would build, with no more layers than the taps need."""
    x = inputs = keras.Input(input_shape)
    for name in ("first", *taps):
        x = keras.layers.Conv2D(
            CHANNELS, 3, strides=2, padding="same", activation="relu", name=name
        )(x)
    network = keras.Model(inputs, x)
    if weights:
        network.load_weights(weights)
    return network
