"""Packets that are copied: each with a time to show and a time to decode."""

from fractions import Fraction

_MOST_WAITING = 32  # More than any codec's frames are out of order.


class PacketDater:
    """Takes the packets of one stream off a film's clock, and dates those it left out.

    Matroska tells when to show a packet only. FFmpeg then finds out when to decode it,
    but for the first few, which come a frame apart before the first that it knows of.

    Args:
      start: seconds to take off.
    """

    def __init__(self, start: Fraction):
        self._start = start
        self._waiting = []

    def dated(self, packet) -> list:
        """The packets that are ready once `packet` has come."""
        offset = round(self._start / packet.time_base)
        if packet.pts is None and packet.dts is None:
            packet.pts = packet.dts = offset  # A cover picture has no time.
        if packet.pts is None:
            packet.pts = packet.dts
        packet.pts -= offset
        if packet.dts is not None:
            packet.dts -= offset
            return [*self._released(packet.dts), packet]
        self._waiting.append(packet)
        out_of_order = packet.stream.type == "video"
        return (
            [] if out_of_order and len(self._waiting) < _MOST_WAITING else self.rest()
        )

    def rest(self) -> list:
        """The packets that still wait; no other may come after."""
        if not self._waiting:
            return []
        last = self._waiting[-1]
        return self._released(max(p.pts for p in self._waiting) + max(1, last.duration))

    def _released(self, dts):
        """What waits, each decoded after the one before, before `dts` and its show."""
        for packet in reversed(self._waiting):
            dts = min(dts - max(1, packet.duration or 1), packet.pts)
            packet.dts = dts
        released, self._waiting = self._waiting, []
        return released
