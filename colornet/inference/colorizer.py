"""An exported model in use: grey arrays in, coloured arrays out."""

import dataclasses
import math
import pathlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from colornet.errors import InputError
from colornet.inference import (
    chroma_control,
    devices,
    exported,
    hint_pictures,
    network_view,
    rgb_grey,
)
from colornet.inference.draft import Draft
from colornet.inference.exported import ModelInfo
from colornet.inference.stream import Stream

_GUIDED = "predict_hinted_ab", "remember", "recall", "encode", "predict_encoded"
_MOST_REMEMBERED = 8  # Frames of a clip that others are told of.
_CHUNK_PIXELS = 16 * 224 * 400  # Network pixels per call, so that memory is bounded.


class Colorizer:
    """Colours grey pictures and clips with an exported model.

    Attributes:
      info: what the model's directory says about it.
      files: tells models of the same name apart; "" where it is not known.

    Example:
      colorizer = Colorizer.load()
      rgb = colorizer(grey)  # uint8 [H, W] -> uint8 [H, W, 3]

    It holds nothing that changes, so threads may share one; what a film's frames hand
    on is kept by the film's own `stream`.
    """

    def __init__(
        self,
        predict_ab,
        initial_state,
        info: ModelInfo,
        *,
        device=None,
        guided=None,
    ):
        """Wraps an exported model's signatures.

        Args:
          predict_ab: lightness [1, T, h, w, 1], state and temperature, by name, to a
            dict of ab [1, T, ceil(h / stride), ceil(w / stride), 2] and state.
          initial_state: lightness, by name, to a dict of state.
          info: the network's size, temperature and stride.
          device: TensorFlow's name of the device to work on; None leaves it to choose.
          guided: signatures, by name, that old models or those without hints lack:
            predict_hinted_ab, remember, recall, encode and predict_encoded, as
            `colornet export` describes them.
        """
        self._predict_ab = predict_ab
        self._guided = guided or {}
        self._initial_state = initial_state
        self._device = device
        self.info = info
        self.files = ""

    @classmethod
    def load(
        cls,
        path: str | pathlib.Path = exported.DEFAULT,
        *,
        device: str = "auto",
        network_size: int | None = None,
        temperature: float | None = None,
    ) -> "Colorizer":
        """Opens a bundled model by its name, or a directory from `colornet export`.

        Args:
          path: "default", or the directory.
          device: "auto", "cpu", "gpu" or "gpu:1".
          network_size: shorter side of the network's picture, instead of the model's.
          temperature: of the annealed mean, instead of the model's.

        Raises:
          UsageError: no such model or device.
          InputError: the directory is damaged or of another version.
        """
        directory = exported.locate(path)
        info = exported.read_info(directory)
        if network_size is not None:
            info = dataclasses.replace(info, network_size=network_size)
        if temperature is not None:
            info = dataclasses.replace(info, temperature=temperature)
        device = devices.find(device)
        try:
            with tf.device(device):
                model = tf.saved_model.load(str(directory))
            predict_ab = model.signatures["predict_ab"]
            initial_state = model.signatures["initial_state"]
            offered = dict(model.signatures)
            guided = {name: offered[name] for name in _GUIDED if name in offered}
        except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
            raise InputError(
                f"{directory}: not a complete colornet model ({error}); "
                "export it again with `colornet export`"
            ) from error
        way = {"device": device, "guided": guided}
        colorizer = cls(predict_ab, initial_state, info, **way)
        colorizer.files = exported.fingerprint(directory)
        colorizer._model = model  # A signature does not keep its variables alive.
        return colorizer

    def network_shape(self, height: int, width: int) -> tuple[int, int]:
        """The size (h, w) at which the network sees a picture: smaller, same shape."""
        shorter, longer = sorted((height, width))
        most = math.sqrt(_CHUNK_PIXELS * shorter / longer)  # Panoramas are seen whole.
        scale = min(self.info.network_size, shorter, most) / shorter
        h, w = (max(1, round(side * scale)) for side in (height, width))
        return min(h, _CHUNK_PIXELS), min(w, _CHUNK_PIXELS)

    def stream(self, reference: np.ndarray | Sequence[np.ndarray] = ()) -> Stream:
        """A new film: frames go in by portions, the network's memory is kept.

        Args:
          reference: other pictures in colour that it is told of, as `__call__` has it.
        """
        signatures = self._predict_ab, self._initial_state
        stream = Stream(*signatures, self.info, self._device, self._guided)
        for picture in [reference] if isinstance(reference, np.ndarray) else reference:
            stream.refer(*self.look_at(picture))
        return stream

    def draft(self, grey: np.ndarray, told: Stream | None = None) -> Draft:
        """A picture, uint8 or uint16 [H, W], to be coloured again and again.

        Args:
          grey: the picture.
          told: a `stream` that was told of other pictures, or of frames like this.

        Raises:
          UsageError: the model was exported before there were drafts.
        """
        grey = np.asarray(grey)
        _check_grey(grey, (2,))
        lightness = network_view.lightness(grey, self.network_shape(*grey.shape))
        with tf.device(self._device):
            clip = tf.constant(lightness[None, None, ..., None])
            state = self._initial_state(lightness=clip)["state"]
        known = (told or self.stream()).recall(lightness[None])[0]
        given = self._guided, self.info, self._device
        return Draft(grey, lightness, known, state, *given)

    def look_at(self, picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lightness [h, w] and hints [h, w, 3] of a picture: what `Stream.refer` takes.

        Args:
          picture: in colour, uint8 RGB or RGBA [H, W, C]; it tells nothing where it is
            transparent.
        """
        rgba = hint_pictures.with_alpha(picture)
        shape = self.network_shape(*rgba.shape[:2])
        lightness = network_view.lightness(rgb_grey.grey_of_rgb(rgba[..., :3]), shape)
        return lightness, hint_pictures.seen(rgba[None], shape)[0]

    def __call__(
        self,
        grey: np.ndarray,
        dtype=None,
        *,
        saturation: float = 1.0,
        temperature: float | None = None,
        neutral: tuple[int, int] | None = None,
        hints: np.ndarray | None = None,
        reference: np.ndarray | Sequence[np.ndarray] = (),
    ) -> np.ndarray:
        """Colours uint8 or uint16 [H, W] or [T, H, W]; returns sRGB [..., 3].

        L* of every pixel is kept: where a colour does not exist at that lightness, its
        chroma is lowered.

        Args:
          grey: a picture or a clip.
          dtype: uint8 or uint16; by default that of `grey`.
          saturation: what chroma is multiplied by.
          temperature: of the annealed mean, instead of the model's.
          neutral: a pixel (x, y) that is to be neutral; a cast of the colours that
            shows there is taken from all, as `chroma_control.controlled` says.
          hints: colours that are known, uint8 RGBA of the size of `grey`, transparent
            where nothing is; the network follows them and spreads them. In a clip,
            what is told of some frames is told of others where they look alike.
          reference: other pictures in colour, one or a list of them, uint8 RGB or RGBA
            [H, W, C] of any size: what shows the same takes their colours. Where they
            are transparent they tell nothing; of no use are those of other things.
        """
        grey = np.asarray(grey)
        dtype = np.dtype(dtype or grey.dtype)
        _check_grey(grey, (2, 3))
        clip = grey.reshape(-1, *grey.shape[-2:])
        if hints is not None:
            hints = hint_pictures.checked(hints, grey.shape).reshape(*clip.shape, 4)
        rgb = np.empty((*clip.shape, 3), dtype)
        h, w = self.network_shape(*clip.shape[1:])
        stream, chunk = self.stream(reference), max(1, _CHUNK_PIXELS // (h * w))
        if hints is not None and len(clip) > 1:
            told = np.flatnonzero(hints[..., 3].any(axis=(1, 2)))
            for n in told[:: -(-len(told) // _MOST_REMEMBERED) or 1]:
                lightness = network_view.lightness(clip[n], (h, w))[None]
                stream.remember(lightness, hint_pictures.seen(hints[n : n + 1], (h, w)))
        for start in range(0, len(clip), chunk):
            frames = clip[start : start + chunk]
            lightness = np.stack([network_view.lightness(f, (h, w)) for f in frames])
            told = None
            if hints is not None:
                told = hint_pictures.seen(hints[start : start + chunk], (h, w))
            for frame, ab, small, target in zip(
                frames,
                stream.predict_ab(lightness, temperature, told),
                lightness,
                rgb[start : start + chunk],
                strict=True,
            ):
                with tf.device(self._device):
                    chroma_control.paint(
                        *(frame, ab, small, target),
                        stride=self.info.stride,
                        saturation=saturation,
                        neutral=neutral,
                    )
        return rgb.reshape(*grey.shape, 3)


def _check_grey(grey, ranks):
    if grey.dtype not in (np.uint8, np.uint16) or grey.ndim not in ranks:
        shapes = " or ".join({2: "[H, W]", 3: "[T, H, W]"}[rank] for rank in ranks)
        raise ValueError(
            f"need uint8 or uint16, {shapes}, got {grey.dtype} "
            f"{list(grey.shape)}; for RGB input take its luma first."
        )
    if 0 in grey.shape:
        raise ValueError(f"a picture without pixels: {list(grey.shape)}.")
