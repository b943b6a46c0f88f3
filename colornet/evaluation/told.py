"""What a model is told of the true colours, to see what it makes of hints."""

import dataclasses

import numpy as np

_SIDE = 7  # Pixels of a point: what a click with a small brush leaves.


@dataclasses.dataclass(frozen=True)
class Told:
    """Colours of the truth that are given to the model.

    Attributes:
      points: that are told of each picture, at random places, as in Zhang et al. 2017,
        section 4.1: squares of 7 pixels. The same picture has them at the same places.
      first_frame: whether the first frame of each film is told whole. It is not scored.
    """

    points: int = 0
    first_frame: bool = False

    def scores(self, number: int, is_film: bool) -> bool:
        """Whether the frame of that number is to be scored."""
        return number > 0 or not (self.first_frame and is_film)

    def of(self, number: int, rgb: np.ndarray, is_film: bool) -> np.ndarray | None:
        """Hints for a frame, uint8 RGBA [H, W, 4], or None where there are never any.

        Args:
          number: of the frame in its film; 0 of a photograph.
          rgb: the truth, uint8 [H, W, 3].
          is_film: whether it is of a film.
        """
        whole = self.first_frame and is_film
        if not (self.points or whole):
            return None
        height, width = rgb.shape[:2]
        alpha = np.zeros((height, width), np.uint8)
        places = np.random.default_rng([number, height, width])
        for _ in range(self.points):
            y, x = (places.integers(max(1, n - _SIDE + 1)) for n in (height, width))
            alpha[y : y + _SIDE, x : x + _SIDE] = 255
        if whole and number == 0:
            alpha[:] = 255
        return np.dstack([rgb, alpha])
