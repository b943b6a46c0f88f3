"""The sound frames of a film, and what is known of those that are not."""

import contextlib
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace
from PIL import Image

from colornet.data import filesystem
from colornet.errors import InputError

_UNSPECIFIED = 2  # ISO/IEC 23091-2, MatrixCoefficients.
_HD_HEIGHT = 720  # From here on films that do not say so are BT.709, below BT.601.
_MICROSECOND = Fraction(1, 1_000_000)  # The unit of a container's own times.
_PAUSE = 5  # Frames' time: where the next one comes later than that, some are missing.
_SHORT = 0.5  # Seconds that a sound film may be shorter than its header says.


@contextlib.contextmanager
def opened(path: str) -> Iterator["Decoding"]:
    """The film at a path or URL, ready to be decoded, for all of a `with`.

    Raises:
      InputError: it is no film; or when it has been read to its end, part of it is
        damaged: what was decoded is sound.
    """
    try:
        with contextlib.ExitStack() as stack:
            if filesystem.is_local(path):
                source = f"file:{path}"  # Else a colon in it would end a protocol.
            else:
                source = stack.enter_context(filesystem.open_read(path))
            container = stack.enter_context(av.open(source, metadata_errors="replace"))
            film = Decoding(container, _main_video(container))
            yield film
            if film.at_end and not film.frame_count:
                raise ValueError("its video stream has no frames")
    except Exception as error:  # A decoder fed with garbage raises anything at all.
        reason = getattr(error, "strerror", None) or str(error) or repr(error)
        raise InputError(f"{path}: cannot be read as a film: {reason}") from error
    if film.at_end and film.damage:
        raise InputError(f"{path}: cannot be read as a whole: {film.damage}")


def upright(frame: av.VideoFrame, pixel_aspect=1) -> np.ndarray:
    """A decoded frame as sRGB uint8 [H, W, 3], turned as a player would turn it.

    Args:
      frame: of a film.
      pixel_aspect: width of a pixel over its height; other than 1, the frame is
        stretched to square pixels.
    """
    space = frame.colorspace
    if space == _UNSPECIFIED:
        space = Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601
    rgb = frame.to_ndarray(format="rgb24", src_colorspace=space)
    if pixel_aspect != 1:
        size = max(1, round(frame.width * pixel_aspect)), frame.height
        rgb = np.asarray(Image.fromarray(rgb).resize(size, Image.Resampling.LANCZOS))
    return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))


class Decoding:
    """Decodes the frames of one video stream, in order of showing, in one pass.

    Frames that were decoded with errors, and all that build on them, up to the next key
    frame, are left out. What comes before the first sound frame is no damage: a
    recording may begin anywhere.

    Attributes:
      stream: the one that is decoded.
      frame_count: sound frames so far.
      at_end: whether all of them have been decoded.
    """

    def __init__(self, container, stream):
        self.stream = stream
        self.frame_count = 0
        self.at_end = False
        self._container = container
        self._duration = float((container.duration or 0) * _MICROSECOND)
        # All in seconds of the container's clock, which may begin anywhere.
        self._start = float((container.start_time or 0) * _MICROSECOND)
        self._end = self._start
        self._last = self._first_loss = self._start
        self._losses = 0
        # Of all cores the workers make use already. And what can be saved of a damaged
        # film would else depend on how many there are.
        stream.codec_context.thread_count = 1

    @property
    def expected_frames(self) -> float:
        """How many frames the header speaks of; 0 where it does not."""
        stream = self.stream
        return stream.frames or self._duration * float(stream.average_rate or 0)

    @property
    def damage(self) -> str:
        """What was lost, once the film is read; empty where nothing was."""
        found = []
        if self._losses:
            found.append(
                f"it is damaged in {self._losses} places, the first after "
                f"{self._first_loss - self._start:.1f} s"
            )
        length = self._end - self._start
        if length < self._duration - _SHORT:
            found.append(f"it breaks off after {length:.1f} s of {self._duration:.1f}")
        return " and ".join(found)

    def frames(self) -> Iterator[av.VideoFrame | None]:
        """Sound frames, and None where the next does not follow on the last."""
        broken, resume = False, None
        for item in self._decoded():
            if isinstance(item, av.Packet):  # A key frame's.
                resume = _time(item)
            elif item is None or item.is_corrupt:
                self._count_loss()
                broken, resume = True, None
            elif not broken or (resume is not None and _time(item) >= resume):
                if broken or self._skips_to(item):
                    yield None
                broken = False
                self.frame_count += 1
                self._last = _time(item)
                yield item
        self.at_end = True

    def _decoded(self):
        """Frames, each key frame's packet ahead of it, and None for a loss."""
        for packet in self._packets():
            if packet is None or packet.is_corrupt:
                yield None
                continue
            if packet.is_keyframe:
                yield packet
            try:
                yield from packet.decode()
            except av.FFmpegError:
                yield None

    def _packets(self):
        """The stream's packets; None where the film cannot be read any further."""
        try:
            # Of the other streams too, which tell how far the film goes.
            for packet in self._container.demux():
                if packet.size:
                    length = float((packet.duration or 0) * packet.time_base)
                    self._end = max(self._end, _time(packet) + length)
                if packet.stream is self.stream:
                    yield packet
        except av.FFmpegError:
            rest = av.Packet()  # An empty one: the decoder still holds frames.
            rest.stream = self.stream
            yield rest
            yield None

    def _skips_to(self, frame):
        """Whether frames are missing before this one.

        Some containers pass over what they cannot read. Where the rate varies, though,
        a still picture may simply stay.
        """
        rate = self.stream.average_rate
        if not rate or not self.frame_count:
            return False
        if _time(frame) <= self._last + float(_PAUSE / rate):
            return False
        if rate == self.stream.base_rate:
            self._count_loss()
        return True

    def _count_loss(self):
        if self.frame_count:
            if not self._losses:
                self._first_loss = self._last
            self._losses += 1


def _main_video(container):
    """The first stream of pictures that is no cover."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise ValueError("it has no video stream")


def _time(timed):
    """When a packet or frame is shown, in seconds; 0 where it does not say."""
    ticks = timed.dts if timed.pts is None else timed.pts
    return float((ticks or 0) * timed.time_base)
