"""Whether two sets have a photograph or film in common, as their keys tell.

A key is the path below the folder that was read, and the same set may have been read
from a folder above: "val/a.jpg" and "a.jpg" are taken for the same, "val/a.jpg" and
"test/a.jpg" are not.
"""

import collections
import pathlib
from collections.abc import Iterable


def shared(keys: Iterable[str], others: Iterable[str]) -> str | None:
    """The first of `keys` that is among `others`, if any is."""
    by_name = collections.defaultdict(list)
    for other in others:
        parts = pathlib.PurePosixPath(other).parts
        by_name[parts[-1]].append(parts)
    for key in keys:
        parts = pathlib.PurePosixPath(key).parts
        if any(
            all(x == y for x, y in zip(reversed(parts), reversed(other), strict=False))
            for other in by_name[parts[-1]]
        ):
            return key
    return None
