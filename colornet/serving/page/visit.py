"""What belongs to one visit of the page: a folder for its files, gone when it ends."""

import contextlib
import logging
import pathlib
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator

import gradio as gr

from colornet.errors import InputError, UsageError

_STALLED_SECONDS = 600.0  # In which an upload that goes on is sure to grow.

_log = logging.getLogger(__name__)


class Visits:
    """The folders of the visitors who are there, each known to its visitor alone.

    Attributes:
      folder: that they lie in.
    """

    def __init__(self, uploads: pathlib.Path):
        """Makes room in a folder.

        Args:
          uploads: the folder, into which Gradio writes what is being uploaded.
        """
        self._uploads, self.folder = uploads, uploads / "visits"
        self.folder.mkdir()

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

    def end_broken_uploads(self) -> None:
        """Deletes what came of files whose senders are gone, once that is certain."""
        _log.warning("an upload broke off; what came of it is deleted")
        timer = threading.Timer(_STALLED_SECONDS, self._delete_stalled)
        timer.daemon = True  # The server need not wait for it.
        timer.start()

    def _delete_stalled(self):
        """Deletes what was being uploaded and has long not grown."""
        oldest = time.time() - _STALLED_SECONDS
        for path in self._uploads.glob("tmp*"):
            with contextlib.suppress(OSError):  # Another has deleted it.
                if path.is_file() and path.stat().st_mtime <= oldest:
                    path.unlink()

    def _folder(self, request):
        return self.folder / re.sub(r"\W", "", request.session_hash)


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
