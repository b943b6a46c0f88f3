"""A photograph that a visitor of the page has brought, and what is made of it."""

import pathlib

from colornet.inference import hint_pictures, jobs, photo_batches
from colornet.inference.photos import photo, photo_settings, photo_tone, still
from colornet.serving import strokes
from colornet.serving.page import sketch


class PhotoWork:
    """One photograph in a folder of its own.

    Attributes:
      sketch: what is drawn on it, and how it looks.
      was_colored: whether it had colours, which are not used.
    """

    def __init__(self, colorizer, source: pathlib.Path, max_pixels: int):
        """Reads it.

        Args:
          colorizer: a `Colorizer`.
          source: the file, in a folder to which results are written.
          max_pixels: that it may have.

        Raises:
          InputError: it is no photograph, too large, or of several pages.
        """
        photo_batches.size_of(source, max_pixels)
        picture = photo.read_photo(source)
        self._colorizer, self._source = colorizer, source
        self._references = ()
        self.sketch = sketch.Sketch(colorizer, picture.grey)
        self.was_colored = photo_tone.kind_of(picture.sample) == photo_tone.COLORED

    def refer(self, *paths: pathlib.Path) -> None:
        """Takes other pictures in colour for those that are known; none for none.

        Raises:
          InputError: one cannot be read, or has no colour to tell.
        """
        pictures = tuple(hint_pictures.read_elsewhere(p, p.name) for p in paths)
        self.sketch.see(self._colorizer.stream(pictures))
        self._references = pictures

    def save(self) -> pathlib.Path:
        """Colours the file itself as `colornet colorize` does; returns where it lies.

        Raises:
          InputError: it cannot be written.
        """
        [job] = jobs.plan([str(self._source)], f"{self._source.parent / 'coloured'}/")
        target = job.target.with_stem(f"{job.target.stem}-coloured")
        target.parent.mkdir(exist_ok=True)
        look = self.sketch.look
        wanted = photo_settings.PhotoSettings(
            saturation=look.saturation,
            temperature=look.temperature,
            hints=self.sketch.hints(),
            reference=self._references,
        )
        still.colorize_still(self._colorizer, self._source, target, wanted)
        return target

    def save_hints(self) -> pathlib.Path:
        """Writes what is told, for `colorize --hints`; returns where it lies."""
        path = self._source.with_name(f"{self._source.stem}.hints.png")
        hints = strokes.drawn(
            self.sketch.drawing, self.sketch.size, base=self.sketch.base
        )
        # Strokes on a picture of hints are kept as a picture.
        drawing = self.sketch.drawing if self.sketch.base is None else None
        strokes.write(path, drawing, hints)
        return path

    def load_hints(self, path: pathlib.Path) -> None:
        """Takes the hints of a file in place of what is drawn.

        Raises:
          InputError: it cannot be read, or is of another size or version.
        """
        self.sketch.drawing, self.sketch.base = strokes.read(path, self.sketch.size)
