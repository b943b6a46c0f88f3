"""What a run learns from and is validated on: batches of records, or of arrays."""

import contextlib

import keras

from colornet.baselines import registry
from colornet.data import arrays
from colornet.training import settings

_LOOKED_AT = 32  # Records, to see if there are classes.


class Records:
    """Shards of records, which TensorFlow reads."""

    def __init__(self, config: settings.TrainConfig):
        from colornet.data import record_reader, shards  # They bring TensorFlow.

        for pattern in filter(None, (config.photos, config.films, config.validation)):
            shards.find(pattern)
        self._config = config
        self._damage = record_reader.DamageLog(config.strict)
        self._labels = config.system in registry.LABELLED
        if self._labels:
            self._say_if_there_are_no_classes()

    def training(self, first_epoch: int):
        """Batches (rgb, rgb) of the epochs from `first_epoch` on."""
        from colornet.data import pipeline

        config = self._config
        sources = _mix(pipeline.Source, config.photos, config.films, config)
        if config.photos and config.pans_share:
            pans = {"weight": config.pans_share, "pans": True}
            sources.append(pipeline.Source(config.photos, **_moving(config), **pans))
        return pipeline.training_clips(
            sources,
            damage=self._damage,
            labels=self._labels,
            **_training_arguments(config, first_epoch),
        )

    def validation(self, replicas: int):
        """The same first frames after every epoch, or None."""
        from colornet.data import pipeline

        config = self._config
        if not config.validation:
            return None
        return pipeline.validation_clips(
            config.validation,
            clip_length=1,
            size=config.crop,
            clips_per_batch=config.photos_per_step,
            divisor=replicas,
            damage=self._damage,
            labels=self._labels,
        )

    def _say_if_there_are_no_classes(self):
        from colornet.data import record_reader, shard_sample

        for pattern in filter(None, (self._config.photos, self._config.films)):
            clips = [row.clip for row in shard_sample.take(pattern, _LOOKED_AT).rows]
            if any(clip and clip.label >= 0 for clip in clips):
                return
        record_reader.say(
            f"--system={self._config.system} learns classes too, and none of the "
            f"{len(clips)} records that were looked at has one: it learns colours "
            "only. --source=imagenet gives records classes, and so does "
            "tools/label_records.py."
        )

    @contextlib.contextmanager
    def read(self):
        """Raises damage that stops the run in one line, and counts what did not."""
        from colornet.data import record_reader

        with self._damage.surfacing():
            yield
        if self._damage.count:
            record_reader.say(
                f"corrupt places in the records: {self._damage.count}; they were left "
                "out, and `colornet build-records --verify` finds all there are."
            )


class Arrays:
    """Packed arrays, which need no TensorFlow; those of one frame are photographs."""

    def __init__(self, config: settings.TrainConfig):
        self._config = config
        self._photos, self._films = arrays.split(arrays.find(config.arrays))
        self._validation = config.validation and arrays.find(config.validation)

    def training(self, first_epoch: int):
        """Batches (rgb, rgb) of the epochs from `first_epoch` on."""
        batches = arrays.training_clips(
            _mix(arrays.Source, self._photos, self._films, self._config),
            **_training_arguments(self._config, first_epoch),
        )
        on_tensorflow = keras.backend.backend() == "tensorflow"
        return _dataset(batches) if on_tensorflow else batches

    def validation(self, replicas: int):
        """As `Records.validation`."""
        config = self._config
        if not self._validation:
            return None
        rgb = arrays.validation_clips(
            self._validation, clip_length=1, size=config.crop, divisor=replicas
        )
        return _InMemory(rgb, config.photos_per_step)

    def read(self):
        """As `Records.read`: nothing is left out of arrays."""
        return contextlib.nullcontext()


class _InMemory(keras.utils.PyDataset):
    """Clips [N, T, H, W, 3] as batches (rgb, rgb) of `size`; the last may be less."""

    def __init__(self, clips, size):
        super().__init__()
        self._clips, self._size = clips, size

    def __len__(self):
        return -(-len(self._clips) // self._size)

    def __getitem__(self, number):
        rgb = self._clips[number * self._size : (number + 1) * self._size]
        return rgb, rgb


def _mix(source, photos, films, config):
    """One `source` of photographs and one of films, of those that are there."""
    single = {"clip_length": 1, "clips_per_batch": config.photos_per_step}
    moving = _moving(config)
    sources = []
    if photos:
        others = config.pans_share + (config.films_share if films else 0.0)
        sources.append(source(photos, **single, weight=1.0 - others))
    if films:
        weight = config.films_share if photos else 1.0
        sources.append(source(films, **moving, weight=weight))
    return sources


def _moving(config):
    return {
        "clip_length": config.clip_length,
        "clips_per_batch": config.global_batch_size,
    }


def _training_arguments(config, first_epoch):
    return {
        "crop": config.crop,
        "steps_per_epoch": config.steps_per_epoch,
        "first_epoch": first_epoch,
        "epochs": config.epochs - first_epoch,
        "seed": config.seed,
    }


def _dataset(batches):
    """A generator's (rgb, rgb) for TensorFlow: photographs and films differ in T.

    Keras would take the T of the first two batches for the only one.
    """
    import tensorflow as tf

    clips = tf.TensorSpec([None, None, None, None, 3], tf.uint8)
    return tf.data.Dataset.from_generator(
        lambda: batches, output_signature=(clips, clips)
    ).prefetch(tf.data.AUTOTUNE)
