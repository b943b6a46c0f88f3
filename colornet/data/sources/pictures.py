"""A picture file of any kind -> one JPEG frame in 8-bit sRGB, upright."""

import io
import warnings

import numpy as np
import pillow_heif
from PIL import AvifImagePlugin, Image, ImageCms, UnidentifiedImageError

from colornet.color import samples
from colornet.data import filesystem, records
from colornet.data.sources import profiles, tiffs
from colornet.errors import InputError

pillow_heif.register_heif_opener()
# Several pictures are read at a time; threads for each cost three times what they save.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# They warn of damaged tags and of large sizes; what matters of that is an error here.
# For good, since `warnings.catch_warnings` gets into a muddle with threads.
warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")

_ORIENTATION = 0x0112  # EXIF tag; 1 is upright.
# What brings a picture of each other orientation upright. EXIF 2.32, 4.6.4 A.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def read_frame(path: str, short_side: int = 0) -> records.Frame:
    """The picture as a frame, ready to be stored.

    The file's own bytes are taken where nothing has to change: an upright sRGB JPEG of
    three channels that is not larger than asked.

    Args:
      path: of anything Pillow opens, here or elsewhere. Its EXIF orientation is
        applied, its colours are brought to sRGB, 16 bits to 8, and transparency is laid
        on white. Of several pictures in a file, the first counts.
      short_side: pictures whose shorter side is longer are reduced to it, antialiased;
        none is enlarged. 0 keeps every size.

    Raises:
      InputError: it cannot be read as a picture.
    """
    try:
        data = filesystem.read_bytes(path)
        with _open(data) as image:
            size = _reduced(image.size, short_side)
            plain = size == image.size and _is_plain_jpeg(image)
            # Lets libjpeg leave out what a reduction would throw away; 2 keeps quality.
            image.draft(None, (2 * size[0], 2 * size[1]))
            image.load()
            if plain:
                rgb = np.asarray(image)
            else:
                turn = _TURNS.get(_orientation(image))
                small = reduce(_to_8_bit(image), short_side)
                upright = small if turn is None else small.transpose(turn)
                rgb = np.asarray(_to_srgb(upright, image.info.get("icc_profile")))
                data = records.encode_frame(rgb)
        return records.Frame(data, *rgb.shape[:2], samples.spread_pixels(rgb))
    except Exception as error:  # A decoder fed with garbage raises anything at all.
        raise InputError(
            f"{path}: cannot be read as a picture: {_reason(error)}"
        ) from error


def reduce(image: Image.Image, short_side: int) -> Image.Image:
    """`image`, or where its shorter side is above `short_side`, a smaller one."""
    size = _reduced(image.size, short_side)
    if size == image.size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _open(data):
    if not data:
        raise ValueError("the file is empty")
    try:
        image = Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        if not tiffs.is_tiff(data):
            raise
        return tiffs.decode(data)
    return tiffs.decode(data) if tiffs.is_misread(image) else image


def _to_8_bit(image):
    """`image` in a mode that can be resized and turned, transparency kept."""
    if image.mode == "F":
        raise ValueError("floating-point pictures have no fixed range")
    if image.mode.startswith("I"):  # Grey of 16 bits, however Pillow stores it.
        grey = np.asarray(image)
        if grey.min() < 0 or grey.max() > 65535:
            raise ValueError("grey values beyond 16 bits have no fixed range")
        return Image.fromarray(np.round(grey / 257.0).astype("uint8"))
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("RGB") if image.mode in ("P", "1") else image


def _to_srgb(image, profile):
    """`image` in mode RGB, laid on white, `profile` (bytes or None) applied."""
    if image.mode == "RGBA":
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if image.mode == "LAB":  # A measure of its own, whatever profile lies beside it.
        image = _apply_profile(image, ImageCms.createProfile("LAB"))
    elif profile and not _is_srgb(profile):
        image = _apply_profile(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    return image.convert("RGB")


def _reduced(size, short_side):
    """(width, height) after `reduce`."""
    shorter = min(size)
    if not short_side or shorter <= short_side:
        return tuple(size)
    return tuple(max(1, round(side * short_side / shorter)) for side in size)


def _is_plain_jpeg(image):
    """Whether the file can be a frame as it is. MPO, say, holds several pictures."""
    profile = image.info.get("icc_profile")
    return (
        image.format == "JPEG"
        and image.mode == "RGB"
        and _orientation(image) not in _TURNS
        and (not profile or _is_srgb(profile))
    )


def _orientation(image):
    try:
        return image.getexif().get(_ORIENTATION, 1)
    except Exception:  # Broken EXIF beside a sound picture: viewers show it as it lies.
        return 1


def _is_srgb(profile):
    # Broken: viewers take such a picture as sRGB, and so do we.
    return profiles.is_srgb(profile) or not profiles.space(profile)


def _apply_profile(image, source):
    target = ImageCms.createProfile("sRGB")
    try:
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except ImageCms.PyCMSError:
        return image  # A profile of another colour model than the picture's.


def _reason(error):
    if isinstance(error, UnidentifiedImageError):  # It names an object in memory.
        return "it is of no kind that Pillow knows"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    # Of a picture that is too large, what Pillow suspects behind it is left out.
    message = " ".join(str(error).split()).removesuffix(
        ", could be decompression bomb DOS attack."
    )
    return message or type(error).__name__
