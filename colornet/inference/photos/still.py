"""A photograph on disk to the same photograph in colour."""

import pathlib

from colornet.errors import UsageError
from colornet.inference.photos import photo, photo_write


def colorize_still(
    colorizer, source: str | pathlib.Path, target: str | pathlib.Path
) -> None:
    """Colours one photograph; its lightness, size, alpha and metadata stay.

    Args:
      colorizer: a `Colorizer`.
      source: any picture that `photo` reads; it is turned upright as its EXIF says. Of
        a TIFF every page is coloured, into a page of its own.
      target: its ending is one of `photo_file.WRITTEN`. It has the depth of the source
        as far as its format does, the source's RGB profile, and a statement that a
        machine made its colours. It appears when it is whole, or not at all.

    Raises:
      UsageError: `target` has another ending, or is the source.
      InputError: `source` cannot be read, or `target` cannot be written.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    photo_write.kind_of(target)
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target}: the output is the input; give another name")

    def colored(picture):
        return picture, colorizer(picture.grey, photo_write.words(picture, target))

    pictures = map(colored, photo.read_photos(source))
    photo_write.write(target, pictures, colorizer.info.name)
