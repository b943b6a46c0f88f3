"""The way of a film's frames, or of one picture, through the network."""

import numpy as np
import tensorflow as tf

from colornet.inference import exported, likeness


class Stream:
    """One film's way through the network; holds the state between its frames."""

    def __init__(self, predict_ab, initial_state, info, device=None, guided=None):
        """Takes what `Colorizer` was made with."""
        self._predict_ab = predict_ab
        self._guided = guided or {}
        self._initial_state = initial_state
        self._info = info
        self._device = device
        self.reset()

    @property
    def memory(self) -> bytes:
        """What is kept of the frames so far; a stream it is set to goes on there."""
        if self._state is None:
            return b""
        return tf.make_tensor_proto(self._state).SerializeToString()

    @memory.setter
    def memory(self, memory: bytes):
        self.reset()
        if memory:
            proto = tf.make_tensor_proto(0.0)
            proto.ParseFromString(memory)
            self._state = tf.constant(tf.make_ndarray(proto))

    def predict_ab(
        self,
        lightness: np.ndarray,
        temperature: float | None = None,
        hints: np.ndarray | None = None,
    ) -> np.ndarray:
        """Ab [T, ceil(h / stride), ceil(w / stride), 2] of the film's next frames.

        Args:
          lightness: L*, float32 [T, h, w], at `Colorizer.network_shape`.
          temperature: of the annealed mean, instead of the film's.
          hints: float32 [T, h, w, 3], ab where they are known, and how sure they are.

        Raises:
          UsageError: there are hints, and the model takes none.
        """
        if self._shape not in (None, lightness.shape[1:]):
            raise ValueError(
                f"frames of {lightness.shape[1:]} after frames of {self._shape}; "
                "reset() the stream where the size changes."
            )
        if temperature is None:
            temperature = self._info.temperature
        with tf.device(self._device):
            clip = tf.constant(lightness[None, ..., None], tf.float32)
            if self._state is None:
                self._state = self._initial_state(lightness=clip)["state"]
            inputs = {
                "lightness": clip,
                "state": self._state,
                "temperature": tf.constant(temperature, tf.float32),
            }
            told = None if hints is None else tf.constant(hints[None], tf.float32)
            if self._known is not None or self._elsewhere:
                recalled = self._recalled(clip)
                own = recalled if told is None else told
                told = tf.where(own[..., 2:] > 0, own, recalled)
            if told is None:
                outputs = self._predict_ab(**inputs)
            else:
                outputs = self._signature("predict_hinted_ab")(**inputs, hints=told)
        self._state, self._shape = outputs["state"], lightness.shape[1:]
        return outputs["ab"].numpy()[0]

    def remember(self, lightness: np.ndarray, hints: np.ndarray) -> None:
        """Takes frames whose colours are known, for frames that look like them.

        Until `reset`, what is seen in them has the same colours wherever it is seen, in
        frames before them as in those behind.

        Args:
          lightness: L*, float32 [R, h, w].
          hints: float32 [R, h, w, 3], as in `predict_ab`.

        Raises:
          UsageError: the model takes no hints.
        """
        with tf.device(self._device):
            known = self._signature("remember")(
                lightness=tf.constant(lightness[None, ..., None], tf.float32),
                hints=tf.constant(hints[None], tf.float32),
            )
        before = self._known or {name: part[:, :0] for name, part in known.items()}
        self._known = {n: tf.concat([before[n], known[n]], axis=1) for n in known}

    def refer(self, lightness: np.ndarray, hints: np.ndarray) -> None:
        """Takes a picture that is none of the frames, for frames that show the like.

        Until `reset`, what is surely alike has the same colours; frames of which little
        is take nothing from it. What is remembered of frames comes first.

        Args:
          lightness: L*, float32 [h, w], of any size.
          hints: float32 [h, w, 3], as in `predict_ab`.

        Raises:
          UsageError: the model takes no hints.
        """
        with tf.device(self._device):
            ways = self._signature("remember"), self._signature("recall")
            self._elsewhere.append(likeness.Likeness(*ways, lightness, hints))

    def recall(self, lightness: np.ndarray) -> np.ndarray:
        """Hints [T, h, w, 3] for frames that show what is known of others; or zeros.

        Args:
          lightness: L*, float32 [T, h, w], as in `predict_ab`.
        """
        with tf.device(self._device):
            clip = tf.constant(lightness[None, ..., None], tf.float32)
            return self._recalled(clip).numpy()[0]

    def forget(self) -> None:
        """Forgets what it was told of other frames and pictures."""
        self._known, self._elsewhere = None, []

    def reset(self) -> None:
        """Forgets the frames so far too, as one must at a cut."""
        self._state = self._shape = None
        self.forget()

    def _recalled(self, clip):
        """Hints [1, T, h, w, 3] of all that is known of what the frames show."""
        told = tf.zeros((*clip.shape[:-1], 3))
        if self._known is not None:
            told = self._signature("recall")(lightness=clip, **self._known)["hints"]
        if self._elsewhere:
            keys = self._signature("remember")(
                lightness=clip, hints=tf.zeros((*clip.shape[:-1], 3))
            )["keys"]
            places = likeness.places(keys, clip.shape[2:4])
        for picture in self._elsewhere:
            own = picture.hints(clip, places)
            taken = (own[..., 2:] > 0) & (told[..., 2:] <= likeness.SURE)
            told = tf.where(taken, own, told)
        return told

    def _signature(self, name):
        return exported.signature(self._guided, name, self._info)
