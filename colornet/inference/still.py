"""A photograph on disk to the same photograph in colour."""

import pathlib

import numpy as np
from PIL import Image, PngImagePlugin

from colornet import whole_file
from colornet.errors import InputError, UsageError
from colornet.inference import photo, photo_file

# 4:4:4: half as many chroma samples would blur the colours that were just put at edges.
_SETTINGS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {"compress_level": 3},  # Twice as fast as 6; at most 4 % larger.
    "TIFF": {},  # Pillow's compressed way fails on the dates and places in EXIF.
    "WEBP": {"quality": 95},
}
_XMP_TAG = 700  # In TIFF XMP is a tag. XMP specification, part 3, 2020.


def colorize_still(
    colorizer, source: str | pathlib.Path, target: str | pathlib.Path
) -> None:
    """Colours one photograph; its lightness, size, alpha and metadata stay.

    Args:
      colorizer: a `Colorizer`.
      source: any picture that Pillow reads; it is turned upright as its EXIF says.
      target: .jpg, .jpeg, .png, .webp, .tif or .tiff: sRGB, 8 bits a channel. It
        appears when it is whole, or not at all.

    Raises:
      UsageError: `target` has another ending, or is the source.
      InputError: `source` cannot be read, or `target` cannot be written.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    kind = photo_file.WRITTEN.get(target.suffix.lower())
    if kind is None:
        raise UsageError(
            f"{target}: a photograph's ending must be one of "
            f"{', '.join(photo_file.WRITTEN)}, got {target.suffix!r}"
        )
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")
    with whole_file.written(target) as unfinished:
        picture = photo.read_photo(source)
        alpha = picture.alpha
        if kind == "JPEG" and alpha is not None:
            if alpha.min() < 255:
                raise InputError(
                    f"{target}: {source} is transparent in places, which a JPEG "
                    "cannot be; write a .png, .webp or .tif"
                )
            alpha = None
        rgb = Image.fromarray(colorizer(picture.grey, np.uint8))
        if alpha is not None:
            rgb.putalpha(Image.fromarray(alpha))
        try:
            rgb.save(unfinished, kind, **_SETTINGS[kind], **_carried(picture, kind))
        except (OSError, ValueError) as error:
            raise InputError(f"{target}: cannot be written ({error})") from error


def _carried(picture, kind):
    """The metadata of `picture` as the arguments of Pillow's `save` for this `kind`."""
    carried = dict(picture.metadata)
    if kind == "PNG" and "xmp" in carried:
        carried["pnginfo"] = chunks = PngImagePlugin.PngInfo()
        text = carried.pop("xmp").decode("utf-8", "replace")
        chunks.add_itxt("XML:com.adobe.xmp", text)
    if kind == "TIFF" and "xmp" in carried:
        exif = Image.Exif()
        exif.load(carried.get("exif", b""))
        exif[_XMP_TAG] = carried.pop("xmp")
        carried["exif"] = exif.tobytes()
    if kind != "JPEG":
        carried.pop("comment", None)
    return carried
