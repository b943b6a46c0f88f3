"""Moves between clips [B, T, ...] and the images inside them [B * T, ...]."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="colornet")
class FoldTime(keras.layers.Layer):
    """[B, T, ...] -> [B * T, ...], so that image layers see every frame at once.

    `keras.layers.TimeDistributed` is meant for the same, but loops over B instead of T
    where T is unknown (Keras 3.14 to 3.15).
    """

    def call(self, clip):
        return ops.reshape(clip, (-1, *ops.shape(clip)[2:]))

    def compute_output_shape(self, clip_shape):
        b, t, *rest = clip_shape
        return (None if None in (b, t) else b * t, *rest)


@keras.saving.register_keras_serializable(package="colornet")
class UnfoldTime(keras.layers.Layer):
    """[B * T, ...] -> [B, T, ...], with B and T read from a clip of the same batch."""

    def call(self, images, clip):
        return ops.reshape(images, (*ops.shape(clip)[:2], *ops.shape(images)[1:]))

    def compute_output_shape(self, images_shape, clip_shape):
        return (*clip_shape[:2], *images_shape[1:])
