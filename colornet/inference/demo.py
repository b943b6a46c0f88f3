"""Colours sample photographs and a short film, and writes a page that shows them.

  colornet demo --output=colornet-demo

The photographs come with scikit-image, so nothing is downloaded. They are turned grey
and coloured again by the default model; the film pans over them, with cuts. The page,
index.html, shows each one grey, coloured and as it was, and opens offline.
"""

import dataclasses
import pathlib
import tempfile
import time

from absl import flags

from colornet import config
from colornet.config import field
from colornet.errors import UsageError

_MAX_FILM_SECONDS = 600.0


@dataclasses.dataclass(frozen=True)
class DemoConfig:
    """What the demonstration is made with."""

    output: str = field("colornet-demo", "Folder for the page and its pictures.")
    model: str = field("default", "Bundled model's name, or a folder from `export`.")
    device: str = field("auto", "Where to compute: auto, cpu, gpu or gpu:1.")
    film_seconds: float = field(5.0, "Length of the sample film, in seconds.")

    def __post_init__(self):
        """Refuses what cannot work before the model is opened."""
        if not 0 < self.film_seconds <= _MAX_FILM_SECONDS:
            raise ValueError(
                f"--film_seconds={self.film_seconds:g}: must be above 0 and at most "
                f"{_MAX_FILM_SECONDS:g}"
            )
        if not self.output or pathlib.Path(self.output).is_file():
            raise ValueError(f"--output={self.output}: must name a folder, not a file")


def define_flags():
    """Defines the program's flags."""
    config.define_flags(DemoConfig, flags.FLAGS)


def main(argv):
    """Runs the program on the parsed flags."""
    settings = config.from_flags(DemoConfig)
    if len(argv) > 1:
        raise UsageError(
            f"unexpected {argv[1]!r}; the demo has its own pictures, yours go to "
            "`colornet colorize`"
        )
    run(settings)


def run(settings: DemoConfig, colorizer=None) -> pathlib.Path:
    """Writes the demonstration and returns the path of its page.

    Args:
      settings: where to, and with which model.
      colorizer: a `Colorizer` to use in place of the one that `settings` names.
    """
    # TensorFlow takes seconds to start: `colornet demo --help` must not wait for it.
    from colornet.inference import demo_film, demo_page
    from colornet.inference.colorizer import Colorizer
    from colornet.inference.films import film
    from colornet.inference.photos import still

    start = time.perf_counter()
    if colorizer is None:
        colorizer = Colorizer.load(settings.model, device=settings.device)
    output = pathlib.Path(settings.output)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".unfinished-") as folder:
        making = pathlib.Path(folder)
        for name in demo_page.write_samples(making):
            print(f"colouring {name}", flush=True)
            still.colorize_still(
                colorizer, making / f"{name}-grey.png", making / f"{name}-coloured.png"
            )
        print(f"colouring a film of {settings.film_seconds:g} seconds", flush=True)
        demo_film.write_film(making / "film-grey.mp4", settings.film_seconds)
        film.colorize_film(
            colorizer, making / "film-grey.mp4", making / "film-coloured.mp4"
        )
        took = time.perf_counter() - start
        demo_page.write_page(making, colorizer.info, settings.film_seconds, took)
        # The page goes last: where it stands, all it shows stands too.
        for path in sorted(making.iterdir(), key=lambda p: p.name == demo_page.NAME):
            path.replace(output / path.name)
    page = output / demo_page.NAME
    print(f"{page.resolve()} written in {took:.0f} seconds; open it in a browser")
    return page
