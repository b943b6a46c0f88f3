"""A film's picture in finished pieces beside the output, so that work can be taken up.

Colouring a film takes hours, and power fails. So the new picture is never coded in one
go: every `FRAMES` frames an encoder is closed and another opened. What it made is a
segment, a file in a hidden folder beside the output, which has its name only once it is
whole and on the disk. With it stands the network's memory after its last frame.

Boundaries depend on the film alone, never on when work was interrupted, and a film that
was never interrupted is made of the same segments. So the two are equal, frame by
frame, on the same computer: coders may be tuned to the number of its processors.

To go on, the film is decoded from its start and passed over as far as segments reach,
for which neither network nor encoder is needed: cuts, times and counts of damage are
found as they were, and the network gets its memory back. At the end the segments'
packets are copied, not coded again, into the output with the source's other streams,
and the folder is deleted. Both exist for a moment: twice the output's size is needed.

A segment holds packets, each with its time to show as the film counts, and the memory.
Times to decode follow, for the whole film, from those to show and from how far packets
are out of order in any segment.
"""

import contextlib
import os
import pathlib
import struct
from collections.abc import Iterator
from fractions import Fraction

import av

from colornet import whole_file

FRAMES = 240  # At least so many in a segment: as often x264 begins afresh by itself.

_PACKET = struct.Struct("<qqI?")  # pts, duration, bytes, whether it is a key frame.
_END = struct.Struct("<III")  # Frames, how late the latest comes, bytes of memory.


class Segments:
    """The finished segments of a film's picture.

    Attributes:
      frames: in all of them.
      memory: of the network after the last of them.
    """

    def __init__(self, folder: pathlib.Path):
        """Reads what is in `folder`."""
        self.frames, self.memory = 0, b""
        self._folder = folder
        self._count = self._late = 0
        while self._path(self._count).exists():
            self._take_up()

    @contextlib.contextmanager
    def writing(self, encoder) -> Iterator["SegmentWriter"]:
        """Gives what takes the next segment's frames, for a new `VideoEncoder`."""
        path = self._path(self._count)
        with whole_file.written(path) as unfinished:
            with open(unfinished, "wb") as file:
                writer = SegmentWriter(file, encoder)
                yield writer
                writer.finish()
                file.flush()
                os.fsync(file.fileno())
        self._take_up()

    def packets(self, time_base: Fraction) -> Iterator[av.Packet]:
        """All packets in their order of decoding, with times in `time_base`."""
        before = None
        for number in range(self._count):
            lasts = dict(_times(self._path(number)))  # By when they are shown.
            shown = sorted(lasts)
            if before is None:
                wait = shown[self._late] - shown[0]
                before = [time - wait for time in shown[: self._late]]
            due = before + shown
            before = due[len(shown) :]
            ends = number == self._count - 1
            for place, packet in enumerate(_packets(self._path(number)), 1):
                packet.dts, packet.time_base = due[place - 1], time_base
                if ends and place == len(shown):
                    # Containers take the film's end from the packet decoded last.
                    packet.duration = lasts[shown[-1]]
                yield packet

    def _path(self, number):
        return self._folder / f"{number:06}.segment"

    def _take_up(self):
        frames, late, self.memory = _read_end(self._path(self._count))
        self.frames += frames
        self._late = max(self._late, late)
        self._count += 1


class SegmentWriter:
    """Encodes the frames of one segment.

    Attributes:
      memory: of the network after them; to be set before the end.
    """

    def __init__(self, file, encoder):
        self.memory = b""
        self._file, self._encoder = file, encoder
        self._times = []  # Of packets, in their order.

    def write(self, frame: av.VideoFrame | None) -> None:
        """Takes the next frame; None stands for the end."""
        for packet in self._encoder.packets(frame):
            self._times.append(packet.pts)
            head = packet.pts, packet.duration or 0, packet.size, packet.is_keyframe
            self._file.write(_PACKET.pack(*head))
            self._file.write(bytes(packet))

    def finish(self) -> None:
        """Writes what the encoder still holds, and what the whole segment tells."""
        self.write(None)
        place = {time: number for number, time in enumerate(sorted(self._times))}
        late = max(number - place[time] for number, time in enumerate(self._times))
        self._file.write(self.memory)
        self._file.write(_END.pack(len(self._times), late, len(self.memory)))


def _read_end(path):
    """How many frames there are, how late the latest comes, the network's memory."""
    with open(path, "rb") as file:
        file.seek(-_END.size, os.SEEK_END)
        frames, late, size = _END.unpack(file.read())
        file.seek(-_END.size - size, os.SEEK_END)
        return frames, late, file.read(size)


def _heads(file):
    """Yields what is told of each packet; its bytes are to be read, or passed over."""
    frames, _, _ = _read_end(file.name)
    for _ in range(frames):
        yield _PACKET.unpack(file.read(_PACKET.size))


def _times(path):
    """Yields when each packet is shown, and for how long."""
    with open(path, "rb") as file:
        for pts, duration, size, _ in _heads(file):
            file.seek(size, os.SEEK_CUR)
            yield pts, duration


def _packets(path):
    with open(path, "rb") as file:
        for pts, duration, size, is_key_frame in _heads(file):
            packet = av.Packet(file.read(size))
            packet.pts, packet.duration = pts, duration
            packet.is_keyframe = is_key_frame
            yield packet
