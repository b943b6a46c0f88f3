"""Makes sheets to look at of what the rows of the benchmark make of the same pictures.

  python tools/benchmark_sheet.py runs/benchmark docs

Writes to the second folder benchmark_sheet.png, eight pictures of scikit-image by all
rows, and benchmark_pan.png, frames of a clip that pans over one of them with the
dynamic layer and without it. What a run in the first folder, made by
tools/run_benchmark.py with seed 1, makes of them stays beside its figures, from where
it is taken when the run is gone; rows that have neither are left out.
"""

import functools
import pathlib
import sys

import benchmark_rows
import numpy as np
import strips
from PIL import Image, ImageDraw
from skimage import data

from colornet import tensorflow_start, whole_file

tensorflow_start.prepare()

from colornet.evaluation import scoring  # noqa: E402
from colornet.inference.colorizer import Colorizer  # noqa: E402
from colornet.training import checkpoints, settings, systems  # noqa: E402

_PICTURES = "astronaut", "chelsea", "coffee", "rocket"
_MORE = "retina", "immunohistochemistry", "hubble_deep_field"
_PANNED = "gru", "no_dynamic_layer"  # The rows that colour the clip, too.
_NETWORK_SIZE = 128  # As in the tables.
_SIDE, _TITLE = 128, 14  # Pixels.
_FRAMES, _STEP = 8, 12  # Of the pan; how far it goes from one to the next, pixels.


def main():
    """Writes both sheets."""
    runs, folder = map(pathlib.Path, sys.argv[1:])
    stereo, _, _ = data.stereo_motorcycle()
    pictures = [getattr(data, name)() for name in _PICTURES + _MORE] + [stereo]
    pictures = [_square(picture) for picture in pictures]
    pan = [_crop(pictures[2], _STEP * number) for number in range(_FRAMES)]
    greys, pan_greys = ([*map(scoring.grey_of, some)] for some in (pictures, pan))
    lines = {"true": strip(pictures), "1 no colourisation": strip(greys)}
    pans = {"true": strip(pan)}
    for row in benchmark_rows.SYSTEMS:
        workdir = runs / row.figures(1).stem
        left, left_pan = row.pictures("sheet"), row.pictures("pan")
        if row.figures(1).exists() and checkpoints.exists(workdir):
            colorize = clip_coloring(workdir)
            keep(strip([colorize([grey])[0] for grey in greys]), left)
            if row.name in _PANNED:
                keep(strip(colorize(pan_greys)), left_pan)
        if left.exists():
            lines[f"{row.number} {row.label}"] = Image.open(left)
        if left_pan.exists():
            pans[row.label] = Image.open(left_pan)
    save(lines, folder / "benchmark_sheet.png")
    save(pans, folder / "benchmark_pan.png")


def clip_coloring(workdir: pathlib.Path):
    """A function from a clip's frames, uint8 [H, W], to sRGB uint8 [H, W, 3] each."""
    if checkpoints.settings_of(workdir).system == settings.OWN_SYSTEM:
        model = Colorizer.load(workdir / "exported", network_size=_NETWORK_SIZE)
        return lambda greys: list(model(np.stack(greys)))
    colorize = systems.load(workdir)
    if isinstance(colorize, functools.partial):  # What is fitted has a size of its own.
        colorize = functools.partial(colorize, network_size=_NETWORK_SIZE)
    return lambda greys: [colorize(grey) for grey in greys]


def strip(pictures: list[np.ndarray]) -> Image.Image:
    """Pictures side by side, each made small."""
    return strips.lay_out([[strips.small(picture, _SIDE) for picture in pictures]])


def keep(line: Image.Image, path: pathlib.Path) -> None:
    """Writes a strip, whole or not at all."""
    with whole_file.written(path) as unfinished:
        line.save(unfinished, "WEBP", lossless=True)


def save(lines: dict[str, Image.Image], path: pathlib.Path) -> None:
    """Writes strips, each below its title."""
    sheet = strips.lay_out([[line] for line in lines.values()], gap=_TITLE, top=_TITLE)
    pen = ImageDraw.Draw(sheet)
    for number, title in enumerate(lines):
        pen.text((4, number * (_TITLE + _SIDE) + 1), title, fill="black")
    sheet.save(path, optimize=True)


def _square(picture):
    """The middle of a picture, 320 x 320 pixels."""
    side = min(picture.shape[:2])
    top, left = ((length - side) // 2 for length in picture.shape[:2])
    middle = Image.fromarray(picture[top : top + side, left : left + side])
    return np.asarray(middle.resize((320, 320), Image.Resampling.LANCZOS))


def _crop(picture, left):
    return picture[40:264, left : left + 224]


if __name__ == "__main__":
    main()
