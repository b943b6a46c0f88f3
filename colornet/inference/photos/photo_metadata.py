"""What a photograph's file says beside its pixels, apart from the file's format."""

import dataclasses
import io
import struct

from colornet.inference import machine_made
from colornet.inference.photos import photo_tags, photo_xmp

DESCRIPTION, ORIENTATION, SOFTWARE, HISTORY = 270, 274, 305, 37395
X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 282, 283, 296
XMP, IPTC, PHOTOSHOP, PROFILE = 700, 33723, 34377, 34675
_COLOR_SPACE, _WIDTH, _HEIGHT = 40961, 40962, 40963  # In the EXIF directory.
INCH, _CENTIMETRE = 2, 3  # Of the tag ResolutionUnit.
# Of Adobe's image resources: IPTC, and small pictures that show no colours.
_IPTC_RESOURCE, _THUMBNAILS = 1028, {1033, 1036}
_NESTED = {photo_tags.EXIF, photo_tags.GPS}
_DAMAGED = (ValueError, struct.error, KeyError, IndexError, OverflowError)


@dataclasses.dataclass(frozen=True)
class Metadata:
    """What is handed on.

    Attributes:
      exif: a block of tags, or empty; of a TIFF, the tags of its page.
      xmp: UTF-8, or empty.
      more_xmp: what did not fit into a JPEG's first segment, as JPEG stores it.
      iptc: IPTC-IIM, or empty.
      resources: Adobe's other image resources, "8BIM" each.
      dpi: horizontal and vertical, or None.
      comments: of JPEG, PPM and GIF, as they are stored.
      chunks: text chunks of a PNG: type, content, and the same as words.
    """

    exif: bytes = b""
    xmp: bytes = b""
    more_xmp: tuple[bytes, ...] = ()
    iptc: bytes = b""
    resources: bytes = b""
    dpi: tuple[float, float] | None = None
    comments: tuple[bytes, ...] = ()
    chunks: tuple[tuple[bytes, bytes, str], ...] = ()


def orientation(metadata: Metadata) -> int:
    """What brings the stored pixels upright, 1 to 8: 1 is nothing. EXIF 2.32, 4.6.4."""
    try:
        file = photo_tags.TagFile(io.BytesIO(metadata.exif))
        (number,) = file.numbers(file.tags()[ORIENTATION])
    except _DAMAGED:
        return 1
    return number if 1 <= number <= 8 else 1


def of_upright(metadata: Metadata, turned: bool) -> Metadata:
    """The metadata after the pixels were brought upright; `turned` by a right angle."""
    dpi = metadata.dpi[::-1] if metadata.dpi and turned else metadata.dpi
    exif = metadata.exif
    file = io.BytesIO(exif)
    try:
        block = photo_tags.TagFile(file)
        tags = block.tags()
        changes = {ORIENTATION: block.short(1)} if ORIENTATION in tags else {}
        if turned:
            changes |= _swapped(tags, X_RESOLUTION, Y_RESOLUTION)
            below = _swapped(tags.get(photo_tags.EXIF, {}), _WIDTH, _HEIGHT)
            changes |= {photo_tags.EXIF: below} if below else {}
        block.drop_thumbnail()
        block.rewrite([changes])
        exif = file.getvalue()
    except _DAMAGED:
        exif = b""  # Damaged EXIF is no reason to refuse a picture.
    return dataclasses.replace(metadata, exif=exif, dpi=dpi)


def of_colored(metadata: Metadata, model: str, is_srgb: bool) -> Metadata:
    """The metadata with the statement that a machine made the colours, and which.

    In XMP and EXIF; what stands there stays, and the statement comes behind it.
    """
    sentence = machine_made.sentence(model)
    xmp = photo_xmp.marked(metadata.xmp, machine_made.software(), sentence)
    file = io.BytesIO(metadata.exif or photo_tags.block({}))
    block = photo_tags.TagFile(file)
    tags = block.tags() if metadata.exif else {}
    changes = {
        SOFTWARE: _continued(tags.get(SOFTWARE), machine_made.software(), "; "),
        HISTORY: _continued(tags.get(HISTORY), sentence, "\n"),
    }
    if is_srgb and _COLOR_SPACE in tags.get(photo_tags.EXIF, {}):
        changes[photo_tags.EXIF] = {_COLOR_SPACE: block.short(1)}
    block.rewrite([changes])
    return dataclasses.replace(metadata, exif=file.getvalue(), xmp=xmp)


