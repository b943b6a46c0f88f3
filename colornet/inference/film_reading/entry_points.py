"""Where decoding can begin in a film, so that packets before need not be decoded.

Packets before the time that is wanted are still read: containers that make up times
count on, and frames have those that they have when all of them are decoded. Decoding
begins at an entry: a packet from which on, in order of showing, no frame refers to one
before. Coders mark key frames, and not all that are marked are entries.
"""

import collections
import re

# A key frame of these resets the decoder: RFC 6386, 9.7; VP9 specification,
# 7.2; AV1 specification, 7.20; RFC 9043, 4.4; a PNG refers to nothing.
_RESET_BY_KEY = {"vp8", "vp9", "av1", "ffv1", "png"}
# Containers that tell when frames are shown, where that is not the order of packets.
_TELL_TIMES = {"matroska", "mov", "mpeg", "mpegts", "mxf"}
_SEQUENCE_HEADER = b"\0\0\1\xb3"  # ISO/IEC 13818-2, 6.2.2.1.
_IDR = 5  # ITU-T H.264, table 7-1. An I picture alone does not keep others from before.
_IRAP = range(16, 24)  # ITU-T H.265, table 7-1: also those of open groups do.
_UNIT = re.compile(rb"\x00\x00\x01(.)", re.DOTALL)  # ITU-T H.264, annex B.
_MOST_HELD = 2**26  # Bytes of packets, until it is known whether they are needed.
_FIRST = -(2**63)  # Before all times.
_MOST_REORDERED = 32  # More than any codec's frames are out of order.


class PacketSkipper:
    """Leaves out the packets of a stream that nothing shown later needs.

    Where packets have no times, or times that go back, nothing is left out from there
    on: the times of frames then depend on all frames before.

    Attributes:
      until: frames that are shown before are not needed, in the stream's unit. It may
        rise. At least one frame before it comes out, if there is one.

    Args:
      stream: PyAV's, of video.
    """

    def __init__(self, stream):
        self.until = _FIRST
        self._stream = stream
        self._held, self._held_bytes = [], 0  # Since the last entry.
        self._latest = self._before = _FIRST  # Of all times; of those before the entry.
        self._recent = collections.deque(maxlen=_MOST_REORDERED)
        self._has_times = True

    def due(self, packet) -> list:
        """The packets to decode once `packet` has come."""
        if not packet.size or not self._has_times:
            return self._released(packet)
        begins = _is_entry(packet)
        self._has_times = self._is_in_time(packet.pts, begins)
        if not self._has_times or self._latest >= self.until:
            return self._released(packet)
        if begins:
            self._released()
            self._stream.codec_context.flush_buffers()
        self._held.append(packet)
        self._held_bytes += packet.size
        return self._released() if self._held_bytes > _MOST_HELD else []

    def _released(self, *packets):
        held, self._held, self._held_bytes = self._held, [], 0
        return [*held, *packets]

    def _is_in_time(self, pts, begins):
        """Whether `pts` is one of its own, and on the right side of the entries."""
        if begins:
            self._before = self._latest
        if pts is None or pts <= self._before or pts in self._recent:
            return False
        self._recent.append(pts)
        self._latest = max(self._latest, pts)
        return True


def _is_entry(packet) -> bool:
    if not packet.is_keyframe or packet.is_discard or packet.is_corrupt:
        return False
    coder = packet.stream.codec_context
    name = coder.codec.canonical_name
    if coder.codec.intra_only or name in _RESET_BY_KEY:
        return True
    if packet.stream.container.format.name.split(",")[0] not in _TELL_TIMES:
        return False
    if name in ("mpeg1video", "mpeg2video"):
        return _SEQUENCE_HEADER in bytes(packet)
    head = coder.extradata or b"\0"
    in_boxes = head[0] == 1  # ISO/IEC 14496-15: lengths stand before the units.
    if name == "h264":
        units = _units(packet, (head[4] & 3) + 1 if in_boxes else 0)
        return any(unit & 31 == _IDR for unit in units)
    if name == "hevc":
        units = _units(packet, (head[21] & 3) + 1 if in_boxes else 0)
        return any(unit >> 1 & 63 in _IRAP for unit in units)
    return False


def _units(packet, length_bytes):
    """Yields the first byte of each NAL unit."""
    data = bytes(packet)
    if not length_bytes:
        for found in _UNIT.finditer(data):
            yield found[1][0]
    at = length_bytes
    while 0 < at < len(data):
        yield data[at]
        at += int.from_bytes(data[at - length_bytes : at]) + length_bytes
