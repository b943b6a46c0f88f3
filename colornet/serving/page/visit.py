"""What belongs to one visit of the page: a folder for its files, gone when it ends."""

import contextlib
import pathlib
import re
import shutil
import tempfile
from collections.abc import Iterator

import gradio as gr

from colornet.errors import InputError, UsageError


class Visits:
    """The folders of the visitors who are there, each known to its visitor alone.

    Args:
      root: the folder that they are to lie in, which is made.
    """

    def __init__(self, root: pathlib.Path):
        self._root = root
        root.mkdir()

    def take(self, uploaded: str, request: gr.Request) -> pathlib.Path:
        """Moves an uploaded file to a new folder of the visit's, under its own name."""
        uploaded, folder = pathlib.Path(uploaded), self._folder(request)
        folder.mkdir(exist_ok=True)
        # Another of the same name may be in use: a photograph, and then its hints.
        own = pathlib.Path(tempfile.mkdtemp(dir=folder))
        return pathlib.Path(shutil.move(uploaded, own / uploaded.name))

    def end(self, request: gr.Request) -> None:
        """Deletes what is left of a visit."""
        shutil.rmtree(self._folder(request), ignore_errors=True)

    def _folder(self, request):
        return self._root / re.sub(r"\W", "", request.session_hash)


@contextlib.contextmanager
def errors_said() -> Iterator[None]:
    """Says what is wrong as a line on the page, without the folders of files."""
    try:
        yield
    except (InputError, UsageError) as error:
        raise gr.Error(line(error), duration=None, print_exception=False) from None


def line(error: Exception) -> str:
    """What it says, without the folders of files."""
    return re.sub(r"(?<![\w.])/(?:[^/\s:]+/)+", "", str(error))


def emptied(upload: gr.File, event) -> None:
    """Makes room for another file when `event` has taken this one."""
    event.success(lambda: None, None, upload, show_progress="hidden")
