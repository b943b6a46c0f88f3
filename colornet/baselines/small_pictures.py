"""Pictures at the small size that fitted systems see, and colour at full size.

A descriptor of a pixel's surroundings means the same thing only at the same scale, so
all pictures are reduced to one short side, in fitting and in colouring.
"""

from collections.abc import Iterable

import numpy as np
from PIL import Image
from skimage import feature

from colornet.color import attach, spaces

SIDE = 128  # Pixels of the shorter side; smaller pictures stay as they are.
_SCENE_SIDE = 64  # Pixels of each side of what a descriptor is made of, in 4 x 4 parts.


def choose(pictures: Iterable[np.ndarray], limit: int, seed: int) -> list[np.ndarray]:
    """At most `limit` pictures, each as likely as any other, reduced: uint8 [h, w, 3].

    Only these are kept while the others go by. Vitter 1985, algorithm R.
    """
    draws = np.random.default_rng(seed)
    chosen = []
    for number, picture in enumerate(pictures):
        if number < limit:
            chosen.append(reduce(picture))
        elif (place := int(draws.integers(number + 1))) < limit:
            chosen[place] = reduce(picture)
    return chosen


def reduce(picture: np.ndarray) -> np.ndarray:
    """A uint8 picture with a shorter side of at most `SIDE`: [h, w, ...]."""
    height, width = picture.shape[:2]
    scale = SIDE / min(height, width)
    if scale >= 1:
        return picture
    size = round(width * scale), round(height * scale)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))


def grey_of(rgb: np.ndarray) -> np.ndarray:
    """The sRGB grey, float32 [h, w] in [0, 1], that has the L* of uint8 [h, w, 3]."""
    lightness = spaces.srgb_to_lab(rgb.astype("float32") / 255)[..., 0]
    return np.asarray(spaces.lightness_to_grey(lightness))


def scene(grey: np.ndarray) -> np.ndarray:
    """What a picture is like as a whole: float32 [144], of float grey [h, w] in [0, 1].

    Edges by direction, and mean greys, in 4 x 4 parts, as the "gist" of Oliva and
    Torralba 2001 has them of Gabor filters; both halves have a length of at most 1.
    """
    square = Image.fromarray(grey.astype("float32")).resize(
        (_SCENE_SIDE, _SCENE_SIDE), Image.Resampling.BOX
    )
    part = _SCENE_SIDE // 4
    edges = feature.hog(
        np.asarray(square),
        orientations=8,
        pixels_per_cell=(part, part),
        cells_per_block=(4, 4),
    )
    tones = np.asarray(square.resize((4, 4), Image.Resampling.BOX)).ravel() / 4
    return np.concatenate([edges, tones]).astype("float32")


def color_of(grey: np.ndarray, small_grey: np.ndarray, small_rgb: np.ndarray):
    """The full-size picture, sRGB uint8 [H, W, 3], with the chroma of a small one.

    Args:
      grey: uint8 [H, W]; its lightness is kept.
      small_grey: the same reduced, float [h, w] in [0, 1].
      small_rgb: that coloured, float [h, w, 3]; may leave [0, 1].
    """
    ab = spaces.srgb_to_lab(np.clip(small_rgb, 0, 1).astype("float32"))[..., 1:]
    guides = [
        spaces.grey_to_lightness(guide.astype("float32"))[None, ..., None]
        for guide in (small_grey, grey / 255)
    ]
    ab = ab[None]
    if grey.shape != small_grey.shape:
        ab = attach.upsample_chroma(ab, *guides, stride=1)
    rgb = attach.attach_to_lightness(guides[1], ab)[0]
    return np.round(np.asarray(rgb) * 255).astype("uint8")
