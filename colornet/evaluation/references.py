"""Pictures that a model is told of beside each frame, to see what they help or harm."""

import collections
import itertools
from collections.abc import Iterable, Iterator

import numpy as np

from colornet.inference import hint_pictures


class References:
    """Other pictures in colour, of which frames are told, each for itself.

    Args:
      picture: path of one that is told of with every frame; "" for none.
      away: how many frames away, in the same film, lies another, which is told of
        mirrored: behind the frame, or before it where the film ends. 0 for none.
    """

    def __init__(self, picture: str = "", away: int = 0):
        self._always = []
        if picture:
            rgba = hint_pictures.read_elsewhere(picture, f"--reference={picture}")
            self._always.append(rgba)
        self._away = away

    def __bool__(self):
        return bool(self._always or self._away)

    def beside(
        self, frames: Iterable[np.ndarray]
    ) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
        """Yields each frame, uint8 [H, W, 3], with the pictures that it is told of."""
        if not self._away:
            yield from zip(frames, itertools.repeat(self._always))
            return
        before, ahead = collections.deque(maxlen=self._away), collections.deque()
        for frame in frames:
            ahead.append(frame)
            if len(ahead) > self._away:
                yield ahead[0], [*self._always, frame[:, ::-1]]
                before.append(ahead.popleft())
        for frame in ahead:
            other = [before[0][:, ::-1]] if len(before) == self._away else []
            yield frame, [*self._always, *other]
            before.append(frame)
