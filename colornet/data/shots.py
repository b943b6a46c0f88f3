"""Where a film cuts from one shot to the next: there the colours start afresh."""

import fractions

import av
import numpy as np

# FFmpeg's own default for scdet, on its scale of 0 to 100.
THRESHOLD = 10.0


class CutFinder:
    """Tells, frame after frame, whether a new shot begins. FFmpeg's `scdet` filter.

    It compares each frame with the one before and asks that the change itself be
    sudden, so that a fast pan is no cut. It looks at no later frame: a cut is known as
    soon as its first frame is.
    """

    def __init__(self, height: int, width: int, *, threshold: float = THRESHOLD):
        self._graph = av.filter.Graph()
        source = self._graph.add_buffer(
            width=width, height=height, format="gray", time_base=fractions.Fraction(1)
        )
        score = self._graph.add("scdet", f"threshold={threshold}")
        source.link_to(score)
        score.link_to(self._graph.add("buffersink"))
        self._graph.configure()
        self._count = 0

    def begins_shot(self, luma: np.ndarray) -> bool:
        """Whether the frame with this small luma, uint8 [H, W], is the first of a shot.

        The film's own first frame is not counted as a cut.
        """
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(luma), format="gray")
        frame.pts = self._count
        self._count += 1
        self._graph.push(frame)
        return "lavfi.scd.time" in self._graph.pull().metadata
