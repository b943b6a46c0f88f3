"""What is wanted of photographs: what the flags of `colorize` say about them."""

import dataclasses

import numpy as np

from colornet.errors import UsageError


@dataclasses.dataclass(frozen=True)
class PhotoSettings:
    """How photographs are coloured, and which are not.

    Attributes:
      skip_colored: do nothing with a photograph that has colours already.
      keep_tint: do nothing with a toned one. Otherwise its tone is taken away.
      saturation: what chroma is multiplied by.
      neutral: (x, y), a pixel of the upright picture that is to be neutral, or None.
      temperature: of the network's choice of colours; None for the usual one.
      hints: colours that are known of the upright picture, uint8 RGBA of its size,
        transparent where nothing is, or None.
      reference: other pictures in colour, as `Colorizer.__call__` has them.
    """

    skip_colored: bool = False
    keep_tint: bool = False
    saturation: float = 1.0
    neutral: tuple[int, int] | None = None
    temperature: float | None = None
    hints: np.ndarray | None = None
    reference: tuple[np.ndarray, ...] = ()


def parse_point(neutral: str) -> tuple[int, int] | None:
    """The pixel (x, y) that --neutral names; None for none.

    Raises:
      UsageError: it names none.
    """
    if not neutral:
        return None
    numbers = neutral.split(",")
    if len(numbers) != 2 or not all(number.strip().isdecimal() for number in numbers):
        raise UsageError(
            f"--neutral={neutral}: expected X,Y, pixels from the left and from the "
            "top, such as 120,80"
        )
    return int(numbers[0]), int(numbers[1])
