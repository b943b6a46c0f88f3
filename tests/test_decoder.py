import keras
import numpy as np
import pytest

from colornet.models import decoder, zoo


def test_values_go_back_to_where_they_were_pooled_from():
    random = np.random.default_rng(0)
    tap = random.permutation(2 * 6 * 8 * 3).reshape(2, 6, 8, 3).astype("float32")
    pooled = np.asarray(keras.ops.max_pool(tap, 2, 2))
    spread = np.asarray(decoder.Unpool()(pooled, tap))
    # Pooling's own values return to their own places, and nothing else is there.
    kept = spread != 0
    np.testing.assert_array_equal(spread[kept], tap[kept])
    np.testing.assert_array_equal(np.asarray(keras.ops.max_pool(spread, 2, 2)), pooled)
    assert kept.sum() == np.count_nonzero(pooled)


def test_values_stay_one_each_where_the_tap_is_level():
    values = np.arange(1, 7, dtype="float32").reshape(1, 2, 3, 1)
    spread = np.asarray(decoder.Unpool()(values, np.zeros((1, 4, 6, 1), "float32")))
    np.testing.assert_array_equal(spread[:, ::2, ::2], values)
    assert spread.sum() == values.sum()


def test_the_network_unpools_with_the_encoder_that_pools():
    network = zoo.dynamic_colornet(
        7, encoder_name="vgg16", decoder_name="unpooling", filters=(8, 8, 8)
    )
    clip = keras.random.uniform((1, 2, 32, 64, 1), 0, 100, seed=0)
    state = zoo.ZeroState(8)(clip)
    outputs = network({"lightness": clip, "state": state})
    assert outputs["logits"].shape == (1, 2, 8, 16, 7)
    paths = {weight.path.split("/")[0] for weight in network.weights}
    assert not any("skip" in path for path in paths) and "deconv3_3" in paths
    with pytest.raises(ValueError, match="got mobilenet_v2 and 16"):
        zoo.dynamic_colornet(7, decoder_name="unpooling")
