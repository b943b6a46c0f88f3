"""Draws what --temperature does: rows of pictures, from grey to the lowest.

python tools/temperature_strip.py docs/temperature.jpg
"""

import sys

import numpy as np
import strips
from PIL import Image, ImageDraw
from skimage import data

import colornet
from colornet import tensorflow_start

_TEMPERATURES = (1.0, 0.8, 0.4, 0.1)
_SIDE, _TITLE = 150, 16  # Pixels.


def main():
    """Writes the picture to the path that the command line names."""
    tensorflow_start.prepare()
    pictures = [data.astronaut()[:400, 30:430], data.coffee()[:, 100:500]]
    pictures += [data.chelsea()[:, 50:350]]
    rows = []
    for picture in pictures:
        grey = np.asarray(Image.fromarray(picture).convert("L"))
        shown = [grey]
        shown += [colornet.colorize(grey, temperature=t) for t in _TEMPERATURES]
        rows.append([strips.small(picture, _SIDE) for picture in shown])
    sheet = strips.lay_out(rows, top=_TITLE)
    pen = ImageDraw.Draw(sheet)
    for column, title in enumerate(("grey", *_TEMPERATURES)):
        pen.text((column * _SIDE + 4, 2), str(title), fill="black")
    sheet.save(sys.argv[1], quality=80, optimize=True)


if __name__ == "__main__":
    main()
