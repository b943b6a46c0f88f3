"""Some clips of a set of shards, to be looked at, with what is damaged among them."""

import dataclasses

import tensorflow as tf

from colornet.data import records, shards, tfrecord, verify


@dataclasses.dataclass(frozen=True)
class Row:
    """What stands at one place of a shard: a clip, or damage.

    Attributes:
      path: of the shard.
      offset: of the record, in bytes.
      length: of the record's data, in bytes.
      clip: what was stored, if it is sound.
      damage: what is wrong, if it is not.
    """

    path: str
    offset: int
    length: int = 0
    clip: records.Clip | None = None
    damage: str | None = None


@dataclasses.dataclass(frozen=True)
class Sample:
    """Rows in the order of the shards, and the sums over all that was not read too.

    Attributes:
      rows: the places that were chosen, and each end of a shard that is lost.
      clips: how many records can be found.
      shards: how many files there are.
      size_bytes: of all records.
    """

    rows: list[Row]
    clips: int
    shards: int
    size_bytes: int


def take(pattern: str, limit: int) -> Sample:
    """At most `limit` records of the shards that match a glob, evenly spread.

    Raises:
      InputError: no shards match, or one cannot be read.
    """
    paths = shards.find(pattern)
    places = []
    lost = []
    for path in paths:
        spans = shards.locate(
            path, lambda end, path=path: lost.append(Row(path, *_place_of(end)))
        )
        places += [(path, *span) for span in spans]
    count = min(limit, len(places))
    chosen = [places[number * len(places) // count] for number in range(count)]
    rows = [_read(*place) for place in chosen] + lost
    rows.sort(key=lambda row: (row.path, row.offset))
    size = sum(length + tfrecord.FRAME_BYTES for _, _, length in places)
    return Sample(rows, len(places), len(paths), size)


def _place_of(end):
    return end.offset, 0, None, end.damage


def _read(path, start, length):
    offset = start - tfrecord.HEADER_BYTES
    data = shards.read(path, start, length)
    damage = tfrecord.DISAGREE if data is None else verify.fault(data)
    if damage:
        return Row(path, offset, length, damage=damage)
    clip = records.decode_clip(tf.constant(data))
    values = {name: value.numpy() for name, value in clip.items()}
    values["video_id"] = values["video_id"].decode(errors="replace")
    values["frames"] = list(values["frames"])
    return Row(path, offset, length, records.Clip(**values))
