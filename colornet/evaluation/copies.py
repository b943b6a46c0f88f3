"""Photographs and films that any program coloured, beside the true ones.

A copy has the name of what it was made of, endings apart, in the same folder below its
own: of INPUT/paris/1.jpg it is COLORED/paris/1.png, of the frames INPUT/bear/00000.jpg,
INPUT/bear/00001.jpg, ... either COLORED/bear.mp4 or as many pictures in COLORED/bear.
"""

import dataclasses
import functools
import pathlib
from collections.abc import Iterator

import numpy as np

from colornet.errors import InputError
from colornet.evaluation import footage


class Copies:
    """The copies of a folder's photographs and films, read in step with them.

    `paint` is for `frame_by_frame.FrameByFrame`, of what `openers` open.

    Args:
      true: the folder of the true ones.
      colored: the folder of the copies.
      layout: of both, as for `footage.by_name`.
      split_list: of the true ones, as there.

    Attributes:
      openers: of the true ones.

    Raises:
      InputError: one has no copy, or a photograph has a film as its copy.
    """

    def __init__(
        self,
        true: pathlib.Path,
        colored: pathlib.Path,
        layout: str = "auto",
        split_list: str = "",
    ):
        self._folder = f"--colored={colored}"
        found = footage.by_name(true, layout, split_list=split_list)
        found = footage.by_stem(found, true, "input")
        copies = footage.by_name(colored, layout, "colored")
        copies = footage.by_stem(copies, colored, "colored")
        for stem, opener in found.items():
            self._check(stem, opener, copies.get(stem))
        self.openers = [
            functools.partial(self._open, found[stem], copies[stem])
            for stem in sorted(found)
        ]

    def paint(self, name: str, number: int, grey: np.ndarray) -> np.ndarray:
        """The copy's frame of that number, of what was opened last.

        Raises:
          InputError: there is none, or it is of another size.
        """
        rgb = next((rgb for n, rgb in self._frames if n == number), None)
        if rgb is None:
            raise InputError(
                f"{self._folder}: {self._copy} has no frame {number}, which the true "
                f"{name} has; give the film whole"
            )
        if rgb.shape[:2] != grey.shape:
            (height, width), true = rgb.shape[:2], grey.shape
            raise InputError(
                f"{self._folder}: {self._copy} has {width}x{height} pixels, the true "
                f"{name} {true[1]}x{true[0]}; give pictures of one size"
            )
        return rgb

    def _check(self, stem, opener, copy):
        if copy is None:
            raise InputError(
                f"{self._folder}: expected a copy of {opener().name}, found none; give "
                f"it the name {stem}, with any ending"
            )
        kinds = [
            "film" if shown().is_film else "photograph" for shown in (opener, copy)
        ]
        if kinds[0] != kinds[1]:
            raise InputError(
                f"{self._folder}: {copy().name} is a {kinds[1]}, the true "
                f"{opener().name} a {kinds[0]}; --pictures says what folders hold"
            )

    def _open(self, opener, copy):
        true, copy = opener(), copy()
        self._copy, self._frames = copy.name, enumerate(copy.frames)
        return dataclasses.replace(true, frames=self._ending_together(true))

    def _ending_together(self, true) -> Iterator[np.ndarray]:
        count = 0
        for rgb in true.frames:
            count += 1
            yield rgb
        if any(number >= count for number, _ in self._frames):
            raise InputError(
                f"{self._folder}: {self._copy} goes on after {count} frames, where the "
                f"true {true.name} ends; give films of one length"
            )
