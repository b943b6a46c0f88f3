"""Coloured films beside the films that they were made from: how steady the colours are.

Who coloured them does not matter, and no network is run.
"""

import itertools
import pathlib
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from colornet.errors import InputError
from colornet.evaluation import flow, footage, scoring, temporal

# The same film by flag: "colored", "source" and, where it is known, "truth".
Versions = dict[str, footage.Opener]


def find(paths: dict[str, str]) -> list[Versions]:
    """The films to be measured, each beside its other versions.

    Args:
      paths: by flag, a film or a folder of films; a folder of pictures is a film as
        well. Those in folders belong together by their names, endings apart.

    Raises:
      InputError: there is no film in a folder, or none of some name.
    """
    found = {flag: _films_at(flag, pathlib.Path(path)) for flag, path in paths.items()}
    if all(len(films) == 1 for films in found.values()):
        return [{flag: next(iter(films.values())) for flag, films in found.items()}]
    for flag, films in found.items():
        missing = sorted(found["colored"].keys() - films.keys())
        if missing:
            raise InputError(
                f"--{flag}={paths[flag]}: expected a film named {missing[0]}, as in "
                f"--colored={paths['colored']}, found none; give both the same name"
            )
    return [
        {flag: films[name] for flag, films in found.items()}
        for name in sorted(found["colored"])
    ]


def score(
    films: list[Versions],
    watch: Callable[[str, Iterable], Iterable] = lambda _, frames: frames,
) -> dict:
    """The temporal figures of grey, the coloured films and, if known, the truth.

    Grey is the source's own lightness; its motion is what all are measured on.

    Args:
      films: what `find` found.
      watch: is given each film's name and its frames, which it passes on.

    Raises:
      InputError: versions of a film differ in size or length, or no film is long
        enough; OpenCV is not installed.
    """
    if not flow.is_available():
        raise InputError(f"flicker cannot be measured: {flow.MISSING}")
    steadiness = temporal.Steadiness(["grey", *(f for f in films[0] if f != "source")])
    for openers in films:
        versions = {flag: opener() for flag, opener in openers.items()}
        for frames in watch(versions["colored"].name, _side_by_side(versions)):
            grey = scoring.grey_of(frames.pop("source"))
            grey_rgb = np.repeat(grey[..., None], 3, axis=-1)
            steadiness.add(grey, {"grey": grey_rgb, **frames})
        steadiness.end_film()
    figures = steadiness.result()
    if figures is None:
        raise InputError(
            f"{versions['colored'].name}: {temporal.TOO_SHORT}; give longer films"
        )
    return {"temporal": figures}


def _films_at(flag, path):
    """Openers by name."""
    if path.is_file():
        return {path.stem: footage.film(path.parent, path.name)}
    if not path.is_dir():
        raise InputError(
            f"--{flag}={path}: expected a film or a folder of films, found nothing"
        )
    found = footage.by_name(path, "frames", flag)
    return footage.by_stem(found, path, flag)


def _side_by_side(
    versions: dict[str, footage.Footage],
) -> Iterator[dict[str, np.ndarray]]:
    """The frames of one number, by flag."""
    reels = itertools.zip_longest(*(version.frames for version in versions.values()))
    for number, frames in enumerate(reels):
        by_flag = dict(zip(versions, frames, strict=True))
        _check(versions, number, by_flag)
        yield by_flag


def _check(versions, number, frames):
    """Refuses frames that cannot be held against each other."""
    source = frames["source"]
    for flag, rgb in frames.items():
        name = f"--{flag}: {versions[flag].name}"
        if (rgb is None) != (source is None):
            ended, other = (flag, "source") if rgb is None else ("source", flag)
            raise InputError(
                f"--{ended}: {versions[ended].name} ends after {number} frames, "
                f"--{other}: {versions[other].name} goes on; give the film whole"
            )
        height, width = rgb.shape[:2]
        if rgb.shape != source.shape:
            raise InputError(
                f"{name}: frame {number} has {width}x{height} pixels, that of --source "
                f"{source.shape[1]}x{source.shape[0]}; give films of one size"
            )
        if min(height, width) < flow.SMALLEST:
            raise InputError(
                f"{name}: {width}x{height} pixels; optical flow needs "
                f"{flow.SMALLEST}x{flow.SMALLEST}: leave this film out"
            )
