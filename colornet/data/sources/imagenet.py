"""ImageNet as ILSVRC lays it out: each photograph is a clip of one frame.

INPUT/n01440764/n01440764_10026.JPEG    training: a folder for each class
INPUT/ILSVRC2012_val_00000001.JPEG      validation: one flat folder

The same is found in INPUT/train and INPUT/val, and in the train and val folders of
INPUT/ILSVRC/Data/CLS-LOC. A list, such as cval1k.txt or ctest10k.txt, has lines
"ILSVRC2012_val_00000001.JPEG 65", the path relative to INPUT, with or without a label.
"""

import collections
import dataclasses
import functools
import posixpath
import re
from collections.abc import Iterator

from colornet.data import filesystem, records
from colornet.data.sources import files, pictures
from colornet.errors import InputError

_SPLITS = ("", "train", "val", "ILSVRC/Data/CLS-LOC/train", "ILSVRC/Data/CLS-LOC/val")
_CLASS = re.compile(r"n\d{8}")  # A WordNet id.
_PLACE = re.compile(
    rf"(?:(?:{'|'.join(_SPLITS[1:])})/)?(?:(?P<id>{_CLASS.pattern})/)?[^/]+"
)
# What another machine's absolute path ends in.
_END = re.compile(rf"(?:{_CLASS.pattern}/)?[^/]+$")


@dataclasses.dataclass(frozen=True)
class ImageNet:
    """Reads an ILSVRC folder, labels included.

    A training picture's label is the place of its class's folder among all of them in
    sorted order, which is the customary numbering where all 1,000 are there. A
    validation picture has the label that the list gives, or none.

    Attributes:
      folder: path or URL; holds the class folders, or the validation pictures.
      short_side: longer shorter sides are reduced to it, in pixels; 0 keeps all.
      split_list: a text file with "PATH" or "PATH LABEL" on each line; empty takes
        all pictures. Of an absolute path, the class folder and the name count. The
        development kit's own lists leave out ".JPEG", and their second column numbers
        the lines: it is no label and is passed over.
      exclude: globs of relative paths to leave out, separated by commas.
    """

    folder: str
    short_side: int = 0
    split_list: str = ""
    exclude: str = ""

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Relative paths of the pictures."""
        if self.split_list:
            paths = files.once(self.folder, (path for path, _ in self._lines), on_bad)
            return files.keep(paths, self.exclude)
        found = files.find(self.folder, {".jpeg"}, self.exclude, on_bad)
        return [key for key in found if _PLACE.fullmatch(key)]

    def weight(self, key: str) -> float:
        """One frame each."""
        return 1.0

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """One clip of one frame, with its label; an official set is left whole."""
        frame = pictures.read_frame(filesystem.join(self.folder, key), self.short_side)
        yield records.Clip(
            [frame.jpeg],
            key,
            frame.height,
            frame.width,
            label=self._label(key),
            sample=frame.sample,
        )

    def _label(self, key):
        place = _PLACE.fullmatch(key)
        if (listed := self._listed.get(key)) is not None:
            return listed
        if place is None or place["id"] is None:
            return records.NO_LABEL
        return self._classes.get(place["id"], records.NO_LABEL)

    @functools.cached_property
    def _classes(self):
        """{WordNet id: label}."""
        classes = set()
        for split in _SPLITS:
            folder = filesystem.join(self.folder, split) if split else self.folder
            if filesystem.is_folder(folder):
                classes.update(filter(_CLASS.fullmatch, filesystem.subfolders(folder)))
        return {name: label for label, name in enumerate(sorted(classes))}

    @functools.cached_property
    def _listed(self):
        """{relative path: label, or None} of the list file; empty without one."""
        # Of a path that is listed twice, the first line stands.
        return dict(reversed(self._lines))

    @functools.cached_property
    def _lines(self):
        """(relative path, label or None) of each line of the list file."""
        if not self.split_list:
            return []
        lines = []
        for path, *rest in files.read_list(self.folder, self.split_list):
            path = path.removeprefix("./")
            if path.startswith("/"):
                path = _END.search(path)[0]
            if not posixpath.splitext(path)[1]:
                lines.append((f"{path}.JPEG", None))
                continue
            try:
                lines.append((path, int(rest[0]) if rest else None))
            except ValueError:
                raise InputError(
                    f"--split_list={self.split_list}: expected a whole number as the "
                    f"label of {path}, got {rest[0]!r}."
                ) from None
        return lines
