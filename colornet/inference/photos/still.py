"""A photograph on disk to the same photograph in colour."""

import itertools
import pathlib

from colornet.errors import UsageError
from colornet.inference.photos import photo, photo_tone, photo_write
from colornet.inference.photos.photo_settings import PhotoSettings


def colorize_still(
    colorizer,
    source: str | pathlib.Path,
    target: str | pathlib.Path,
    settings: PhotoSettings | None = None,
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

    Returns:
      Why there was nothing to do, or "". Of several pages, it goes by the first.

    Raises:
      UsageError: `target` has another ending, or is the source.
      InputError: `source` cannot be read, or `target` cannot be written.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    photo_write.kind_of(target)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")

    settings = settings or PhotoSettings()
    pictures = photo.read_photos(source)
    if settings.skip_colored or settings.keep_tint:
        first = next(pictures)
        kind = photo_tone.kind_of(first.sample)
        if settings.skip_colored and kind == photo_tone.COLORED:
            return "it is in colour already; --force colours it nevertheless"
        if settings.keep_tint and kind == photo_tone.TONED:
            return "it is toned, and --keep_tint leaves it as it is"
        pictures = itertools.chain([first], pictures)
        del first  # A page is large: nothing here is to hold on to it.

    def colored(picture):
        rgb = colorizer(
            picture.grey,
            photo_write.words(picture, target),
            saturation=settings.saturation,
            neutral=settings.neutral,
        )
        return picture, rgb

    photo_write.write(target, map(colored, pictures), colorizer.info.name)
    return ""
