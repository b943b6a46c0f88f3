"""Many photographs at a time: some are read, seen or written while others are painted.

Each goes through the network alone: in a batch with others its colours would differ in
the last bits, and the same picture is to give the same bytes in any company. Batches
of 8 would save a quarter of the network's time, which is an eighth of the whole.
"""

import concurrent.futures
import contextlib
import os
import pathlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from PIL import Image

from colornet.errors import InputError
from colornet.inference import jobs, work_summary

_PIXELS = 48_000_000  # At work at a time, or a single larger picture.


def outcomes(
    todo: Sequence[jobs.Job],
    colorize: Callable[[jobs.Job], str],
    max_pixels: int,
) -> Iterator[work_summary.Outcome]:
    """What becomes of photographs, as soon as it is known.

    Args:
      todo: photographs.
      colorize: makes one job's output; gives the reason for which it made none, or "".
      max_pixels: that a picture may have.
    """
    room, workers = _Room(_PIXELS), min(len(todo), (os.cpu_count() or 1) + 1)
    pool = concurrent.futures.ThreadPoolExecutor(max(1, workers), "photographs")
    try:
        work = [pool.submit(_outcome, j, colorize, max_pixels, room) for j in todo]
        for future in concurrent.futures.as_completed(work):
            yield future.result()
    finally:  # After an interruption too: what is begun is soon whole.
        pool.shutdown(cancel_futures=True)


def _outcome(job, colorize, max_pixels, room):
    began, (width, height) = time.monotonic(), (0, 0)

    def outcome(status, reason=""):
        seconds = time.monotonic() - began
        return work_summary.Outcome(
            job.source, job.target, status, reason, seconds, width, height
        )

    try:
        width, height = size_of(job.source, max_pixels)
        with room.taken(width * height or _PIXELS):
            began = time.monotonic()
            reason = colorize(job)
    except (InputError, OSError) as error:
        return outcome(work_summary.FAILED, " ".join(str(error).split()))
    return outcome(work_summary.SKIPPED if reason else work_summary.DONE, reason)


@contextlib.contextmanager
def pictures_of_at_most(pixels: int) -> Iterator[None]:
    """Sets Pillow's limit, which the readers of photographs go by."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, pixels
    try:
        yield
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def size_of(path: pathlib.Path, max_pixels: int) -> tuple[int, int]:
    """Width and height by the file's head; 0, 0 where only the whole file tells.

    Raises:
      InputError: it has more than `max_pixels`.
    """
    try:
        with Image.open(path) as image:
            width, height = image.size
        if width * height <= max_pixels:
            return width, height
        found = f"{width} x {height} pixels, more"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        found = "more pixels"
    except Exception:  # Whoever reads the picture will say what is wrong with it.
        return 0, 0
    raise InputError(
        f"{path}: {found} than the {max_pixels / 1e6:g} million that --max_megapixels "
        "allows; raise it if they are meant"
    )


class _Room:
    """Pixels that there is memory for; who comes first is served first."""

    def __init__(self, pixels):
        self._all = self._free = pixels
        self._changed, self._door = threading.Condition(), threading.Lock()

    @contextlib.contextmanager
    def taken(self, pixels):
        pixels = min(pixels, self._all)
        with self._door, self._changed:
            self._changed.wait_for(lambda: self._free >= pixels)
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()
