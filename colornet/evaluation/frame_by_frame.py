"""Any way of colouring at work, frame by frame, so that it is scored as models are."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from colornet.evaluation import footage, scoring

# Of the photograph's or film's name, the frame's number and its grey, uint8 [H, W]: the
# picture in colour, sRGB uint8 [H, W, 3].
Paint = Callable[[str, int, np.ndarray], np.ndarray]


class FrameByFrame:
    """What is no exported model, for `scoring.score`, as `scoring.TimedColoring` is.

    Attributes:
      every: every n-th frame of a film is scored; no other is painted.
      frames: how many were painted.
      seconds: how long that took.
    """

    def __init__(self, paint: Paint, every: int = 1):
        self._paint = paint
        self.every = every
        self.frames = 0
        self.seconds = 0.0

    def frames_of(
        self, shown: footage.Footage
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(number, truth, grey, the picture that was painted) of each scored frame."""
        for number, true in enumerate(footage.of_one_size(shown)):
            if number % self.every:
                continue
            grey = scoring.grey_of(true)
            start = time.perf_counter()
            painted = self._paint(shown.name, number, grey)
            self.seconds += time.perf_counter() - start
            self.frames += 1
            yield number, true, grey, painted
