"""What is wrong with a shard: every record read again and held against its report."""

import dataclasses
import hashlib
import io
from typing import BinaryIO

from PIL import Image

from colornet.data import filesystem, records, tfrecord
from colornet.errors import InputError


@dataclasses.dataclass(frozen=True)
class Damage:
    """One thing that is wrong.

    Attributes:
      shard: its file's name.
      offset: of the record, in bytes; None where it is about the whole file.
      what: is wrong there.
    """

    shard: str
    offset: int | None
    what: str

    def __str__(self):
        where = "" if self.offset is None else f"record at byte {self.offset}: "
        return f"{self.shard}: {where}{self.what}"


def check_shard(folder: str, report: dict | None, name: str) -> list[Damage]:
    """Reads a shard from end to end, one record in memory at a time.

    Args:
      folder: path or URL of the records.
      report: the shard's, of which "size_bytes", "sha256" and "record_bytes" are
        compared; None where there is none, which is damage too.
      name: the shard's file name.

    Returns:
      What is wrong, in the order of the file; nothing if the shard is sound.
    """
    damage = []
    lengths = []
    try:
        with filesystem.open_read(filesystem.join(folder, name)) as file:
            hashed = _Hashed(file)
            for record in tfrecord.read(hashed):
                lengths.append(None if record.data is None else len(record.data))
                if what := record.damage or fault(record.data):
                    damage.append(Damage(name, record.offset, what))
    except (OSError, InputError) as error:
        return [Damage(name, None, f"cannot be read: {error}")]
    differences = _differences(report, hashed, lengths)
    return damage + [Damage(name, None, what) for what in differences]


def fault(data: bytes) -> str | None:
    """What makes sound bytes no clip that can be trained on, or None."""
    try:
        clip = records.read_clip(data)
    except ValueError as error:
        return str(error)
    if not clip.frames:
        return "the clip has no frames"
    for number, jpeg in enumerate(clip.frames):
        try:
            with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
                width, height = image.size
        except OSError:
            return f"frame {number} is no JPEG file"
        if (height, width) != (clip.height, clip.width):
            return (
                f"frame {number} is {height} x {width}, the record says "
                f"{clip.height} x {clip.width}"
            )
    return None


class _Hashed:
    """A file to be read once, whose length and checksum are known in the end."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()

    def read(self, count):
        data = self._file.read(count)
        self._sha256.update(data)
        self.size += len(data)
        return data


def _differences(report, found, lengths):
    """In what the whole file is not what its report says."""
    if report is None:
        yield "no report that fits it is beside it, to tell what it should hold"
        return
    if found.size != report["size_bytes"]:
        yield f"it has {found.size} bytes, its report says {report['size_bytes']}"
    elif found.sha256 != report["sha256"]:
        yield "its SHA-256 checksum is another than its report's"
    said = report["record_bytes"]
    if len(lengths) != len(said):
        yield f"{len(lengths)} records can be found, its report says {len(said)}"
    elif any(a not in (b, None) for a, b in zip(lengths, said, strict=True)):
        yield "its records are of other lengths than its report says"
