"""A grey picture on the page's canvas: drawn on, coloured, shown."""

import base64
import dataclasses
import io
import secrets

import numpy as np
from PIL import Image

from colornet.serving import strokes

_SHOWN_PIXELS = 1_200_000  # Larger ones are shown smaller, and saved as they are.
_SUGGESTED = 8
_QUALITY = 88


@dataclasses.dataclass(frozen=True)
class Look:
    """How colours are to be.

    Attributes:
      saturation: what chroma is multiplied by.
      temperature: of the annealed mean; None for the model's own.
    """

    saturation: float = 1.0
    temperature: float | None = None


class Sketch:
    """A picture that one visitor works on.

    Attributes:
      token: tells the page one picture from another.
      size: (H, W) of the whole picture.
      drawing: the strokes on it, as `strokes` describes them.
      base: hints that lie under them, uint8 RGBA [H, W, 4], or None.
      look: how it is shown.
    """

    def __init__(self, colorizer, grey: np.ndarray):
        """Lets the network look at `grey`, uint8 or uint16 [H, W]."""
        self.token = secrets.token_hex(8)
        self.size = grey.shape
        self.drawing, self.base, self.look = [], None, Look()
        self._grey = _shown(grey)
        self._draft = colorizer.draft(self._grey)

    def hints(self) -> np.ndarray | None:
        """All that is told of the whole picture: uint8 RGBA [H, W, 4], or None."""
        if not self.drawing and self.base is None:
            return None
        return strokes.drawn(self.drawing, self.size, base=self.base)

    def opened(self) -> dict:
        """What an `Easel` needs to show it."""
        height, width = self.size
        before = {"size": [width, height], "before": data_url(self._grey)}
        return {**before, "drawing": self.drawing, **self.colored()}

    def colored(self) -> dict:
        """What an `Easel` that shows it needs after a change."""
        ab, _ = self._predict(self.drawing)
        rgb = self._draft.paint(ab, saturation=self.look.saturation)
        return {"picture": self.token, "after": data_url(rgb)}

    def palette(self, place: tuple[float, float], selected: int | None) -> list[str]:
        """The likeliest colours of a place, "#rrggbb", likeliest first.

        Args:
          place: (x, y) in pixels of the whole picture.
          selected: the stroke that is to take one of them, and does not count; or None.
        """
        others = [one for n, one in enumerate(self.drawing) if n != selected]
        _, logits = self._predict(others)
        (height, width), (h, w) = self.size, self._grey.shape
        x = min(max(int(place[0] * w / width), 0), w - 1)
        y = min(max(int(place[1] * h / height), 0), h - 1)
        colors, _ = self._draft.palette(logits, x, y, _SUGGESTED)
        return ["#" + bytes(color).hex() for color in colors]

    def _predict(self, drawing):
        base = self.base
        if base is not None:
            small = Image.fromarray(base).resize(self._grey.shape[::-1])
            base = np.asarray(small)
        hints = None
        if drawing or base is not None:
            hints = strokes.drawn(drawing, self.size, self._grey.shape, base)
        return self._draft.predict(hints, self.look.temperature)


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
    scale = min(1.0, (_SHOWN_PIXELS / grey.size) ** 0.5)
    if scale == 1.0:
        return grey
    size = [max(1, round(side * scale)) for side in grey.shape[::-1]]
    picture = Image.fromarray(grey).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(picture)
