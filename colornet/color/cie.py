"""The numbers of sRGB and CIE L*a*b*, for NumPy and for `keras.ops` alike."""

import numpy as np

# Linear sRGB to XYZ, rows X, Y, Z. IEC 61966-2-1.
XYZ_FROM_RGB = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
WHITE = XYZ_FROM_RGB.sum(axis=1)  # RGB (1, 1, 1), so that greys get a = b = 0.
TOE = 6.0 / 29.0  # Below this the cube root becomes a line. CIE 15:2004, 8.2.1.
