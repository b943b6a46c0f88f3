"""Packed arrays on disk -> batches of uint8 RGB clips, by NumPy and Pillow alone.

An array is a .npy file, uint8 [N, T, H, W, 3] in sRGB: N clips of T frames, larger than
what is cut out of them; where T is 1 they are photographs. `tools/pack_arrays.py` makes
them. Files are mapped into memory, so that they may be larger than it is.

As in `pipeline`, every draw is a pure function of the seed and of a position, and each
pass over a source is one even shuffle of all of it.
"""

import collections
import dataclasses
import functools
import glob
from collections.abc import Callable, Iterator, Sequence
from concurrent import futures

import numpy as np
from PIL import Image

from colornet.data import chance
from colornet.errors import InputError

_WORKERS, _READY = 8, 16  # Threads that make batches, and how many they make ahead.


@dataclasses.dataclass(frozen=True)
class Source:
    """Clips of one kind, and the batches made of them.

    Attributes:
      clips: arrays, uint8 [N, T, H, W, 3]; sizes may differ from one to another.
      clip_length: T, frames taken of each clip.
      clips_per_batch: B, over all replicas.
      weight: how often a batch comes from this source, relative to the others.
    """

    clips: Sequence[np.ndarray]
    clip_length: int
    clips_per_batch: int
    weight: float = 1.0


def find(pattern: str) -> list[np.ndarray]:
    """The arrays that match a glob, in the order of their names.

    Raises:
      InputError: none does, or one of them is no such array.
    """
    paths = sorted(glob.glob(pattern))
    if not paths:
        raise InputError(
            f"no arrays match {pattern!r}; tools/pack_arrays.py makes them of records, "
            "and a folder of them is named as FOLDER/*.npy."
        )
    return [_open(path) for path in paths]


def split(clips: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Photographs, which have one frame, and films."""
    photos = [array for array in clips if array.shape[1] == 1]
    films = [array for array in clips if array.shape[1] > 1]
    return photos, films


def training_clips(
    sources: Sequence[Source],
    *,
    crop: int,
    steps_per_epoch: int,
    first_epoch: int = 0,
    epochs: int,
    seed: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """As `pipeline.training_clips`: shuffled, cropped, flipped batches.

    Yields:
      (rgb, rgb), uint8 [B, T, crop, crop, 3].
    """
    first = first_epoch * steps_per_epoch
    choices = chance.choose(sources, first + epochs * steps_per_epoch, seed)
    makers = [
        functools.partial(_batch, source, crop, chance.fold(seed, number))
        for number, source in enumerate(sources)
    ]
    before = [int(np.sum(choices[:first] == number)) for number in range(len(sources))]
    jobs = []
    for number in choices[first:]:
        jobs.append(functools.partial(makers[number], before[number]))
        before[number] += 1
    for rgb in _made_ahead(jobs):
        yield rgb, rgb


def validation_clips(
    clips: Sequence[np.ndarray], *, clip_length: int, size: int, divisor: int = 1
) -> np.ndarray:
    """As `pipeline.validation_clips`: squares from the middle of every clip, in order.

    Args:
      clips: arrays, uint8 [N, T, H, W, 3].
      clip_length: T, frames taken of each clip, from its first on.
      size: height and width of the result, in pixels.
      divisor: the number of clips is lowered to a multiple of it.

    Returns:
      uint8 [N, T, size, size, 3].
    """
    taken = []
    for array in clips:
        height, width = array.shape[2:4]
        side = min(height, width)
        window = (height - side) // 2, (width - side) // 2, side, side
        frames = _frames(array.shape[1], 0, clip_length)
        taken += [_resized(clip[frames], window, size) for clip in array]
    return np.stack(taken[: len(taken) // divisor * divisor])


def _open(path):
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{path}: cannot be read as an array ({error}); pack it again with "
            "tools/pack_arrays.py."
        ) from error
    if (
        array.dtype != np.uint8
        or array.ndim != 5
        or array.shape[-1] != 3
        or not array.size
    ):
        raise InputError(
            f"{path}: clips are uint8 [N, T, H, W, 3], this is {array.dtype} "
            f"{list(array.shape)}; pack it again with tools/pack_arrays.py."
        )
    return array


def _made_ahead(jobs: Sequence[Callable]) -> Iterator:
    """The results of `jobs` in their order, some of them made before they are due."""
    waiting = collections.deque()
    with futures.ThreadPoolExecutor(_WORKERS) as pool:
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) > _READY:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _batch(source, crop, seed, number):
    """Batch `number` of a source: [B, T, crop, crop, 3]."""
    first = number * source.clips_per_batch
    positions = range(first, first + source.clips_per_batch)
    return np.stack([_clip(source, crop, seed, position) for position in positions])


def _clip(source, crop, seed, position):
    """The clip at a position of all passes, [T, crop, crop, 3].

    One draw serves all frames: a crop that moved would teach false motion.
    """
    ends = np.cumsum([len(array) for array in source.clips])
    this_pass, index = divmod(position, int(ends[-1]))
    place = _order(seed, this_pass, int(ends[-1]))[index]
    number = int(np.searchsorted(ends, place, side="right"))
    array = source.clips[number]
    clip = array[place - ends[number] + len(array)]

    draws = np.random.default_rng([seed, position]).random(8)
    # Slow things may as well be quick: every frame, every second, or every fourth.
    widest = max((len(clip) - 1) // max(source.clip_length - 1, 1), 1)
    step = min(2 ** int(3 * draws[7]), widest)
    span = (source.clip_length - 1) * step + 1
    start = int(draws[0] * max(len(clip) - span + 1, 1))
    frames = _frames(len(clip), start, span)[::step]
    if draws[1] < 0.5:  # What moves forwards may as well move backwards.
        frames = frames[::-1]
    rgb = _resized(clip[frames], _window(*clip.shape[1:3], crop, draws[2:6]), crop)
    return rgb if draws[6] < 0.5 else rgb[:, :, ::-1]


@functools.lru_cache(4)
def _order(seed, this_pass, count):
    """Where each clip of a pass stands: [count]."""
    # One number more than a clip's draws have, so that they share nothing.
    return np.random.default_rng([seed, this_pass, count]).permutation(count)


def _frames(length, start, count):
    """Which of `length` frames are taken: [count]; short clips play to and fro."""
    period = max(2 * length - 2, 1)
    phase = (start + np.arange(count)) % period
    return np.minimum(phase, period - phase)


def _window(height, width, crop, draws):
    """As `windows.random`: (top, left, height, width) in pixels."""
    shorter = min(height, width)
    smallest = min(chance.SMALLEST_WINDOW * crop, shorter)
    side = smallest + (shorter - smallest) * draws[0]
    stretch = np.exp(chance.MAX_STRETCH * (draws[1] - 0.5))
    window_height = min(max(round(side * stretch), 1), height)
    window_width = min(max(round(side / stretch), 1), width)
    top = int(draws[2] * (height - window_height + 1))
    left = int(draws[3] * (width - window_width + 1))
    return top, left, window_height, window_width


def _resized(frames, window, size):
    """A window of frames [T, H, W, 3], resized: [T, size, size, 3]."""
    top, left, height, width = window
    cut = frames[:, top : top + height, left : left + width]
    resized = [
        Image.fromarray(frame).resize((size, size), Image.Resampling.BILINEAR)
        for frame in cut
    ]
    return np.stack(resized)
