"""What belongs to one visit of the page: a folder for its files, gone when it ends."""

import pathlib
import re
import shutil

import gradio as gr

from colornet.errors import InputError, UsageError


class Visits:
    """The folders of the visitors who are there.

    Args:
      root: the folder that they lie in, of which Gradio's uploads are part.
    """

    def __init__(self, root: pathlib.Path):
        self._root = root

    def folder(self, request: gr.Request) -> pathlib.Path:
        """That of the visit which a request belongs to."""
        folder = self._root / f"visit-{_plain(request.session_hash)}"
        folder.mkdir(exist_ok=True)
        return folder

    def take(self, uploaded: str, request: gr.Request) -> pathlib.Path:
        """Moves an uploaded file to the visit's folder, under its own name."""
        uploaded = pathlib.Path(uploaded)
        taken = self.folder(request) / uploaded.name
        shutil.move(uploaded, taken)
        return taken

    def end(self, request: gr.Request) -> None:
        """Deletes what is left of a visit."""
        folder = self._root / f"visit-{_plain(request.session_hash)}"
        shutil.rmtree(folder, ignore_errors=True)

    def said(self, error: InputError | UsageError) -> gr.Error:
        """An error as a line on the page, without the folder's name."""
        line = re.sub(re.escape(str(self._root)) + r"/visit-\w+/", "", str(error))
        return gr.Error(line, duration=None, print_exception=False)


def _plain(name):
    return re.sub(r"\W", "", name or "")
