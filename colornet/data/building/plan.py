"""Which input goes to which shard: decided before any is read, the same every time."""

import dataclasses
import hashlib
import heapq
import itertools
import math
from collections.abc import Iterable, Sequence

from colornet.data import records
from colornet.data.sources import clips
from colornet.errors import InputError

_SAMPLED_INPUTS = 32  # Their first clips tell how many bytes a frame takes.
_SAMPLED_FRAMES = 512
_UNKNOWN_FRAME_BYTES = 50_000  # Where none of them can be read.
# Small sets still make some shards, so that they are built, and read, in parallel.
_USUAL_SHARDS = 16
_SMALLEST_SHARD = 1_000_000  # Bytes.
_LARGEST_SPREAD = 8  # A killed worker loses so many shards at most.


@dataclasses.dataclass(frozen=True)
class Bucket:
    """Inputs that one worker reads, and the shards it deals their clips over.

    Dealing clip by clip makes shards even though films differ, and a single film may
    be larger than a shard.

    Attributes:
      keys: the inputs, in the order in which they are read.
      files: names of the shards.
    """

    keys: list[str]
    files: list[str]


def in_split(key: str, low: float, high: float) -> bool:
    """Whether a stable hash of `key`, in percent, lies in [low, high)."""
    return low <= 100 * _hash("split", key) < high


def bytes_of_all(
    reader: clips.ClipReader, weights: dict[str, float], frames_read: float
) -> float:
    """About how many bytes the records of all inputs take, from a sample of them.

    Args:
      reader: reads the inputs.
      weights: about how many frames each has.
      frames_read: how often a frame is stored: clip length over stride.
    """
    size = frames = 0
    for key in _shuffled(weights, "sample")[:_SAMPLED_INPUTS]:
        try:
            clip = next(iter(reader.read(key)))
        except (InputError, StopIteration):
            continue
        size += len(records.encode_clip(clip))
        frames += len(clip.frames)
        if frames >= _SAMPLED_FRAMES:
            break
    per_frame = size / frames if frames else _UNKNOWN_FRAME_BYTES
    return per_frame * sum(weights.values()) * frames_read


def shards_for(total_bytes: float, shard_bytes: float, clip_count: int) -> int:
    """How many shards of about `shard_bytes`; more for what would make only a few."""
    enough = math.ceil(total_bytes / shard_bytes)
    usual = min(_USUAL_SHARDS, math.ceil(total_bytes / _SMALLEST_SHARD))
    return max(1, min(max(enough, usual), clip_count))


def spread_for(shard_count: int) -> int:
    """Over how many shards to deal films: as many as leave work for many workers."""
    return max(1, min(_LARGEST_SPREAD, shard_count // _USUAL_SHARDS))


def deal(
    weights: dict[str, float],
    shard_count: int,
    seed: int,
    name: str,
    spread: int = 1,
) -> list[Bucket]:
    """Deals inputs over shards of nearly equal weight.

    Inputs are shuffled, so that each shard is a fair sample of all of them; then the
    heaviest first, each goes where least lies yet (Graham 1969).

    Args:
      weights: how much each input will be, in any unit, above 0.
      shard_count: how many shards there are to be.
      seed: decides the order.
      name: what the shards' names begin with.
      spread: over how many shards inputs are dealt clip by clip; 1 for inputs of one
        clip. One that fills more than these has a bucket to itself.
    """
    order = _shuffled(weights, seed)
    place = {key: rank for rank, key in enumerate(order)}
    order.sort(key=lambda key: -weights[key])  # Stable: equals stay shuffled.
    dealt, rest, left, total = [], [], shard_count, sum(weights.values())
    for key in order:
        share = int(left * weights[key] / total)
        if share > spread:
            dealt.append(([key], share))
            left, total = left - share, total - weights[key]
        else:
            rest.append(key)
    sizes = _even_parts(left, min(len(rest), math.ceil(left / spread)))
    hands = [[] for _ in sizes]
    loads = [(0.0, number) for number in range(len(sizes))]
    for key in rest:
        load, number = heapq.heappop(loads)
        hands[number].append(key)
        heapq.heappush(loads, (load + weights[key] / sizes[number], number))
    for hand, size in zip(hands, sizes, strict=True):
        dealt.append((sorted(hand, key=place.get), size))
    files = iter([shard_name(name, n, shard_count) for n in range(shard_count)])
    return [Bucket(keys, list(itertools.islice(files, size))) for keys, size in dealt]


def shard_name(prefix: str, number: int, shard_count: int) -> str:
    """File name of one shard, such as "photos-00003-of-00026.tfrecord"."""
    return f"{prefix}-{number:05d}-of-{shard_count:05d}.tfrecord"


def _even_parts(total, parts):
    """`total` as a sum of `parts` whole numbers, the larger ones first."""
    return [(total + parts - 1 - n) // parts for n in range(parts)]


def names_hash(keys: Sequence[str]) -> str:
    """Hex SHA-256 of all inputs' names: another list is another set of records."""
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def _shuffled(keys: Iterable[str], seed) -> list[str]:
    return sorted(keys, key=lambda key: (_hash(seed, key), key))


def _hash(seed, key) -> float:
    """A number in [0, 1) that depends on nothing but `seed` and `key`."""
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48
