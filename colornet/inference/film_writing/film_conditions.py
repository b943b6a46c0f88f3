"""All that a film's new picture depends on, to tell whether work can be taken up."""

import dataclasses
import hashlib
import pathlib

import av
import tensorflow as tf

import colornet
from colornet.inference import numbered_pictures
from colornet.inference.film_writing import segments

_HASHED_BYTES = 2**20  # Of a source's beginning; for the rest stand its size and time.


def of(source: pathlib.Path, colorizer, settings, batch_frames: int) -> dict:
    """Conditions under which `source` gives the same picture, for JSON.

    Args:
      source: the film, or numbered pictures.
      colorizer: the `Colorizer` that gives the colours.
      settings: the `FilmSettings`.
      batch_frames: how many go through the network at once.
    """
    paths = [source]
    if numbered_pictures.is_sequence(source):
        numbers = numbered_pictures.find(source)
        paths = [source.with_name(source.name % n) for n in numbers]
    facts = [(path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    with open(paths[0], "rb") as file:
        beginning = file.read(_HASHED_BYTES)
    digest = hashlib.sha256(repr(facts).encode() + beginning)
    pictures = [(str(one), _digest(one.path)) for one in settings.references]
    settings = dataclasses.asdict(settings) | {"shots": _content(settings.shots)}
    settings["reference"] = pictures
    del settings["max_memory"], settings["overwrite"]  # No frame depends on them.
    return {
        "source": digest.hexdigest(),
        "model": dataclasses.asdict(colorizer.info) | {"files": colorizer.files},
        "settings": settings,
        "batch_frames": batch_frames,
        "segment_frames": segments.FRAMES,
        "versions": {
            "colornet": colornet.__version__,
            "tensorflow": tf.__version__,
            **{name: list(parts) for name, parts in av.library_versions.items()},
        },
    }


def _content(path):
    """Of a list of shots: it may be changed where it is."""
    path = pathlib.Path(path)
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _digest(path):
    """Of a picture: it may be changed where it is."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
