"""Elements of EBML, which Matroska is written in. RFC 8794."""

from collections.abc import Iterator


def elements(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yields name, content and the whole of each element; the last may be cut off."""
    place = 0
    while place < len(data):
        name = data[place : place + _length(data[place])]
        first = place + len(name)
        after = first + _length(data[first])
        size = int.from_bytes(data[first:after], "big")
        size &= (1 << 7 * (after - first)) - 1
        yield name, data[after : after + size], data[place : after + size]
        place = after + size


def _length(first_byte):
    """How many bytes a name or size takes that begins with this one. Section 4."""
    return 9 - first_byte.bit_length()
