"""One picture of a file, with its pixels at full depth as they were stored, upright."""

import dataclasses

import numpy as np
from PIL import Image

from colornet.errors import InputError
from colornet.inference.photos import photo_metadata


@dataclasses.dataclass(frozen=True)
class Page:
    """A picture, before anything is made of its colours.

    Attributes:
      pixels: uint8 or uint16 [H, W] or [H, W, channels]: of their whole range, 0 black.
      color: "grey", "rgb", "cmyk", or "lightness", whose words are L* from 0 to 100.
      bits: of a channel in the file: 8 for fewer, 10, 12 or 16.
      alpha: as `pixels`, [H, W], or None.
      profile: ICC, or empty.
      metadata: of the upright picture.
      storage: how files of its kind are to be written; for other kinds it is nothing.
    """

    pixels: np.ndarray
    color: str
    bits: int = 8
    alpha: np.ndarray | None = None
    profile: bytes = b""
    metadata: photo_metadata.Metadata = photo_metadata.Metadata()
    storage: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Colored:
    """A picture that is to be written.

    Attributes:
      rgb: uint8 or uint16 [H, W, 3], or [H, W, 4] with alpha, of their whole range.
      bits: of a channel, which the format has.
      profile: ICC, or empty for sRGB of which nothing need be said.
      metadata: as it is to be written.
      storage: of the source's `Page`, if that is of the same format; otherwise empty.
    """

    rgb: np.ndarray
    bits: int
    profile: bytes
    metadata: photo_metadata.Metadata
    storage: dict


def of_channels(pixels: np.ndarray, bits: int, **rest) -> Page:
    """A page of grey or RGB [H, W] or [H, W, 1 to 4], a last even channel as alpha."""
    channels = 1 if pixels.ndim == 2 else pixels.shape[-1]
    alpha = None
    if channels in (2, 4):
        alpha, pixels = pixels[..., -1], pixels[..., :-1]
    if channels < 3:
        return Page(pixels.reshape(pixels.shape[:2]), "grey", bits, alpha, **rest)
    return Page(pixels, "rgb", bits, alpha, **rest)


def upright(page: Page) -> Page:
    """The page turned as its EXIF says, which from then on says upright."""
    way = photo_metadata.orientation(page.metadata)
    turned = way >= 5
    return dataclasses.replace(
        page,
        pixels=_turned(page.pixels, way),
        alpha=None if page.alpha is None else _turned(page.alpha, way),
        metadata=photo_metadata.of_upright(page.metadata, turned),
    )


def full_range(values: np.ndarray, top: float) -> np.ndarray:
    """Numbers from 0 to `top` as uint8 where `top` is 255 or less, else as uint16."""
    kind, end = (np.uint8, 255) if top <= 255 else (np.uint16, 65535)
    if values.dtype == kind and top == end:
        return values
    out = np.empty(values.shape, kind)
    for source, target in zip(
        values, out, strict=True
    ):  # Row by row: floats are large.
        target[:] = np.clip(source * np.float64(end / top) + 0.5, 0, end)
    return out


def of_bits(words: np.ndarray, bits: int) -> np.ndarray:
    """Words over the whole range of uint16 as words over that of `bits`."""
    out = np.empty_like(words)
    for source, target in zip(words, out, strict=True):
        target[:] = np.rint(source * (((1 << bits) - 1) / 65535))
    return out


def scaled(values: np.ndarray) -> np.ndarray:
    """32-bit or floating numbers as uint16: scaled to their range, never clipped."""
    if values.dtype.itemsize == 2 and values.dtype.kind == "u":
        return values.astype(np.uint16, copy=False)  # In the machine's order of bytes.
    values = np.nan_to_num(values.astype(np.float32), posinf=0.0, neginf=0.0)
    highest = float(values.max())
    ranges = (1, 255, 65535) if values.dtype.kind == "f" else (65535,)
    top = next((r for r in ranges if highest <= r), highest)
    return full_range(values * np.float32(65535 / top), 65535)


def check_size(width: int, height: int) -> None:
    """Raises `InputError` for no pixels, or for more than Pillow is allowed to read."""
    if not (width and height):
        raise InputError(f"{width} x {height} pixels, which is no picture")
    limit = Image.MAX_IMAGE_PIXELS
    if limit and width * height > limit:
        raise InputError(f"{width} x {height} pixels, more than the {limit} allowed")


def _turned(pixels, way):
    """Views, so that nothing is copied. EXIF 2.32, 4.6.4 A."""
    if way >= 5:
        pixels = pixels.swapaxes(0, 1)
    if way in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if way in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return pixels
