"""A photograph's file, decoded by Pillow alone: quick, for TensorFlow is not loaded."""

import pathlib
import struct

from PIL import ExifTags, Image, ImageOps

from colornet.errors import InputError

# What Pillow is told to write, by the ending of the name.
WRITTEN = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}

# Tags that say how a TIFF's pixels are stored. TIFF 6.0; the profile, XMP (kept apart).
_STORAGE_TAGS = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279),
    *(280, 281, 284, 288, 289, 290, 291, 292, 293, 301, 317, 318, 319, 320, 321, 322),
    *(323, 324, 325, 330, 332, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514, 515),
    *(517, 518, 519, 520, 521, 529, 530, 531, 532, 700, 34675),
}
_SRGB = 1  # Of the EXIF tag ColorSpace. EXIF 2.32, table 4.


def decode(path: pathlib.Path) -> tuple[Image.Image, dict]:
    """Reads all of a picture's pixels and turns them as its EXIF says.

    Returns:
      The picture, and what a copy of it with sRGB pixels should carry, as arguments of
      Pillow's `save`: `exif`, `xmp`, `dpi` and `comment`, as far as the file had them.

    Raises:
      InputError: the file is missing, is not one picture, or is damaged.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file")
    if not path.is_file():
        raise InputError(f"{path}: not a file")
    if path.stat().st_size == 0:
        raise InputError(f"{path}: the file is empty")
    try:
        with Image.open(path) as image:
            pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            if pages > 1:
                raise InputError(
                    f"{path}: {pages} pages or frames where one picture was expected; "
                    "save each as a file of its own"
                )
            image.load()
            ImageOps.exif_transpose(image, in_place=True)
            return image, _metadata(image)
    except InputError:
        raise
    except Image.UnidentifiedImageError as error:
        raise InputError(
            f"{path}: not a picture; JPEG, PNG, WebP and TIFF are read"
        ) from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path}: {error}") from error
    except (OSError, SyntaxError, ValueError, EOFError, struct.error) as error:
        # Pillow would fill the rest of a truncated picture with grey, if asked to.
        raise InputError(f"{path}: truncated or damaged picture ({error})") from error


def _metadata(image):
    known = {key: image.info.get(key) for key in ("xmp", "dpi", "comment")}
    exif = image.getexif()
    for tag in _STORAGE_TAGS.intersection(exif):
        del exif[tag]
    if exif:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        size = {
            ExifTags.Base.ColorSpace: _SRGB,
            ExifTags.Base.ExifImageWidth: image.width,
            ExifTags.Base.ExifImageHeight: image.height,
        }
        details.update({tag: size[tag] for tag in size if tag in details})
        try:
            known["exif"] = exif.tobytes()
        except (struct.error, TypeError, ValueError, OverflowError):
            pass  # Damaged EXIF is no reason to refuse the picture.
    return {key: value for key, value in known.items() if value}
