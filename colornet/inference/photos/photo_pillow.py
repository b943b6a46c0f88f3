"""Pictures that Pillow reads and writes at full depth: JPEG, WebP, BMP, GIF and others.

And HEIF, and AVIF as it is read, whose 10 and 12 bits Pillow would cut.
"""

import pathlib
import warnings
from typing import BinaryIO

import imagecodecs
import numpy as np
import pillow_heif
from PIL import Image

from colornet.errors import InputError
from colornet.inference.photos import photo_metadata, photo_page

pillow_heif.register_heif_opener()
# They warn of damaged tags and of large sizes; what matters of that is an error here.
warnings.filterwarnings("ignore", module=r"PIL\.|pillow_heif")

_MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_SEGMENT = 65533  # Bytes that a JPEG's segment holds.
# 4:4:4: half as many chroma samples would blur the colours that were just put at edges.
_SETTINGS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "WEBP": {"quality": 95},
    "BMP": {},
}
_HEIF = {"quality": 95, "chroma": "444"}
# Larger ones are coded tile by tile, as phones do: whole, x265 takes 22 bytes a pixel.
_WHOLE_PIXELS, _TILE = 1 << 24, 1024


def read(path: pathlib.Path) -> photo_page.Page:
    """The only picture of the file.

    Raises:
      InputError: it has several, or pixels of an unknown kind.
      OSError and others: it is damaged.
    """
    with Image.open(path) as image:
        pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        if pages > 1:
            raise InputError(
                f"{pages} pages or frames where one picture was expected; "
                "save each as a file of its own"
            )
        known = _metadata(image)
        profile, storage = image.info.get("icc_profile") or b"", {}
        if image.format == "WEBP":
            storage = {"WEBP": {"lossless": _is_lossless_webp(path)}}
        if image.format == "HEIF" and image.info.get("bit_depth", 8) > 8:
            return _deep_heif(path, known, profile)
        if image.format == "AVIF" and (bits := _bits_of_avif(path)) > 8:
            pixels = imagecodecs.avif_decode(path.read_bytes())
            return _of_words(pixels, bits, known, profile)
        image.load()
        return of_image(image, metadata=known, profile=profile, storage=storage)


def write(file: BinaryIO, kind: str, page: photo_page.Colored) -> None:
    """Writes a picture as Pillow's `kind`: JPEG, WEBP or BMP."""
    known = page.metadata
    settings = {**_SETTINGS[kind], **page.storage}
    if known.dpi:
        settings["dpi"] = known.dpi
    if kind == "JPEG":
        settings["extra"] = b"".join(_segments(known))
    else:
        known = photo_metadata.described(known)
    if page.profile:
        settings["icc_profile"] = page.profile
    if kind != "BMP":
        exif, xmp = known.exif, known.xmp
        if kind == "JPEG":
            exif = photo_metadata.shortened(known, _SEGMENT - 8).exif
            xmp = xmp if len(xmp) < _SEGMENT - 32 else b""
        settings["exif"] = b"Exif\0\0" + exif
        settings["xmp"] = xmp
    Image.fromarray(page.rgb).save(file, kind, **settings)


def write_heif(file: BinaryIO, page: photo_page.Colored) -> None:
    """Writes a HEIC of 8 or 10 bits."""
    known, words = photo_metadata.described(page.metadata), page.rgb
    mode = "RGB" if words.shape[-1] == 3 else "RGBA"
    settings = dict(_HEIF, exif=b"Exif\0\0" + known.exif, xmp=known.xmp)
    if page.profile:
        settings["icc_profile"] = page.profile
    if page.bits > 8:
        mode += ";16"
        # It takes the upper bits of words and would round none of them.
        words = photo_page.of_bits(words, 10) << 6
    height, width = words.shape[:2]
    if height * width > _WHOLE_PIXELS:
        settings["tile_size"] = _TILE
    pillow_heif.encode(mode, (width, height), words.tobytes(), file, **settings)


def of_image(image: Image.Image, **rest) -> photo_page.Page:
    """A page of what Pillow has read, with the `rest` of its attributes."""
    if image.mode == "1":
        return photo_page.of_channels(np.asarray(image.convert("L")), 8, **rest)
    if image.mode.startswith(("I", "F")):
        return photo_page.of_channels(photo_page.scaled(np.asarray(image)), 16, **rest)
    if image.mode == "CMYK":
        return photo_page.Page(np.asarray(image), "cmyk", **rest)
    if image.mode == "LAB":
        return photo_page.Page(np.asarray(image)[..., 0], "lightness", **rest)
    mode = image.mode
    if image.has_transparency_data:
        mode = "LA" if mode in ("L", "LA", "La") else "RGBA"
    elif mode not in ("L", "RGB"):
        mode = "RGB"
    try:
        image = image.convert(mode) if mode != image.mode else image
    except ValueError as error:
        raise InputError(f"pixels of kind {image.mode} are not read") from error
    return photo_page.of_channels(np.asarray(image), 8, **rest)


def _metadata(image):
    info = image.info
    exif = (info.get("exif") or b"").removeprefix(b"Exif\0\0")
    xmp = info.get("xmp") or b""
    iptc, resources, comments, more_xmp = b"", b"", [], []
    for name, content in getattr(image, "applist", []):
        if name == "COM":
            comments.append(content)
        elif name == "APP13" and content.startswith(_PHOTOSHOP):
            resources += content.removeprefix(_PHOTOSHOP)
        elif name == "APP1" and content.startswith(_MORE_XMP):
            more_xmp.append(content)
    if image.format == "GIF" and info.get("comment"):
        comments = [info["comment"]]
    iptc, resources = photo_metadata.split_resources(resources)
    dpi = info.get("dpi")
    return photo_metadata.Metadata(
        *(exif, xmp.encode() if isinstance(xmp, str) else xmp, tuple(more_xmp)),
        *(iptc, resources, tuple(map(float, dpi)) if dpi and all(dpi) else None),
        comments=tuple(comments),
    )


def _segments(known):
    """What a JPEG has beside what Pillow is told to write."""
    resources = photo_metadata.joined_resources(known)
    step = _SEGMENT - len(_PHOTOSHOP)
    for start in range(0, len(resources), step):
        yield _segment(0xED, _PHOTOSHOP + resources[start : start + step])
    for content in known.more_xmp:
        yield _segment(0xE1, content)
    said = list(known.comments)
    said += [words.encode() for _, _, words in known.chunks]
    for comment in said:
        yield _segment(0xFE, comment[:_SEGMENT])


def _segment(marker, content):
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def _deep_heif(path, known, profile):
    file = pillow_heif.open_heif(path, convert_hdr_to_8bit=False, hdr_to_16bit=False)
    image = file[file.primary_index]
    return _of_words(np.asarray(image), image.info["bit_depth"], known, profile)


def _of_words(pixels, bits, known, profile):
    pixels = photo_page.full_range(pixels, (1 << bits) - 1)
    return photo_page.of_channels(pixels, bits, metadata=known, profile=profile)


def _bits_of_avif(path):
    """Of a channel: 8, 10 or 12. AV1 in ISOBMFF, 2.3.3."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    place = head.find(b"av1C")
    flags = head[place + 6] if 0 <= place < len(head) - 6 else 0
    return (12 if flags & 0x20 else 10) if flags & 0x40 else 8


def _is_lossless_webp(path):
    with path.open("rb") as file:
        return b"VP8L" in file.read(1 << 16)
