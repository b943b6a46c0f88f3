"""A film as a target: a new video stream, the source's other streams unchanged."""

import contextlib
import io
import math
import os

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.reformatter import ColorRange

import colornet
from colornet.inference import codecs, fields, matroska_shape

# What a container says of itself; the new one says it anew.
_OWN_METADATA = {"major_brand", "minor_version", "compatible_brands", "encoder"}


def film_metadata(source, model: str) -> dict[str, str]:
    """What a film's copy says of itself: what `source` does, and who coloured it."""
    metadata = _without(source.container.metadata, _OWN_METADATA)
    made = f"Colours made by a machine: colornet {colornet.__version__}, model {model}."
    # Matroska has its keys in capitals.
    key = next((key for key in metadata if key.lower() == "comment"), "comment")
    said = metadata.get(key, "")
    if made not in said:
        metadata[key] = f"{said}\n{made}" if said else made
    return metadata


def holds(ending: str, stream) -> bool:
    """Whether packets of `stream` can be copied into such a film; tries it."""
    container = codecs.CONTAINERS.get(ending)
    if container is None:
        return False  # Numbered pictures.
    if stream.disposition & Disposition.attached_pic:
        return container == "mp4"  # The others lose a cover, or make it a film.
    try:
        with av.open(io.BytesIO(), "w", format=container) as trial:
            trial.add_stream_from_template(stream, opaque=True)
            trial.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    return True


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


class FilmTarget:
    """The film being written: encodes frames, copies packets.

    Args:
      path: file to write.
      container: FFmpeg's name of its format.
      source: the `FilmSource` that gives everything but the colour.
      copied: those of its streams whose packets will come.
      first: its first frame, for what only frames tell.
      coding: the `LumaCoding` of the frames that will come.
      codec: one of `codecs.CODECS`.
      model: name of what makes the colours: the film's comment will tell.
    """

    def __init__(self, path, container, *, source, copied, first, coding, codec, model):
        options = {"avoid_negative_ts": "disabled"}
        if container in ("mp4", "mov"):
            clocks = [source.time_base, *(s.time_base for s in copied)]
            options["movie_timescale"] = str(_common_clock(clocks))
        self._output = av.open(
            str(path), "w", format=container, container_options=options
        )
        self._output.metadata.update(film_metadata(source, model))
        self._video = self._add_video(source, first, coding, codec)
        self._copies = {stream.index: self._add_copy(stream) for stream in copied}
        self._output.set_chapters(source.container.chapters())
        self._durations = {}  # Of frames inside the encoder, by their time.
        self._last_duration = 0
        self._has_packets = False
        ratio = source.video.sample_aspect_ratio
        self._shape = (first.width, first.height, ratio) if ratio else None
        self._path, self._container = path, container

    def write(self, item) -> None:
        """Takes the next `av.VideoFrame`, or `av.Packet` of a copied stream."""
        if isinstance(item, av.Packet):
            item.stream = self._copies[item.stream.index]
            self._output.mux(item)
            return
        self._durations[item.pts] = self._last_duration = item.duration
        self._output.mux(self._encoded(item))

    def finish(self) -> None:
        """Writes what the encoder still holds, and the end of the file."""
        packets = self._encoded(None)
        if not self._has_packets:
            _date(packets)
        if packets:
            # Containers take the film's end from the packet that is decoded last.
            packets[-1].duration = self._last_duration or packets[-1].duration
        self._output.mux(packets)
        self._output.close()
        if self._shape and self._container in ("matroska", "webm"):
            matroska_shape.write(self._path, *self._shape)

    def __enter__(self):
        return self

    def __exit__(self, error_type, *_):
        if error_type is not None:
            # What is left here is deleted; the first error is the one to tell.
            with contextlib.suppress(av.FFmpegError):
                self._output.close()

    def _encoded(self, frame):
        """The packets that `frame`, or None for the end, brings out of the encoder."""
        packets = self._video.encode(frame)
        self._has_packets |= bool(packets and frame)
        for packet in packets:
            packet.duration = self._durations.pop(packet.pts, 0) or packet.duration
        return packets

    def _add_video(self, source, first, coding, codec):
        options = {**codec.options, **dict(coding.format.options)}
        if source.chroma_location:
            options["chroma_sample_location"] = source.chroma_location
        if first.interlaced_frame and codec.interlaced:
            options |= codec.interlaced
            if source.field_order in fields.BOTTOM_FIRST:
                options |= codec.bottom_first or {}
        os.environ.setdefault(
            "SVT_LOG", "1"
        )  # Errors only: AV1's encoder is talkative.
        video = self._output.add_stream(
            codec.encoder,
            rate=min(source.rate, codec.most_rate),
            options=options,
            width=first.width,
            height=first.height,
            time_base=source.time_base,
        )
        context = video.codec_context
        context.pix_fmt = coding.pix_fmt
        range_ = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
        context.color_range = range_
        context.colorspace = coding.colorspace
        context.color_primaries = first.color_primaries
        context.color_trc = first.color_trc
        context.thread_type = "AUTO"
        context.field_order = source.field_order
        if codec.tag and self._output.format.name in ("mp4", "mov"):
            context.codec_tag = codec.tag
        if source.video.sample_aspect_ratio:
            context.sample_aspect_ratio = source.video.sample_aspect_ratio
        video.set_display_matrix(display_matrix(first))
        _describe(video, source.video)
        return video

    def _add_copy(self, stream):
        copy = self._output.add_stream_from_template(stream, opaque=True)
        _describe(copy, stream)
        return copy


def _date(packets):
    """Gives all packets of a film their times to decode, in place.

    x265 makes them up where a film is shorter than its look-ahead.
    """
    shown = sorted(packet.pts for packet in packets)
    late = max((t - p.pts for t, p in zip(shown, packets, strict=True)), default=0)
    for time, packet in zip(shown, packets, strict=True):
        packet.dts = time - late


def _describe(stream, source_stream):
    """Gives `stream` the language, title and standing of the one it comes from."""
    stream.metadata.update(_without(source_stream.metadata, _OWN_METADATA))
    stream.disposition = source_stream.disposition


def _common_clock(time_bases) -> int:
    """Ticks per second in which times of all streams, or at least the first, are whole.

    An MP4 gives the length of its streams in such ticks; FFmpeg's 1000 would round it.
    """
    ticks = [time_base.denominator for time_base in time_bases]
    common = math.lcm(*ticks)
    return common if common < 2**31 else ticks[0]


def _without(metadata, keys):
    return {key: text for key, text in metadata.items() if key not in keys}
