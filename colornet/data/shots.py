"""Where a film cuts from one shot to the next, and which of its frames hardly change.

After a cut the colours start afresh, so nothing that is learned or kept may span one.
"""

import collections
import fractions
import itertools

import av
import numpy as np
from PIL import Image

# FFmpeg's own default for scdet, on its scale of 0 to 100.
THRESHOLD = 10.0
# Frames are compared at this height and width: film grain and the traces of coding
# average out there, and what moves does not.
SMALL = (64, 64)
# Two frames that differ by less are one picture stored twice: the traces of coding make
# 0.00 to 0.12 of 255 in films of repeated frames, the stillest shots 0.15 and more.
REPEATED = 0.15
_STILL = 4  # So many repeats are a still picture, fewer a film of a lower rate.

# How many frames `ShotFinder` looks at from a cut on, and before it: flashes are
# shorter. Fixed with `_UNLIKE` on half of the clips of tools/measure_cuts.py.
LOOK_AHEAD = 4
_UNLIKE = 16.0  # Least difference over a cut, on the scale of THRESHOLD.
_LEVELS = 83.0  # 8-bit levels to a standard deviation, so that THRESHOLD fits.
_NOTHING = 12.0  # Of 255: a standard deviation below this is grain and no picture.


class CutFinder:
    """Tells, frame after frame, whether the picture changes suddenly. FFmpeg's `scdet`.

    It compares each frame with the one before and asks that the change itself be
    sudden, so that a fast pan is no cut. Pictures are first brought to one brightness
    and contrast: cuts between dark shots count like others, and neither an old film's
    flicker nor a fade looks like one. It looks at no later frame, so a flash does.
    """

    def __init__(self, *, threshold: float = THRESHOLD):
        self._graph = av.filter.Graph()
        # As wide as `SMALL`: scdet's AVX-512 code reads past the end of lines of other
        # lengths than multiples of 64 (FFmpeg 8), and counts what it finds there.
        source = self._graph.add_buffer(
            width=SMALL[1],
            height=SMALL[0] // 2,
            format="gray",
            time_base=fractions.Fraction(1),
        )
        score = self._graph.add("scdet", f"threshold={threshold}")
        source.link_to(score)
        score.link_to(self._graph.add("buffersink"))
        self._graph.configure()
        self._count = self._repeats = 0
        self._seen = None

    def begins_shot(self, luma: np.ndarray) -> bool:
        """Whether the frame with this luma, uint8 `SMALL`, is unlike the one before.

        The film's own first frame is not counted as a cut.
        """
        self._repeats += 1
        if _change(self._seen, luma) >= REPEATED:
            self._repeats, self._seen = 0, luma
        # Of a still picture the filter sees two, or a row of them would be all motion.
        return self._repeats in (0, _STILL) and self._is_sudden(levelled(luma))

    def _is_sudden(self, picture):
        frame = av.VideoFrame.from_ndarray(picture.repeat(2, axis=1), format="gray")
        frame.pts = self._count
        self._count += 1
        self._graph.push(frame)
        return "lavfi.scd.time" in self._graph.pull().metadata


class ShotFinder:
    """Tells where shots begin, and is not deceived by flashes; answers come late.

    A cut parts pictures that are unlike: where one of the `LOOK_AHEAD` frames from a
    sudden change on resembles one of as many before it, the shot goes on.
    """

    def __init__(self):
        self._cuts = CutFinder()
        self._before = collections.deque(maxlen=LOOK_AHEAD)
        self._waiting = collections.deque()  # Pictures, and whether each is sudden.

    def push(self, luma: np.ndarray) -> list[bool]:
        """Takes the next frame's luma, uint8 `SMALL`; answers what is now certain.

        An answer tells of the frame `LOOK_AHEAD` - 1 before whether it begins a shot;
        the first frames bring none, `finish` brings as many more.
        """
        self._waiting.append((levelled(luma), self._cuts.begins_shot(luma)))
        return [self._answer()] if len(self._waiting) == LOOK_AHEAD else []

    def finish(self) -> list[bool]:
        """The answers for the film's last frames."""
        return [self._answer() for _ in range(len(self._waiting))]

    def _answer(self):
        pictures = [picture for picture, _ in self._waiting]
        first, is_sudden = self._waiting.popleft()
        pairs = itertools.product(self._before, pictures)
        is_cut = is_sudden and all(_least_change(*pair) >= _UNLIKE for pair in pairs)
        self._before.append(first)
        return is_cut


def levelled(luma: np.ndarray) -> np.ndarray:
    """A picture at one brightness and contrast: uint8 `SMALL` to uint8 at half of it.

    Where there is nothing to see but grain, it is left nearly flat.
    """
    height, width = (side // 2 for side in SMALL)
    picture = luma.reshape(height, 2, width, 2).mean(axis=(1, 3))
    picture = (picture - picture.mean()) / (picture.std() + _NOTHING)
    return np.clip(np.rint(128 + _LEVELS * picture), 0, 255).astype(np.uint8)


def _least_change(one, other):
    """Mean absolute difference, of 100, at the best of nine places: gates are loose."""
    height, width = one.shape
    middle = one[1:-1, 1:-1].astype(np.int16)
    return min(
        np.abs(other[y : height - 2 + y, x : width - 2 + x] - middle).mean()
        for y, x in np.ndindex(3, 3)
    ) * (100 / 256)


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
            self._cuts = CutFinder(threshold=cut_threshold)
        self._min_change = min_change
        self._left_out = left_out
        self._count = self._shot = 0
        self._kept = None

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
        luma = small_luma(image)
        if self._cuts and self._cuts.begins_shot(luma):
            self.interrupt()
        if _change(self._kept, luma) < self._min_change:
            if self._left_out is not None:
                self._left_out["duplicate"] += 1
            return None
        self._kept = luma
        return index, self._shot


def small_luma(image: Image.Image) -> np.ndarray:
    """Its luma as finders take it, uint8 `SMALL`."""
    image.draft("L", SMALL)  # Of a JPEG file, decodes no more than is needed.
    small = image.convert("L").resize(SMALL, Image.Resampling.BOX)
    return np.asarray(small)


def _change(before, luma):
    """Mean absolute difference; without end where there is nothing before."""
    if before is None:
        return np.inf
    return np.abs(before.astype(np.int16) - luma).mean()
