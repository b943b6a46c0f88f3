"""What is told of a film's frames: pictures in a folder, each named for its time.

references/00003.200.png   of the frame that is shown at 3.2 s
"""

import dataclasses
import pathlib
from fractions import Fraction

import numpy as np

from colornet.serving import strokes

_FOLDER = "references"


@dataclasses.dataclass(frozen=True)
class Told:
    """A picture that tells colours.

    Attributes:
      path: of it.
      time: when the film shows the frame that it is of, in seconds.
    """

    path: pathlib.Path
    time: Fraction

    def flag(self, folder: pathlib.Path) -> str:
        """It, as --reference takes it where paths begin in `folder`."""
        return f"{self.path.relative_to(folder)}@{self.path.stem}"


def read(project: pathlib.Path) -> list[Told]:
    """All that is told in the folder of a project, by time."""
    paths = sorted((project / _FOLDER).glob("[0-9]*.png"))
    return [Told(path, Fraction(path.stem)) for path in paths]


def write(project: pathlib.Path, time: Fraction, hints: np.ndarray, drawing) -> None:
    """Puts `hints`, uint8 RGBA, in the place of what was told of that frame.

    Where they are transparent everywhere, nothing is told of it any more. The strokes
    of `drawing`, of which they were made, can be had back by `strokes.read`.
    """
    path = project / _FOLDER / f"{round(1000 * time) / 1000:09.3f}.png"
    path.parent.mkdir(exist_ok=True)
    if not hints[..., 3].any():
        path.unlink(missing_ok=True)
        return
    strokes.write(path, drawing, hints)
