"""Where a film ends: by what its packets tell, and by what its header does."""

from fractions import Fraction

_MICROSECOND = Fraction(1, 1_000_000)  # The unit of a container's own times.
# A picture may end a little before the length that a container gives all its streams.
# Where the header counts frames, only rounding has to be allowed for, and one frame.
_EARLY, _EARLY_OF_COUNTED = 4, Fraction(3, 2)  # Periods.


class FilmEnd:
    """Compares the packets of a film with its header.

    Args:
      container: PyAV's.
      video: its stream that is the film.
    """

    def __init__(self, container, video):
        self._container, self._video = container, video
        self._latest = Fraction(0)  # End of all packets so far, in seconds.
        self._is_mp4 = "mp4" in container.format.name.split(",")

    def see(self, packet) -> None:
        """Takes the next packet of any of the streams."""
        time = packet.dts if packet.pts is None else packet.pts
        if time is not None:
            end = (time + (packet.duration or 0)) * packet.time_base
            self._latest = max(self._latest, end)

    def missing(self, period: Fraction, longest: Fraction) -> Fraction:
        """Seconds between the last packet and the end that the header gives.

        It is 0 where that much may be amiss in a film that is whole.

        Args:
          period: from one frame to the next, in seconds, on the whole.
          longest: the same, at most.
        """
        counts = self._video.frames
        if self._is_mp4 and counts:
            return Fraction(0)  # It lists its packets; those that lack are damaged.
        early = max(_EARLY * period, longest)
        if counts:
            early = _EARLY_OF_COUNTED * period
        # Some containers count that from 0 and some from the first packet: the less.
        # Of an AVI that breaks off FFmpeg guesses it; the count of frames stays.
        told = (self._container.duration or 0) * _MICROSECOND
        missing = max(told, counts * period) - self._latest
        return missing if missing > early else Fraction(0)

    def of_picture(self) -> Fraction | None:
        """When the last frame goes, where a container's durations do not tell it.

        MP4 has the durations of frames in the order of decoding.
        """
        video = self._video
        if not self._is_mp4 or video.duration is None:
            return None
        return ((video.start_time or 0) + video.duration) * video.time_base
