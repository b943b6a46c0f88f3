r"""Teaches an encoder, which sees grey pictures, what MobileNetV2 sees in colour ones.

  python tools/distill_encoder.py --encoder=vgg16 --workdir=runs/vgg16_encoder \
    --start=../shared/data/weights/vgg16_imagenet_block1_to_block3.npz \
    --teacher=../shared/data/weights --photos='records/photos/*.tfrecord' \
    --validation=../shared/data/photos-val --steps=6000
  colornet train --encoder=vgg16 \
    --encoder_weights=runs/vgg16_encoder/vgg16.weights.h5 ...

The student learns the teacher's features wherever both have a tap of one stride, and
its class scores. A .npz for --start holds the first layers of a student of plain
convolutions, which stay as they are, and the rest is new; a .weights.h5 holds a whole
student, all of which is trained on.

The workdir gets the student's weights as float16, the state of the run, and
`epochs.csv`. There "strideN" is the share of the variance of the teacher's features
that the student does not explain, and "scores" the divergence of its class scores.
"agrees" and "right" are shares of --validation: where the student, in grey, sees the
teacher's class, and the true one. The same command goes on after an interruption.
"""

import dataclasses
import pathlib

from absl import app, flags

from colornet import config as configuration
from colornet import tensorflow_start
from colornet.config import field
from colornet.errors import InputError

tensorflow_start.prepare()

import distillation  # noqa: E402
import keras  # noqa: E402
import numpy as np  # noqa: E402

from colornet.data import pipeline  # noqa: E402
from colornet.evaluation import semantic  # noqa: E402
from colornet.models import encoder  # noqa: E402
from colornet.training import callbacks, checkpoints, precision, settings  # noqa: E402

_WARMUP = 0.05  # Share of the steps.
_SEED = 1


@dataclasses.dataclass(frozen=True)
class Config:
    """Everything that could change a result."""

    encoder: str = field("vgg16", "The student.", encoder.NAMES)
    start: str = field("", "What is known of it: .npz or .weights.h5; see above.")
    teacher: str = field("", f"Folder with {semantic.BODY} and {semantic.TOP}.")
    photos: str = field("", "Glob of shards of photographs.")
    validation: str = field("", "Folder of pictures named by ImageNet class, or none.")
    crop: int = field(128, "Height and width of training pictures, px, 32 n.")
    batch_size: int = field(32, "Pictures per step.")
    steps: int = field(6000, "Steps in all, a multiple of --steps_per_epoch.")
    steps_per_epoch: int = field(
        500, "Steps from one saving and validation to another."
    )
    learning_rate: float = field(2e-4, "Adam's step size at its highest.")
    precision: str = field("auto", "As `colornet train` has it.", settings.PRECISIONS)

    def __post_init__(self):
        for name in ("start", "teacher", "photos"):
            if not getattr(self, name):
                raise ValueError(f"--{name} must be given.")
        if self.steps % self.steps_per_epoch:
            raise ValueError(
                f"--steps={self.steps} is no multiple of --steps_per_epoch="
                f"{self.steps_per_epoch}."
            )
        if self.encoder == distillation.TEACHER and self.start.endswith(".npz"):
            raise ValueError(
                f"--start={self.start}: {self.encoder} is not of plain convolutions; "
                "give a .weights.h5."
            )


def main(argv):
    """Reads the flags and distils."""
    del argv
    run(configuration.from_flags(Config), pathlib.Path(flags.FLAGS.workdir))


def run(config: Config, workdir: pathlib.Path) -> keras.Model:
    """Trains the steps that are left, writes the student's weights and returns it.

    Raises:
      UsageError: the workdir is of a run with other flags.
      InputError: files that are missing, or a loss that is no number any more.
    """
    checkpoints.refuse_another(workdir, config)
    keras.utils.set_random_seed(_SEED)
    student = build_student(config)
    teacher = [
        _file(config.teacher, "teacher", name) for name in (semantic.BODY, semantic.TOP)
    ]
    model, *classifiers = distillation.build(student, config.encoder, *teacher)
    compile_model(model, config)
    epochs, first_epoch = config.steps // config.steps_per_epoch, 0
    if checkpoints.exists(workdir):
        checkpoints.restore(model, workdir)
        first_epoch = int(model.optimizer.iterations.numpy()) // config.steps_per_epoch
    clips = pipeline.training_clips(
        [pipeline.Source(config.photos, clips_per_batch=config.batch_size)],
        crop=config.crop,
        steps_per_epoch=config.steps_per_epoch,
        first_epoch=first_epoch,
        epochs=epochs - first_epoch,
        seed=_SEED,
    )
    # The model gives its losses itself: no target is looked at.
    batches = clips.map(
        lambda rgb, _: (rgb[:, 0], dict.fromkeys(model.output, rgb[:, 0, 0, 0, 0]))
    )
    checkpoints.claim(workdir, config)
    path = workdir / f"{config.encoder}.weights.h5"
    write = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: encoder.save_weights(
            student, config.encoder, path, dtype="float16"
        )
    )
    after_epoch = [callbacks.StopAtNaN(), callbacks.Checkpoint(workdir), write]
    if config.validation:
        after_epoch.append(
            distillation.Agreement(pathlib.Path(config.validation), *classifiers)
        )
    table = keras.callbacks.CSVLogger(workdir / "epochs.csv", append=True)
    try:
        model.fit(
            batches,
            epochs=epochs,
            initial_epoch=first_epoch,
            steps_per_epoch=config.steps_per_epoch,
            callbacks=[*after_epoch, table],
            shuffle=False,  # The pictures are shuffled where they are read.
            verbose=2,
        )
    finally:
        table.on_train_end()  # Which `fit` leaves out where it is interrupted.
    return student


def build_student(config: Config) -> keras.Model:
    """The encoder to be taught, with what is known of it in its place."""
    start = _file(config.start, "start")
    in_part = start.suffix == ".npz"
    student = encoder.build_encoder(
        config.encoder,
        weights=None if in_part else str(start),
        trainable=True,
        dtype=precision.policy(config.precision),
    )
    if in_part:
        take_known(student, start)
    return student


def compile_model(model: keras.Model, config: Config) -> None:
    """Makes `model` ready for `fit`: its outputs are its losses."""
    warmup = round(_WARMUP * config.steps)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=config.learning_rate,
        warmup_steps=warmup,
        decay_steps=config.steps - warmup,
    )
    adam = keras.optimizers.Adam(schedule, clipnorm=1.0)
    model.compile(adam, loss=dict.fromkeys(model.output, _as_it_is), jit_compile=False)
    adam.build(model.trainable_variables)


def take_known(student: keras.Model, path: pathlib.Path) -> None:
    """Gives layers the weights that a .npz holds all of, and keeps them as they are.

    A bias whose kernel is missing is of no use: it belongs to other features. New
    kernels leave the size of features as it is. He et al. 2015.
    """
    with np.load(path) as known:
        for layer in encoder.backbone(student).layers:
            names = [f"{layer.name}/{weight.name}" for weight in layer.weights]
            if names and all(name in known for name in names):
                layer.set_weights([known[name] for name in names])
                layer.trainable = False
            elif names:
                layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))


def _file(path, flag, name=""):
    found = pathlib.Path(path, name)
    if not found.is_file():
        raise InputError(f"--{flag}={path}: {found} is no file.")
    return found


def _as_it_is(_, given):
    return given


if __name__ == "__main__":
    configuration.define_flags(Config)
    flags.DEFINE_string("workdir", None, "The run's folder.", required=True)
    app.run(main)
