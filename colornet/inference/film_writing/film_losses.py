"""What a film loses on its way, in words: lines for the user, before and after work."""

import io

import av

from colornet.inference import film_words, numbered_pictures
from colornet.inference.film_writing import (
    codecs,
    film_planes,
    film_target,
    mxf,
    sequences,
    timecode,
)

_NAMED = 5  # Pictures; of more the number is told.


def of_target(film, output, first, settings, ending):
    """Yields a line for each thing of `film` that its copy cannot have.

    Args:
      film: a `FilmSource`.
      output: what it becomes, from `outputs`.
      first: its first frame.
      settings: the `FilmSettings` of the copy.
      ending: of the copy's name.
    """
    for stream in film.others:
        is_cover = film_target.is_cover(stream)
        if stream not in output.copied:
            name = getattr(stream, "name", None) or "of unknown coding"
            holding = (e for e in output.codec.endings if film_target.holds(e, stream))
            cure = next((f"; {other} has a place for it" for other in holding), "")
            fate = "decoded and kept as PCM" if stream in output.decoded else "left out"
            yield (
                f"{film.path}: {ending} cannot hold stream {stream.index} "
                f"({'cover' if is_cover else stream.type}, {name}), which is {fate}"
                f"{cure}."
            )
        elif stream.type == "video" and not is_cover:
            yield (
                f"{film.path}: stream {stream.index} (video) is copied as it is, "
                f"without colours; stream {film.video.index} is coloured."
            )
    in_pictures = ending not in codecs.CONTAINERS
    lost = _lost_metadata(film_target.film_metadata(film, ""), ending)
    if lost:
        yield (
            f"{film.path}: {ending} has no place for metadata "
            f"{', '.join(map(repr, lost))}, which is left out; .mkv has."
        )
    if any(component.is_alpha for component in first.format.components):
        yield f"{film.path}: its transparency is left out."
    if numbered_pictures.is_sequence(film.path) and sequences.is_density(film.path):
        yield (
            f"{film.path}: its words are densities of film (logarithmic), which are "
            "coloured as though they were sRGB; convert them to sRGB first."
        )
    if first.interlaced_frame:
        yield from _of_fields(film, settings)
    if in_pictures:
        return
    if ending == ".mxf":
        yield from mxf.losses(film, output.others, first, settings)
    yield from _of_timecode(film, first, settings.span)
    yield from of_words(film.path, output.coding, settings)
    yield from _of_colors(film.path, first, output.coding, settings)


def of_source(film, done, expected, ending):
    """Yields a line for each thing that was found wrong with `film` on the way.

    Args:
      film: a `FilmSource`, read as far as it is needed.
      done: how many frames came out of it.
      expected: how many were to come out, or None where nobody knows.
      ending: of the copy's name.
    """
    if film.damaged or film.repaired:
        packets = film_words.counted(film.damaged, "incomplete or damaged packet")
        repaired = film_words.counted(film.repaired, "repaired frame")
        # Of recordings that were joined, only the last one's length is told.
        is_known = expected and expected >= done
        of = f"of about {expected} frames " if is_known else ""
        yield (
            f"{film.path}: {packets} and {repaired}: {of}{done} could be decoded and "
            "coloured."
        )
        if ending == ".mxf":
            yield (
                f"{film.path}: .mxf has no times: after each frame that is missing, "
                "the picture is early by it; .mkv and .mov leave a gap."
            )
    if film.lost:
        first = numbered_pictures.find(film.path).start
        names = [film.path.name % (first + number) for number in film.lost]
        others = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield (
            f"{film.path}: {', '.join(names[:_NAMED])}{others} cannot be read; the "
            "output has none in place of it."
        )
    if film.missing:
        yield (
            f"{film.path}: {film_words.counted(done, 'frame')} came out, and the "
            f"film ends at {film_words.moment(film.end)}, {float(film.missing):.3f} s "
            "before the end that its header gives; is it complete?"
        )
    if film.resized:
        yield (
            f"{film.path}: {film_words.counted(film.resized, 'frame')} had another "
            "size or format than the first; all have its now."
        )


def _of_timecode(film, first, span):
    origin = span.origin(first)
    frames = film.frames_before(origin) if origin else 0
    for metadata in (film.container.metadata, film.video.metadata):
        told = timecode.in_part(metadata, frames, film.rate)
        for key in metadata.keys() - told.keys():
            why = "its frames do not come evenly" if frames is None else "is none"
            yield (
                f"{film.path}: timecode {metadata[key]} cannot be counted on to the "
                f"start ({why}), and is left out."
            )


def _of_fields(film, settings):
    yield (
        f"{film.path}: its frames are interlaced, two fields of different times: where "
        "it moves, colours may be wrong; --deinterlace makes whole pictures of them."
    )
    if codecs.CODECS[settings.codec].interlaced is None:
        yield (
            f"{film.path}: {settings.codec} codes fields no other than whole pictures; "
            "--codec=h264, prores or ffv1 keeps them apart."
        )


def of_words(path, coding, settings):
    """Yields a line if the luma of the film at `path` gets other words than its own."""
    own, new = coding.source_bits, coding.bits
    asked = settings.bit_depth and (coding.can_be_undone or settings.bit_depth < own)
    if coding.keeps_words or asked:
        return
    narrowed = coding.source_full_range and not coding.full_range
    if coding.can_be_undone:
        yield (
            f"{path}: {settings.codec} takes luma in {new} bits"
            f"{' of limited range' if narrowed else ''}: its own {own} bits can be "
            "had back from them exactly."
        )
        return
    holding = [
        name
        for name in codecs.holding(own)
        if name != settings.codec and (codecs.CODECS[name].full_range or not narrowed)
    ]
    cure = f"; --codec={codecs.either(holding)} keeps it" if holding else ""
    range_ = " and full range" if narrowed else ""
    yield (
        f"{path}: {settings.codec} has no luma of {own} bits{range_}, which is rounded "
        f"to {new}{' of limited range' if narrowed else ''}{cure}."
    )


def _of_colors(path, first, coding, settings):
    """Yields a line if shots that keep their own colours cannot keep them whole."""
    own, new = film_planes.chroma_of(first), coding.format.chroma
    if own > new:
        holding = [
            name
            for name, codec in codecs.CODECS.items()
            if film_planes.luma_coding(first, codec).format.chroma >= own
        ]
        yield (
            f"{path}: {settings.codec} gets colours in {':'.join(new)}; shots that "
            f"keep their own, in {':'.join(own)}, lose detail: "
            f"--codec={codecs.either(holding)} keeps it."
        )
    if film_planes.is_rgb(first):
        yield (
            f"{path}: its RGB becomes Y'CbCr, which moves the colours of shots that "
            "keep their own by up to 1 %; numbered pictures have them exactly."
        )


def _lost_metadata(metadata, ending):
    """The keys that such a container does not give back, by writing an empty film."""
    if ending not in (".mp4", ".mov"):
        return []  # Matroska takes any key; of pictures nobody expects it.
    memory = io.BytesIO()
    with av.open(memory, "w", format=codecs.CONTAINERS[ending]) as trial:
        trial.metadata.update(metadata)
        trial.add_mux_stream("mpeg4", width=16, height=16)
        trial.start_encoding()
    memory.seek(0)
    with av.open(memory, metadata_errors="replace") as trial:
        kept = {key.lower(): text for key, text in trial.metadata.items()}
    return [key for key, text in metadata.items() if key.lower() not in kept]
