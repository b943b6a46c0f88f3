r"""Trains networks side by side on one frozen encoder, which sees each picture once.

  python tools/train_side_by_side.py --rows=no_dynamic_layer,gru,lstm,noh2015 \
    --runs=runs/benchmark -- --photos='records/labelled/*.tfrecord' \
    --films='records/[cd]*/*.tfrecord' \
    --encoder_weights=experiments/vgg16_encoder/vgg16.weights.h5 --seed=1

Each run, in RUNS/ROW-SEED, is what `colornet train` would have made of that row alone:
the same pictures in the same order, the same first weights, the same updates; nothing
but the encoder is shared. VGG-16 takes two thirds of a step, so that four rows take
less than half of the time. Rows may differ in what lies behind the encoder only. The
same command goes on after an interruption, and so does `colornet train`.

"seconds" in a run's epochs.csv are what its steps took, with all of the encoder's.
"""

import contextlib
import dataclasses
import pathlib
import time

from absl import app, flags

from colornet import config as configuration
from colornet import tensorflow_start
from colornet.errors import UsageError
from colornet.training import settings

tensorflow_start.prepare()

import benchmark_rows  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from colornet.training import (  # noqa: E402
    callbacks,
    checkpoints,
    material,
    precision,
    session,
)

_OWN = ("dynamic_layer", "dynamic_stride", "decoder")  # What rows may differ in.


class Run:
    """One network in training: what lies behind its encoder, and what it took.

    Args:
      config: its settings.
      workdir: its folder.
      clips: the `material.Records` it learns from.
    """

    def __init__(self, config: settings.TrainConfig, workdir: pathlib.Path, clips):
        keras.utils.set_random_seed(config.seed)
        self._config, self._workdir = config, workdir
        self._model = session.build_model(config, workdir, clips)
        checkpoints.claim(workdir, config)
        self._learner = behind_encoder(self._model)
        self._learner.compile(
            self._model.optimizer, loss=self._model.loss, jit_compile=False
        )
        self._callbacks = keras.callbacks.CallbackList(
            [
                callbacks.StopAtNaN(),
                callbacks.Checkpoint(workdir),
                keras.callbacks.CSVLogger(workdir / "epochs.csv", append=True),
            ],
            model=self._model,
        )

    @property
    def epochs(self) -> int:
        """How many are done."""
        steps = int(keras.ops.convert_to_numpy(self._model.optimizer.iterations))
        return steps // self._config.steps_per_epoch

    def see(self, rgb):
        """The encoder's taps of the frames of clips [B, T, H, W, 3]."""
        lightness = self._model.get_layer("rgb_to_lightness")(rgb)
        frames = tf.reshape(lightness, (-1, *tf.unstack(tf.shape(lightness)[2:])))
        return self._model.get_layer("encoder")(frames)

    def begin(self):
        """Opens `epochs.csv`."""
        self._callbacks.on_train_begin()

    def end(self):
        """Closes it."""
        self._callbacks.on_train_end()

    def begin_epoch(self):
        """Forgets the losses and times of the one before."""
        self._losses, self._sizes, self._seconds = [], [], 0.0

    def step(self, rgb, taps, seconds: float):
        """One update by a batch that took the encoder so many seconds."""
        begun = time.perf_counter()
        loss = self._learner.train_on_batch([rgb, *taps], rgb)
        self._seconds += seconds + time.perf_counter() - begun
        self._callbacks.on_train_batch_end(len(self._losses), {"loss": loss})
        self._losses.append(loss)
        self._sizes.append(len(rgb))  # By which `fit`, too, weighs them.

    def end_epoch(self):
        """Writes the state of the run, and a line of `epochs.csv`."""
        loss = float(np.average(self._losses, weights=self._sizes))
        logs = {"loss": loss, "seconds": self._seconds}
        self._callbacks.on_epoch_end(self.epochs - 1, logs)
        print(f"{self._workdir.name}: epoch {self.epochs}, loss {loss:.4f}", flush=True)


def behind_encoder(model: keras.Model) -> keras.Model:
    """What `model`, as `fit` takes it, does with clips and the taps of their frames.

    Returns:
      a model from [rgb, *taps] to logits, of the same layers.
    """
    rgb = keras.Input((None, None, None, 3))
    taps = [
        keras.Input(tap.shape[1:], dtype=tap.dtype)
        for tap in model.get_layer("encoder").outputs
    ]
    clip = model.get_layer("rgb_to_lightness")(rgb)
    state = model.get_layer("zero_state")(clip)
    inputs = {"lightness": clip, "state": state, "taps": taps}
    return keras.Model([rgb, *taps], model.get_layer("decoder")(inputs)["logits"])


def train(configs: dict[pathlib.Path, settings.TrainConfig]) -> None:
    """Trains what is left of runs, given by their workdirs.

    Raises:
      UsageError: they cannot share an encoder.
      InputError: files that are missing, or a loss that is no number any more.
    """
    first, *others = configs.values()
    for config in others:
        if dataclasses.replace(config, **{n: getattr(first, n) for n in _OWN}) != first:
            raise UsageError(f"rows differ in more than {', '.join(_OWN)}.")
    alone = first.train_encoder, first.hints, first.aged_share
    if any(alone) or first.encoder_weights == "none":
        raise UsageError(
            "what sees each picture in its own way (--train_encoder, --hints, "
            "--aged_share, --encoder_weights=none) shares no encoder."
        )
    for workdir, config in configs.items():
        checkpoints.refuse_another(workdir, config)
    clips = material.Records(first)
    keras.config.set_dtype_policy(precision.policy(first.precision))
    runs = [Run(config, workdir, clips) for workdir, config in configs.items()]
    done = min(run.epochs for run in runs)
    see = tf.function(runs[0].see, reduce_retracing=True)
    with clips.read(), contextlib.ExitStack() as opened:
        for run in runs:
            run.begin()
            opened.callback(run.end)
        batches = iter(clips.training(done))
        for epoch in range(done, first.epochs):
            # What was broken off between two savings has one run ahead of another.
            learning = [run for run in runs if run.epochs == epoch]
            for run in learning:
                run.begin_epoch()
            for _ in range(first.steps_per_epoch):
                rgb, _ = next(batches)
                begun = time.perf_counter()
                taps = see(rgb)
                seconds = time.perf_counter() - begun
                for run in learning:
                    run.step(rgb, taps, seconds)
            for run in learning:
                run.end_epoch()


def main(argv):
    """Reads the flags and trains."""
    configs = {}
    for name in flags.FLAGS.rows:
        path = benchmark_rows.FOLDER / f"{name}.flags"
        config = configuration.from_flagfile(settings.TrainConfig, path, argv[1:])
        workdir = pathlib.Path(flags.FLAGS.runs, f"{name}-{config.seed}")
        configs[workdir] = config
    train(configs)


if __name__ == "__main__":
    flags.DEFINE_list("rows", None, "Names of files of flags.", required=True)
    flags.DEFINE_string("runs", "runs/benchmark", "Folder of the runs.")
    app.run(main)
