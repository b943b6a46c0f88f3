"""Shards on disk -> batches of uint8 RGB clips, as a `tf.data.Dataset`.

Every draw is a pure function of the seed and of a position: which source a step takes,
which record stands where in a pass over a source, how that record is cropped. A run
that begins at epoch 5 therefore sees exactly what an unbroken run sees from there on.
Records are read one by one wherever they lie, so each pass over a source is one even
shuffle of all of it, without a buffer to fill, and touches every clip once.

A corrupt record is told of, and the next sound one stands in for it in training; from
validation it is left out, as no clip should count twice in a score.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from colornet.data import chance, pans, records, windows
from colornet.data.record_reader import DamageLog, RecordReader
from colornet.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Source:
    """Records of one kind, and the batches made of them.

    Attributes:
      pattern: glob of shards, such as "/data/photos/*.tfrecord".
      clip_length: T, frames taken of each clip.
      clips_per_batch: B, over all replicas.
      weight: how often a batch comes from this source, relative to the others.
      pans: whether its clips are made of single pictures, by `pans.clip_of`.
    """

    pattern: str
    clip_length: int = 1
    clips_per_batch: int = 32
    weight: float = 1.0
    pans: bool = False

    def __post_init__(self):
        for name in ("clip_length", "clips_per_batch"):
            if getattr(self, name) < 1:
                raise UsageError(
                    f"{name} of {self.pattern!r} must be at least 1, "
                    f"got {getattr(self, name)}."
                )
        if self.weight < 0:
            raise UsageError(
                f"weight of {self.pattern!r} must be 0 or more, got {self.weight}."
            )


def training_clips(
    sources: Sequence[Source],
    *,
    crop: int,
    steps_per_epoch: int,
    first_epoch: int = 0,
    epochs: int,
    seed: int,
    damage: DamageLog | None = None,
    labels: bool = False,
) -> tf.data.Dataset:
    """Shuffled, cropped, flipped batches for `epochs` epochs from `first_epoch` on.

    Args:
      sources: each batch comes wholly from one of them, so that it has one T.
      crop: height and width of the clips, in pixels.
      steps_per_epoch: batches in an epoch.
      first_epoch: epochs already done; the result is as if they had been read.
      epochs: how many to give.
      seed: decides everything.
      damage: is told of corrupt records; by default, one that is not strict.
      labels: whether the clips' classes are targets too.

    Yields:
      (rgb, rgb), uint8 [B, T, crop, crop, 3]; B and T are unknown to the element spec.
      Once as input and once as target: model and loss convert colours themselves. With
      `labels`, the target is {"color": rgb, "label": int64 [B]}, -1 without a class.
    """
    if not sources or not sum(source.weight for source in sources):
        raise UsageError("training needs at least one source with a weight above 0.")
    first = first_epoch * steps_per_epoch
    choices = chance.choose(sources, first + epochs * steps_per_epoch, seed)
    damage = damage or DamageLog()
    branches = []
    for number, source in enumerate(sources):
        batches_before = int(np.sum(choices[:first] == number))
        positions = tf.data.Dataset.range(
            batches_before * source.clips_per_batch, np.iinfo("int64").max
        )
        own_seed = chance.fold(seed, number)
        read = RecordReader(source.pattern, damage).shuffled(own_seed)
        cut = _pan_at_random if source.pans else _crop_at_random
        clips = positions.map(
            cut(read, source.clip_length, crop, own_seed),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        # Always full: positions never end, and MirroredStrategy splits evenly only.
        branches.append(clips.batch(source.clips_per_batch))
    steps = tf.data.Dataset.from_tensor_slices(choices[first:].astype("int64"))
    batches = tf.data.Dataset.choose_from_datasets(
        branches, steps, stop_on_empty_dataset=True
    )
    return _finish(batches, labels)


def validation_clips(
    pattern: str,
    *,
    clip_length: int,
    size: int,
    clips_per_batch: int,
    limit: int = 0,
    divisor: int = 1,
    damage: DamageLog | None = None,
    labels: bool = False,
) -> tf.data.Dataset:
    """The same clips in the same order at each pass, for scores and for looking at.

    Args:
      pattern: glob of shards.
      clip_length: T, frames taken of each clip, from its first on.
      size: height and width of the square cut from the middle, in pixels; the frame's
        shorter side is brought to it first.
      clips_per_batch: B; the last batch may be smaller.
      limit: how many clips to take, evenly spread over all; 0 takes all.
      divisor: the number of clips is lowered to a multiple of it: replicas must share
        the last batch evenly, or Keras fails.
      damage: is told of corrupt records; by default, one that is not strict.
      labels: as `training_clips` has it.

    Yields:
      (rgb, rgb), uint8 [B, T, size, size, 3]; B and T are unknown to the element spec;
      the target with `labels` as of `training_clips`.
    """
    reader = RecordReader(pattern, damage or DamageLog())
    count = min(limit or reader.count, reader.count)
    places = np.linspace(0, reader.count, count, endpoint=False).astype("int64")
    # Beforehand, as Keras and replicas want to know how many there will be.
    places = reader.sound_among(places)
    places = places[: len(places) // divisor * divisor]

    def central(place):
        clip = records.decode_clip(reader.record(place))
        frames = windows.take_frames(clip["frames"], 0, clip_length)
        return windows.decode(frames, windows.central(clip), size), clip["label"]

    clips = tf.data.Dataset.from_tensor_slices(places).map(
        central, num_parallel_calls=tf.data.AUTOTUNE
    )
    return _finish(clips.batch(clips_per_batch), labels)


def _crop_at_random(read, clip_length, crop, seed):
    """From a position to a clip [T, crop, crop, 3] and its class; one draw for all.

    A crop that moved would teach false motion.
    """

    def clip_at(position):
        key = tf.stack([tf.constant(seed, tf.int64), position])
        draws = tf.unstack(tf.random.stateless_uniform([8], key))
        clip = records.decode_clip(read(position))
        length = tf.size(clip["frames"])
        # Slow things may as well be quick: every frame, every second, or every fourth.
        widest = tf.maximum((length - 1) // max(clip_length - 1, 1), 1)
        step = tf.minimum(2 ** tf.cast(3 * draws[7], tf.int32), widest)
        span = (clip_length - 1) * step + 1
        starts = tf.cast(tf.maximum(length - span + 1, 1), tf.float32)
        start = tf.cast(draws[0] * starts, tf.int32)
        frames = windows.take_frames(clip["frames"], start, span)[::step]
        # What moves forwards may as well move backwards.
        frames = tf.cond(draws[1] < 0.5, lambda: frames, lambda: frames[::-1])
        rgb = windows.decode(frames, windows.random(clip, crop, draws[2:6]), crop)
        rgb = tf.cond(draws[6] < 0.5, lambda: rgb, lambda: rgb[:, :, ::-1])
        return rgb, clip["label"]

    return clip_at


def _pan_at_random(read, clip_length, crop, seed):
    """From a position to a clip [T, crop, crop, 3] of one picture, and its class."""

    def clip_at(position):
        key = tf.stack([tf.constant(seed, tf.int64), position])
        draws = tf.random.stateless_uniform([pans.DRAWS + 1], key)
        clip = records.decode_clip(read(position))
        rgb = pans.clip_of(clip, crop, clip_length, draws)
        rgb = tf.cond(draws[-1] < 0.5, lambda: rgb, lambda: rgb[:, :, ::-1])
        return rgb, clip["label"]

    return clip_at


def _finish(batches, labels):
    options = tf.data.Options()
    # One process reads everything: sharding for other workers would only warn.
    options.experimental_distribute.auto_shard_policy = (
        tf.data.experimental.AutoShardPolicy.OFF
    )
    batches = batches.map(
        lambda rgb, label: (rgb, {"color": rgb, "label": label} if labels else rgb)
    )
    return batches.with_options(options).prefetch(tf.data.AUTOTUNE)
