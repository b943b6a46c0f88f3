"""What the pictures of a set are like: sizes and colours, summed up as they pass."""

import numpy as np

from colornet.color import ab_grid, samples
from colornet.data import records

_BATCH = 16_384  # Pixels converted at a time, for speed and to bound memory.
# Soft-encoding each pixel would cost a third of what decoding its picture does, so
# pixels are counted on a fine grid of ab and its cells are encoded: less than 0.3 % of
# the prior ends in another bin.
_CELL = 1.0  # L*a*b* units.
_REACH = 110  # L*a*b* units; the sRGB gamut ends before.
_SIDE = 2 * round(_REACH / _CELL) + 1  # Cells.
_MEASURES = ("clip_length", "height", "width")


class Statistics:
    """Sums over clips, which can be merged in any order and kept as JSON."""

    def __init__(self):
        self._clips = self._frames = self._pixels = 0
        self._ranges = {}  # {measure: (smallest, sum, largest)}.
        self._chroma = 0.0
        self._cells = np.zeros(_SIDE * _SIDE, "int64")
        self._bins = np.zeros(len(ab_grid.ab_centers()))  # Of what is encoded already.
        self._waiting, self._waiting_pixels = [], 0

    def add(self, clip: records.Clip) -> None:
        """Counts a clip in; of its colours, those of its sample."""
        self._clips += 1
        self._frames += len(clip.frames)
        for name, value in zip(
            _MEASURES, (len(clip.frames), clip.height, clip.width), strict=True
        ):
            self._extend(name, value, value, value)
        self._waiting.append(clip.sample)
        self._waiting_pixels += len(clip.sample)
        if self._waiting_pixels >= _BATCH:
            self._convert()

    def merge(self, other: "Statistics") -> None:
        """Counts in all that `other` has counted, which stays as it is."""
        self._clips += other._clips
        self._frames += other._frames
        for name, values in other._ranges.items():
            self._extend(name, *values)
        other._convert()
        self._pixels += other._pixels
        self._chroma += other._chroma
        self._cells += other._cells
        self._bins += other._bins

    def to_json(self) -> dict:
        """What is known, in plain types, for `from_json` and for people.

        Returns:
          clips, frames: how many.
          clip_length, height, width: min, mean and max over clips; None without any.
          sampled_pixels: of how many pixels the following tell.
          mean_chroma: in L*a*b* units.
          ab_prior: how often each of `ab_grid.ab_centers` occurs, soft-encoded, sum 1.
        """
        self._convert()
        ranges = {
            name: {"min": low, "mean": total / self._clips, "max": high}
            for name, (low, total, high) in self._ranges.items()
        }
        pixels = max(self._pixels, 1)
        return {
            "clips": self._clips,
            "frames": self._frames,
            **dict.fromkeys(_MEASURES),
            **ranges,
            "sampled_pixels": self._pixels,
            "mean_chroma": self._chroma / pixels,
            "ab_prior": ((self._bins + self._encoded()) / pixels).tolist(),
        }

    @classmethod
    def from_json(cls, stored: dict) -> "Statistics":
        """Inverse of `to_json`."""
        result = cls()
        result._clips, result._frames = stored["clips"], stored["frames"]
        for name in _MEASURES:
            if values := stored[name]:
                total = round(values["mean"] * result._clips)
                result._extend(name, values["min"], total, values["max"])
        result._pixels = stored["sampled_pixels"]
        result._chroma = stored["mean_chroma"] * result._pixels
        result._bins = np.array(stored["ab_prior"]) * result._pixels
        return result

    def _extend(self, name, low, total, high):
        least, all_, most = self._ranges.get(name, (low, 0, high))
        self._ranges[name] = (min(least, low), all_ + total, max(most, high))

    def _convert(self):
        """Moves the colours that wait to the sums."""
        if not self._waiting_pixels:
            return
        rgb = np.concatenate(self._waiting)
        self._waiting, self._waiting_pixels = [], 0
        for start in range(0, len(rgb), _BATCH):
            ab = samples.lab(rgb[start : start + _BATCH])[:, 1:]
            a, b = np.round((ab + _REACH) / _CELL).astype("int64").T
            self._cells += np.bincount(a * _SIDE + b, minlength=len(self._cells))
            self._chroma += float(np.linalg.norm(ab, axis=-1).sum())
        self._pixels += len(rgb)

    def _encoded(self):
        """How much of `_cells` falls to each bin: [Q]."""
        total = np.zeros(len(ab_grid.ab_centers()))
        (filled,) = np.nonzero(self._cells)
        for start in range(0, len(filled), _BATCH):
            cells = filled[start : start + _BATCH]
            ab = np.stack(np.divmod(cells, _SIDE), axis=-1) * _CELL - _REACH
            total += samples.soft_counts(ab, self._cells[cells])
        return total
