"""What holds for every test: CPU only, and two logical CPUs for the strategy tests."""

import os

# Read once, while TensorFlow and Keras are imported: they must be set before that.
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["KERAS_BACKEND"] = "tensorflow"

from colornet import tensorflow_start

tensorflow_start.prepare()  # It would have the last word, after pytest's.

import pytest  # noqa: E402
import skimage.data  # noqa: E402
import tensorflow as tf  # noqa: E402

# After the first computation it is too late to split the CPU.
tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0],
    [tf.config.LogicalDeviceConfiguration()] * 2,
)


@pytest.fixture(scope="session")
def photo():
    """A colour photograph, uint8 RGB [128, 160, 3]; read-only: tests share it."""
    rgb = skimage.data.astronaut()[:384:3, :480:3].copy()
    rgb.flags.writeable = False
    return rgb


@pytest.fixture(autouse=True)
def collective_keys_of_its_own():
    """Lets strategies of several tests live in one process.

    Each numbers its collective operations from one, and the runtime would take the
    second one's for the first one's. TensorFlow's own tests do the same.
    """
    strategy = tf.distribute.MirroredStrategy
    strategy._collective_key_base += 100_000
