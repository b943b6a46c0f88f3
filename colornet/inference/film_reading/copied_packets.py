"""Packets that are copied: each with a time to show and a time to decode."""

import math
from fractions import Fraction

_MOST_WAITING = 32  # More than any codec's frames are out of order.
_LEAST_STEP = Fraction(1, 1000)  # Seconds: the coarsest tick of a container.


class PacketDater:
    """Takes the packets of one stream off a film's clock, and dates those it left out.

    Matroska tells when to show a packet only. FFmpeg then finds out when to decode it,
    but for the first few, which come a frame apart before the first that it knows of.
    Where damage or a joint let times go back, the packets follow each other closely.

    Args:
      start: seconds to take off.
    """

    def __init__(self, start: Fraction):
        self._start = start
        self._waiting = []
        self._last = None  # When the one before is decoded.

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
            return self._rising([*self._released(packet.dts), packet])
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
        dts = max(p.pts for p in self._waiting) + max(1, last.duration)
        return self._rising(self._released(dts))

    def _released(self, dts):
        """What waits, each decoded after the one before, before `dts` and its show."""
        for packet in reversed(self._waiting):
            dts = min(dts - max(1, packet.duration or 1), packet.pts)
            packet.dts = dts
        released, self._waiting = self._waiting, []
        return released

    def _rising(self, packets):
        """The packets, none decoded before another that came before it."""
        for packet in packets:
            back = self._last is not None and packet.dts <= self._last
            # Titles may well come several at a time.
            if back and (packet.dts < self._last or packet.stream.type != "subtitle"):
                packet.dts = self._last + math.ceil(_LEAST_STEP / packet.time_base)
                packet.pts = max(packet.pts, packet.dts)
            self._last = packet.dts
        return packets
