"""How steady the colours of films are, as the field measures it: warp error and CDC.

Conventions: frames are sRGB, uint8 [H, W, 3]. Several versions of a film (grey, its
coloured copy, the truth) are measured side by side on the motion of one source. Both
figures are means over the pairs of frames in a film, then over films. No pair spans a
cut of the source: there, colours may change.

  warp error [1]  of frames t and t + 1: optical flow on the *source*; frame t + 1 is
                  warped to t; the squared difference of R, G and B in [0, 1], a mean
                  over the three (as in that paper's code) and over all pixels that can
                  be seen in both.
  CDC [2]         of frames t and t + d: the Jensen-Shannon divergence, in nats, between
                  their histograms of 256 bins; a mean over R, G and B, and over d = 1,
                  2 and 4, a third each.

Lower is steadier, but neither is 0 for a film that moves, and dull colours are steady
colours: both mean something only beside the truth's and grey's, and beside the
colourfulness, which is therefore given with them.

Sources:
  [1] Lai et al. 2018, Learning blind video temporal consistency.
  [2] Liu et al. 2021, Temporally consistent video colorization (TCVC).
"""

import collections
from collections.abc import Iterable

import numpy as np
from PIL import Image

from colornet.data import shots
from colornet.evaluation import flow, metrics

DISTANCES = (1, 2, 4)  # Frames between the two of a pair. Liu et al. 2021.
TOO_SHORT = f"no film has {max(DISTANCES) + 1} frames without a cut"
_BINS = 256
_FIGURES = ("warp_error", "colorfulness_signed", "colorfulness_absolute")
_KEYS = (*_FIGURES, *DISTANCES)


def histograms(rgb: np.ndarray) -> np.ndarray:
    """The share of pixels with each value, float64 [3, 256], of uint8 [H, W, 3]."""
    counts = [np.bincount(rgb[..., c].ravel(), minlength=_BINS) for c in range(3)]
    return np.stack(counts) / (rgb.shape[0] * rgb.shape[1])


def jensen_shannon(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Jensen-Shannon divergence of distributions [..., N]: 0 to log 2, [...]."""
    middle = (p + q) / 2
    return (_kullback_leibler(p, middle) + _kullback_leibler(q, middle)) / 2


def warp_error(before, after, motion: flow.Motion) -> float | None:
    """Warp error of two frames, float32 [H, W, 3] in [0, 1]; None if all is hidden."""
    if not motion.visible.any():
        return None
    difference = (before - motion.bring_back(after))[motion.visible]
    return float(np.square(difference).mean(dtype="float64"))


class Steadiness:
    """Temporal figures of films whose frames come one by one and are not kept.

    Two frames of each version are held at most, and the histograms of five.

    Example:
      steadiness = Steadiness(["grey", "truth"])
      for film in films:
          for grey, true in film:
              steadiness.add(grey, {"grey": ..., "truth": true})
          steadiness.end_film()
      steadiness.result()["rows"]["truth"]["warp_error"]
    """

    def __init__(self, versions: Iterable[str]):
        """Prepares for versions of these names; "truth" is what others are held to."""
        self._versions = tuple(versions)
        self._find_motion = flow.MotionFinder()
        self._films = collections.defaultdict(list)
        self._frames = self._cuts = 0
        self._begin_film()

    def add(self, source_grey: np.ndarray, frames: dict[str, np.ndarray]) -> None:
        """Takes the next frame of a film.

        Args:
          source_grey: the source, uint8 [H, W], H and W at least `flow.SMALLEST`.
          frames: of each version, by its name, uint8 [H, W, 3].
        """
        _, shot = self._sieve.place(Image.fromarray(source_grey))
        if shot != self._shot:
            self._shot = shot
            self._forget()
        motion = None
        if self._source is not None:
            motion = self._find_motion(self._source, source_grey)
        self._source = source_grey
        for name in self._versions:
            self._compare(name, frames[name], motion)
        self._film_frames += 1

    def end_film(self) -> None:
        """Whatever comes next is of another film.

        A film without so much as one pair of frames for each distance counts for
        nothing.
        """
        means = {key: self._sums[key] / self._counts[key] for key in self._counts}
        if all((name, key) in means for name in self._versions for key in _KEYS):
            for name in self._versions:
                film = {figure: means[name, figure] for figure in _FIGURES}
                film["cdc"] = np.mean([means[name, d] for d in DISTANCES])
                self._films[name].append(film)
            self._frames += self._film_frames
            self._cuts += self._shot
        self._begin_film()

    def result(self) -> dict | None:
        """The figures of each version, and on what; None if no film is long enough."""
        if not self._films:
            return None
        rows = {
            name: {
                key: float(np.mean([film[key] for film in films])) for key in films[0]
            }
            for name, films in self._films.items()
        }
        if "truth" in rows:
            for row in rows.values():
                for figure in ("warp_error", "cdc"):
                    true = rows["truth"][figure]
                    row[f"{figure}_ratio"] = row[figure] / true if true else None
        return {
            "films": len(self._films[self._versions[0]]),
            "frames": self._frames,
            "cuts": self._cuts,
            "rows": rows,
        }

    def _begin_film(self):
        self._sieve, self._shot = shots.Sieve(), 0
        # By version and figure; a divergence's is its distance.
        self._sums, self._counts = collections.Counter(), collections.Counter()
        self._film_frames = 0
        self._forget()

    def _forget(self):
        """What comes is not compared with what was."""
        self._source = None
        self._last = {}
        self._recent = collections.defaultdict(
            lambda: collections.deque(maxlen=max(DISTANCES))
        )

    def _compare(self, name, rgb, motion):
        current = rgb.astype("float32") / 255
        if motion is not None:
            error = warp_error(self._last[name], current, motion)
            if error is not None:
                self._take(name, "warp_error", error)
        self._last[name] = current
        distribution, recent = histograms(rgb), self._recent[name]
        for d in DISTANCES:
            if d <= len(recent):
                divergence = jensen_shannon(recent[-d], distribution)
                self._take(name, d, divergence.mean())
        recent.append(distribution)
        self._take(name, "colorfulness_signed", metrics.colorfulness(rgb))
        absolute = metrics.colorfulness(rgb, absolute=True)
        self._take(name, "colorfulness_absolute", absolute)

    def _take(self, name, key, value):
        self._sums[name, key] += float(value)
        self._counts[name, key] += 1


def _kullback_leibler(p, q):
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return (p * np.log(ratio)).sum(axis=-1)