def described(metadata: Metadata) -> Metadata:
    """For files without a place for comments: they become the tag ImageDescription."""
    said = comments(metadata)
    file = io.BytesIO(metadata.exif)
    block = photo_tags.TagFile(file)
    if said and DESCRIPTION not in block.tags():
        block.rewrite([{DESCRIPTION: photo_tags.text("\n".join(said))}])
    return dataclasses.replace(metadata, exif=file.getvalue())


def shortened(metadata: Metadata, length: int) -> Metadata:
    """The metadata with EXIF of at most `length` bytes: without its longest tags."""
    block = photo_tags.TagFile(io.BytesIO(metadata.exif))
    tags, exif = block.tags(), metadata.exif
    while len(exif) > length:
        sizes = {n: len(tag.data) for n, tag in tags.items() if n not in _NESTED}
        sizes |= {
            n: len(photo_tags.block(tags[n], block.order))
            for n in _NESTED & tags.keys()
        }
        del tags[max(sizes, key=sizes.get)]
        exif = photo_tags.block(tags, block.order)
    return dataclasses.replace(metadata, exif=exif)


def comments(metadata: Metadata) -> list[str]:
    """What comments and text chunks say, for formats that store them otherwise."""
    said = [comment.decode("utf-8", "replace") for comment in metadata.comments]
    said += [words for _, _, words in metadata.chunks]
    return [words.replace("\0", "") for words in said]


def from_page(tags: photo_tags.Tags, order: str, storage: set[int]) -> Metadata:
    """The metadata of a TIFF's page: its `tags`, without those of `storage`."""
    apart = {tag: tags[tag].data for tag in (XMP, IPTC, PHOTOSHOP) if tag in tags}
    kept = {n: tag for n, tag in tags.items() if n not in {*storage, *apart, PROFILE}}
    exif = photo_tags.block(kept, order) if kept else b""
    resources = split_resources(apart.get(PHOTOSHOP, b""))
    return Metadata(
        exif=exif,
        xmp=apart.get(XMP, b""),
        iptc=apart.get(IPTC, b"") or resources[0],
        resources=resources[1],
        dpi=_dpi(photo_tags.TagFile(io.BytesIO(exif)), kept) if kept else None,
    )


def split_resources(data: bytes) -> tuple[bytes, bytes]:
    """IPTC and the rest of Adobe's image resources, without thumbnails.

    Adobe, "Photoshop File Formats", 2019, "Image Resource Blocks".
    """
    iptc, rest, place = b"", [], 0
    while data[place : place + 4] == b"8BIM" and place + 12 <= len(data):
        number = int.from_bytes(data[place + 4 : place + 6], "big")
        start = place + 6 + (data[place + 6] // 2 + 1) * 2 + 4
        length = int.from_bytes(data[start - 4 : start], "big")
        end = start + length + length % 2
        if number == _IPTC_RESOURCE:
            iptc = data[start : start + length]
        elif number not in _THUMBNAILS:
            rest.append(data[place:end].ljust(end - place, b"\0"))
        place = end
    return iptc, b"".join(rest)


def joined_resources(metadata: Metadata) -> bytes:
    """Inverse of `split_resources`."""
    iptc = metadata.iptc
    if not iptc:
        return metadata.resources
    head = b"8BIM" + struct.pack(">HHI", _IPTC_RESOURCE, 0, len(iptc))
    return head + iptc + bytes(len(iptc) % 2) + metadata.resources


def _continued(tag, words, separator):
    """A tag of text that says what it said, and then `words`."""
    said = photo_tags.words_of(tag)
    if words in said:
        return photo_tags.text(said)
    return photo_tags.text(f"{said}{separator}{words}" if said else words)


def _swapped(tags, one, other):
    return {one: tags[other], other: tags[one]} if {one, other} <= tags.keys() else {}


def _dpi(block, tags):
    try:
        x, y = (block.numbers(tags[t])[0] for t in (X_RESOLUTION, Y_RESOLUTION))
        unit = block.numbers(tags[RESOLUTION_UNIT])[0]
    except _DAMAGED:
        return None
    scale = {INCH: 1.0, _CENTIMETRE: 2.54}.get(unit, 0)
    return (x * scale, y * scale) if x * y * scale else None
