"""A picture whose colours a film takes: where it lies, and what of it it shows."""

import dataclasses
import pathlib
from fractions import Fraction

from colornet.errors import UsageError
from colornet.inference.films import film_span


@dataclasses.dataclass(frozen=True)
class Reference:
    """A picture in colour, or one that is transparent where nothing is said.

    Attributes:
      text: PICTURE@TIME or PICTURE, as it was given.
      path: of the picture.
      time: at which the film shows the frame that it is of, in seconds; None for a
        picture that is no frame of it.
      where: what messages call it.
      shot: number of the only one that it counts for; None for that at `time`, or all.
      is_first: whether it is of that shot's first frame, which needs no time.
    """

    text: str
    path: pathlib.Path
    time: Fraction | None = None
    where: str = ""
    shot: int | None = None
    is_first: bool = False

    @classmethod
    def parse(cls, text: str, folder: pathlib.Path = pathlib.Path()) -> "Reference":
        """The one that a flag --reference names: PICTURE@TIME, or PICTURE.

        What follows the last @ is a time. If it is none, it is part of the name of a
        picture that must be there.

        Args:
          text: what is given.
          folder: that a path which is not absolute begins at.

        Raises:
          UsageError: it names none.
        """
        where = f"--reference={text}"
        path, at, time = text.rpartition("@")
        if path and time:
            try:
                time = film_span.seconds("reference", time)
                return cls(text, folder / path, time, where)
            except UsageError:
                pass
        if not text or (at and not (folder / text).exists()):
            raise UsageError(
                f"{where}: expected PICTURE or PICTURE@TIME, such as "
                "frame.png@00:00:03.2: another picture in colour; or a frame of the "
                "film in colour, and when it is shown"
            )
        return cls(text, folder / text, None, where)

    @property
    def is_frame(self) -> bool:
        """Whether it is a frame of the film."""
        return self.is_first or self.time is not None

    def __str__(self):
        return self.where
