"""The shape of a Matroska film's pixels, written into its header.

FFmpeg's muxer takes it from a field of a stream that PyAV does not set, so .mkv and
.webm would show anamorphic film at a wrong width. FFmpeg leaves an empty element
behind the table of contents; the two numbers go in at the cost of its length, and what
lies between moves towards it. RFC 9559, sections 5.1.1 and 5.1.4.1.28.
"""

import math
import pathlib
import zlib
from fractions import Fraction

from colornet.inference import ebml

_SEGMENT, _SEEK_HEAD, _VOID = b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74", b"\xec"
_INFO, _TRACKS = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b"
_SEEK, _SEEK_ID, _SEEK_POSITION = b"\x4d\xbb", b"\x53\xab", b"\x53\xac"
_TRACK, _VIDEO, _CHECKSUM = b"\xae", b"\xe0", b"\xbf"
_DISPLAY_WIDTH, _DISPLAY_HEIGHT, _DISPLAY_UNIT = b"\x54\xb0", b"\x54\xba", b"\x54\xb2"

_HEAD_BYTES = 2**20  # More than anything before the tracks, and they, take.


def write(path: pathlib.Path, width: int, height: int, ratio: Fraction) -> None:
    """Gives the first video track of the film at `path` pixels of a shape.

    Args:
      path: a Matroska or WebM file that FFmpeg has finished.
      width: of the picture, in pixels.
      height: likewise.
      ratio: width of a pixel by its height.
    """
    with open(path, "r+b") as file:
        head = file.read(_HEAD_BYTES)
        segment = next(e for e in ebml.elements(head) if e[0] == _SEGMENT)
        start = len(head) - len(segment[1])
        old = _parts(segment[1])
        new = {**old, _TRACKS: _tracks(old[_TRACKS], *_display(width, height, ratio))}
        grown = len(new[_TRACKS]) - len(old[_TRACKS])
        new[_SEEK_HEAD] = _seek_head(old[_SEEK_HEAD], grown)
        grown += len(new[_SEEK_HEAD]) - len(old[_SEEK_HEAD])
        room = len(_content(old[_VOID])) - grown
        if room < 0:
            raise ValueError(f"{path}: no room for the shape of its pixels.")
        new[_VOID] = _element(_VOID, bytes(room), 8)
        file.seek(start)
        file.write(b"".join(new.values()))


def _display(width, height, ratio):
    """Width and height, in pixels, in which the picture has its true shape."""
    shape = Fraction(width, height) * ratio
    times = max(1, math.floor(Fraction(height, shape.denominator)))
    if shape.numerator * times < 2**16 and shape.denominator * times < 2**16:
        return shape.numerator * times, shape.denominator * times
    return round(width * ratio), height


def _parts(segment):
    """The first elements of a segment, up to its tracks, by their names."""
    parts = {}
    for name, _, whole in ebml.elements(segment):
        parts[name] = whole
        if name == _TRACKS:
            break
    if list(parts) != [_SEEK_HEAD, _VOID, _INFO, _TRACKS]:
        raise ValueError(f"not as FFmpeg writes it: {[n.hex() for n in parts]}")
    return parts


def _tracks(tracks, width, height):
    """The tracks, the first video among them shown at `width` x `height` pixels."""
    shape = _element(_DISPLAY_WIDTH, width.to_bytes(2, "big"))
    shape += _element(_DISPLAY_HEIGHT, height.to_bytes(2, "big"))
    content, done = b"", False
    for name, track, whole in ebml.elements(_content(tracks)):
        if name == _TRACK and not done:
            parts = b""
            for inner, video, part in ebml.elements(track):
                if inner == _VIDEO and not done:
                    kept = (p for n, _, p in ebml.elements(video) if n != _DISPLAY_UNIT)
                    part, done = _element(_VIDEO, b"".join(kept) + shape), True
                parts += part
            whole = _element(_TRACK, parts, 8)
        content += whole
    return _element(_TRACKS, _checked(content))


def _seek_head(seek_head, grown):
    """The table of contents where information and tracks have come `grown` nearer."""
    content = b""
    for name, seek, whole in ebml.elements(_content(seek_head)):
        if name == _SEEK:
            found = {n: c for n, c, _ in ebml.elements(seek)}
            if found[_SEEK_ID] in (_INFO, _TRACKS):
                place = found[_SEEK_POSITION]
                nearer = int.from_bytes(place, "big") - grown
                found[_SEEK_POSITION] = nearer.to_bytes(len(place), "big")
            whole = _element(_SEEK, b"".join(_element(*item) for item in found.items()))
        content += whole
    return _element(_SEEK_HEAD, _checked(content))


def _checked(content):
    """`content` with its checksum, if it begins with one, made anew."""
    size = 6
    if content[:1] != _CHECKSUM:
        return content
    checksum = zlib.crc32(content[size:]).to_bytes(4, "little")
    return _element(_CHECKSUM, checksum) + content[size:]


def _content(element):
    return next(ebml.elements(element))[1]


def _element(name, content, size_bytes=0):
    size_bytes = size_bytes or -(-(len(content) + 1).bit_length() // 7)
    marker = 1 << 7 * size_bytes
    return name + (marker | len(content)).to_bytes(size_bytes, "big") + content
