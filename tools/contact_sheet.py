"""Makes one picture of many: grey, coloured and true ones under each other, to look at.

  python tools/contact_sheet.py photos --count=40 --columns=8 --output=sheet.webp

The folder holds photographs, or folders of a film's frames, or films, as for
`colornet evaluate`. Of films, every n-th frame is shown, and the model has seen all
those before it. With --no-truth the third line of each group is left out, as it is of
use only where the pictures had colour.
"""

import argparse
import itertools
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from colornet.errors import InputError, UsageError
from colornet.evaluation import footage, scoring
from colornet.inference.colorizer import Colorizer

_LABEL_HEIGHT = 14  # Pixels.
_GAP = 4


def main():
    """Colours the pictures and writes the sheet."""
    options = _parse()
    try:
        openers = footage.in_folder(options.folder, options.pictures)
        colorizer = Colorizer.load(
            options.model,
            network_size=options.network_size,
            temperature=options.temperature,
        )
        cells = pick(colorizer, openers, options.count, options.every)
        sheet = lay_out(cells, options.columns, options.thumb, options.truth)
        sheet.save(options.output)
    except (InputError, UsageError, OSError) as error:
        raise SystemExit(f"contact_sheet: {error}") from error
    print(f"{options.output}: {len(cells)} pictures, {sheet.width}x{sheet.height}")


def pick(colorizer, openers, count, every) -> list[tuple[str, list[np.ndarray]]]:
    """(label, [grey, coloured, true], uint8 RGB each) of at most `count` pictures."""
    share = -(-count // len(openers))  # Frames of each, where there are but few films.
    sampling = scoring.Sampling(every)
    cells = []
    for open_footage in footage.thin_out(openers, count):
        shown = open_footage()
        frames = scoring.TimedColoring(colorizer, sampling).frames_of(shown)
        for number, true, grey, colored in itertools.islice(frames, share):
            label = f"{shown.name} {number}" if shown.is_film else shown.name
            grey = np.repeat(grey[..., None], 3, axis=-1)
            cells.append((label, [grey, colored, true]))
    return cells[:count]


def lay_out(cells, columns, thumb, truth) -> Image.Image:
    """The sheet: a row of cells, each a stack of thumbnails under its label."""
    lines = 3 if truth else 2
    height = _LABEL_HEIGHT + lines * thumb + _GAP
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * (thumb + _GAP), rows * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=10)
    for index, (label, stack) in enumerate(cells):
        left = index % columns * (thumb + _GAP)
        top = index // columns * height
        draw.text((left, top), _shorten(label, thumb, font), fill="black", font=font)
        for line, rgb in enumerate(stack[:lines]):
            small = Image.fromarray(rgb)
            small.thumbnail((thumb, thumb), Image.Resampling.LANCZOS)
            x = left + (thumb - small.width) // 2
            sheet.paste(small, (x, top + _LABEL_HEIGHT + line * thumb))
    return sheet


def _shorten(label, width, font):
    """The end of the label that fits: names differ there."""
    while font.getlength(label) > width:
        label = label[1:]
    return label


def _parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--model", default="default", help="bundled name or export")
    parser.add_argument("--network_size", type=int, help="default: the model's own")
    parser.add_argument("--temperature", type=float, help="default: the model's own")
    parser.add_argument(
        "--pictures", choices=("auto", "photos", "frames"), default="auto"
    )
    parser.add_argument("--count", type=int, default=40, help="of pictures")
    parser.add_argument(
        "--every", type=int, default=8, help="of films, each n-th frame"
    )
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--thumb", type=int, default=200, help="side in pixels")
    parser.add_argument("--no-truth", dest="truth", action="store_false")
    parser.add_argument("--output", type=pathlib.Path, default="sheet.webp")
    return parser.parse_args()


if __name__ == "__main__":
    main()
