"""What parts of one picture tell each other, however far apart they are."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="colornet")
class SelfAttention(keras.layers.Layer):
    """Features [N, h, w, C] plus what they gather from all others of their picture.

    Vaswani et al. 2017, equation 1, on the cells of a picture; no positions are told,
    as what lies near is known from convolutions. The first weights add nothing.

    Args:
      heads: that look at a time.
      channels: of each head's queries, keys and values.
    """

    def __init__(self, heads: int = 4, channels: int = 32, **kwargs):
        super().__init__(**kwargs)
        self.heads = heads
        self.channels = channels
        shared = dict(dtype=self.dtype_policy)
        self.norm = keras.layers.LayerNormalization(name="norm", **shared)
        self.project = keras.layers.Dense(
            3 * heads * channels, name="project", **shared
        )

    def build(self, features_shape):
        channels = features_shape[-1]
        self.norm.build(features_shape)
        self.project.build(features_shape)
        self.join = keras.layers.Dense(
            channels, kernel_initializer="zeros", name="join", dtype=self.dtype_policy
        )
        self.join.build((*features_shape[:-1], self.heads * self.channels))
        self.built = True

    def call(self, features):
        n, h, w, _ = ops.shape(features)
        projected = self.project(self.norm(features))
        shape = (n, h * w, 3 * self.heads, self.channels)
        query, key, value = ops.split(ops.reshape(projected, shape), 3, axis=2)
        gathered = ops.dot_product_attention(query, key, value)
        gathered = ops.reshape(gathered, (n, h, w, self.heads * self.channels))
        return features + self.join(gathered)

    def compute_output_shape(self, features_shape):
        return features_shape

    def get_config(self):
        own = {"heads": self.heads, "channels": self.channels}
        return {**super().get_config(), **own}
