"""Tags of an EXIF block, or of a TIFF's pages: both are directories of the same kind.

They are carried as bytes, so that tags nobody knows are kept as well. TIFF 6.0, section
2; BigTIFF as libtiff has it; EXIF 2.32, 4.5.2.
"""

import dataclasses
import io
import struct
from collections.abc import Mapping, Sequence
from typing import BinaryIO, NamedTuple

EXIF, GPS, INTEROP = 34665, 34853, 40965  # Tags that point to directories.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8, 129: 1}
_THUMBNAIL, _THUMBNAIL_LENGTH = 513, 514
_MOST_BYTES = 1 << 26  # Of one tag: what claims more is damaged.


class Tag(NamedTuple):
    """A value: TIFF's number of its type, how many there are, and their bytes."""

    kind: int
    count: int
    data: bytes


Tags = Mapping[int, "Tag | Tags | None"]  # None takes a tag away.


def text(words: str) -> Tag:
    """A tag of text."""
    data = words.encode() + b"\0"
    return Tag(2, len(data), data)


def data(content: bytes, kind: int = 7) -> Tag:
    """A tag of bytes that mean something to somebody else."""
    return Tag(kind, len(content), content)


def words_of(tag: Tag | None) -> str:
    """What a tag of text says; "" without one."""
    return tag.data.rstrip(b"\0").decode("utf-8", "replace") if tag else ""


@dataclasses.dataclass(frozen=True)
class _Record:
    kind: int
    count: int
    inline: bytes  # The value, or where it is.


