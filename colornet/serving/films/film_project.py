"""A film that somebody colours on the page: a folder, from which it can be redone.

  TOKEN/source/film.mpg           the film, under its own name
  TOKEN/shots.csv                 its shots, with what is chosen for each
  TOKEN/references/00003.200.png  what is told of the frame that is shown at 3.2 s
  TOKEN/pictures/1a2b3c4d.jpg     a picture in colour that a shot takes colours from
  TOKEN/project.json              what is chosen for the whole film
  TOKEN/state.json                how far it is
  TOKEN/film-coloured.mp4         what became of it

Nobody finds a project who was not given its token. Files appear whole, or not at all,
so that a server that was killed finds everything again.
"""

import contextlib
import dataclasses
import os
import pathlib
import secrets
import shutil
import threading
from fractions import Fraction

import numpy as np

from colornet import whole_file
from colornet.errors import InputError
from colornet.inference import hint_pictures
from colornet.inference.colorize_config import ColorizeConfig
from colornet.inference.film_writing import codecs
from colornet.inference.films import film_preview, shot_list
from colornet.inference.films.film_settings import FilmSettings
from colornet.serving.films import project_files, project_state, told_frames

_writing = threading.Lock()


class FilmProject:
    """One film, and all that was told of its colours.

    It holds nothing but names, so that there may be many of one folder.

    Attributes:
      folder: of the project.
      token: what it is opened with.
      source: the film.
    """

    def __init__(self, folder: pathlib.Path):
        """For `new_project.create` and `open`."""
        self.folder, self.token = folder, folder.name
        self.source = next((folder / "source").iterdir())
        self._shots_path = folder / "shots.csv"

    @classmethod
    def open(cls, root: pathlib.Path, token: str) -> "FilmProject":
        """The project of that token.

        Raises:
          InputError: there is none.
        """
        return cls(project_files.find(pathlib.Path(root).resolve(), token))

    def said(self, error: Exception) -> str:
        """What an error says, in one line, without where the project lies."""
        text = " ".join(str(error).split())
        for folder in (self.source.parent, self.folder):
            text = text.replace(f"{folder}{os.sep}", "")
        return text

    def delete(self) -> None:
        """Takes it away, with all that is in it."""
        project_files.delete(self.folder)

    @property
    def state(self) -> project_state.State:
        """How far it is."""
        return project_state.read(self.folder)

    def set_state(self, name: str, **facts) -> None:
        """Says how far it is, as `State` has it; for the queue."""
        with _writing:
            state = dataclasses.replace(self.state, name=name, **facts)
            project_state.write(self.folder, state)

    @property
    def _about(self):
        return project_files.read_json(self.folder / "project.json")

    def write_about(self, about: dict) -> None:
        """Writes shape and choices down; for `new_project.create`.

        Raises:
          UsageError: a choice is none that `colorize` takes.
        """
        ColorizeConfig(output="-", **about["choices"])  # Refuses what it cannot take.
        project_files.write_json(self.folder / "project.json", about)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of its frames in pixels, as players show them."""
        return tuple(self._about["shape"])

    @property
    def choices(self) -> dict:
        """What was chosen for the whole film: values of flags of `colorize`."""
        return self._about["choices"]

    def choose(self, **choices) -> None:
        """Changes some of them: saturation, keep_tint, codec, bit_depth.

        Raises:
          UsageError: a value is none that `colorize` takes.
          InputError: the film is being coloured.
        """
        with self._changing():
            self.write_about(self._about | {"choices": self.choices | choices})

    def shots(self) -> list[shot_list.Shot]:
        """The film's shots, with what is chosen for each; none till they are found."""
        exist = self._shots_path.exists()
        return shot_list.read(self._shots_path) if exist else []

    def find_shots(self, colorizer, progress=None) -> None:
        """Finds the shots, if that was not done before.

        Args:
          colorizer: the `Colorizer` that will colour the film.
          progress: called with the number of frames so far, and of all, or None.
        """
        if not self._shots_path.exists():
            found = film_preview.shots(colorizer, self.source, self.settings, progress)
            with self._changing():
                self._write_shots(found)

    def set_shot(self, number: int, **choices) -> None:
        """Changes what is chosen for a shot: any column of the list but its times.

        Raises:
          InputError: a value is none that a list of shots takes; or the film is being
            coloured.
        """
        with self._changing():
            shots = self.shots()
            shots[number - 1] = dataclasses.replace(shots[number - 1], **choices)
            self._write_shots(shots)

    def add_picture(self, number: int, path: pathlib.Path) -> None:
        """Takes a picture in colour, which is no frame of the film, for a shot.

        Args:
          number: of the shot.
          path: of the picture, which is copied.

        Raises:
          InputError: it has no colour to tell; or the film is being coloured.
        """
        hint_pictures.read_elsewhere(path, path.name)
        # The list parts names by |, and in a name @ could begin a time.
        name = f"{secrets.token_hex(4)}{path.suffix}"
        with self._changing():
            copy = self.folder / "pictures" / name
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(path, copy)
            shots = self.shots()
            shot = shots[number - 1]
            own = [*filter(None, [shot.reference]), f"pictures/{name}"]
            shots[number - 1] = dataclasses.replace(shot, reference="|".join(own))
            self._write_shots(shots)

    def _write_shots(self, shots):
        with whole_file.written(self._shots_path) as unfinished:
            shot_list.write(unfinished, shots)
            try:
                shot_list.read(unfinished)
            except InputError as error:
                raise InputError(self.said(error)) from error

    def told(self) -> list[told_frames.Told]:
        """The pictures that tell colours, by their times."""
        return told_frames.read(self.folder)

    def tell(self, time: Fraction, hints: np.ndarray, drawing=None) -> None:
        """Says how a frame looks, instead of what was said of it.

        Args:
          time: of the frame, as `film_views.frame` gives it.
          hints: uint8 RGBA of the frame's size, transparent where nothing is said; if
            everywhere, nothing is said of the frame any more.
          drawing: the strokes that they were made of, to be kept with them, if any.

        Raises:
          InputError: they are of another size; or the film is being coloured.
        """
        height, width = self.shape
        if hints.dtype != np.uint8 or hints.shape != (height, width, 4):
            raise InputError(
                f"{self.source.name}: expected hints as large as its frames, uint8 "
                f"{[height, width, 4]}, got {hints.dtype} {list(hints.shape)}"
            )
        with self._changing():
            told_frames.write(self.folder, time, hints, drawing)

    @property
    def target(self) -> pathlib.Path:
        """Where the coloured film will be, or is."""
        endings = codecs.CODECS[self.choices.get("codec", "h264")].endings
        ending = self.source.suffix.lower()
        ending = ending if ending in endings else endings[0]
        return self.folder / f"{self.source.stem}-coloured{ending}"

    @property
    def settings(self) -> FilmSettings:
        """How it is coloured, for `film.colorize_film`; pieces of other ways go."""
        return FilmSettings(
            **self.choices,
            shots=str(self._shots_path),
            reference=tuple(
                str(self.folder / t.flag(self.folder)) for t in self.told()
            ),
            overwrite=True,
        )

    def command(self, **flags) -> list[str]:
        """The command that makes the same film, to be given in the project's folder.

        Args:
          **flags: by which the server's colorizer was loaded, such as model.
        """
        named = {"output": self.target.name, "shots": self._shots_path.name}
        named |= self.choices | flags
        words = [f"--{name}={value}" for name, value in named.items()]
        words += [f"--reference={one.flag(self.folder)}" for one in self.told()]
        source = str(self.source.relative_to(self.folder))
        return ["colornet", "colorize", source, *words]

    @contextlib.contextmanager
    def _changing(self):
        """Holds the project's files, which must not change while they are read."""
        with _writing:
            state = self.state
            if state.is_busy:
                name = self.source.name
                raise InputError(f"{name}: is being coloured; cancel that to change it")
            yield
            if state.name == project_state.DONE and not state.outdated:
                outdated = dataclasses.replace(state, outdated=True)
                project_state.write(self.folder, outdated)
