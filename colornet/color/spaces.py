"""Colour spaces. Pure `keras.ops`; channels last; any rank; each way has its inverse.

sRGB [0, 1] <-> CIE L*a*b* (D65, 2 degree observer), Ruderman's l-alpha-beta, Larsson's
hue/chroma, Y'CbCr (BT.601, BT.709, SMPTE 240M, BT.2020). L* alone converts to and from
the sRGB grey it is.
"""

import numpy as np
from keras import ops

from colornet.color import cie

_RGB_FROM_XYZ = np.linalg.inv(cie.XYZ_FROM_RGB)

# RGB to LMS. Reinhard et al. 2001, equation 4.
_LMS_FROM_RGB = np.array(
    [[0.3811, 0.5783, 0.0402], [0.1967, 0.7244, 0.0782], [0.0241, 0.1288, 0.8444]]
)
# log LMS to l, alpha, beta. Reinhard et al. 2001, equation 6.
_LAB_FROM_LOG_LMS = np.diag([3**-0.5, 6**-0.5, 2**-0.5]) @ [
    [1, 1, 1],
    [1, 1, -2],
    [1, -1, 0],
]

# Weights of R' and B' in luma; G' has the rest. ITU-R BT.601-7, 2.5.1; BT.709-6, 3.2;
# SMPTE 240M-1999, 4.2; BT.2020-2, table 4, non-constant luminance.
_LUMA_WEIGHTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "smpte240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}


