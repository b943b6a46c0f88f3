"""The colour pictures and films that a model is scored on, from folders or records."""

import collections
import dataclasses
import functools
import io
import pathlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from colornet.data import records, shards
from colornet.data.sources import decoding, films, photos
from colornet.errors import InputError
from colornet.evaluation import flow, lists, metrics


@dataclasses.dataclass(frozen=True)
class Footage:
    """A photograph or a film in colour.

    Attributes:
      name: what messages and saved pictures call it.
      is_film: whether its frames follow each other in time.
      frames: sRGB, uint8 [H, W, 3] each, read one by one while they are asked for.
    """

    name: str
    is_film: bool
    frames: Iterable[np.ndarray]


# So that a set can be counted and thinned out before any of it is read.
Opener = Callable[[], Footage]


def in_folder(
    folder: pathlib.Path, layout: str = "auto", split_list: str = ""
) -> list[Opener]:
    """The photographs and films in a folder, sorted by name; see `by_name`."""
    found = by_name(folder, layout, split_list=split_list)
    return [found[name] for name in sorted(found)]


def by_name(
    folder: pathlib.Path,
    layout: str = "auto",
    flag: str = "input",
    split_list: str = "",
) -> dict[str, Opener]:
    """The photographs and films in a folder, by their paths within it.

    Args:
      folder: holds pictures and films of any kind, at any depth.
      layout: what the pictures are. "photos": each is a photograph. "frames": those of
        one folder are the frames of one film, in the order of their names; its path is
        the folder's. "auto": those in `folder` itself are photographs and those below
        it are frames, as in DAVIS's folder of sequences.
      flag: what gave the folder, for messages.
      split_list: names those to take, as `lists` reads it; empty takes all.

    Raises:
      InputError: it is no folder, or there is neither a picture nor a film in it, or
        not what the list names.
    """
    if not folder.is_dir():
        raise InputError(
            f"--{flag}={folder}: expected a folder, found "
            f"{'a file' if folder.exists() else 'nothing'}; give the folder's path"
        )
    found = {}
    for key in films.Films(str(folder)).keys(_refuse):
        found[key] = film(folder, key)
    beside = collections.defaultdict(list)
    for key in photos.Photos(str(folder)).keys(_refuse):
        beside[pathlib.PurePosixPath(key).parent.as_posix()].append(key)
    for parent, keys in beside.items():
        if layout == "frames" or (layout == "auto" and parent != "."):
            name = folder.resolve().name if parent == "." else parent
            found[parent] = functools.partial(_sequence, folder, name, keys)
        else:
            for key in keys:
                found[key] = functools.partial(_sequence, folder, key, [key])
    if not found:
        raise InputError(f"--{flag}={folder}: there is no picture and no film in it")
    return lists.named(found, folder, split_list) if split_list else found


def by_stem(found: dict[str, Opener], folder: pathlib.Path, flag: str):
    """What `by_name` found, by paths without endings.

    Raises:
      InputError: two have the same.
    """
    stems = {}
    for key, opener in found.items():
        # A folder of frames may have a point in its name, and no ending.
        is_file = (folder / key).is_file()
        stem = str(pathlib.PurePosixPath(key).with_suffix("")) if is_file else key
        if stem in stems:
            raise InputError(
                f"--{flag}={folder}: holds two of the name {stem}; move one away"
            )
        stems[stem] = opener
    return stems


def film(folder: pathlib.Path, key: str) -> Opener:
    """One film file, by its path within a folder."""
    return lambda: Footage(key, True, film_frames(folder / key))


def film_frames(path: pathlib.Path) -> Iterator[np.ndarray]:
    """Yields all frames of a film, sRGB uint8 [H, W, 3], upright, none coded again.

    Raises:
      InputError: it is no film, or damaged; the frames already given are sound.
    """
    with decoding.opened(str(path)) as film:
        for frame in film.frames():
            if frame is not None:  # Which marks a gap.
                yield decoding.upright(frame)


def in_records(pattern: str) -> list[Opener]:
    """All clips in the shards that match a glob; one of several frames is a film."""
    return [
        functools.partial(_record, path, *span)
        for path in shards.find(pattern)
        for span in shards.locate(path)
    ]


def of_one_size(footage: Footage) -> Iterator[np.ndarray]:
    """The frames of a photograph or film.

    Raises:
      InputError: one cannot be scored with the others; those already given can.
    """
    kind, needs, smallest = "picture", "SSIM", metrics.WINDOW
    if footage.is_film:
        kind, needs, smallest = "film", "optical flow", flow.SMALLEST
    first = None
    for number, rgb in enumerate(footage.frames):
        height, width = rgb.shape[:2]
        if min(height, width) < smallest:
            raise InputError(
                f"{footage.name}: {width}x{height} pixels; {needs} needs "
                f"{smallest}x{smallest}: leave this {kind} out"
            )
        first = first or (height, width)
        if (height, width) != first:
            raise InputError(
                f"{footage.name}: frame {number} has {width}x{height} pixels, the "
                f"first {first[1]}x{first[0]}; if these are photographs, and no film, "
                "say so with --pictures=photos"
            )
        yield rgb


def thin_out(openers: list[Opener], limit: int) -> list[Opener]:
    """At most `limit` of them, spread evenly over the whole; 0 takes all."""
    if not 0 < limit < len(openers):
        return openers
    return [openers[index * len(openers) // limit] for index in range(limit)]


def _refuse(path, reason):
    raise InputError(f"{path}: {reason}")


def _sequence(folder, name, keys):
    frames = (_read_picture(folder / key) for key in keys)
    return Footage(name, len(keys) > 1, frames)


def _record(path, start, length):
    data = shards.read(path, start, length)
    if data is None:
        raise InputError(
            f"{path}: corrupt record at byte {start}; build the shard again with "
            "`colornet build-records`"
        )
    try:
        clip = records.decode_clip(tf.constant(data))
    except tf.errors.InvalidArgumentError as error:
        raise InputError(
            f"{path}: holds no clips that this version reads; build it again with "
            "`colornet build-records --overwrite`"
        ) from error
    name, frames = clip["video_id"].numpy().decode(), list(clip["frames"].numpy())
    if len(frames) > 1:
        name = f"{name}@{int(clip['start_frame'])}"
    return Footage(name, len(frames) > 1, _decode(frames))


def _decode(frames: list[bytes]) -> Iterator[np.ndarray]:
    for frame in frames:
        with Image.open(io.BytesIO(frame)) as image:
            yield np.asarray(image.convert("RGB"))


def _read_picture(path):
    """A picture file as it lies, turned upright; its numbers are taken as sRGB.

    Not by way of `data.pictures`, which gives JPEG: the truth should lose nothing.
    """
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))
    except Exception as error:  # A decoder fed with garbage raises anything at all.
        message = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path}: cannot be read as a picture: {message}") from error
