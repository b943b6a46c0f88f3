"""What every source of clips looks like, and how a video is cut into clips."""

import collections
import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np

from colornet.color import samples
from colornet.data import records
from colornet.data.sources import files

_SAMPLED = 4  # Frames of a clip whose pixels stand for all of it.


class ClipReader(Protocol):
    """Names its inputs first, cheaply, then reads one at a time.

    All of it is free of state, so inputs may be read in any order, by any number of
    threads or machines, and read again after a kill.
    """

    def keys(self, on_bad: files.OnBad | None = None) -> list[str]:
        """Stable names of all inputs (photographs, videos), in an order that stays.

        Args:
          on_bad: told of what cannot be listed: its path, and the reason.
        """

    def weight(self, key: str) -> float:
        """About how many frames an input will give; 1 if it cannot be told."""

    def read(
        self, key: str, left_out: collections.Counter | None = None
    ) -> Iterator[records.Clip]:
        """The clips of one input.

        Args:
          key: one of `keys`.
          left_out: counts the frames that are left out on purpose, by the reason.

        Raises:
          InputError: it cannot be read, or not all of it; clips already given are
            sound.
        """


@dataclasses.dataclass(frozen=True)
class PlacedFrame:
    """A frame, and where in its video it is.

    Attributes:
      frame: ready to be stored.
      index: its number in the video, where frames that are left out count too.
      shot: a number that is another one wherever the video does not simply go on.
    """

    frame: records.Frame
    index: int
    shot: int


def cut(
    frames: Iterable[PlacedFrame],
    *,
    video_id: str,
    frame_rate: float,
    clip_length: int,
    stride: int,
) -> Iterator[records.Clip]:
    """Clips of a video, each within one shot; no more than one of them is held.

    Args:
      frames: in display order.
      video_id: the video's stable name.
      frame_rate: frames a second.
      clip_length: frames in a clip. What is left at a shot's end, and a shot shorter
        than this, makes a clip of its own that is shorter.
      stride: frames from the start of one clip to the start of the next in its shot.

    Yields:
      Clips, in the order of their first frames.
    """
    for (_, height, width), shot in itertools.groupby(frames, _shot_and_size):
        for part in _windows(shot, clip_length, stride):
            chosen = part[:: max(1, len(part) // _SAMPLED)]
            yield records.Clip(
                frames=[placed.frame.jpeg for placed in part],
                video_id=video_id,
                height=height,
                width=width,
                start_frame=part[0].index,
                frame_rate=frame_rate,
                sample=np.concatenate([placed.frame.sample for placed in chosen]),
            )


def colored(
    clips: Iterable[records.Clip],
    min_color: float,
    left_out: collections.Counter | None = None,
) -> Iterator[records.Clip]:
    """Those of `clips` with as much colour beside their tone; 0 keeps all.

    Grey, sepia and toned ones are left out, and their frames counted as "grey".
    """
    for clip in clips:
        if not min_color or samples.unexplained_chroma(clip.sample) >= min_color:
            yield clip
        elif left_out is not None:
            left_out["grey"] += len(clip.frames)


def _shot_and_size(placed):
    return placed.shot, placed.frame.height, placed.frame.width


def _windows(frames, length, stride):
    """Lists of `length` consecutive items, every `stride`; the last may be shorter."""
    held = collections.deque()
    start = count = 0
    for frame in frames:
        if count >= start:
            held.append(frame)
        count += 1
        if len(held) == length:
            yield list(held)
            start += stride
            for _ in range(min(stride, len(held))):
                held.popleft()
    # With overlapping clips, a tail that the last full clip already covers is no news.
    if held and (start == 0 or stride >= length or len(held) > length - stride):
        yield list(held)
