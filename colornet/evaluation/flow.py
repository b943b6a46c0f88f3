"""Optical flow: where each pixel of a frame is found in the next, if it is seen there.

OpenCV computes it (DIS, Kroeger et al. 2016), so this asks for the extra "benchmark".
"""

import dataclasses

import numpy as np

try:
    import cv2
except ImportError:
    cv2 = None

MISSING = "OpenCV is not installed; it comes with pip install 'colornet[benchmark]'"
SMALLEST = 12  # Pixels, of the shorter side: below it DIS refuses or gives no numbers.


def is_available() -> bool:
    """Whether OpenCV is installed."""
    return cv2 is not None


@dataclasses.dataclass(frozen=True)
class Motion:
    """How the pixels of one frame move to the next.

    Attributes:
      flow: to the right and down, in pixels, float32 [H, W, 2].
      visible: whether the pixel can be seen in the next frame too, bool [H, W].
    """

    flow: np.ndarray
    visible: np.ndarray

    def bring_back(self, after: np.ndarray) -> np.ndarray:
        """The next frame, float32 [H, W, C], warped to lie on this one; bilinear."""
        return _sample(after, self.flow)


class MotionFinder:
    """Finds the motion between frames, given as grey uint8 [H, W].

    A pixel counts as visible where the flow there and back again ends near its start:
    |f + b|^2 <= 0.01 (|f|^2 + |b|^2) + 0.5, with b the flow back, read where f leads.
    Sundaram et al. 2010; Ruder et al. 2016. And where f leads out of the picture, it is
    not. (The code of Lai et al. 2018 leaves out the edges of moving things as well.)
    """

    def __init__(self):
        if cv2 is None:
            raise ImportError(MISSING)
        self._dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def __call__(self, before: np.ndarray, after: np.ndarray) -> Motion:
        """The motion from `before` to `after`."""
        forward = self._dis.calc(before, after, None)
        backward = _sample(self._dis.calc(after, before, None), forward)
        allowed = 0.01 * (_square(forward) + _square(backward)) + 0.5
        returns = _square(forward + backward) <= allowed
        return Motion(forward, returns & _stays_inside(forward))


def _places(flow):
    """Columns and rows that `flow` leads to, float32 [H, W] each."""
    rows, columns = np.indices(flow.shape[:2], dtype=np.float32)
    return columns + flow[..., 0], rows + flow[..., 1]


def _sample(picture, flow):
    return cv2.remap(
        picture, *_places(flow), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )


def _stays_inside(flow):
    height, width = flow.shape[:2]
    columns, rows = _places(flow)
    across = (columns >= 0) & (columns <= width - 1)
    return across & (rows >= 0) & (rows <= height - 1)


def _square(vectors):
    return np.square(vectors).sum(axis=-1)
