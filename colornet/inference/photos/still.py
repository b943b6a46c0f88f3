"""A photograph on disk to the same photograph in colour."""

import itertools
import logging
import pathlib

from colornet.errors import InputError, UsageError
from colornet.inference.photos import (
    companions,
    photo,
    photo_file,
    photo_page,
    photo_tone,
    photo_write,
)
from colornet.inference.photos.photo_settings import PhotoSettings

_log = logging.getLogger(__name__)
_ALONE = companions.Companions()


def colorize_still(
    colorizer,
    source: str | pathlib.Path,
    target: str | pathlib.Path,
    settings: PhotoSettings | None = None,
    beside: companions.Companions = _ALONE,
) -> str:
    """Colours one photograph; its lightness, size, alpha and metadata stay.

    Args:
      colorizer: a `Colorizer`.
      source: any picture that `photo` reads; it is turned upright as its EXIF says. Of
        a TIFF every page is coloured, into a page of its own.
      target: its ending is one of `photo_file.WRITTEN`. It has the depth of the source
        as far as its format does, the source's RGB profile, and a statement that a
        machine made its colours. It appears when it is whole, or not at all.
      settings: what is wanted of it; by default every photograph is coloured.
      beside: what else is written, of a file of one page.

    Returns:
      Why there was nothing to do, or "". Of several pages, those that need nothing are
      handed on as they are.

    Raises:
      UsageError: `target` has another ending, or is the source.
      InputError: `source` cannot be read, or `target` cannot be written; or there is
        to be something beside it, and it has several pages.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    photo_write.kind_of(target)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")

    settings = settings or PhotoSettings()
    reasons, shown = [], []

    def judged(page):
        """The photograph that a page shows, or the page if it stays as it is."""
        picture = photo.of_page(source, page)
        reason = _why_left(picture.sample, settings)
        if not reason:
            return picture
        reasons.append(reason)
        return page

    def colored(picture):
        if isinstance(picture, photo_page.Page):
            return picture
        _check_hints(settings.hints, source, picture.grey)
        if beside:
            shown.append(picture)
            _check_single(shown, source)
        rgb = colorizer(
            picture.grey,
            photo_write.words(picture, target),
            saturation=settings.saturation,
            neutral=settings.neutral,
            temperature=settings.temperature,
            hints=settings.hints,
            reference=settings.reference,
        )
        return picture, rgb

    pictures = map(judged, photo_file.decode(source))
    first = _first_photo(pictures)
    if not first:
        return reasons[0]
    pictures = _from_first(first, pictures, source, len(reasons))
    photo_write.write(target, map(colored, pictures), colorizer.info.name)
    for picture in shown:
        beside.write(colorizer, picture, target, settings)
    if reasons:
        _log.warning("%s: %d of its pages left: %s", source, len(reasons), reasons[0])
    return ""


def _check_single(pictures, source):
    if len(pictures) > 1:
        raise InputError(
            f"{source}: has several pages, and --confidence and --alternatives are for "
            "single ones; save its pages as files"
        )


def _check_hints(hints, source, grey):
    if hints is not None and hints.shape[:2] != grey.shape:
        (h, w), (height, width) = hints.shape[:2], grey.shape
        raise InputError(
            f"{source}: is {width} x {height} pixels upright, its hints {w} x {h}; "
            "draw them on a copy of it"
        )


def _why_left(sample, settings):
    """Why a picture of which `sample` is taken stays as it is, or ""."""
    if not (settings.skip_colored or settings.keep_tint):
        return ""
    kind = photo_tone.kind_of(sample)
    if settings.skip_colored and kind == photo_tone.COLORED:
        return "it is in colour already; --force colours it nevertheless"
    if settings.keep_tint and kind == photo_tone.TONED:
        return "it is toned, and --keep_tint leaves it as it is"
    return ""


def _first_photo(pictures):
    """The first that is to be coloured, in a list to be taken out of; or none."""
    for picture in pictures:
        if isinstance(picture, photo.Photo):
            return [picture]
        del picture  # A page is large: nothing here is to hold on to it.
    return []


def _from_first(first, further, source, left):
    """The pictures in their order; `left` pages before the first are read anew."""
    if left:
        yield from itertools.islice(photo_file.decode(source), left)
    yield first.pop()
    yield from further
