"""A part of a film, from one time to another, for a trial or in place of the whole."""

import dataclasses
import math
import re
from collections.abc import Iterator
from fractions import Fraction

from colornet.errors import InputError, UsageError
from colornet.inference import film_words

_ATTACHED_PICTURE = 0x400  # AV_DISPOSITION_ATTACHED_PIC: a cover, which has no time.
_TIME = re.compile(r"(?:(?:(\d+):)?(\d{1,2}):)?(\d+(?:\.\d*)?|\.\d+)s?")


@dataclasses.dataclass(frozen=True)
class Span:
    """The frames that begin at `start` or later, and before `end`; exact seconds.

    Times are those of the film itself, as players show them. Spans that follow each
    other, the one from the other's end, have every frame once. Where a start is given,
    the first frame of the part stands at time 0, and all else keeps its distance from
    it: of the other streams, packets that begin within the part. Titles and chapters
    that are under way at its beginning or end are cut.
    """

    start: Fraction | None = None
    end: Fraction | None = None

    @classmethod
    def parse(cls, start: str, end: str, preview: str) -> "Span":
        """The span that the flags --start, --end and --preview name; "" is no limit.

        Raises:
          UsageError: one of them is no time, or nothing lies between them.
        """
        first, last = seconds("start", start), seconds("end", end)
        length = seconds("preview", preview)
        if length is not None and last is not None:
            raise UsageError(
                f"--preview={preview}: is a length from --start on; leave out --end"
            )
        if length is not None:
            last = (first or 0) + length
        if last is not None and last <= (first or 0):
            named = f"--preview={preview}" if preview else f"--end={end}"
            raise UsageError(f"{named}: expected a later time than the start's")
        return cls(first, last)

    def frames(self, film) -> Iterator:
        """Those of `film`, a `FilmSource`, that belong to it.

        What is before them is decoded only where they depend on it. The last one is
        shown until `end` at most.

        Raises:
          InputError: the film has frames, and none belongs to it.
        """
        if self.start is not None:
            film.skip_to(self.start)
        frame, belongs = None, False
        for frame in film.frames():
            time = frame.pts * frame.time_base
            if self.end is not None:
                left = math.floor((self.end - time) / frame.time_base)
                frame.duration = max(1, min(frame.duration, left))
                if time >= self.end:
                    break
            if self.start is None or time >= self.start:
                belongs = True
                yield frame
        if frame is not None and not belongs:
            raise InputError(f"{film.path}: {self._misfit(film)}")

    def _misfit(self, film):
        """Why no frame of `film` belongs to it."""
        start = film_words.moment(self.start or 0)
        if film.end is None:
            end = film_words.moment(self.end)
            return f"no frame begins from --start={start} to --end={end}"
        end = film_words.moment(film.end)
        return f"--start={start}: no frame begins then or later; the film ends at {end}"

    def origin(self, first) -> Fraction:
        """The time in the film that is 0 in the part, given the part's first frame."""
        return Fraction(0) if self.start is None else first.pts * first.time_base

    def packets(self, packets, origin: Fraction) -> Iterator:
        """Those that belong to it, of all packets of a film, at times in the part."""
        for packet in packets:
            is_cover = packet.stream.disposition & _ATTACHED_PICTURE
            if not is_cover:
                if packet.stream.type == "subtitle":
                    self._cut(packet, origin)
                time = packet.pts * packet.time_base
                late = self.end is not None and time >= self.end
                if late or (self.start is not None and time < origin):
                    continue
                ticks = round(origin / packet.time_base)
                packet.pts, packet.dts = packet.pts - ticks, packet.dts - ticks
            yield packet

    def _cut(self, packet, origin):
        """Lets a title be shown within the part only, if it is shown there at all."""
        unit, end = packet.time_base, packet.pts + (packet.duration or 0)
        if self.start is not None and packet.pts * unit < origin < end * unit:
            packet.pts = packet.dts = math.ceil(origin / unit)
            packet.duration = end - packet.pts
        if self.end is not None and packet.pts * unit < self.end < end * unit:
            packet.duration = max(1, math.floor(self.end / unit) - packet.pts)

    def chapters(self, chapters, origin: Fraction) -> list[dict]:
        """Those that belong to it, as PyAV gives them, at times in the part."""
        kept = []
        for chapter in chapters:
            unit = Fraction(chapter["time_base"])
            start, end = (chapter[name] * unit for name in ("start", "end"))
            if self.start is not None:
                start = max(start, origin)
            if self.end is not None:
                end = min(end, self.end)
            if end > start:
                start, end = (round((time - origin) / unit) for time in (start, end))
                kept.append({**chapter, "start": start, "end": end})
        return kept

    def expected_frames(self, film) -> int | None:
        """How many frames to expect of `film`, or None where it does not tell."""
        whole = film.expected_frames
        if whole is None or self == Span():
            return whole
        if not film.is_steady:
            return None
        if self.end is not None:
            whole = min(whole, math.ceil(self.end * film.rate))
        return max(1, whole - math.ceil((self.start or 0) * film.rate))


def seconds(flag: str, text: str) -> Fraction | None:
    """The time that a flag gives, in seconds, exactly; None for none.

    Raises:
      UsageError: it is no time.
    """
    if not text:
        return None
    found = _TIME.fullmatch(text)
    if not found:
        raise UsageError(
            f"--{flag}={text}: expected seconds (90.5) or HH:MM:SS.mmm (0:01:30.500)"
        )
    hours, minutes, seconds = found.groups()
    return (int(hours or 0) * 60 + int(minutes or 0)) * 60 + Fraction(seconds)
