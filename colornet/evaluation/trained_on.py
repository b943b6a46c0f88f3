"""Which photographs and films a model was trained on: none of them is to be scored.

Of a run that began with another's weights, what that one was trained on is not known.
"""

import pathlib
from collections.abc import Iterable

from colornet import config as configuration
from colornet.data import overlap, records, shards
from colornet.errors import InputError
from colornet.training import checkpoints, settings


def patterns_of(workdir: pathlib.Path) -> list[str]:
    """Globs of the shards that a run learned from; none if it keeps no flags."""
    path = workdir / checkpoints.SETTINGS
    if not path.is_file():
        return []
    trained = configuration.from_flagfile(settings.TrainConfig, path)
    return [pattern for pattern in (trained.photos, trained.films) if pattern]


def keys_in(patterns: Iterable[str]) -> set[str]:
    """Keys of the photographs and films in shards; damaged records are passed over.

    Raises:
      InputError: there are no such shards, or they are of another schema.
    """
    keys = set()
    for path in (path for pattern in patterns for path in shards.find(pattern)):
        for span in shards.locate(path):
            data = shards.read(path, *span)
            try:
                keys.update([records.read_clip(data).video_id] if data else [])
            except ValueError as error:
                raise InputError(f"{path}: {error}") from error
    return keys


def refuse(scored: Iterable[str], trained: set[str], source: str) -> None:
    """Raises InputError if anything is both scored and trained on.

    Args:
      scored: keys.
      trained: keys.
      source: the flag that tells what was trained on, with its value.
    """
    both = overlap.shared(scored, trained)
    if both:
        raise InputError(
            f"{both} is to be scored, and the model was trained on it, as {source} "
            "tells; leave it out, or if it only has the same name, give it another"
        )
