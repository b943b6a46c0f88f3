"""Times of a film's frames: rising, and exact where its container had to round them."""

import math
from fractions import Fraction

_MOST_TICKS = 2**31 - 1  # A second; what an MP4 can count.


class FrameClock:
    """Dates frames in order.

    Matroska counts milliseconds and MPEG-TS 1/90000 s, so the times of a film of
    24000/1001 frames a second are rounded in them. Where a film says that it is steady,
    a time that is less than half a tick beside the rate's is taken for the rate's, and
    in a finer container the film is steady again. All other times stay as they are.

    Attributes:
      time_base: seconds in the unit of the times that are given.

    Args:
      tick: the container's unit, in seconds.
      rate: frames a second.
      steady: whether all frames are said to come at that rate.
      by_packets: whether packets have no times but their order.
    """

    def __init__(
        self, tick: Fraction, rate: Fraction, steady: bool, by_packets: bool = False
    ):
        period = 1 / rate
        both = _common_measure(tick, period)
        if not steady or both.denominator > _MOST_TICKS:
            both = tick
        self.time_base = both
        self._tick = int(tick / both)
        self._step = max(1, round(period / tick))  # In ticks.
        self._period = int(period / both) if both != tick else 0
        self._first = self._last = self._last_number = None
        self._by_packets, self._wait = by_packets, None

    def date(self, frame, offset: int) -> None:
        """Gives `frame` a time later than the one before, near what the film says.

        Args:
          frame: decoded, with its time in ticks, if it has one.
          offset: in ticks, taken off.
        """
        pts = self._told(frame)
        if pts is None:
            pts = offset if self._last is None else self._last + self._step
        if self._last is not None and pts <= self._last:
            pts = self._last + 1
        self._last = pts
        lasts = frame.duration * self._tick
        if self._period and abs(lasts - self._period) <= self._tick:
            lasts = self._period
        frame.pts, frame.time_base = self._exact(pts - offset), self.time_base
        frame.duration = lasts

    def _told(self, frame):
        """The time that the film gives the frame, or None."""
        if frame.dts is None or frame.pts is None:
            known = frame.dts if frame.pts is None else frame.pts
            # Of the last frames only the wrong one of the two is told.
            return None if self._wait is not None else known
        if not self._by_packets:
            return frame.pts
        if self._wait is None:
            self._wait = frame.pts - frame.dts
        return frame.dts + self._wait

    def _exact(self, pts):
        if not self._period:
            return pts
        if self._first is None:
            self._first = pts
        time = pts * self._tick
        number = round(Fraction((pts - self._first) * self._tick, self._period))
        ideal = self._first * self._tick + number * self._period
        if 2 * abs(ideal - time) > self._tick or number == self._last_number:
            return time
        self._last_number = number
        return ideal


def _common_measure(a: Fraction, b: Fraction) -> Fraction:
    """The longest time of which both are multiples."""
    return Fraction(
        math.gcd(a.numerator * b.denominator, b.numerator * a.denominator),
        a.denominator * b.denominator,
    )
