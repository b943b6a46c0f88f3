"""A film as a source: its frames in order of showing, and the packets to be copied."""

import math
import pathlib
from fractions import Fraction

import av

from colornet.errors import InputError
from colornet.inference import numbered_pictures
from colornet.inference.film_reading import (
    chroma_location,
    fields,
    film_streams,
    joined_clocks,
)
from colornet.inference.film_reading.copied_packets import PacketDater
from colornet.inference.film_reading.entry_points import PacketSkipper
from colornet.inference.film_reading.film_end import FilmEnd
from colornet.inference.film_reading.film_opening import opened
from colornet.inference.film_reading.frame_clock import FrameClock

_MICROSECOND = Fraction(1, 1_000_000)  # The unit of a container's own times.


class FilmSource:
    """An open film: one video stream to decode, all others to pass on as packets.

    Attributes:
      path: where it was read.
      container: PyAV's, for metadata and chapters.
      video: the stream that is decoded.
      others: the other streams that give packets, or attachments, in their order.
      damaged: packets so far that were incomplete or could not be decoded.
      repaired: frames so far of which the decoder had to make up parts.
      lost: of numbered pictures: those so far that gave no frame, counted from 0.
      resized: frames so far that had another size or format than the first.
      end: when its last frame goes, in seconds; None until it is read to its end.
      missing: seconds between its last packet and the end that its header gives; 0
        until it is read to its end.

    Args:
      path: any film that FFmpeg reads.
      deinterlace: make whole pictures of the two fields of interlaced frames.
      rate: of numbered pictures: frames per second, or None.
    """

    def __init__(self, path: pathlib.Path, deinterlace: bool = False, rate=None):
        self.path = path
        self.damaged = self.repaired = self.resized = 0
        self.end, self.missing, self.lost = None, Fraction(0), []
        self.container = opened(path, rate or film_streams.SILENT_RATE)
        try:
            self.video = film_streams.main_video(self.container, path)
        except InputError:
            self.container.close()
            raise
        self.video.thread_type = "AUTO"
        self.others = film_streams.others(self.container, self.video)
        self._end = FilmEnd(self.container, self.video)
        by_packets = self.container.format.name == "avi"
        self._clock = FrameClock(
            *(self.video.time_base, self.rate, self.is_steady, by_packets)
        )
        self._offset = round(self.start / self.video.time_base)
        self._layout = None  # Of the frames so far.
        self._skipper = PacketSkipper(self.video)
        self._needed = None  # The time up to which packets may be skipped.
        self._fields = fields.Deinterlacer(self.time_base) if deinterlace else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.container.close()

    @property
    def time_base(self) -> Fraction:
        """Seconds in the unit of the frames' times."""
        return self._clock.time_base

    @property
    def rate(self) -> Fraction:
        """Frames per second, as far as the film says: an estimate where rates vary."""
        return film_streams.rate(self.video)

    @property
    def is_steady(self) -> bool:
        """Whether the film says that its frames come evenly."""
        return film_streams.is_steady(self.video)

    @property
    def expected_frames(self) -> int | None:
        """How many frames to expect, or None where the film does not tell."""
        if self.video.frames:
            return self.video.frames
        if self.container.duration and self.is_steady:
            return round(self.container.duration * _MICROSECOND * self.rate)
        return None

    def start_of(self, stream) -> Fraction:
        """When its first packet is shown, in seconds."""
        return (stream.start_time or 0) * stream.time_base - self.start

    def frames_before(self, time: Fraction) -> int | None:
        """How many are shown before that time; None where they do not come evenly."""
        if not self.is_steady:
            return None
        return round((time - self.start_of(self.video)) * self.rate)

    @property
    def field_order(self) -> int:
        """AVFieldOrder of the frames that come out, as far as the film tells."""
        if self._fields:
            return fields.PROGRESSIVE
        order = self.video.codec_context.field_order
        if order == fields.UNKNOWN and self.video.codec.name == "dvvideo":
            return fields.BOTTOM_FIRST[0]  # DV has no other, and does not say.
        return order

    @property
    def chroma_location(self) -> str:
        """Where chroma samples lie among luma's, in FFmpeg's word, or ""."""
        return chroma_location.of(self.video)

    def skip_to(self, time: Fraction) -> None:
        """Lets `frames` leave out those before `time`, in seconds, as far as it likes.

        The others, and the last one before, stay as they are: where that cannot be
        known, all are decoded.
        """
        ticks = math.floor(time / self.video.time_base) + self._offset
        self._needed = ticks - 1  # For the clock may move a frame by half a tick.

    def frames(self):
        """Yields each `av.VideoFrame`, with rising times in `time_base`.

        Times are the film's own; only where clocks begin anywhere is their beginning
        taken off, from all streams. Each lasts until the next.
        """
        held, longest, due = None, 0, 0 if self._needed is None else None
        for frame in self._shown():
            if numbered_pictures.is_sequence(self.path):
                number = round(frame.pts * self.time_base * self.rate)
                self.lost += range(number if due is None else due, number)
                due = number + 1
            if held is not None:
                held.duration = frame.pts - held.pts
                longest = max(longest, held.duration)
                yield held
            held = frame
        if held is None:
            return
        self.missing = self._end.missing(1 / self.rate, longest * self.time_base)
        held.duration = self._lasts(held)
        self.end = (held.pts + held.duration) * self.time_base
        yield held

    def _shown(self):
        """Yields the frames, with the durations that packets have."""
        for packet in self._packets():
            if packet.stream is self.video:
                if self._layout and self._needed is not None:  # All begin with a frame.
                    self._skipper.until = self._needed
                    self._leap(packet)
                for due in self._skipper.due(packet):
                    yield from self._frames(due)
        if self._fields:
            yield from self._fields.rest()

    def packets(self, indices):
        """Yields the packets of the streams of these numbers, as they come, dated."""
        daters = {index: PacketDater(self.start) for index in indices}
        for packet in self._packets():
            if packet.size and packet.stream.index in daters:
                yield from daters[packet.stream.index].dated(packet)
        for dater in daters.values():
            yield from dater.rest()

    @property
    def start(self) -> Fraction:
        """What is to be taken off all times, in seconds."""
        if joined_clocks.may_be_in(self.container) and self.container.start_time:
            return self.container.start_time * _MICROSECOND
        return Fraction(0)

    def _packets(self):
        """What FFmpeg can read; a film that is cut off ends there."""
        packets = self.container.demux()
        has_joints = joined_clocks.may_be_in(self.container)
        clocks = joined_clocks.JoinedClocks() if has_joints else None
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except av.FFmpegError:
                self.damaged += 1
                rest = av.Packet()  # An empty one: the decoder still holds frames.
                rest.stream = self.video
                yield rest
                return
            self.damaged += packet.is_corrupt
            if clocks:
                clocks.set(packet)
            self._end.see(packet)
            yield packet

    def _lasts(self, last):
        """For how long the last frame is shown, in the frames' unit."""
        told, end = last.duration, self._end.of_picture()
        if end is not None and not self.is_steady:
            is_whole = not self.damaged and not self.missing
            told = math.floor(end / self.time_base) - last.pts if is_whole else 0
        return told if told > 0 else max(1, round(1 / self.rate / self.time_base))

    def _leap(self, packet):
        """Goes from `packet` on to what is needed, where no file between is read."""
        if packet.size and numbered_pictures.is_sequence(self.path):
            ahead = min(self._needed, self.video.duration) - 1
            if packet.pts < ahead - 1:
                self.container.seek(ahead, stream=self.video)

    def _frames(self, packet):
        """The frames that `packet` brings out, dated and all of the first's layout."""
        for frame in self._decoded(packet):
            self._clock.date(frame, self._offset)
            self.repaired += frame.is_corrupt
            layout = frame.width, frame.height, frame.format.name
            self._layout = self._layout or layout
            if layout != self._layout:
                self.resized += 1
                frame = frame.reformat(*self._layout)
            if self._fields:
                yield from self._fields.frames(frame)
            else:
                yield frame

    def _decoded(self, packet):
        if packet.has_sidedata("encryption_info"):
            raise InputError(
                f"{self.path}: its picture is encrypted; give a film without protection"
            )
        try:
            return packet.decode()
        except av.FFmpegError:
            self.damaged += 1
            return []
