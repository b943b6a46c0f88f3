"""Makes colornet/color/ab_prior.npy: how often photographs have each ab bin.

  python tools/make_ab_prior.py photos --exclude='classes/00[0-3]*'

Of each photograph in the folder, at any depth, 24 x 24 pixels are counted, shared among
bins as by `bins.soft_encode`. Zhang et al. 2016, section 2.2, smooth theirs so, too.
"""

import argparse
import pathlib

import numpy as np
from PIL import Image

from colornet.color import ab_grid, samples
from colornet.data.sources import photos

_TARGET = pathlib.Path(__file__).parents[1] / "colornet" / "color" / "ab_prior.npy"


def prior_of(paths) -> np.ndarray:
    """How often each of `ab_grid.ab_centers` occurs in pictures, float32 [Q], sum 1."""
    counts = np.zeros(len(ab_grid.ab_centers()))
    for path in paths:
        with Image.open(path) as image:
            rgb = np.asarray(image.convert("RGB"))
        ab = samples.lab(samples.spread_pixels(rgb))[:, 1:]
        counts += samples.soft_counts(ab, np.ones(len(ab)))
    return (counts / counts.sum()).astype("float32")


def main():
    """Writes the array and says of how many photographs it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--exclude", default="", help="globs, separated by commas")
    given = parser.parse_args()
    keys = photos.Photos(str(given.folder), exclude=given.exclude).keys()
    np.save(_TARGET, prior_of(given.folder / key for key in keys))
    print(f"{_TARGET}: {len(keys)} photographs")


if __name__ == "__main__":
    main()
