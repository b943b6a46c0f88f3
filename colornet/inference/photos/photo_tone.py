"""Whether a photograph is grey, toned in one colour, or coloured, by some pixels.

Measured (`python tools/measure_tints.py`): of 198 colour photographs 4, nearly all in
one hue, are taken for toned, and of 1,498 others 2.8 %. Of 43 historic scans none of 37
grey and toned ones, four of them faded unevenly, is taken for coloured, and all 6
autochromes and colour prints are. Pictures made sepia, faded or blue never are.
"""

import numpy as np

from colornet.color import samples

GREY, TONED, COLORED = "grey", "toned", "coloured"
_COLOR = 2.2  # Beside the tone, L*a*b* units: what JPEG and grain leave is less.
_UNEVEN = 0.2  # Of the tint's chroma: as much as a print fades unevenly.
_TINT = 3.0  # Mean chroma; what cameras and scanners give to grey is less.


def kind_of(sample: np.ndarray) -> str:
    """GREY, TONED or COLORED.

    Args:
      sample: sRGB uint8 [N, 3], spread over the picture.
    """
    tint = np.hypot(*samples.lab(sample)[:, 1:].mean(axis=0))
    if samples.unexplained_chroma(sample) > max(_COLOR, _UNEVEN * tint):
        return COLORED
    return TONED if tint > _TINT else GREY
