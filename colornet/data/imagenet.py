"""ImageNet as ILSVRC lays it out: each photograph is a clip of one frame.

INPUT/n01440764/n01440764_10026.JPEG    training: a folder for each class
INPUT/ILSVRC2012_val_00000001.JPEG      validation: one flat folder
"""

import dataclasses
import functools
import pathlib
import re
from collections.abc import Iterator

from colornet.data import files, pictures, records
from colornet.errors import InputError

_CLASS = re.compile(r"n\d{8}")  # A WordNet id.


@dataclasses.dataclass(frozen=True)
class ImageNet:
    """Reads an ILSVRC folder, labels included.

    A training picture's label is the place of its class's folder among all of them in
    sorted order, which is the customary numbering where all 1,000 are there. A
    validation picture has the label that the list gives, or none.

    Attributes:
      folder: holds the class folders, or the validation pictures.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with "PATH" or "PATH LABEL" on each line; empty takes
        all pictures. The development kit's own lists leave out ".JPEG", and their
        second column numbers the lines: it is no label and is passed over.
      exclude: globs of relative paths to leave out, separated by commas.
    """

    folder: pathlib.Path
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self) -> list[str]:
        """Relative paths of the pictures."""
        if self.split_list:
            return files.keep(list(self._listed), self.exclude)
        found = files.find(self.folder, {".jpeg"}, self.exclude)
        return [key for key in found if "/" not in key or _class_of(key)]

    def read(self, key: str) -> Iterator[records.Clip]:
        """One clip of one frame, with its label."""
        frame, height, width = pictures.read_frame(self.folder / key, self.short_side)
        label = self._listed.get(key)
        if label is None:
            label = self._classes.get(_class_of(key), records.NO_LABEL)
        yield records.Clip([frame], key, height, width, label=label)

    @functools.cached_property
    def _classes(self):
        """{WordNet id: label}."""
        names = (path.name for path in self.folder.iterdir())
        classes = sorted(name for name in names if _CLASS.fullmatch(name))
        return {name: label for label, name in enumerate(classes)}

    @functools.cached_property
    def _listed(self):
        """{relative path: label, or None} of the list file; empty without one."""
        if not self.split_list:
            return {}
        listed = {}
        for path, *rest in files.read_list(self.folder, self.split_list):
            if not pathlib.PurePosixPath(path).suffix:
                listed[f"{path}.JPEG"] = None
                continue
            try:
                listed[path] = int(rest[0]) if rest else None
            except ValueError:
                raise InputError(
                    f"--split_list={self.split_list}: expected a whole number as the "
                    f"label of {path}, got {rest[0]!r}."
                ) from None
        return listed


def _class_of(key):
    """The WordNet id that is the picture's folder, or None."""
    folder = key.rpartition("/")[0]
    return folder if _CLASS.fullmatch(folder) else None
