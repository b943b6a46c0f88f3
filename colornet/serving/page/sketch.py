"""A grey picture on the page's canvas: drawn on, coloured, shown."""

import base64
import dataclasses
import io
import secrets

import numpy as np
from PIL import Image

from colornet.inference import confidence
from colornet.serving import strokes

_SHOWN_PIXELS = 1_200_000  # Larger ones are shown smaller, and saved as they are.
_SMALL_PIXELS = 120_000  # Of one of several in a row.
_SUGGESTED = 8
_QUALITY = 88


@dataclasses.dataclass(frozen=True)
class Look:
    """How colours are to be.

    Attributes:
      saturation: what chroma is multiplied by.
      temperature: of the annealed mean; None for the model's own.
      unsure: whether what is unsure is veiled where the picture is shown.
    """

    saturation: float = 1.0
    temperature: float | None = None
    unsure: bool = False


class Sketch:
    """A picture that one visitor works on.

    Attributes:
      token: tells the page one opening from another.
      size: (H, W) of the whole picture.
      drawing: the strokes on it, as `strokes` describes them.
      base: hints that lie under them, uint8 RGBA [H, W, 4], or None.
      look: how it is shown.
    """

    def __init__(self, colorizer, grey: np.ndarray, told=None):
        """Lets the network look at a picture.

        Args:
          colorizer: a `Colorizer`.
          grey: the picture, uint8 or uint16 [H, W].
          told: what is known from others, as `Colorizer.draft` has it.
        """
        self.token = ""
        self.size = grey.shape
        self.drawing, self.base, self.look = [], None, Look()
        self._grey = _shown(grey)
        self._offered, self._under = [], None  # Alternatives, and the base they are of.
        self._colorizer = colorizer
        self.see(told)

    def see(self, told) -> None:
        """Lets the network look at it anew, as something else is known from others."""
        self._draft = self._colorizer.draft(self._grey, told)

    def hints(self) -> np.ndarray | None:
        """All that is told of the whole picture: uint8 RGBA [H, W, 4], or None."""
        if not self.drawing and self.base is None:
            return None
        return strokes.drawn(self.drawing, self.size, base=self.base)

    def opened(self) -> dict:
        """What an `Easel` needs to show it."""
        self.token = secrets.token_hex(8)
        height, width = self.size
        before = {"size": [width, height], "before": data_url(self._grey)}
        return {**before, "drawing": self.drawing, **self.colored()}

    def colored(self) -> dict:
        """What an `Easel` that shows it needs after a change."""
        ab, logits = self._draft.predict(*self._told(self.drawing))
        rgb = self._draft.paint(ab, saturation=self.look.saturation)
        if self.look.unsure:
            rgb = confidence.overlay(rgb, self._draft.confidence(ab, logits))
        return {"picture": self.token, "after": data_url(rgb)}

    def alternatives(self, count: int) -> list[np.ndarray]:
        """Different plausible colourings, uint8 RGB, small; the usual one first."""
        self._offered = self._draft.alternatives(count, *self._told(self.drawing))
        self._under = self.base
        painted = [
            self._draft.paint(ab, saturation=self.look.saturation)
            for ab in self._offered
        ]
        return [_smaller(rgb, _SMALL_PIXELS) for rgb in painted]

    def take(self, number: int) -> None:
        """Takes one of the last alternatives for what is known; 0 is the usual one."""
        self.base = self._under
        if number:
            # Not saturated: it will be where it is shown.
            painted = Image.fromarray(self._draft.paint(self._offered[number]))
            self.base = np.asarray(painted.resize(self.size[::-1]).convert("RGBA"))

    def palette(self, place: tuple[float, float], selected: int | None) -> list[str]:
        """The likeliest colours of a place, "#rrggbb", likeliest first.

        Args:
          place: (x, y) in pixels of the whole picture.
          selected: the stroke that is to take one of them, and does not count; or None.
        """
        others = [one for n, one in enumerate(self.drawing) if n != selected]
        _, logits = self._draft.predict(*self._told(others))
        (height, width), (h, w) = self.size, self._grey.shape
        x = min(max(int(place[0] * w / width), 0), w - 1)
        y = min(max(int(place[1] * h / height), 0), h - 1)
        colors, _ = self._draft.palette(logits, x, y, _SUGGESTED)
        return ["#" + bytes(color).hex() for color in colors]

    def _told(self, drawing):
        """Hints, as large as what is shown, and the temperature."""
        base = self.base
        if base is not None:
            small = Image.fromarray(base).resize(self._grey.shape[::-1])
            base = np.asarray(small)
        hints = None
        if drawing or base is not None:
            hints = strokes.drawn(drawing, self.size, self._grey.shape, base)
        return hints, self.look.temperature


def data_url(picture: np.ndarray) -> str:
    """A picture, uint8 [H, W] or [H, W, 3] as JPEG, [H, W, 4] as PNG, for the page."""
    kind = "png" if picture.ndim == 3 and picture.shape[2] == 4 else "jpeg"
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, quality=_QUALITY)
    return f"data:image/{kind};base64,{base64.b64encode(file.getvalue()).decode()}"


def _shown(grey):
    """The picture, uint8, of at most `_SHOWN_PIXELS`."""
    if grey.dtype == np.uint16:
        grey = (grey >> 8).astype(np.uint8)
    return _smaller(grey, _SHOWN_PIXELS)


def _smaller(picture, pixels):
    height, width = picture.shape[:2]
    scale = min(1.0, (pixels / (height * width)) ** 0.5)
    if scale == 1.0:
        return picture
    size = [max(1, round(side * scale)) for side in (width, height)]
    small = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small)
