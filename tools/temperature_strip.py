"""Draws what --temperature does: rows of pictures, from grey to the lowest.

python tools/temperature_strip.py docs/temperature.jpg
"""

import sys

import numpy as np
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
    columns = 1 + len(_TEMPERATURES)
    size = columns * _SIDE, _TITLE + len(pictures) * _SIDE
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for column, title in enumerate(("grey", *_TEMPERATURES)):
        pen.text((column * _SIDE + 4, 2), str(title), fill="black")
    for row, picture in enumerate(pictures):
        grey = np.asarray(Image.fromarray(picture).convert("L"))
        shown = [grey]
        shown += [colornet.colorize(grey, temperature=t) for t in _TEMPERATURES]
        for column, pixels in enumerate(shown):
            image = Image.fromarray(pixels).resize((_SIDE, _SIDE))
            sheet.paste(image, (column * _SIDE, _TITLE + row * _SIDE))
    sheet.save(sys.argv[1], quality=80, optimize=True)


if __name__ == "__main__":
    main()
