"""TIFF files: pages at full depth with all their tags, read and written."""

import io
import itertools
import pathlib
from collections.abc import Iterable, Iterator

import numpy as np
import tifffile

from colornet.data.sources import tiffs
from colornet.errors import InputError
from colornet.inference.photos import photo_metadata, photo_page, photo_tags

# Tags that say how pixels are stored, and layers, which would contradict the new ones.
# TIFF 6.0; Adobe, "TIFF Technical Notes", 2002.
_STORAGE_TAGS = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279),
    *(280, 281, 284, 288, 289, 290, 291, 292, 293, 301, 317, 318, 319, 320, 321, 322),
    *(323, 324, 325, 330, 332, 334, 336, 338, 339, 340, 341, 342, 347, 512, 513, 514),
    *(515, 517, 518, 519, 520, 521, 529, 530, 531, 532, 37724),
}
_KINDS, _EXTRA = tifffile.PHOTOMETRIC, tifffile.EXTRASAMPLE
_COLORS = {
    _KINDS.MINISBLACK: ("grey", 1),
    _KINDS.MINISWHITE: ("grey", 1),
    _KINDS.PALETTE: ("rgb", 3),  # Once looked up.
    _KINDS.RGB: ("rgb", 3),
    _KINDS.YCBCR: ("rgb", 3),  # Once decoded.
    _KINDS.SEPARATED: ("cmyk", 4),
    _KINDS.CIELAB: ("lightness", 3),
    _KINDS.ICCLAB: ("lightness", 3),
}
# What is written as it was; everything else is of pixels that are no longer there.
_KEPT = {1: None, 5: "lzw", 8: "adobe_deflate", 32946: "adobe_deflate", 7: "jpeg"}
_KEPT |= {32773: "packbits", 50000: "zstd"}
_NEW = {"compression": "adobe_deflate", "predictor": True}
_MOST_BYTES = (1 << 32) - (1 << 26)  # What a TIFF's offsets reach, and a reserve.


def read(path: pathlib.Path) -> Iterator[photo_page.Page]:
    """The pages, reduced copies and masks left out.

    Raises:
      ValueError and others: a page is damaged.
    """
    with tifffile.TiffFile(path) as file, path.open("rb") as tag_file:
        tags = photo_tags.TagFile(tag_file)
        found = (p.aspage() for p in _once(file.pages))
        pages = [p for p in found if not (p.is_reduced or p.is_mask)]
        if not pages:
            raise ValueError("no page")
        # As it would be with three channels and alpha, not compressed.
        size = sum(4 * p.imagewidth * p.imagelength * p.dtype.itemsize for p in pages)
        for page in pages:
            yield _page(page, tags, {"bigtiff": size > _MOST_BYTES})


def write(path: pathlib.Path, pages: Iterable[photo_page.Colored]) -> None:
    """Writes pages as they come, one in memory at a time."""
    pages = iter(pages)
    first = [next(pages)]
    order = photo_tags.TagFile(io.BytesIO(first[0].metadata.exif)).order
    large = first[0].storage.get("bigtiff", first[0].rgb.nbytes > _MOST_BYTES)
    changes = []
    with tifffile.TiffWriter(path, bigtiff=large, byteorder=order) as file:
        while first or (first := list(itertools.islice(pages, 1))):
            page = first.pop()
            file.write(page.rgb, **_stored(page))
            changes.append(_changes(page.metadata))
            del page  # Before the next one is made.
    with path.open("r+b") as tag_file:
        photo_tags.TagFile(tag_file).rewrite(changes)


def _once(pages):
    """The pages; each names the next one, and damaged ones may do so in a circle."""
    offsets = set()
    for page in pages:
        if page.offset in offsets:
            raise ValueError("its pages go round in a circle")
        offsets.add(page.offset)
        yield page


def _stored(page):
    """How a page is written, as arguments of tifffile."""
    storage = {**_NEW, **page.storage}
    storage.pop("bigtiff", None)
    alpha = page.rgb.shape[-1] == 4
    if storage["compression"] == "jpeg":
        deep = alpha or page.bits > 8
        storage = _NEW if deep else {**storage, "compressionargs": {"level": 95}}
    return {
        "photometric": "rgb",
        "extrasamples": ["unassalpha"] if alpha else None,
        "iccprofile": page.profile or None,
        "software": False,
        "metadata": None,
        **storage,
    }


