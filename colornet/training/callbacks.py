"""What happens between the steps of a run: checkpoints, pictures to look at, alarms."""

import pathlib
import time
from collections.abc import Callable

import keras
import numpy as np
from PIL import Image

from colornet.color import attach, bins, spaces
from colornet.errors import InputError
from colornet.training import checkpoints


class Checkpoint(keras.callbacks.Callback):
    """Keeps the newest whole state of the run; never a half-written one."""

    def __init__(self, workdir: pathlib.Path):
        super().__init__()
        self._workdir = workdir

    def on_epoch_end(self, epoch, logs=None):
        """Writes weights, their moving averages and the optimiser's moments."""
        checkpoints.save(self.model, self._workdir)


class Clock(keras.callbacks.Callback):
    """Logs how long each epoch's steps took, "seconds"; validation is not in it."""

    def on_epoch_begin(self, epoch, logs=None):
        """Starts."""
        self._begun, self._seconds = time.perf_counter(), None

    def on_test_begin(self, logs=None):
        """Stops: the steps of this epoch are done."""
        self._seconds = time.perf_counter() - self._begun

    def on_epoch_end(self, epoch, logs=None):
        """Adds "seconds" to `logs`."""
        logs["seconds"] = self._seconds or time.perf_counter() - self._begun


class StopAtNaN(keras.callbacks.Callback):
    """Ends a run whose loss is no number any more, and says what may help."""

    def on_train_batch_end(self, batch, logs=None):
        """Raises InputError where the running mean of the loss is not finite."""
        if not np.isfinite(logs["loss"]):
            step = int(keras.ops.convert_to_numpy(self.model.optimizer.iterations))
            raise InputError(
                f"the loss became {logs['loss']} at step {step}; the last epoch's "
                "checkpoint is kept: lower --learning_rate, or set --clipnorm=1, "
                "and start again with --init_from and a new --workdir."
            )


class PictureStrips(keras.callbacks.Callback):
    """After each epoch: validation pictures as grey, predicted, true, one a row.

    Args:
      rgb: uint8 [B, T, H, W, 3]; of each clip the last frame is shown.
      workdir: gets `pictures/epoch-NNN.png`; with TensorFlow, TensorBoard's logs too.
      coloring: from grey, uint8 [H, W], to sRGB uint8 [H, W, 3]; by default, what the
        model's logits say.
      temperature: of the annealed mean that decodes the logits.
    """

    def __init__(
        self,
        rgb,
        workdir: pathlib.Path,
        coloring: Callable[[np.ndarray], np.ndarray] | None = None,
        *,
        temperature: float = 0.5,
    ):
        super().__init__()
        self._rgb = np.asarray(rgb)
        self._folder = workdir / "pictures"
        self._logs = str(workdir / "logs" / "pictures")
        self._coloring = coloring
        self._temperature = temperature

    def on_epoch_end(self, epoch, logs=None):
        """Predicts, and writes the strips."""
        strips = self._strips()
        self._folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(strips).save(self._folder / f"epoch-{epoch + 1:03d}.png")
        if keras.backend.backend() == "tensorflow":
            self._log(strips, epoch + 1)

    def _log(self, strips, step):
        import tensorflow as tf

        with tf.summary.create_file_writer(self._logs).as_default():
            tf.summary.image("grey, predicted, true", strips[None], step=step)

    def _strips(self):
        """One uint8 picture [B * H, 3 * W, 3]."""
        true = self._rgb[:, -1]
        lab = spaces.srgb_to_lab(true.astype("float32") / 255)
        grey = spaces.lab_to_srgb(lab * np.array([1, 0, 0], "float32"))
        grey = _as_levels(grey)
        if self._coloring:
            predicted = np.stack([self._coloring(one[..., 0]) for one in grey])
        else:
            predicted = _as_levels(self._predicted(lab[..., :1]))
        shown = np.concatenate([grey, predicted, true], axis=2)
        return shown.reshape(-1, *shown.shape[2:])

    def _predicted(self, lightness):
        """What the logits of the last frames make of their L*: sRGB [B, H, W, 3]."""
        logits = self.model(self._rgb, training=False)
        ab = bins.annealed_mean(
            logits[:, -1], bins.ab_centers(), temperature=self._temperature
        )
        ab = keras.ops.image.resize(ab, lightness.shape[1:3])
        return attach.attach_to_lightness(lightness, ab)


def _as_levels(rgb):
    """[0, 1] -> uint8."""
    return np.clip(np.round(np.asarray(rgb) * 255), 0, 255).astype("uint8")
