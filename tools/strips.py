"""Pictures beside and below each other, for the figures of README and experiments."""

import numpy as np
from PIL import Image


def small(picture: np.ndarray, side: int) -> Image.Image:
    """A grey or sRGB picture, uint8, as a square of `side` pixels."""
    return Image.fromarray(picture).convert("RGB").resize((side, side))


def lay_out(
    rows: list[list[Image.Image]], *, gap: int = 0, top: int = 0
) -> Image.Image:
    """Pictures of one size in rows of one length.

    Args:
      rows: from top to bottom, each from left to right.
      gap: pixels of white between neighbours.
      top: pixels of white above the first row.
    """
    width, height = (side + gap for side in rows[0][0].size)
    size = len(rows[0]) * width - gap, top + len(rows) * height - gap
    sheet = Image.new("RGB", size, "white")
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            sheet.paste(picture, (column * width, top + row * height))
    return sheet
