"""What is written beside a coloured photograph: how sure it is, and other colourings.

What is wanted can be checked without TensorFlow.
"""

import dataclasses
import pathlib

import numpy as np
from PIL import Image

from colornet import whole_file
from colornet.errors import UsageError
from colornet.inference import exported, jobs

_SHEET_SIDE, _GAP = 800, 8  # Of each picture on a sheet, and between them; pixels.


@dataclasses.dataclass(frozen=True)
class Companions:
    """What is wanted beside one photograph.

    Attributes:
      confidence: the PNG to write it to, or None.
      alternatives: how many colourings, the output among them; 0 or 1 for no others.
    """

    confidence: pathlib.Path | None = None
    alternatives: int = 0

    def __bool__(self):
        return self.confidence is not None or self.alternatives > 1

    def paths(self, target: pathlib.Path) -> list[pathlib.Path]:
        """All that is written beside `target`."""
        found = [self.confidence] if self.confidence else []
        if self.alternatives > 1:
            found += [sheet(target), *others(target, self.alternatives)]
        return found

    def write(self, colorizer, picture, target: pathlib.Path, settings) -> None:
        """Writes them, each whole or not at all.

        Args:
          colorizer: a `Colorizer`.
          picture: the `photo.Photo` that was coloured.
          target: what it became.
          settings: the `PhotoSettings` by which it did.
        """
        told = colorizer.stream(settings.reference)
        draft = colorizer.draft(picture.grey, told)
        if self.confidence:
            sure = draft.confidence(*draft.predict(settings.hints))
            self.confidence.parent.mkdir(parents=True, exist_ok=True)
            with whole_file.written(self.confidence) as unfinished:
                _save(np.rint(sure * 255).astype(np.uint8), unfinished)
        if self.alternatives > 1:
            told = settings.hints, settings.temperature
            found = draft.alternatives(self.alternatives, *told)
            self._write_others(colorizer, draft, picture, target, settings, found)

    def _write_others(self, colorizer, draft, picture, target, settings, found):
        from colornet.inference.photos import photo_write

        look = {"saturation": settings.saturation, "neutral": settings.neutral}
        shown, words = [], photo_write.words(picture, target)
        for path, ab in zip([None, *others(target, len(found))], found, strict=True):
            rgb = draft.paint(ab, words, **look)
            shown.append(_small(rgb))
            if path:
                photo_write.write(path, [(picture, rgb)], colorizer.info.name)
            del rgb  # Of a whole scan there is no room for two.
        with whole_file.written(sheet(target)) as unfinished:
            _save(side_by_side(shown), unfinished)


def of_job(settings, target: pathlib.Path) -> Companions:
    """What `colorize`'s settings want beside `target`."""
    path, folder = settings.confidence, pathlib.Path(settings.output)
    if path and target != folder:
        path = pathlib.Path(path, f"{target.relative_to(folder)}.png")
    return Companions(pathlib.Path(path) if path else None, settings.alternatives)


def others(target: pathlib.Path, count: int) -> list[pathlib.Path]:
    """Where the colourings but the first go: scan.alternative-2.jpg and so on."""
    return [
        target.with_name(f"{target.stem}.alternative-{n}{target.suffix}")
        for n in range(2, count + 1)
    ]


def sheet(target: pathlib.Path) -> pathlib.Path:
    """Where they are shown side by side: scan.jpg.alternatives.png."""
    return target.with_name(f"{target.name}.alternatives.png")


def side_by_side(pictures: list[np.ndarray]) -> np.ndarray:
    """Pictures of one size, uint8 [H, W, 3], on white."""
    gap = np.full((len(pictures[0]), _GAP, 3), 255, np.uint8)
    row = [part for picture in pictures for part in (gap, picture)]
    return np.hstack(row[1:])


def check(settings, planned: list[jobs.Job]) -> None:
    """Raises the `UsageError` of companions that are not to be had."""
    if settings.confidence:
        flag = f"--confidence={settings.confidence}"
    elif settings.alternatives:
        flag = f"--alternatives={settings.alternatives}"
    else:
        return
    photos = [job for job in planned if job.kind == jobs.PHOTO]
    if not photos:
        raise UsageError(f"{flag}: is for photographs, and there is none")
    if settings.confidence:
        exported.curve(exported.read_info(exported.locate(settings.model)))
        _check_confidence(settings, photos)
    taken = {job.target for job in planned} | {job.source for job in planned}
    for job in photos:
        for path in of_job(settings, job.target).paths(job.target):
            if path in taken:
                raise UsageError(f"{flag}: {path} would be written by it, too")
            single = job.target == pathlib.Path(settings.output)
            if single and path.exists() and not settings.overwrite:
                raise UsageError(
                    f"{flag}: {path} is there already; give another name, or "
                    "--overwrite to replace it"
                )
            taken.add(path)


def _check_confidence(settings, photos):
    path = pathlib.Path(settings.confidence)
    single = photos[0].target == pathlib.Path(settings.output)
    if single and (path.suffix.lower() != ".png" or path.is_dir()):
        raise UsageError(f"--confidence={path}: expected the name of a .png")
    if not single and path.exists() and not path.is_dir():
        raise UsageError(
            f"--confidence={path}: a file; several inputs need the name of a folder"
        )


def _small(rgb):
    """A picture uint8 or uint16 [H, W, 3] as a sheet shows it, uint8."""
    rgb = rgb if rgb.dtype == np.uint8 else (rgb >> 8).astype(np.uint8)
    picture = Image.fromarray(rgb)
    picture.thumbnail((_SHEET_SIDE, _SHEET_SIDE))
    return np.asarray(picture)


def _save(pixels, path):
    Image.fromarray(pixels).save(path, "PNG")
