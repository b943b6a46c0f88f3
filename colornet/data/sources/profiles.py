"""ICC profiles: pixels of any kind to linear sRGB light, and back to a profile's RGB.

Luminance is that of linear sRGB, D65, also where a profile counts from its D50 white:
so a colour has one lightness, however it is stored.
"""

import functools
import struct

import imagecodecs
import numpy as np

from colornet.color import cie

_WAY = {
    "intent": imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC,
    "flags": imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION
    | imagecodecs.CMS.FLAGS.NOOPTIMIZE,
    "outdtype": np.float32,
}
_PIXELS = {b"RGB ": ("rgb", 3), b"GRAY": ("gray", 0), b"CMYK": ("cmyk", 4)}
_MATRIX_TAGS = {b"rTRC", b"gTRC", b"bTRC", b"rXYZ", b"gXYZ", b"bXYZ"}
_NEAR = 0.5 / 255  # Of encoded sRGB: what no 8-bit picture could tell apart.


@functools.lru_cache(64)
def space(profile: bytes) -> str:
    """The pixels it is for, "rgb", "gray" or "cmyk"; "" for others and the damaged."""
    name, channels = _PIXELS.get(profile[16:20], ("", 0))
    if not name:
        return ""
    black = np.zeros((1, 1, channels) if channels else (1, 1), np.float32)
    try:
        _to_xyz(black, profile, name)
    except (imagecodecs.CmsError, ValueError, RuntimeError):
        return ""
    return name


@functools.lru_cache(64)
def is_srgb(profile: bytes) -> bool:
    """Whether its RGB is sRGB, by what it does, whatever it is called."""
    if space(profile) != "rgb":
        return False
    levels = np.linspace(0, 1, 6, dtype=np.float32)
    rgb = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    light = np.maximum(linear(rgb, profile), 0)
    curve = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    seen = np.where(light <= 0.0031308, 12.92 * light, curve)
    return float(np.abs(seen - rgb).max()) < _NEAR


@functools.cache
def srgb() -> bytes:
    """A profile of sRGB; the same bytes at any time."""
    made = bytearray(imagecodecs.cms_profile("srgb"))
    made[24:36] = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)  # When it was made.
    made[84:100] = bytes(16)  # A checksum; zero is "not computed".
    return bytes(made)


def linear(pixels: np.ndarray, profile: bytes) -> np.ndarray:
    """Linear sRGB, float32 [H, W, 3], beyond [0, 1] for colours outside its gamut.

    Args:
      pixels: [H, W] where `space` says "gray", [H, W, 3] for "rgb": uint8, uint16, or
        float32 in [0, 1]; for "cmyk" [H, W, 4], uint8 or uint16, where 0 is no ink.
      profile: of such pixels.
    """
    if pixels.dtype.kind == "u" and space(profile) != "cmyk":
        # Where words go in, lcms works with 16 bits of linear light: few for the dark.
        pixels = pixels / np.float32(np.iinfo(pixels.dtype).max)
    xyz = _to_xyz(pixels, profile, space(profile))
    return xyz @ np.linalg.inv(_matrix(srgb())).T.astype(np.float32)


@functools.lru_cache(64)
def can_be_written(profile: bytes) -> bool:
    """Whether `encoded` takes it: RGB that is a matrix and three curves."""
    count = int.from_bytes(profile[128:132], "big")
    table = profile[132 : 132 + 12 * count]
    names = {table[place : place + 4] for place in range(0, len(table), 12)}
    by_table = b"A2B0" in names
    return _MATRIX_TAGS <= names and not by_table and space(profile) == "rgb"


def encoded(light: np.ndarray, profile: bytes) -> np.ndarray:
    """Inverse of `linear` for `can_be_written` profiles: float32 [H, W, 3] in [0, 1].

    A colour that the profile's primaries cannot make comes nearer to the grey of its
    luminance, which stays.
    """
    to_own = np.linalg.inv(_matrix(profile)) @ _matrix(srgb())
    grey = np.clip(light @ cie.XYZ_FROM_RGB[1], 0, 1)[..., None]
    own = within(light @ to_own.T, grey)
    words = imagecodecs.cms_transform(
        np.ascontiguousarray(own @ _matrix(profile).T, np.float32),
        *(imagecodecs.cms_profile("xyz"), profile),
        colorspace="xyz",
        outcolorspace="rgb",
        **_WAY,
    )
    return np.clip(words, 0, 1)


def within(light: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """Linear RGB [..., 3] drawn to `grey` [..., 1] as far as it takes to be in [0, 1].

    Where `grey` is its luminance, that stays.
    """
    away = light - grey
    room = np.where(away > 0, 1 - grey, grey)
    share = room / np.maximum(np.abs(away), 1e-12)
    return grey + away * np.minimum(share.min(axis=-1, keepdims=True), 1)


def _to_xyz(pixels, profile, name):
    return imagecodecs.cms_transform(
        np.ascontiguousarray(pixels),
        *(profile, imagecodecs.cms_profile("xyz")),
        colorspace=name,
        outcolorspace="xyz",
        **_WAY,
    )


@functools.lru_cache(16)
def _matrix(profile):
    """The three primaries, in XYZ seen by D50, as columns: [3, 3]."""
    primaries = np.eye(3, dtype=np.float32)[None]
    return _to_xyz(primaries, profile, "rgb")[0].T.astype(np.float64)
