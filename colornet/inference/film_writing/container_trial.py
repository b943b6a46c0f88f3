"""What a container has a place for: tried, as no table tells it."""

import contextlib
import io
from collections.abc import Callable

import av


def can_begin(container: str, add_stream: Callable) -> bool:
    """Whether a film in such a container can be begun with a stream.

    Args:
      container: FFmpeg's name of the format.
      add_stream: adds the stream to PyAV's container, open for writing.
    """
    trial = av.open(io.BytesIO(), "w", format=container)
    try:
        if container == "mxf":  # Without a picture it has nothing.
            trial.add_stream("ffv1", rate=25)
        add_stream(trial)
        trial.start_encoding()
    except (av.FFmpegError, ValueError):
        return False
    finally:
        with contextlib.suppress(av.FFmpegError):  # It is empty.
            trial.close()
    return True
