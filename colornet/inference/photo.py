"""A photograph without its colours: grey pixels, alpha, and metadata to hand on."""

import dataclasses
import functools
import io
import pathlib

import numpy as np
from PIL import Image, ImageCms

from colornet.color import spaces
from colornet.errors import InputError
from colornet.inference import photo_file

_ROWS = 256  # Rows that are converted at a time: floats of a whole scan would not fit.


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photograph upright, without its colours.

    Attributes:
      grey: uint8 or uint16 [H, W], the sRGB grey of each pixel's lightness.
      alpha: uint8 [H, W], or None if the file has none.
      metadata: as `photo_file.decode` gives it.
    """

    grey: np.ndarray
    alpha: np.ndarray | None
    metadata: dict


def read_photo(path: pathlib.Path) -> Photo:
    """Decodes a photograph that Pillow can open: JPEG, PNG, WebP, TIFF and others.

    Raises:
      InputError: the file is missing, is not a picture, or is damaged.
    """
    image, metadata = photo_file.decode(path)
    alpha = None
    if image.has_transparency_data and not image.mode.startswith("I"):
        profile = image.info.get("icc_profile")
        image = image.convert("LA" if image.mode in ("L", "LA", "La") else "RGBA")
        alpha = np.asarray(image.getchannel("A"))
        image = image.convert(image.mode.rstrip("A"))
        image.info["icc_profile"] = profile
    try:
        return Photo(_grey(image), alpha, metadata)
    except ValueError as error:  # Pillow knows no way from this mode to RGB.
        raise InputError(f"{path}: pixels of kind {image.mode} are not read") from error


def _grey(image):
    """The sRGB grey [H, W] of each pixel's L*: uint8 from grey, uint16 from colours."""
    profile = _foreign_profile(image)
    if image.mode == "1":
        return np.asarray(image.convert("L"))
    if image.mode == "L":
        return _through_profile(np.asarray(image), profile)
    if image.mode.startswith(("I", "F")):
        return _through_profile(_scaled(np.asarray(image)), profile)
    if profile is not None and image.mode in ("RGB", "CMYK"):
        try:
            image = _to_srgb(image, profile)
        except ImageCms.PyCMSError:
            pass  # A profile for other pixels than these; viewers pass over it too.
    return _grey_of_rgb(np.asarray(image.convert("RGB")))


def _scaled(values):
    """16-bit, 32-bit or float samples as uint16: scaled to its range, never clipped."""
    if values.dtype.itemsize == 2:
        return values.astype(np.uint16)  # In the machine's own byte order.
    values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    highest = float(values.max())
    ranges = (1, 255, 65535) if values.dtype.kind == "f" else (65535,)
    top = next((r for r in ranges if highest <= r), highest)
    return np.clip(values * (65535 / top) + 0.5, 0, 65535).astype(np.uint16)


def _grey_of_rgb(rgb):
    """The sRGB grey, uint16 [H, W], as bright as each of `rgb`, uint8 [H, W, 3]."""
    red, green, blue = _luminance_tables()
    grey = np.empty(rgb.shape[:2], np.uint16)
    for first in range(0, len(rgb), _ROWS):
        strip = rgb[first : first + _ROWS]
        y = red[strip[..., 0]] + green[strip[..., 1]] + blue[strip[..., 2]]
        # The three tables' rounding errors may add up to slightly more than 1.
        encoded = spaces.linear_to_srgb(np.clip(y, 0.0, 1.0))
        grey[first : first + _ROWS] = np.asarray(encoded) * 65535 + 0.5
    return grey


@functools.cache
def _luminance_tables():
    """What each level of R, G and B adds to the luminance Y, float32 [3, 256]."""
    levels = np.arange(256, dtype=np.float32) / 255
    alone = np.eye(3, dtype=np.float32)[:, None, :] * levels[:, None]
    lightness = spaces.srgb_to_lab(alone)[..., 0]
    return np.asarray(spaces.srgb_to_linear(spaces.lightness_to_grey(lightness)))


def _foreign_profile(image):
    """The ICC profile of `image`, or None where its pixels are sRGB."""
    data = image.info.get("icc_profile")
    if not data:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(data))
        name = ImageCms.getProfileDescription(profile)
    except (ImageCms.PyCMSError, OSError):
        return None  # Viewers too pass over a damaged profile.
    return None if "srgb" in name.lower() else profile


def _through_profile(grey, profile):
    """Grey samples of a grey profile as sRGB grey: by a ramp of all 8-bit levels."""
    if profile is None:
        return grey
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    try:
        ramp = _to_srgb(ramp, profile)
    except ImageCms.PyCMSError:
        return grey  # A profile for other pixels than these.
    curve = _grey_of_rgb(np.asarray(ramp))[0]
    if grey.dtype == np.uint8:
        return curve[grey]
    return np.interp(np.arange(65536) / 257, np.arange(256), curve).astype(np.uint16)[
        grey
    ]


def _to_srgb(image, profile):
    return ImageCms.profileToProfile(
        image,
        profile,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
