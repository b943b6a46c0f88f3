"""Where the time of a training step goes.

  python tools/bench_training.py --flagfile=experiments/default.flags --crop=128
  KERAS_BACKEND=jax python tools/bench_training.py ...

Takes the flags of `colornet train`; weights and pictures are random. A step sees
--photos_per_step pictures, or with --clips=1 --global_batch_size clips. Its parts are
run alone: the encoder, the decoder with all that lies before it, and the whole step;
what that takes beyond a forward pass is the backward one and the update.
"""

import statistics
import time

import numpy as np
from absl import app, flags

from colornet import config as configuration
from colornet import tensorflow_start
from colornet.training.settings import TrainConfig


def main(argv):
    """Prints the median of each part's times, and pictures a second."""
    del argv
    tensorflow_start.prepare()
    import keras

    from colornet.color import bins
    from colornet.models import losses, zoo
    from colornet.training import checkpoints, precision, settings

    config = configuration.from_flags(TrainConfig)
    computed = precision.policy(config.precision)
    keras.config.set_dtype_policy(computed)
    centers = bins.ab_centers()
    arguments = settings.network_arguments(config)
    network = zoo.dynamic_colornet(len(centers), **arguments)
    loss = losses.ChromaCrossEntropy(centers, temporal_weight=config.temporal_weight)
    model = checkpoints.compiled(network, config, loss=loss)

    clips, length = config.photos_per_step, 1
    if flags.FLAGS.clips:
        clips, length = config.global_batch_size, config.clip_length
    shape = clips, length, config.crop, config.crop, 3
    rgb = np.random.default_rng(0).integers(0, 256, shape).astype("float32")
    encoder = model.get_layer("encoder")
    encoder.compile(jit_compile=model.jit_compile)
    lightness = rgb.reshape(-1, *shape[2:])[..., :1] * (100 / 255)

    seen = median(lambda: encoder.predict_on_batch(lightness))
    forward = median(lambda: model.predict_on_batch(rgb))
    step = median(lambda: model.train_on_batch(rgb, rgb))
    parts = {
        "encoder": seen,
        "the rest, forward": forward - seen,
        "backward, and the update": step - forward,
    }
    for name, seconds in parts.items():
        print(f"{name:26}{1000 * seconds:9.0f} ms {seconds / step:5.0%}")
    backend, pictures = keras.backend.backend(), clips * length
    print(
        f"{backend}, {computed}, {config.crop} px: {1000 * step:.0f} ms a step "
        f"of {pictures} pictures, {pictures / step:.1f} pictures/s"
    )


def median(run) -> float:
    """Seconds that a run takes, once it is compiled."""
    run()
    times = []
    for _ in range(flags.FLAGS.runs):
        begun = time.perf_counter()
        run()
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


if __name__ == "__main__":
    configuration.define_flags(TrainConfig)
    flags.DEFINE_bool("clips", False, "A step on clips, not on photographs.")
    flags.DEFINE_integer("runs", 5, "How often each part is run.")
    app.run(main)
