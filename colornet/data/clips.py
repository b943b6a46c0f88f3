"""What every source of clips looks like, and how a video is cut into clips."""

import collections
from collections.abc import Iterable, Iterator
from typing import Protocol

from colornet.data import records


class ClipReader(Protocol):
    """Names its inputs first, cheaply, then reads one at a time.

    Both halves are free of state, so inputs may be read in any order, by any number of
    threads or machines, and read again after a kill.
    """

    def keys(self) -> list[str]:
        """Stable names of all inputs (photographs, videos), in an order that stays."""

    def read(self, key: str) -> Iterator[records.Clip]:
        """The clips of one input.

        Raises:
          InputError: the input cannot be read; clips already given are sound.
        """


def cut(
    frames: Iterable[tuple[bytes, int, int]],
    *,
    video_id: str,
    frame_rate: float,
    clip_length: int,
    stride: int,
) -> Iterator[records.Clip]:
    """Clips of a video, without holding more of it than one clip.

    Args:
      frames: (JPEG file, height, width) in display order, all of one size.
      video_id: the video's stable name.
      frame_rate: frames a second.
      clip_length: frames in a clip. What is left at the video's end, and a video
        shorter than this, makes a clip of its own that is shorter.
      stride: frames from the start of one clip to the start of the next.

    Yields:
      Clips, in the order of their first frames.
    """
    held = collections.deque()
    start = count = height = width = 0
    for frame, height, width in frames:
        if count >= start:
            held.append(frame)
        count += 1
        if len(held) == clip_length:
            yield records.Clip(list(held), video_id, height, width, start, frame_rate)
            start += stride
            for _ in range(min(stride, len(held))):
                held.popleft()
    # With overlapping clips, a tail that the last full clip already covers is no news.
    if held and (
        start == 0 or stride >= clip_length or len(held) > clip_length - stride
    ):
        yield records.Clip(list(held), video_id, height, width, start, frame_rate)
