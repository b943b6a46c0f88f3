"""What a user asks of predicted colours: more or less of them, and a neutral point."""

import numpy as np
import tensorflow as tf

from colornet.color import attach
from colornet.errors import InputError
from colornet.inference import painting


def paint(grey, ab, small, rgb, *, stride, saturation=1.0, neutral=None) -> None:
    """`painting.paint` with the colours that are wanted, as `controlled` makes them."""
    control = {"saturation": saturation, "neutral": neutral}
    wanted = controlled(ab, small, grey.shape, stride=stride, **control)
    painting.paint(grey, wanted, small, rgb, stride=stride)


def controlled(
    ab: np.ndarray,
    small: np.ndarray,
    shape: tuple[int, int],
    *,
    stride: int,
    saturation: float = 1.0,
    neutral: tuple[int, int] | None = None,
) -> np.ndarray:
    """The ab that is wanted instead of the predicted one, both [h4, w4, 2].

    Where a colour (a, b) at lightness L lies on what is known to be neutral, the light
    had a cast, and what of it falls on everything neutral is, in L*a*b*, proportional
    to L + 16. (X, Y and Z are multiplied by a factor each, and fX - fY of CIE 15 with
    them.) So (a, b) (L' + 16) / (L + 16) is taken away where lightness is L'.

    Args:
      ab: of cells of `stride` x `stride` network pixels.
      small: float32 [h, w], L* of the network's picture.
      shape: (height, width) of the whole picture.
      stride: network pixels per cell.
      saturation: what chroma is multiplied by, last of all.
      neutral: (x, y), a pixel of the whole picture that is to be neutral.

    Raises:
      InputError: `neutral` is outside the picture.
    """
    if neutral is not None:
        (x, y), (height, width) = neutral, shape
        if not (0 <= x < width and 0 <= y < height):
            raise InputError(
                f"--neutral={x},{y}: is outside the picture of {width} x {height}"
            )
        cells = attach.cell_lightness(tf.constant(small[None, ..., None]), stride)
        strength = cells.numpy()[0] + 16
        row = int((y + 0.5) * small.shape[0] / height / stride)
        column = int((x + 0.5) * small.shape[1] / width / stride)
        ab = ab - ab[row, column] * (strength / strength[row, column])
    return ab if saturation == 1 else ab * np.float32(saturation)
