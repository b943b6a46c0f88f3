"""Layers that draw at random, and go on where they stopped when a run is resumed."""

import keras
from keras import ops


class Drawing(keras.layers.Layer):
    """A float32 layer with draws of its own.

    Args:
      seed: decides them.
    """

    def __init__(self, seed: int = 0, **kwargs):
        super().__init__(**{"dtype": "float32", **kwargs})
        self.seed = seed
        self.draws = keras.random.SeedGenerator(seed)

    def uniform(self, shape, low=0.0, high=1.0):
        """Numbers in [low, high)."""
        return keras.random.uniform(shape, low, high, seed=self.draws)

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}

    def save_own_variables(self, store):
        """Keeps where the draws stand: Keras keeps weights only."""
        store["draws"] = ops.convert_to_numpy(self.draws.state)

    def load_own_variables(self, store):
        """Goes on drawing where `save_own_variables` stopped."""
        self.draws.state.assign(store["draws"])
