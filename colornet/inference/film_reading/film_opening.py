"""How a film is opened, and what is said where it cannot be."""

import pathlib

import av

from colornet.errors import InputError
from colornet.inference import numbered_pictures


def opened(path: pathlib.Path, rate) -> av.container.InputContainer:
    """The film at `path`, or numbered pictures, of `rate` frames per second.

    Raises:
      InputError: FFmpeg does not read it.
    """
    try:
        # A wrong byte in somebody's title is no reason to refuse a film.
        return av.open(str(path), metadata_errors="replace", **_options(path, rate))
    except (av.FFmpegError, OSError) as error:
        if path.is_file() and not path.stat().st_size:
            raise InputError(f"{path}: expected a film, got an empty file.") from error
        raise InputError(
            f"{path}: expected a film that FFmpeg reads, got {_reason(error)}; "
            "is it complete?"
        ) from error


def _options(path, rate):
    if not numbered_pictures.is_sequence(path):
        return {}
    numbers = numbered_pictures.find(path)
    for name in (path.name % number for number in numbers):
        if not path.with_name(name).stat().st_size:  # Reading would end there.
            raise InputError(f"{path.with_name(name)}: an empty file, not a picture")
    options = {"start_number": str(numbers.start), "framerate": str(rate)}
    return {"format": "image2", "options": options}


def _reason(error) -> str:
    """What FFmpeg or the system says, in lower case, to stand inside a sentence."""
    text = getattr(error, "strerror", None) or str(error)
    return f"{text[:1].lower()}{text[1:]}"