def srgb_to_linear(rgb):
    """Gamma-encoded sRGB to linear light, both [...], [0, 1]. IEC 61966-2-1."""
    curve = ((ops.maximum(rgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return ops.where(rgb <= 0.04045, rgb / 12.92, curve)


def linear_to_srgb(linear):
    """Inverse of `srgb_to_linear`; values below 0 stay on the straight part."""
    curve = 1.055 * ops.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055
    return ops.where(linear <= 0.0031308, 12.92 * linear, curve)


def srgb_to_lab(rgb):
    """Converts gamma-encoded sRGB [..., 3] in [0, 1] to L*a*b* [..., 3].

    L* is in [0, 100]; inside the sRGB gamut a* is in [-87, 99], b* in [-108, 95].
    """
    _check_channels("srgb_to_lab", rgb, 3)
    fx, fy, fz = _channels(
        _cie_f(_matmul(srgb_to_linear(rgb), cie.XYZ_FROM_RGB / cie.WHITE[:, None]))
    )
    return ops.stack([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)], axis=-1)


def lab_to_srgb(lab):
    """Inverse of `srgb_to_lab`; outside the gamut it leaves [0, 1]: see `gamut_map`."""
    return linear_to_srgb(lab_to_linear(lab))


def lab_to_linear(lab):
    """L*a*b* [..., 3] to linear sRGB [..., 3]; outside [0, 1] where the gamut ends."""
    _check_channels("lab_to_linear", lab, 3)
    lightness, a, b = _channels(lab)
    fy = (lightness + 16) / 116
    xyz = _cie_f_inverse(ops.stack([fy + a / 500, fy, fy - b / 200], axis=-1))
    return _matmul(xyz, _RGB_FROM_XYZ * cie.WHITE)


def grey_to_lightness(grey):
    """Converts sRGB grey [...] in [0, 1] (R' = G' = B') to L* [...], [0, 100]."""
    return 116 * _cie_f(srgb_to_linear(grey)) - 16


def lightness_to_grey(lightness):
    """Inverse of `grey_to_lightness`."""
    return linear_to_srgb(_cie_f_inverse((lightness + 16) / 116))


def room_for(added, grey):
    """How much of `added` fits: the share, at most 1, that keeps RGB in [0, 1].

    Args:
      added: [..., 3], what is to be added to red, green and blue ...
      grey: ... of this value, [..., 1] in [0, 1].

    Returns:
      [..., 1].
    """
    room = ops.where(added > 0, 1 - grey, grey) / ops.maximum(ops.abs(added), 1e-12)
    return ops.minimum(ops.min(room, axis=-1, keepdims=True), 1.0)


def gamut_map(lab, iterations=14):
    """Lowers chroma at constant L* and hue until [..., 3] lies inside the sRGB gamut.

    Clipping R, G and B one by one would change lightness; this does not. Bisection on
    the share of chroma kept, `iterations` halvings: 14 leave an error below 0.01 a*b*.
    """
    _check_channels("gamut_map", lab, 3)
    lightness, chroma = lab[..., :1], lab[..., 1:]

    def fits(share):
        linear = lab_to_linear(ops.concatenate([lightness, chroma * share], axis=-1))
        inside = ops.logical_and(linear >= -1e-5, linear <= 1 + 1e-5)
        return ops.all(inside, axis=-1, keepdims=True)

    low, high = ops.zeros_like(lightness), ops.ones_like(lightness)
    low = ops.where(fits(high), high, low)
    for _ in range(iterations):
        middle = (low + high) / 2
        inside = fits(middle)
        low, high = ops.where(inside, middle, low), ops.where(inside, high, middle)
    return ops.concatenate([lightness, chroma * low], axis=-1)


def srgb_to_ruderman(rgb):
    """Converts sRGB [..., 3] in [0, 1] to l-alpha-beta [..., 3]. Ruderman 1998.

    Gamma-encoded values go straight into the matrix and natural logarithm, after 1 is
    added on the 0..255 scale, as Deshpande 2015 and Larsson 2016 measure chroma error.
    """
    _check_channels("srgb_to_ruderman", rgb, 3)
    lms = _matmul(rgb * 255.0 + 1.0, _LMS_FROM_RGB / 255.0)
    return _matmul(ops.log(lms), _LAB_FROM_LOG_LMS)


def ruderman_to_srgb(ruderman):
    """Inverse of `srgb_to_ruderman`."""
    _check_channels("ruderman_to_srgb", ruderman, 3)
    lms = ops.exp(_matmul(ruderman, np.linalg.inv(_LAB_FROM_LOG_LMS)))
    return (_matmul(lms, 255.0 * np.linalg.inv(_LMS_FROM_RGB)) - 1.0) / 255.0


def srgb_to_hue_chroma(rgb):
    """Converts sRGB [..., 3] in [0, 1] to hue, chroma, grey [..., 3], all in [0, 1].

    Larsson et al. 2016, section 3.1: hue as in HSV, chroma = max - min, and the
    lightness that goes with them, grey = (max + min) / 2 ("bicone").
    """
    _check_channels("srgb_to_hue_chroma", rgb, 3)
    red, green, blue = _channels(rgb)
    high, low = ops.max(rgb, axis=-1), ops.min(rgb, axis=-1)
    chroma = high - low
    divisor = ops.where(chroma > 0, chroma, ops.ones_like(chroma))
    sixth = ops.where(
        high == red,
        (green - blue) / divisor,
        ops.where(
            high == green, 2 + (blue - red) / divisor, 4 + (red - green) / divisor
        ),
    )
    hue = sixth / 6 - ops.floor(sixth / 6)
    return ops.stack([hue, chroma, (high + low) / 2], axis=-1)


def hue_chroma_to_srgb(hue_chroma):
    """Inverse of `srgb_to_hue_chroma`."""
    _check_channels("hue_chroma_to_srgb", hue_chroma, 3)
    hue, chroma, grey = _channels(hue_chroma)
    # Each channel is a trapezium of hue, one third apart; 1 at its own hue, 0 opposite.
    shift = ops.stack([hue, hue + 2 / 3, hue + 1 / 3], axis=-1)
    distance = ops.abs((shift - ops.floor(shift)) * 6 - 3) - 1
    share = ops.clip(distance, 0.0, 1.0)
    return grey[..., None] + chroma[..., None] * (share - 0.5)


def srgb_to_ycbcr(rgb, *, matrix="bt601", full_range=True):
    """Converts sRGB [..., 3] in [0, 1] to 8-bit-scale Y'CbCr [..., 3], not rounded.

    Args:
      rgb: gamma-encoded, [..., 3].
      matrix: "bt601", "bt709", "smpte240m" or "bt2020".
      full_range: Y' in [0, 255] and Cb, Cr in [0, 255] around 128 (JPEG), or limited:
        Y' in [16, 235], Cb and Cr in [16, 240]. ITU-R BT.601-7, 2.5.3.
    """
    _check_channels("srgb_to_ycbcr", rgb, 3)
    forward, offset = _ycbcr(matrix, full_range)
    return _matmul(rgb, forward) + ops.convert_to_tensor(offset, rgb.dtype)


def ycbcr_to_srgb(ycbcr, *, matrix="bt601", full_range=True):
    """Inverse of `srgb_to_ycbcr`; combinations outside the gamut leave [0, 1]."""
    _check_channels("ycbcr_to_srgb", ycbcr, 3)
    forward, offset = _ycbcr(matrix, full_range)
    centred = ycbcr - ops.convert_to_tensor(offset, ycbcr.dtype)
    return _matmul(centred, np.linalg.inv(forward))


def _ycbcr(matrix, full_range):
    """The 3x3 matrix and the offset from R'G'B' [0, 1] to 8-bit Y'CbCr."""
    if matrix not in _LUMA_WEIGHTS:
        raise ValueError(
            f"matrix must be one of {sorted(_LUMA_WEIGHTS)}, got {matrix!r}."
        )
    red, blue = _LUMA_WEIGHTS[matrix]
    luma = np.array([red, 1 - red - blue, blue])
    unit = np.stack(
        [
            luma,
            (np.array([0, 0, 1]) - luma) / (2 * (1 - blue)),
            (np.array([1, 0, 0]) - luma) / (2 * (1 - red)),
        ]
    )
    scale = np.array([255, 255, 255] if full_range else [219, 224, 224])
    return unit * scale[:, None], np.array([0 if full_range else 16, 128, 128])


def _cie_f(t):
    """The cube root of L*a*b*, with its linear toe. CIE 15:2004, 8.2.1."""
    root = ops.maximum(t, cie.TOE**3) ** (1 / 3)
    return ops.where(t > cie.TOE**3, root, t / (3 * cie.TOE**2) + 4 / 29)


def _cie_f_inverse(f):
    return ops.where(f > cie.TOE, f * f * f, 3 * cie.TOE**2 * (f - 4 / 29))


def _matmul(x, matrix):
    """Rows of `matrix` are outputs: [..., 3] -> [..., 3]."""
    return ops.matmul(x, ops.convert_to_tensor(matrix.T, x.dtype))


def _channels(x):
    return ops.unstack(x, axis=-1)


def _check_channels(name, x, count):
    if x.shape[-1] != count:
        raise ValueError(f"{name} needs {count} channels last, got {tuple(x.shape)}.")
