"""A film as a target: a new video stream, the source's other streams unchanged."""

import contextlib
import math
from collections.abc import Iterator
from fractions import Fraction

import av
from av.stream import Disposition

from colornet.inference import machine_made
from colornet.inference.film_reading import film_streams
from colornet.inference.film_writing import (
    codecs,
    container_trial,
    matroska_shape,
    mxf,
    pcm_sound,
    timecode,
)

# What a container says of itself; the new one says it anew.
_OWN_METADATA = {
    *("major_brand", "minor_version", "compatible_brands", "encoder"),
    *("operational_pattern_ul", "uid", "generation_uid", "company_name"),
    *("product_name", "product_version_num", "product_version", "product_uid"),
    *("application_platform", "toolkit_version_num", "modification_date"),
    *("material_package_umid", "file_package_umid"),
}
# Pictures that both .mp4 and .mkv have as covers: the name and kind of the file.
_COVERS = {"mjpeg": ("cover.jpg", "image/jpeg"), "png": ("cover.png", "image/png")}


def film_metadata(source, model: str) -> dict[str, str]:
    """What a film's copy says of itself: what `source` does, and who coloured it."""
    metadata = {
        key.removeprefix(mxf.METADATA_PREFIX): text
        for key, text in _without(source.container.metadata, _OWN_METADATA).items()
    }
    made = machine_made.sentence(model)
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
    if stream.type == "attachment":  # FFmpeg takes it for .webm too, and drops it.
        return container == "matroska"
    if is_cover(stream):  # FFmpeg writes none into .mov and .webm.
        return container in ("mp4", "matroska") and stream.name in _COVERS
    return container_trial.can_begin(
        container, lambda film: film.add_stream_from_template(stream, opaque=True)
    )


def decodes(ending: str, stream) -> bool:
    """Whether sound that cannot be copied into such a film can be kept as PCM."""
    container = codecs.CONTAINERS.get(ending)
    return container is not None and pcm_sound.fits(container, stream)


def is_cover(stream) -> bool:
    """Whether it is a single picture, to be shown in place of the film."""
    return bool(stream.disposition & Disposition.attached_pic)


class FilmTarget:
    """The film being written, of packets.

    Args:
      path: file to write.
      container: FFmpeg's name of its format.
      source: the `FilmSource` that gives everything but the colour.
      copied: those of its streams whose packets are to be copied.
      decoded: those of sound whose packets are to be decoded.
      video: the `NewVideo` that the new picture's packets were made with.
      chapters: to be written, as PyAV takes them.
      metadata: of the film, from `film_metadata`.
      frames_before: how many of the source's frames are left out at its beginning, or
        None where nobody knows: a timecode goes on from there, or is left out.
    """

    def __init__(
        self,
        path,
        container,
        *,
        source,
        copied,
        decoded,
        video,
        chapters,
        metadata,
        frames_before=0,
    ):
        options = {"avoid_negative_ts": "disabled"}
        if container in ("mp4", "mov"):
            clocks = [source.time_base, *(s.time_base for s in copied)]
            clocks += [Fraction(1, s.rate) for s in decoded]
            options["movie_timescale"] = str(_common_clock(clocks))
            # The matrix is always known; FFmpeg would tell it beside the others only.
            options["movflags"] = "write_colr"
        else:
            options["fflags"] = "+bitexact"  # Ids are counted, and not drawn.
        self._output = av.open(
            str(path), "w", format=container, container_options=options
        )
        self._rate, self._frames_before = source.rate, frames_before
        metadata = self._told(metadata)
        if container == "mxf":
            metadata = {
                key if key == "timecode" else mxf.METADATA_PREFIX + key: text
                for key, text in metadata.items()
            }
        self._output.metadata.update(metadata)
        # Its encoder gives the header, and is given no frame.
        self._video = video.added_to(self._output)
        self._describe(self._video, source.video)
        self._copies = {}
        for stream in copied:
            if container == "matroska" and is_cover(stream):
                name, kind = _COVERS[stream.name]
                name = stream.metadata.get("filename", name)
                content = film_streams.cover(source.path, stream)
                self._output.add_attachment(name, kind, content)
            else:
                self._copies[stream.index] = self._add_copy(stream)
        self._sounds = {}
        for stream in decoded:
            sound = pcm_sound.PcmSound(self._output, stream)
            self._describe(sound.stream, stream)
            self._sounds[stream.index] = sound
        self._output.set_chapters(chapters)
        self._path, self._container, self._shape = path, container, video.shape

    def write(self, video, others) -> None:
        """Writes the whole film.

        Args:
          video: iterable of packets of the new picture, in their order of decoding.
          others: iterable of packets of the other streams, as they come.
        """
        mux = self._output.mux
        ahead = iter(video)
        waiting = next(ahead, None)
        for packet in self._placed(others):
            # Side by side, so that neither has to wait in memory for the other.
            while waiting and _time(waiting) <= _time(packet):
                waiting.stream = self._video
                mux(waiting)
                waiting = next(ahead, None)
            mux(packet)
        while waiting:
            waiting.stream = self._video
            mux(waiting)
            waiting = next(ahead, None)
        self._output.close()
        if self._container == "mxf":
            mxf.name_packages(self._path)
        if self._shape and self._container in ("matroska", "webm"):
            matroska_shape.write(self._path, *self._shape)

    def __enter__(self):
        return self

    def __exit__(self, error_type, *_):
        if error_type is not None:
            # What is left here is deleted; the first error is the one to tell.
            with contextlib.suppress(av.FFmpegError):
                self._output.close()

    def _placed(self, packets) -> Iterator[av.Packet]:
        """Yields what comes of other streams' packets, each of a stream of its own."""
        for packet in packets:
            number = packet.stream.index
            if number in self._sounds:
                yield from self._sounds[number].packets(packet)
            elif number in self._copies:  # Not so a cover that is an attachment.
                packet.stream = self._copies[number]
                yield packet
        for sound in self._sounds.values():
            yield from sound.packets(None)

    def _add_copy(self, stream):
        copy = self._output.add_stream_from_template(stream, opaque=True)
        self._describe(copy, stream)
        if is_cover(stream):  # With any other flag, it would be a film.
            copy.disposition = Disposition.attached_pic
        return copy

    def _describe(self, stream, source_stream):
        """Gives `stream` the language, title and standing of the one it comes from."""
        stream.metadata.update(self._told(source_stream.metadata))
        stream.disposition = source_stream.disposition

    def _told(self, metadata):
        metadata = _without(metadata, _OWN_METADATA)
        return timecode.in_part(metadata, self._frames_before, self._rate)


def _time(packet):
    """When it is decoded, in seconds."""
    return packet.dts * packet.time_base


def _common_clock(time_bases) -> int:
    """Ticks per second in which times of all streams, or at least the first, are whole.

    An MP4 gives the length of its streams in such ticks; FFmpeg's 1000 would round it.
    """
    ticks = [time_base.denominator for time_base in time_bases]
    common = math.lcm(*ticks)
    return common if common < 2**31 else ticks[0]


def _without(metadata, keys):
    return {key: text for key, text in metadata.items() if key.lower() not in keys}
