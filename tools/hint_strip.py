"""Draws what --hints does: a picture in grey, coloured, with points, coloured by them.

python tools/hint_strip.py docs/hints.jpg
"""

import sys

import numpy as np
import strips
from PIL import Image
from skimage import data

import colornet
from colornet import tensorflow_start

_SIDE = 190  # Pixels.
# Colours at (y, x): of the suit, in two ways, and of what is around it.
_SUIT = (400, 200), (330, 110), (480, 330)
_ORANGE, _GREEN = (220, 110, 70), (70, 120, 80)
_REST = {
    **{(130, 60): (150, 50, 60), (290, 20): (190, 180, 180)},  # The flag.
    **{(60, 270): (200, 195, 180), (250, 330): (200, 195, 180)},  # The wall.
}


def main():
    """Writes the picture to the path that the command line names."""
    tensorflow_start.prepare()
    grey = np.asarray(Image.fromarray(data.astronaut()).convert("L"))
    shown = [grey, colornet.colorize(grey)]
    for suit in (_ORANGE, _GREEN):
        hints = np.zeros((*grey.shape, 4), np.uint8)
        for (y, x), color in (_REST | dict.fromkeys(_SUIT, suit)).items():
            hints[y - 6 : y + 6, x - 6 : x + 6] = (*color, 255)
        drawn = np.where(hints[..., 3:] > 0, hints[..., :3], grey[..., None])
        shown += [drawn, colornet.colorize(grey, hints=hints)]
    sheet = strips.lay_out([[strips.small(picture, _SIDE) for picture in shown]])
    sheet.save(sys.argv[1], quality=85, optimize=True)


if __name__ == "__main__":
    main()