def _changes(metadata):
    """The tags of a page that say something other than how it is stored."""
    metadata = photo_metadata.described(metadata)
    block = photo_tags.TagFile(io.BytesIO(metadata.exif))
    left_out = _STORAGE_TAGS - {photo_metadata.ORIENTATION}
    tags = {n: tag for n, tag in block.tags().items() if n not in left_out}
    if metadata.dpi and photo_metadata.X_RESOLUTION not in tags:
        x, y = map(block.fraction, metadata.dpi)
        tags |= {photo_metadata.X_RESOLUTION: x, photo_metadata.Y_RESOLUTION: y}
        tags[photo_metadata.RESOLUTION_UNIT] = block.short(photo_metadata.INCH)
    for number, content, kind in (
        (photo_metadata.XMP, metadata.xmp, 1),
        (photo_metadata.IPTC, metadata.iptc, 7),
        (photo_metadata.PHOTOSHOP, metadata.resources, 1),
    ):
        if content:
            tags[number] = photo_tags.data(content, kind)
    return tags


def _page(page, tags, storage):
    palette = page.photometric == _KINDS.PALETTE
    color, channels = _COLORS.get(page.photometric, ("", 0))
    extra = page.extrasamples
    if (
        not color
        or page.samplesperpixel != (1 if palette else channels) + len(extra)
        or (palette and extra)
        or page.imagedepth != 1
        or page.dtype is None
        or (page.photometric == _KINDS.YCBCR and page.compression not in (6, 7))
    ):
        name = getattr(page.photometric, "name", page.photometric)
        raise InputError(
            f"a TIFF of kind {name} with {page.samplesperpixel} channels is not read; "
            "convert it to grey or RGB"
        )
    photo_page.check_size(page.imagewidth, page.imagelength)
    known = photo_metadata.from_page(
        tags.tags(page.offset), tags.order, _STORAGE_TAGS - {photo_metadata.ORIENTATION}
    )
    pixels, bits = _full_range(page)
    alpha = None
    if extra and extra[0] in (_EXTRA.ASSOCALPHA, _EXTRA.UNASSALPHA):
        alpha = pixels[..., channels]
    if pixels.ndim == 3 and color != "rgb" or extra:
        pixels = pixels[..., :channels]
    if alpha is not None and extra[0] == _EXTRA.ASSOCALPHA:
        pixels = _without_alpha(pixels, alpha)
    if color == "lightness":
        pixels = pixels[..., 0]
        if page.photometric == _KINDS.ICCLAB and bits == 16:
            pixels = photo_page.full_range(np.minimum(pixels, 65280), 65280)
    if color == "grey":
        pixels = pixels.reshape(pixels.shape[:2])
    profile, compression = page.iccprofile or b"", int(page.compression)
    if compression in _KEPT:
        storage = {**storage, "compression": _KEPT[compression]}
        storage["predictor"] = page.predictor == tifffile.PREDICTOR.HORIZONTAL
    storage = {"TIFF": storage}
    return photo_page.Page(pixels, color, bits, alpha, profile, known, storage)


def _full_range(page):
    """Pixels [H, W] or [H, W, channels] of the whole range of their type; the bits."""
    pixels = tiffs.page_pixels(page)
    if page.photometric == _KINDS.PALETTE:
        colors = np.ascontiguousarray(page.colormap.T >> 8).astype(np.uint8)
        return colors[pixels], 8
    if pixels.dtype == bool:
        return pixels.astype(np.uint8) * np.uint8(255), 8
    bits = page.bitspersample
    if pixels.dtype.kind != "u" or bits > 16:
        return photo_page.scaled(pixels), 16
    pixels = photo_page.full_range(pixels, (1 << bits) - 1)
    return pixels, 8 if bits <= 8 else 16


def _without_alpha(pixels, alpha):
    """Pixels that were multiplied by `alpha`, as they were before."""
    out = np.empty(pixels.shape, pixels.dtype)
    top = np.iinfo(pixels.dtype).max
    for target, row, share in zip(out, pixels, alpha, strict=True):
        share = np.maximum(share, 1).astype(np.float64)
        share = share[:, None] if row.ndim == 2 else share
        target[:] = np.minimum(np.rint(row * (top / share)), top)
    return out