class TagFile:
    """A TIFF or an EXIF block whose directories are read, and written anew behind it.

    What is not changed stays at its place: notes of cameras count on that.

    Attributes:
      order: "<" or ">", of all numbers in it.

    Raises:
      ValueError, struct.error: it is damaged.
    """

    def __init__(self, file: BinaryIO):
        self._file = file
        file.seek(0)
        head = file.read(4)
        self.order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
        if not self.order:
            raise ValueError("no TIFF")
        big = struct.unpack(f"{self.order}H", head[2:])[0] == 43
        self._number, self._count = ("Q", "Q") if big else ("I", "H")
        self._width = 8 if big else 4
        self._first = 8 if big else 4

    def short(self, number: int) -> Tag:
        """A tag of a whole number below 65,536."""
        return Tag(3, 1, struct.pack(f"{self.order}H", number))

    def fraction(self, value: float) -> Tag:
        """A tag of a number that is not whole."""
        return Tag(5, 1, struct.pack(f"{self.order}II", round(value * 10_000), 10_000))

    def numbers(self, tag: Tag) -> tuple:
        """The values of a tag of shorts, longs or fractions."""
        if tag.kind == 5:
            pairs = struct.iter_unpack(f"{self.order}II", tag.data)
            return tuple(above / below if below else 0.0 for above, below in pairs)
        letter = {3: "H", 4: "I"}[tag.kind]
        return struct.unpack(f"{self.order}{tag.count}{letter}", tag.data)

    def tags(self, offset: int | None = None) -> dict[int, "Tag | Tags"]:
        """All tags of the directory at `offset` (by default the first), and below."""
        if offset is None:
            offset = self._pointer(self._first)
        return self._tags(offset, (EXIF, GPS)) if offset else {}

    def rewrite(self, changes: Sequence[Tags]) -> None:
        """Changes the first directories, each as told; further ones are cut off.

        A mapping in place of a tag changes the directory that the tag points to.
        """
        link = self._first
        for change in changes:
            place = self._pointer(link)
            records, following = self._records(place) if place else ({}, 0)
            place, next_link = self._write(self._changed(records, change), following)
            self._link(link, place)
            link = next_link
        self._link(link, 0)

    def drop_thumbnail(self) -> None:
        """Wipes out the small picture of an EXIF block's second directory."""
        _, second = self._records(self._pointer(self._first))
        if not second:
            return
        records, _ = self._records(second)
        if not {_THUMBNAIL, _THUMBNAIL_LENGTH} <= records.keys():
            return
        start, length = (
            self.numbers(self._tag(records[tag]))[0]
            for tag in (_THUMBNAIL, _THUMBNAIL_LENGTH)
        )
        end = self._file.seek(0, io.SEEK_END)
        if start + length >= end:
            self._file.truncate(min(start, end))
        else:
            self._file.seek(start)
            self._file.write(bytes(length))

    def _tags(self, offset, nested):
        found = {}
        for number, record in self._records(offset)[0].items():
            tag = self._tag(record)
            if tag is None:
                continue
            if number in nested:
                try:
                    found[number] = self._tags(self._place(record), (INTEROP,))
                except (ValueError, struct.error):
                    continue  # It points to nowhere.
            else:
                found[number] = tag
        return found

    def _tag(self, record):
        length = _SIZES.get(record.kind, 0) * record.count
        if not 0 < length <= _MOST_BYTES:
            return None
        if length <= self._width:
            content = record.inline[:length]
        else:
            self._file.seek(self._unpack(self._number, record.inline))
            content = self._file.read(length)
        whole = len(content) == length
        return Tag(record.kind, record.count, content) if whole else None

    def _records(self, offset):
        """The directory at `offset` by its tags, and where the next one is."""
        self._file.seek(offset)
        count = self._unpack(self._count, self._file.read(struct.calcsize(self._count)))
        if not 0 < count < 4096:
            raise ValueError(f"a directory of {count} tags")
        layout = struct.Struct(f"{self.order}HH{self._number}{self._width}s")
        table = self._file.read(layout.size * count)
        records = {tag: _Record(*rest) for tag, *rest in layout.iter_unpack(table)}
        link = self._file.read(self._width)
        # Some writers leave it out.
        whole = len(link) == self._width
        return records, self._unpack(self._number, link) if whole else 0

    def _changed(self, records, changes):
        """`records` after `changes`, whose contents are written."""
        records = dict(records)
        for number, value in changes.items():
            if value is None:
                records.pop(number, None)
            elif isinstance(value, Tag):
                records[number] = self._stored(value)
            else:
                below = {}
                if number in records:
                    below, _ = self._records(self._place(records[number]))
                if below := self._changed(below, value):
                    place, _ = self._write(below)
                    packed = struct.pack(f"{self.order}I", place)
                    records[number] = self._stored(Tag(4, 1, packed))
        return records

    def _stored(self, tag):
        content = tag.data
        if len(content) > self._width:
            content = struct.pack(self.order + self._number, self._append(content))
        return _Record(tag.kind, tag.count, content.ljust(self._width, b"\0"))

    def _place(self, record):
        """Where the directory is that a record points to."""
        return self._unpack("Q" if record.kind in (16, 18) else "I", record.inline)

    def _write(self, records, following=0):
        """Appends a directory: where it is, and where it says what follows it."""
        layout = f"{self.order}HH{self._number}{self._width}s"
        table = b"".join(
            struct.pack(layout, number, record.kind, record.count, record.inline)
            for number, record in sorted(records.items())
        )
        table = struct.pack(self.order + self._count, len(records)) + table
        link = struct.pack(self.order + self._number, following)
        place = self._append(table + link)
        return place, place + len(table)

    def _append(self, content):
        end = self._file.seek(0, io.SEEK_END)
        self._file.write(bytes(end % 2))
        self._file.write(content)
        return end + end % 2

    def _link(self, link, place):
        self._file.seek(link)
        self._file.write(struct.pack(self.order + self._number, place))

    def _pointer(self, link):
        self._file.seek(link)
        return self._unpack(self._number, self._file.read(self._width))

    def _unpack(self, letter, content):
        size = struct.calcsize(letter)
        return struct.unpack(self.order + letter, content[:size])[0]


def block(tags: Tags, order: str = "<") -> bytes:
    """A new EXIF block of `tags`, whose contents are in that order of bytes."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    file = io.BytesIO(head + bytes(4))
    TagFile(file).rewrite([tags] if tags else [])
    return file.getvalue()
