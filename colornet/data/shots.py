"""Where a film cuts from one shot to the next, and which of its frames hardly change.

After a cut the colours start afresh, so nothing that is learned or kept may span one.
"""

import collections
import fractions

import av
import numpy as np
from PIL import Image

# FFmpeg's own default for scdet, on its scale of 0 to 100.
THRESHOLD = 10.0
# Frames are compared at this height and width: film grain and the traces of coding
# average out there, and what moves does not.
_SMALL = (64, 64)
# Two frames that differ by less are one picture stored twice: the traces of coding make
# 0.00 to 0.12 of 255 in films of repeated frames, the stillest shots 0.15 and more.
REPEATED = 0.15
_STILL = 4  # So many repeats are a still picture, fewer a film of a lower rate.


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


class Sieve:
    """Numbers frames and shots of a video; lets frames that hardly change fall through.

    A still card, or a film of 12 frames a second that is stored as one of 24, would
    otherwise teach the same picture many times and that nothing moves. In such a film
    every new picture is a sudden change, so cuts are looked for without the repeats.
    """

    def __init__(
        self,
        *,
        cut_threshold: float = THRESHOLD,
        min_change: float = 0.0,
        left_out: collections.Counter | None = None,
    ):
        """Prepares for one video.

        Args:
          cut_threshold: how sudden a change begins a shot, 0 to 100; 0 finds no cuts.
          min_change: mean absolute difference in luma, of 255, from the last frame that
            was kept, below which one is left out; 0 keeps all. The first of a shot is
            always kept.
          left_out: counts what is left out as "duplicate".
        """
        self._cuts = None
        if cut_threshold:
            self._cuts = CutFinder(*_SMALL, threshold=cut_threshold)
        self._min_change = min_change
        self._left_out = left_out
        self._count = self._shot = self._repeats = 0
        self._kept = self._seen = None

    def interrupt(self, lost: int = 0) -> None:
        """What comes does not continue what was, as after a cut: a new shot begins.

        Args:
          lost: frames between the two that nobody can see, where that is known.
        """
        self._count += lost
        self._shot += 1
        self._kept = None

    def place(self, image: Image.Image) -> tuple[int, int] | None:
        """The index of this next frame and its shot's number; None leaves it out."""
        index = self._count
        self._count += 1
        if not (self._cuts or self._min_change):
            return index, self._shot
        luma = _small_luma(image)
        if self._cuts and self._begins_shot(luma):
            self.interrupt()
        if _change(self._kept, luma) < self._min_change:
            if self._left_out is not None:
                self._left_out["duplicate"] += 1
            return None
        self._kept = luma
        return index, self._shot

    def _begins_shot(self, luma):
        self._repeats += 1
        if _change(self._seen, luma) >= REPEATED:
            self._repeats, self._seen = 0, luma
        # Of a still picture the finder sees two, or a row of them would be all motion.
        return self._repeats in (0, _STILL) and self._cuts.begins_shot(luma)


def _small_luma(image):
    image.draft("L", _SMALL)  # Of a JPEG file, decodes no more than is needed.
    small = image.convert("L").resize(_SMALL, Image.Resampling.BOX)
    return np.asarray(small)


def _change(before, luma):
    """Mean absolute difference; without end where there is nothing before."""
    if before is None:
        return np.inf
    return np.abs(before.astype(np.int16) - luma).mean()
