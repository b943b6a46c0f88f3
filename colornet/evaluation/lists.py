"""Which photographs and films of a folder a list names: cval1k.txt, DAVIS's val.txt.

A line is a path, and whatever comes after it, such as a label, is passed over:

  ILSVRC2012_val_00000001.JPEG 65       a photograph, with its ending or without
  bear                                  a film, or a folder of its frames
  /JPEGImages/480p/bear/00000.jpg ...   a frame: its film is meant

Lists often were written for another folder: what comes before the place is passed over.
"""

import pathlib
from collections.abc import Iterator

from colornet.data.sources import files
from colornet.errors import InputError


def named(found: dict, folder: pathlib.Path, split_list: str) -> dict:
    """Those of `found` that the list names, in its order.

    Args:
      found: by their paths below `folder`, as `footage.by_name` gives them.
      folder: where the list is looked for first.
      split_list: path of a text file.

    Raises:
      InputError: the list cannot be read, or names what is not there.
    """
    keys = {str(pathlib.PurePosixPath(key).with_suffix("")): key for key in found}
    keys.update({key: key for key in found})
    kept = {}
    for line in files.read_lines(str(folder), split_list):
        key = next((keys[path] for path in _paths(line) if path in keys), None)
        if key is None:
            raise InputError(
                f"--split_list={split_list}: names {line}, which is not in {folder}; "
                "give the folder of the list's pictures, or a list without it"
            )
        kept[key] = found[key]
    return kept


def _paths(line) -> Iterator[str]:
    """What a line may mean, likeliest first."""
    for path in (line, line.split()[0]):
        parts = pathlib.PurePosixPath(path).parts
        for end in (len(parts), -1):
            for start in range(len(parts)):
                yield "/".join(parts[start:end])
