"""Prints what photographs are taken for: grey, toned in one colour, or coloured.

  python tools/measure_tints.py --grey=../shared/data/historic \
    --colored=../shared/data/photos-val

The first columns are of the colour that is left beside the tone, L*a*b* units.
Those of the second folder count as they are; and grey, made sepia, faded and blue.
"""

import collections
import pathlib

import numpy as np
from absl import app, flags

from colornet import tensorflow_start
from colornet.color import samples
from colornet.errors import InputError
from colornet.inference.photos import photo, photo_tone

FLAGS = flags.FLAGS
flags.DEFINE_string("grey", "", "A folder of photographs that are grey or toned.")
flags.DEFINE_string("colored", "", "A folder of photographs in colour.")

# Colours of the grey levels: black, middle and white of each tone.
_TONES = {
    "grey": ((0, 0, 0), (128, 128, 128), (255, 255, 255)),
    "sepia": ((20, 10, 0), (150, 118, 80), (255, 240, 210)),
    "faded": ((70, 52, 40), (160, 135, 110), (235, 215, 180)),
    "blue": ((0, 8, 30), (90, 120, 160), (235, 245, 255)),
}


def main(argv):
    """Measures each set."""
    del argv
    tensorflow_start.prepare()
    print("                   count     5 %  median    95 %    grey   toned  coloured")
    for name, folder in (("grey", FLAGS.grey), ("coloured", FLAGS.colored)):
        if folder:
            pictures = list(_samples(pathlib.Path(folder)))
            _print(f"{name} folder", pictures)
            if name == "coloured":
                for tone in _TONES:
                    _print(f"made {tone}", [_toned(p, tone) for p in pictures])


def _samples(folder):
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        try:
            yield next(iter(photo.read_photos(path))).sample
        except InputError:
            continue


def _toned(rgb, tone):
    """Pixels [N, 3] in one tone, with grain."""
    grey = np.rint(rgb @ [0.2126, 0.7152, 0.0722]).astype(int)
    levels = np.stack(
        [
            np.interp(np.arange(256), (0, 128, 255), channel)
            for channel in zip(*_TONES[tone], strict=True)
        ],
        axis=-1,
    )
    grain = np.random.default_rng(1).normal(0, 1.5, (len(grey), 3))
    return np.clip(levels[grey] + grain, 0, 255).astype(np.uint8)


def _print(name, pictures):
    kinds = collections.Counter(photo_tone.kind_of(p) for p in pictures)
    colors = [samples.unexplained_chroma(p) for p in pictures]
    low, middle, high = np.percentile(colors, [5, 50, 95])
    counts = [kinds[k] for k in (photo_tone.GREY, photo_tone.TONED, photo_tone.COLORED)]
    print(
        f"{name:18} {len(colors):5} {low:7.2f} {middle:7.2f} {high:7.2f} "
        "{:7} {:7} {:9}".format(*counts)
    )


if __name__ == "__main__":
    app.run(main)
