"""Sound in a coding that a container has no place for: decoded, and kept as PCM.

What comes out of the decoder is kept bit for bit: nothing is lost by it but room.
"""

import logging
from collections.abc import Iterator
from fractions import Fraction

import av

from colornet.inference import film_words
from colornet.inference.film_writing import container_trial

_log = logging.getLogger(__name__)

# By the samples that a decoder gives, their channels beside each other.
_CODINGS = {
    "u8": "pcm_s16le",  # Not every container has 8 bits.
    "s16": "pcm_s16le",
    "s32": "pcm_s32le",
    "flt": "pcm_f32le",
    "dbl": "pcm_f64le",
}
# Of channels whose places a film does not tell, by their number: what FFmpeg assumes.
_LAYOUTS = "mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"
_SILENCE = {"u8": b"\x80"}
_GAP = Fraction(1, 20)  # Seconds: clocks that are off by less are only coarse.


def fits(container: str, stream) -> bool:
    """Whether sound of `stream` can be decoded, and kept in such a container."""
    context = stream.codec_context if stream.type == "audio" else None
    if context is None or context.format is None:
        return False
    if context.format.packed.name not in _CODINGS or not _layout(context):
        return False
    return container_trial.can_begin(container, lambda film: PcmSound(film, stream))


def _layout(context):
    """The name of its channels' places, or "" where they can have none."""
    name, number = context.layout.name, context.layout.nb_channels
    if not name.endswith(" channels"):
        return name
    return _LAYOUTS[number - 1] if number <= len(_LAYOUTS) else ""


class PcmSound:
    """Sound of another film's stream on its way into a film that is being written.

    Attributes:
      stream: the new one.

    Args:
      output: PyAV's container, open for writing.
      source: the other film's stream.
    """

    def __init__(self, output, source):
        context = source.codec_context
        coding, layout = _CODINGS[context.format.packed.name], _layout(context)
        self.stream = output.add_stream(coding, rate=context.rate, layout=layout)
        self._source, self._rate = source, context.rate
        self._due = None  # When the next sample is heard, in samples.
        self._damaged = 0

    def packets(self, packet) -> Iterator[av.Packet]:
        """Yields what comes of a packet of the source; None stands for the end."""
        for frame in self._decoded(packet):
            for heard in self._gap_before(frame), frame:
                if heard is not None:
                    heard.pts, heard.time_base = self._due, Fraction(1, self._rate)
                    self._due += heard.samples
                    yield from self.stream.encode(heard)
        if packet is None:
            yield from self.stream.encode(None)
            if self._damaged:
                _log.warning(
                    "Sound of stream %d is missing where %s could not be decoded.",
                    self._source.index,
                    film_words.counted(self._damaged, "packet"),
                )

    def _decoded(self, packet):
        try:
            return self._source.codec_context.decode(packet)
        except av.FFmpegError:
            self._damaged += 1
            return []

    def _gap_before(self, frame):
        """Silence, where the film's clock has a gap: PCM has no times in most films."""
        told = self._due or 0
        if frame.pts is not None:
            told = round(frame.pts * frame.time_base * self._rate)
        if self._due is None:
            self._due = told
        if told - self._due <= _GAP * self._rate:
            return None
        silence = av.AudioFrame(frame.format, frame.layout, told - self._due)
        for plane in silence.planes:
            plane.update(
                _SILENCE.get(frame.format.packed.name, b"\0") * plane.buffer_size
            )
        silence.rate = self._rate
        return silence
