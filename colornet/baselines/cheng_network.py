"""The fully connected networks of Cheng et al. 2015: standard features to chroma.

Sources and deviations: `cheng2015`.
"""

import copy

import numpy as np

_PASSES = 30  # At most.
_PATIENCE = 3  # Passes without a lower error.
_ASIDE = 10  # Every so many pictures are kept to stop by.


def train(network, features: np.ndarray, chroma: np.ndarray):
    """Trains until pictures kept aside are told no better: the network that was best.

    Args:
      network: scikit-learn's `MLPRegressor`, new or trained; it stays as it is.
      features: of P pixels of each of N pictures, [N, P, F].
      chroma: the same pixels', [N, P, 2].
    """
    shown = np.arange(len(features)) % _ASIDE != 0
    if not shown.any():
        shown[:] = True
    kept = features[::_ASIDE].reshape(-1, features.shape[-1])
    truth = chroma[::_ASIDE].reshape(-1, 2)
    inputs = features[shown].reshape(-1, features.shape[-1])
    wanted = chroma[shown].reshape(-1, 2)

    def error():
        return np.square(network.predict(kept) - truth).mean()

    best, lowest = network, error() if hasattr(network, "coefs_") else np.inf
    network = copy.deepcopy(network)
    waited = 0
    for _ in range(_PASSES):
        network.partial_fit(inputs, wanted)
        if (now := error()) < lowest:
            best, lowest, waited = copy.deepcopy(network), now, 0
        else:
            waited += 1
        if waited == _PATIENCE:
            break
    return best


def parts(network) -> list[np.ndarray]:
    """Weights and biases of each layer in turn, of a trained `MLPRegressor`."""
    layers = zip(network.coefs_, network.intercepts_, strict=True)
    return [part for layer in layers for part in layer]


def outputs(parts: list[np.ndarray], inputs: np.ndarray) -> np.ndarray:
    """What a network of such parts makes of inputs [..., F]: chroma [..., 2]."""
    *hidden, last, bias = parts
    for weights, biases in zip(hidden[::2], hidden[1::2], strict=True):
        inputs = np.maximum(inputs @ weights + biases, 0)
    return inputs @ last + bias
