"""A film's new picture: how it is coded, said once, and encoders that do it alike."""

import io
import os

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import ColorRange
from numpy._core._multiarray_umath import __cpu_features__ as _CPU

from colornet.inference.film_reading import fields
from colornet.inference.film_writing import dnxhr_matrix

# With AVX-512, x264's mbtree does not come to the same result twice where the width in
# macroblocks is no multiple of 16, as in 720 x 576. AVX2 always does.
_SAME_EACH_TIME = "asm=MMX2,SSE2,SSE3,SSSE3,SSE4.2,AVX,FMA3,BMI2,AVX2"


class NewVideo:
    """What an encoder, and the header of a film, must be told of the new picture.

    Everything is read off the source at once, for a decoder that works on in another
    thread may change it, and all encoders of a film must be equal.

    Args:
      source: a `FilmSource`.
      first: its first frame, for what only frames tell.
      coding: the `LumaCoding` of the frames that will come.
      codec: one of `codecs.CODECS`.
    """

    def __init__(self, source, first: av.VideoFrame, coding, codec):
        options = {**codec.options, **dict(coding.format.options)}
        if source.chroma_location:
            options["chroma_sample_location"] = source.chroma_location
        if first.interlaced_frame and codec.interlaced:
            options |= codec.interlaced
            if source.field_order in fields.BOTTOM_FIRST:
                options |= codec.bottom_first or {}
        if codec.encoder == "libx264" and _CPU.get("AVX512F"):
            given = options.get("x264-params")
            options["x264-params"] = ":".join(filter(None, [given, _SAME_EACH_TIME]))
        self._encoder, self._tag = codec.encoder, codec.tag
        self._stream = dict(
            rate=min(source.rate, codec.most_rate),
            options=options,
            width=first.width,
            height=first.height,
            time_base=source.time_base,
        )
        range_ = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
        self._context = dict(
            pix_fmt=coding.pix_fmt,
            color_range=range_,
            colorspace=coding.colorspace,
            color_primaries=first.color_primaries,
            color_trc=first.color_trc,
            thread_type="AUTO",
            field_order=source.field_order,
        )
        self._ratio = source.video.sample_aspect_ratio
        self._display_matrix = display_matrix(first)

    @property
    def shape(self):
        """Width and height in pixels, and width of a pixel by its height, or None."""
        width, height = self._stream["width"], self._stream["height"]
        return (width, height, self._ratio) if self._ratio else None

    def added_to(self, output: av.container.OutputContainer) -> av.VideoStream:
        """A new stream of `output`, with an encoder."""
        # Errors only: AV1's encoder is talkative.
        os.environ.setdefault("SVT_LOG", "1")
        # Options are taken out of the dict where they are used.
        arguments = {**self._stream, "options": dict(self._stream["options"])}
        video = output.add_stream(self._encoder, **arguments)
        for name, value in self._context.items():
            setattr(video.codec_context, name, value)
        if self._tag and output.format.name in ("mp4", "mov"):
            video.codec_context.codec_tag = self._tag
        if self._ratio:
            video.codec_context.sample_aspect_ratio = self._ratio
        video.set_display_matrix(self._display_matrix)
        return video


class VideoEncoder:
    """Encodes frames from a key frame on, as the film of a container needs them.

    Args:
      video: the `NewVideo`.
      container: FFmpeg's name of its format.
    """

    def __init__(self, video: NewVideo, container: str):
        # Nothing is written to it, but it decides where the encoder puts its headers.
        self._output = av.open(io.BytesIO(), "w", format=container)
        self._stream = video.added_to(self._output)
        self._durations = {}  # Of frames inside the encoder, by their time.

    def packets(self, frame: av.VideoFrame | None) -> list[av.Packet]:
        """Those that `frame`, or None for the end, brings out, with its duration."""
        if frame is not None:
            self._durations[frame.pts] = frame.duration
        packets = self._stream.encode(frame)
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, 0) or packet.duration
            if self._stream.name == "dnxhd":
                dnxhr_matrix.write(packet, self._stream.codec_context.colorspace)
        if frame is None:
            self._output.close()  # Lets go of the encoder, which takes tens of MB.
        return packets


def display_matrix(frame: av.VideoFrame) -> list[int] | None:
    """The nine numbers that turn or mirror the picture on show, or None."""
    try:
        all_side_data = frame.side_data
    except ValueError:
        return None  # PyAV does not know all of FFmpeg's kinds: of pictures, EXIF.
    for side_data in all_side_data:
        if side_data.type == Type.DISPLAYMATRIX:
            return np.frombuffer(side_data, np.int32)[:9].tolist()
    return None
