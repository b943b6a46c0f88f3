"""Recordings joined byte by byte, as DVDs are: one clock over all of their parts."""

from fractions import Fraction

_TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT: clocks that begin anywhere.
# Seconds. A packet so much earlier than its stream's last one ended, or so much later
# than all streams, has another clock. Where less is lost of a recording, time is lost.
_BACK, _AHEAD = Fraction(1, 10), 60


def may_be_in(container) -> bool:
    """Whether films like it may have been joined so: MPEG-TS, MPEG-PS."""
    return bool(container.format.flags & _TS_DISCONT)


class JoinedClocks:
    """Lets the clock go on where one begins anew, for all streams alike."""

    def __init__(self):
        self._shifts = [Fraction(0)]  # Of the parts, in seconds.
        self._ends = {}  # Of the last packets of sound and picture, by their stream.

    def set(self, packet) -> None:
        """Gives `packet` its time on the clock of the first part."""
        told = packet.pts if packet.dts is None else packet.dts
        if told is None:
            return
        stream, unit = packet.stream, packet.time_base
        shift = self._shift(stream.index, told * unit)
        if stream.type in ("video", "audio"):
            end = told + (packet.duration or 0)
            self._ends[stream.index] = end * unit + shift
        ticks = round(shift / unit)
        if packet.pts is not None:
            packet.pts += ticks
        if packet.dts is not None:
            packet.dts += ticks

    def _shift(self, index, time):
        """That of the part that `time` belongs to: of a new one, if it fits none."""
        if not self._ends:
            return self._shifts[0]
        latest = max(self._ends.values())
        expected = self._ends.get(index, latest)
        fitting = self._shifts
        if index in self._ends:  # Titles come too seldom to tell of a new part.
            first, last = expected - _BACK, latest + _AHEAD
            fitting = [s for s in self._shifts if first <= time + s <= last]
        if not fitting:
            self._shifts.append(latest - time)
            return self._shifts[-1]
        return min(fitting, key=lambda shift: abs(time + shift - expected))
