"""The frame that TFRecord files put around each record: written, found and checked.

A record lies between its length (uint64), the checksum of that length, and behind it
the checksum of the data. The checksums are CRC-32C, "masked" as TensorFlow does it:
https://www.tensorflow.org/tutorials/load_data/tfrecord, "TFRecords format details".
An offset is where a record's length stands, as in TensorFlow's own messages.
"""

import struct
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

import google_crc32c

_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
HEADER_BYTES = _LENGTH.size + _CHECKSUM.size  # From a record's offset to its data.
FOOTER_BYTES = _CHECKSUM.size  # Behind the data.
FRAME_BYTES = HEADER_BYTES + FOOTER_BYTES  # What a record takes besides its data.
DISAGREE = "the data do not agree with their checksum"
_MASK_DELTA = 0xA282EAD8
_CHUNK_BYTES = 1 << 20


class Record(NamedTuple):
    """What stands at one place of a file.

    Attributes:
      offset: of the record, in bytes from the file's beginning.
      data: what was stored; None where it is damaged.
      damage: what is wrong there; None where nothing is.
    """

    offset: int
    data: bytes | None
    damage: str | None = None


def write(file: BinaryIO, data: bytes) -> None:
    """Appends one record to `file`."""
    length = _LENGTH.pack(len(data))
    file.write(b"".join([length, _checksum(length), data, _checksum(data)]))


def read(file: BinaryIO) -> Iterator[Record]:
    """All records from `file`'s beginning, each checked, in one pass without seeking.

    After damaged data it goes on with the next record. After a damaged length nobody
    knows where the next one begins: the rest of the file is one last, damaged record.
    """
    offset = 0
    while header := file.read(HEADER_BYTES):
        if len(header) < HEADER_BYTES:
            yield Record(offset, None, _cut(len(header)))
            return
        length = _length(header)
        if length is None:
            yield Record(offset, None, _lost(len(header) + _drain(file)))
            return
        framed = file.read(length + FOOTER_BYTES)
        if len(framed) < length + FOOTER_BYTES:
            yield Record(offset, None, _cut(HEADER_BYTES + len(framed)))
            return
        data = checked(framed)
        damage = DISAGREE if data is None else None
        yield Record(offset, data, damage)
        offset += HEADER_BYTES + len(framed)


def checked(framed: bytes) -> bytes | None:
    """The data of `framed`, data with its checksum behind; None if they disagree."""
    data = framed[:-FOOTER_BYTES]
    return data if _checksum(data) == framed[-FOOTER_BYTES:] else None


def spans(file: BinaryIO, size: int) -> tuple[list[tuple[int, int]], Record | None]:
    """Where the data lie, found by hopping from length to length.

    Args:
      file: seekable.
      size: of the file, in bytes.

    Returns:
      (offset, length) of each record's *data*, in bytes; and the damaged rest of the
      file, from which no record can be found any more, or None.
    """
    found = []
    offset = 0
    while offset < size:
        file.seek(offset)
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return found, Record(offset, None, _cut(len(header)))
        length = _length(header)
        if length is None:
            return found, Record(offset, None, _lost(size - offset))
        start = offset + HEADER_BYTES
        end = start + length + FOOTER_BYTES
        if end > size:
            return found, Record(offset, None, _cut(size - offset))
        found.append((start, length))
        offset = end
    return found, None


def _checksum(data):
    """Masked CRC-32C of `data`, as it is stored."""
    crc = google_crc32c.value(data)
    rotated = crc >> 15 | crc << 17
    return _CHECKSUM.pack((rotated + _MASK_DELTA) & 0xFFFFFFFF)


def _length(header):
    """The length that a header tells, in bytes; None if it is damaged."""
    length = header[: _LENGTH.size]
    return (
        _LENGTH.unpack(length)[0]
        if _checksum(length) == header[_LENGTH.size :]
        else None
    )


def _drain(file):
    """How many bytes are left in `file`, which it reads."""
    count = 0
    while chunk := file.read(_CHUNK_BYTES):
        count += len(chunk)
    return count


def _lost(count):
    return (
        f"the length is damaged, so that the {count} bytes from here on cannot be read"
    )


def _cut(count):
    return f"the file is cut off, and its last {count} bytes are lost"
