"""One device or several: training must not notice. Logical CPUs stand in for GPUs."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from colornet.color import bins
from colornet.models import conv_gru, conv_rnn, lightness, losses, time_axis

CENTERS = bins.ab_centers()


def tiny_training_model():
    """RGB clip in, logits at stride 4 out, through the package's own layers."""
    rgb = keras.Input((None, None, None, 3))
    clip = lightness.RgbToLightness()(rgb)
    images = time_axis.FoldTime()(keras.layers.Rescaling(0.01)(clip))
    features = keras.layers.Conv2D(4, 4, strides=4, activation="relu")(images)
    features = time_axis.UnfoldTime()(features, clip)
    features = conv_rnn.ConvRNN(conv_gru.ConvGRUCell(4))(features)
    logits = keras.layers.Dense(len(CENTERS))(features)
    return keras.Model(rgb, logits)


def one_step(strategy, rgb, bin_weights, temporal_weight):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        model = tiny_training_model()
        loss = losses.ChromaCrossEntropy(
            CENTERS, bin_weights, temporal_weight=temporal_weight
        )
        model.compile("sgd", loss, jit_compile=False)
    batch = tf.data.Dataset.from_tensors((rgb, rgb))
    history = model.fit(batch, verbose=0, shuffle=False).history["loss"]
    return history, *[keras.ops.convert_to_numpy(w) for w in model.weights]


@pytest.mark.parametrize(("rebalanced", "temporal_weight"), [(False, 0.0), (True, 0.5)])
def test_two_replicas_learn_what_one_does(rebalanced, temporal_weight):
    """A step over 2 x 2 clips moves the weights as a step over 4 clips does."""
    random = np.random.default_rng(0)
    rgb = random.integers(0, 256, (4, 3, 16, 16, 3), dtype="uint8")
    weights = random.random(len(CENTERS)) + 0.1 if rebalanced else None
    one = one_step(tf.distribute.get_strategy(), rgb, weights, temporal_weight)
    replicas = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    two = one_step(replicas, rgb, weights, temporal_weight)
    for expected, got in zip(one, two, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
