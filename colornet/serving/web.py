"""Opens a page in the browser on which photographs and films are coloured.

  colornet serve

Then open the address that is printed. A photograph is coloured as soon as it is there;
points and strokes tell the network colours that are known. Of a film the shots are
found; what is told of a frame is carried through its shot. Films that are being
coloured when the server ends go on when it is started again. Nothing leaves this
machine, and nothing is fetched from elsewhere. Others can reach the page only with a
--host such as 0.0.0.0, and whoever can reach it can use it.
"""

import contextlib
import dataclasses
import importlib.util
import os
import pathlib
import tempfile
import threading

from colornet import config
from colornet.config import field
from colornet.errors import UsageError

_NEEDED = "gradio"


@dataclasses.dataclass(frozen=True)
class WebConfig:
    """How the page is served."""

    host: str = field("127.0.0.1", "Address to be reached at; 0.0.0.0 is all.")
    port: int = field(7860, "Port to be reached at; 0 for any that is free.")
    model: str = field("default", "Bundled model's name, or a folder from `export`.")
    device: str = field("auto", "Where to compute: auto, cpu, gpu or gpu:1.")
    max_upload_mb: int = field(2000, "Largest file that may be brought, in MB.")
    max_megapixels: float = field(100.0, "Of photographs: larger ones are refused.")

    films: str = field(
        "",
        "Folder in which films wait and are coloured, so that a server that is started "
        "again goes on with them; empty: one in the user's cache.",
    )
    keep_days: float = field(
        7.0, "After how many days films are deleted that nobody took."
    )

    @property
    def projects(self) -> pathlib.Path:
        """The folder of films."""
        cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        return pathlib.Path(self.films or pathlib.Path(cache, "colornet", "films"))

    @property
    def max_pixels(self) -> int:
        """That a photograph may have."""
        return int(self.max_megapixels * 1e6)

    def __post_init__(self):
        """Refuses what cannot work before the model is opened."""
        if not 0 <= self.port <= 65535:
            raise ValueError(f"--port={self.port}: must be from 0 to 65535")
        if self.max_upload_mb <= 0:
            raise ValueError(
                f"--max_upload_mb={self.max_upload_mb}: must be more than 0"
            )
        if self.max_megapixels <= 0:
            raise ValueError(
                f"--max_megapixels={self.max_megapixels:g}: must be more than 0"
            )


def define_flags():
    """Defines the program's flags."""
    config.define_flags(WebConfig)


def main(argv):
    """Reads the flags and serves until it is interrupted."""
    settings = config.from_flags(WebConfig)
    if len(argv) > 1:
        raise UsageError(f"unexpected {argv[1]!r}; files are brought to the page")
    run(settings)


def run(settings: WebConfig) -> None:
    """Serves the page until it is interrupted.

    Raises:
      UsageError: what the page needs is not installed, or the port is taken.
    """
    if importlib.util.find_spec(_NEEDED) is None:
        raise UsageError(
            'the page needs Gradio: pip install "colornet[web]", then give this again'
        )
    from colornet.inference import photo_batches

    with (
        tempfile.TemporaryDirectory(prefix="colornet-") as folder,
        photo_batches.pictures_of_at_most(settings.max_pixels),
    ):
        # Read by Gradio when it is imported.
        os.environ["GRADIO_TEMP_DIR"] = folder
        os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
        _serve(settings, pathlib.Path(folder))


def _serve(settings, folder):
    # These take seconds to start: --help must not wait for them.
    from colornet.inference.colorizer import Colorizer
    from colornet.serving.films import film_queue
    from colornet.serving.page import page

    colorizer = Colorizer.load(settings.model, device=settings.device)
    _warm_up(colorizer)
    queue = film_queue.FilmQueue(settings.projects, colorizer, settings.keep_days)
    with contextlib.closing(queue):
        try:
            served = page.launch(colorizer, settings, folder, queue)
        except OSError as error:
            raise UsageError(
                f"--port={settings.port}: cannot be used ({error}); give another, or "
                "0 for any that is free"
            ) from error
        try:
            print(f"Open {served.local_url} in a browser; Ctrl-C ends it.", flush=True)
            threading.Event().wait()
        finally:
            served.close(verbose=False)


def _warm_up(colorizer):
    """Colours something, so that the first visitor need not wait longer than others."""
    import numpy as np

    draft = colorizer.draft(np.zeros((colorizer.info.network_size,) * 2, np.uint8))
    draft.paint(draft.predict()[0])
