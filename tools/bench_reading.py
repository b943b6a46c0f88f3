"""Measures reading records for training, beside what a training step uses.

  python tools/bench_reading.py --photos='records/photos/*.tfrecord'

The settings, and the model whose step is timed, are those of --experiment. Reading and
stepping are measured one after the other, each with the whole machine to itself.
"""

import pathlib
import time

from absl import app, flags

FLAGS = flags.FLAGS
_EXPERIMENTS = pathlib.Path(__file__).parents[1] / "experiments"
_WARM_BATCHES = 20
_STEPS = 5


def main(argv):
    """Prints a line for photographs and one for film clips."""
    del argv
    # Imported here, so that --help answers at once.
    from colornet import tensorflow_start

    tensorflow_start.prepare()
    import keras

    from colornet import config as configuration
    from colornet.color import bins
    from colornet.models import losses, zoo
    from colornet.training import checkpoints, precision, settings

    config = configuration.from_flagfile(settings.TrainConfig, FLAGS.experiment)
    keras.config.set_dtype_policy(precision.policy(config.precision))
    centers = bins.ab_centers()
    network = zoo.dynamic_colornet(len(centers), **settings.network_arguments(config))
    loss = losses.ChromaCrossEntropy(centers, None)
    model = checkpoints.compiled(network, config, loss=loss)
    for name, pattern, length, batch in (
        ("photos", FLAGS.photos, 1, config.photos_per_step),
        ("film clips", FLAGS.films, config.clip_length, config.global_batch_size),
    ):
        if not pattern:
            continue
        rgb, read = reading_rate(pattern, length, batch, config.crop)
        model.train_on_batch(rgb, rgb)
        began = time.perf_counter()
        for _ in range(_STEPS):
            model.train_on_batch(rgb, rgb)
        used = _STEPS * batch / (time.perf_counter() - began)
        print(
            f"{name}: {read:.0f} clips/s of {length} frames read, {used:.1f} used by "
            f"the step here: {read / used:.1f} times as many; enough for a GPU whose "
            f"step of {batch} takes {1000 * batch / read:.0f} ms or more"
        )


def reading_rate(pattern: str, clip_length: int, batch: int, crop: int):
    """A batch, and how many clips/s the pipeline gives of such shards."""
    from colornet.data import pipeline

    batches = iter(
        pipeline.training_clips(
            [pipeline.Source(pattern, clip_length, batch)],
            crop=crop,
            steps_per_epoch=1_000_000,
            epochs=1,
            seed=1,
        )
    )
    for _ in range(_WARM_BATCHES):
        rgb, _ = next(batches)
    count, began = 0, time.perf_counter()
    while time.perf_counter() - began < FLAGS.seconds:
        next(batches)
        count += 1
    return rgb, count * batch / (time.perf_counter() - began)


if __name__ == "__main__":
    flags.DEFINE_string("photos", "", "Shards of photographs.")
    flags.DEFINE_string("films", "", "Shards of film clips.")
    flags.DEFINE_string(
        "experiment", str(_EXPERIMENTS / "default.flags"), "Flagfile of a training."
    )
    flags.DEFINE_float("seconds", 10, "How long to read.")
    app.run(main)
