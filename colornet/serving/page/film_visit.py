"""A film that a visitor of the page works on: the shot and frame that are in hand."""

import pathlib
from fractions import Fraction

import numpy as np
from PIL import Image

from colornet.errors import InputError
from colornet.inference import hint_pictures
from colornet.serving import strokes
from colornet.serving.films import film_project, film_views
from colornet.serving.page import sketch

_SHAPE = 0.02  # By how much width to height may differ from the film's.


class FilmVisit:
    """One visitor's work on a `FilmProject`.

    Attributes:
      project: of the film.
      number: of the shot in hand; 0 for none.
      sketch: of the frame in hand, or None.
      previewed: times of the frames that `preview` showed last.
    """

    def __init__(self, colorizer, project: film_project.FilmProject):
        """Takes up the work on `project`."""
        self._colorizer, self.project = colorizer, project
        self.number, self.sketch, self._time = 0, None, Fraction(0)
        self.previewed = []

    @property
    def shot(self):
        """The shot in hand."""
        return self.project.shots()[self.number - 1]

    def thumbnails(self) -> list[tuple[np.ndarray, str]]:
        """Of each shot a small frame, and its number, times and kind in words."""
        return [
            (
                film_views.thumbnail(self.project, shot.number),
                f"{shot.number}: {shot.start_time:.1f}-{shot.end_time:.1f} s, "
                f"{shot.kind}" + (", told" if self._is_told(shot) else ""),
            )
            for shot in self.project.shots()
        ]

    def take_shot(self, number: int) -> dict:
        """Takes up a shot, at the first frame that is told of, or its middle."""
        self.number = number
        told = self._told_within(self.shot)
        middle = (self.shot.start_time + self.shot.end_time) / 2
        return self.take_frame(told[0].time if told else middle)

    def take_frame(self, time: float | Fraction) -> dict:
        """Takes up the frame nearest to `time`; returns what an `easel` shows of it."""
        grey, self._time = film_views.frame(self.project, time)
        self.sketch = sketch.Sketch(self._colorizer, grey, self._known())
        own = self.shot.saturation
        self.sketch.look = sketch.Look(1.0 if own is None else own)
        for told in self.project.told():
            if round(1000 * (told.time - self._time)) == 0:
                drawn = strokes.read(told.path, self.sketch.size)
                self.sketch.drawing, self.sketch.base = drawn
        return self.sketch.opened() | {"said": f"{float(self._time):.2f} s"}

    def draw(self, drawing) -> dict:
        """Takes what is drawn for what is known of the frame, in the project too."""
        self._tell(strokes.checked(drawing), self.sketch.base)
        return self.sketch.colored() | {"said": f"{float(self._time):.2f} s"}

    def take_picture(self, path: str) -> dict:
        """Takes a picture in colour: for the frame in hand, if it has its shape.

        Another one is taken for the shot in hand, to give its colours to what is alike.

        Raises:
          InputError: it cannot be read, or has no colour.
        """
        path = pathlib.Path(path)
        rgba = hint_pictures.read_elsewhere(path, path.name)
        (h, w), (height, width) = rgba.shape[:2], self.sketch.size
        if abs(w * height / (h * width) - 1) > _SHAPE:
            self.project.add_picture(self.number, path)
            self.sketch.see(self._known())
        else:
            picture = Image.fromarray(rgba).resize((width, height))
            self._tell([], np.asarray(picture))
        return self.sketch.opened()

    def forget(self) -> dict:
        """Takes away what is told of the frame in hand, and pictures of its shot."""
        self.project.set_shot(self.number, reference="", hints="")
        self._tell([], None)
        self.sketch.see(self._known())
        return self.sketch.opened()

    def preview(self, count: int = 6) -> list[tuple[np.ndarray, str]]:
        """Frames of the shot in hand as they will be, and their times in words."""
        seen = film_views.preview(self._colorizer, self.project, self.number, count)
        self.previewed = [time for time, _ in seen]
        return [(picture, f"{float(time):.2f} s") for time, picture in seen]

    def choose(self, saturation: float, skip: bool) -> dict:
        """Chooses for the shot in hand."""
        self.project.set_shot(self.number, saturation=saturation, skip=skip)
        self.sketch.look = sketch.Look(saturation)
        return self.sketch.colored()

    def _known(self):
        """What other frames and pictures tell of the frame in hand."""
        return film_views.told(self._colorizer, self.project, self.number, self._time)

    def _tell(self, drawing, base):
        before = self.sketch.drawing, self.sketch.base
        self.sketch.drawing, self.sketch.base = drawing, base
        hints = self.sketch.hints()
        if hints is None:
            hints = np.zeros((*self.sketch.size, 4), np.uint8)
        try:
            self.project.tell(self._time, hints, drawing if base is None else None)
        except InputError:  # What is shown must be what the film is told.
            self.sketch.drawing, self.sketch.base = before
            raise

    def _is_told(self, shot):
        return bool(shot.reference or shot.hints or self._told_within(shot))

    def _told_within(self, shot):
        start, end = shot.start_time, shot.end_time
        return [one for one in self.project.told() if start <= one.time < end]
