"""A picture that somebody works on: what the network sees of it is kept."""

import itertools

import numpy as np
import tensorflow as tf
from PIL import Image

from colornet.color import ab_grid, attach, spaces
from colornet.inference import (
    alternatives,
    chroma_control,
    confidence,
    exported,
    hint_pictures,
)

_ALIKE = 15.0  # Distance in ab within which bins count as one colour of a palette.


class Draft:
    """One picture, coloured again with each change of its hints, in a fraction of time.

    Made by `Colorizer.draft`. It holds nothing that changes, so threads may share it.

    Attributes:
      lightness: float32 [h, w], L* of the picture as the network sees it.
      stride: network pixels per cell of ab.

    Example:
      draft = colorizer.draft(grey)
      ab, logits = draft.predict(hints)
      rgb = draft.paint(ab, saturation=1.2)
    """

    def __init__(self, grey, lightness, known, state, signatures, info, device=None):
        """Lets the network look at the picture.

        Args:
          grey: uint8 or uint16 [H, W].
          lightness: float32 [h, w], its L* as the network sees it.
          known: float32 [h, w, 3], hints of other pictures, or zeros.
          state: of the network before the picture.
          signatures: encode and predict_encoded, by name, and of a model that takes
            hints predict_hinted_ab.
          info: the model's.
          device: TensorFlow's name of the device to work on.

        Raises:
          UsageError: the model offers no such signatures.
        """
        self.lightness, self.stride = lightness, info.stride
        self._grey, self._known, self._state = grey, known, state
        self._signatures, self._info, self._device = signatures, info, device
        self._predict = exported.signature(signatures, "predict_encoded", info)
        encode = exported.signature(signatures, "encode", info)
        with tf.device(device):
            self._clip = tf.constant(lightness[None, None, ..., None])
            self._taps = encode(lightness=self._clip)

    def predict(
        self, hints: np.ndarray | None = None, temperature: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """What the network makes of the picture and of what it is told of it.

        Args:
          hints: colours that are known: uint8 RGBA [H, W, 4], transparent where nothing
            is; or float32 [h, w, 3] as `hint_pictures.seen` gives it.
          temperature: of the annealed mean, instead of the model's.

        Returns:
          ab float32 [h4, w4, 2], a colour for each cell of `info.stride` network
          pixels, and logits float32 [h4, w4, Q] over the bins `ab_grid.ab_centers`.

        Raises:
          UsageError: there are hints, and the model takes none.
        """
        if temperature is None:
            temperature = self._info.temperature
        inputs = {"lightness": self._clip, "state": self._state, **self._taps}
        with tf.device(self._device):
            if hints is not None or "predict_hinted_ab" in self._signatures:
                exported.signature(self._signatures, "predict_hinted_ab", self._info)
                inputs["hints"] = tf.constant(self.seen(hints)[None, None])
            temperature = tf.constant(temperature, tf.float32)
            outputs = self._predict(temperature=temperature, **inputs)
        return outputs["ab"].numpy()[0, 0], outputs["logits"].numpy()[0, 0]

    def paint(
        self,
        ab: np.ndarray,
        dtype=None,
        *,
        saturation: float = 1.0,
        neutral: tuple[int, int] | None = None,
    ) -> np.ndarray:
        """The picture in those colours: sRGB [H, W, 3].

        Args:
          ab: float32 [h4, w4, 2], as `predict` gives it.
          dtype: uint8 or uint16; by default that of the grey picture.
          saturation: as `Colorizer.__call__` has it.
          neutral: the same.
        """
        rgb = np.empty((*self._grey.shape, 3), dtype or self._grey.dtype)
        with tf.device(self._device):
            chroma_control.paint(
                *(self._grey, ab, self.lightness, rgb),
                stride=self.stride,
                saturation=saturation,
                neutral=neutral,
            )
        return rgb

    def confidence(self, ab: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """How sure each pixel's colour is, float32 [H, W].

        It is the chance, 0 to 1, that a* and b* of the painted picture lie within 10 of
        the truth, as it was measured with the model's own temperature.

        Args:
          ab: float32 [h4, w4, 2], as `predict` gives it.
          logits: float32 [h4, w4, Q], the same.

        Raises:
          UsageError: it has not been measured for this model.
        """
        curve, sure = exported.curve(self._info), self.mass_near(ab, logits).copy()
        for row in sure:  # One by one: of a whole scan there is no room for doubles.
            row[:] = curve(row)
        return sure

    def mass_near(self, ab: np.ndarray, logits: np.ndarray) -> np.ndarray:
        """What `confidence` goes by: `confidence.mass_near`, float32 [H, W]."""
        cells = Image.fromarray(confidence.mass_near(ab, logits))
        (h, w), stride = self.lightness.shape, self.stride
        seen = 0, 0, w / stride, h / stride  # Beyond it the last cells stick out.
        size = self._grey.shape[::-1]
        return np.asarray(cells.resize(size, Image.Resampling.BILINEAR, box=seen))

    def alternatives(
        self,
        count: int,
        hints: np.ndarray | None = None,
        temperature: float | None = None,
    ) -> list[np.ndarray]:
        """Different plausible colours, so many ab [h4, w4, 2]; the usual ones first.

        They are drawn a part of the picture at a time, as `alternatives` says.

        Args:
          count: how many, the usual ones among them.
          hints: as `predict` has it; what is told stays in all of them.
          temperature: the same.
        """
        return alternatives.drawn(self, count, hints, temperature)

    def palette(
        self, logits: np.ndarray, x: int, y: int, count: int = 8
    ) -> tuple[np.ndarray, np.ndarray]:
        """The likeliest colours of a place, as they look at its lightness.

        Bins that look alike there are one colour, their mean; so where it is nearly
        black or white there may be fewer.

        Args:
          logits: float32 [h4, w4, Q], as `predict` gives them.
          x: of a pixel of the picture, from the left.
          y: from the top.
          count: how many at most.

        Returns:
          sRGB uint8 [N, 3], likeliest first, and their probabilities, float32 [N].
        """
        cell = self._cell(x, y)
        lab = np.insert(ab_grid.ab_centers(), 0, self.cell_lightness()[cell], axis=1)
        lab = np.asarray(spaces.gamut_map(lab))
        modes = ab_grid.modes(ab_grid.shares(logits[cell]), lab, _ALIKE)
        chances, colors = zip(*itertools.islice(modes, count), strict=True)
        rgb = np.asarray(spaces.lab_to_srgb(np.float32(colors)))
        rgb = np.rint(np.clip(rgb, 0, 1) * 255).astype(np.uint8)
        return rgb, np.float32(chances)

    def cell_lightness(self) -> np.ndarray:
        """Mean L* of each cell, float32 [h4, w4]."""
        return attach.cell_lightness(self._clip[0], self.stride).numpy()[0, ..., 0]

    def _cell(self, x, y):
        """Row and column of the cell of ab in which a pixel of the picture lies."""
        (height, width), (h, w) = self._grey.shape, self.lightness.shape
        row, column = (y + 0.5) * h / height, (x + 0.5) * w / width
        return int(row / self.stride), int(column / self.stride)

    def seen(self, hints: np.ndarray | None) -> np.ndarray:
        """Hints as the network sees them, float32 [h, w, 3]; what is known is in them.

        Args:
          hints: as `predict` has them.
        """
        if hints is None:
            return self._known.copy()
        if hints.dtype == np.uint8:
            hints = hint_pictures.checked(hints, self._grey.shape)
            hints = hint_pictures.seen(hints[None], self.lightness.shape)[0]
        return np.where(hints[..., 2:] > 0, hints, self._known).astype(np.float32)
