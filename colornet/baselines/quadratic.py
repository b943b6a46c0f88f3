"""A quadratic objective in a chroma map, made of filters, and the map of least cost.

  E(u) = sum over pixels p of |M_p (F u)_p - b_p|^2 + DAMPING |u|^2

where F u are the responses of both channels to a bank of filters, M_p [R, 2 K] mixes
those at a pixel into R numbers, and b_p [R] is what these should be. Where a row of M_p
takes the pixel's own chroma, b_p says what colour it is (unary terms); the others look
at surroundings up to 11 pixels wide (spatial terms). Deshpande et al. 2015.
"""

import functools

import numpy as np
from scipy import fft
from scipy.sparse import linalg

DAMPING = 1e-5
_HALF_WIDTHS = 1, 3, 5  # Pixels.
_ANGLES = 0, np.pi / 3, 2 * np.pi / 3  # Of bars.
_STEPS, _TOLERANCE = 30, 1e-5  # Of conjugate gradients.


@functools.cache
def _kernels():
    """Filters [K, 11, 11] about their middles: the pixel, then bars, spots and means.

    Each is as large as its half-width. Means sum to 1; of the others, which are blind
    to a flat colour, squares do, so that they hear noise as loudly as the pixel does:
    were it faint to them, a rough map would cost little more than a smooth one.
    """
    reach = max(_HALF_WIDTHS)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    squared = rows**2 + columns**2
    kernels = [squared == 0]
    for half in _HALF_WIDTHS:
        side = 2 * half + 1
        window = np.maximum(abs(rows), abs(columns)) <= half
        mean, narrow = (
            window * np.exp(-squared / (2 * width**2)) for width in (side / 4, side / 8)
        )
        across = [columns * np.cos(angle) + rows * np.sin(angle) for angle in _ANGLES]
        bars = [mean * np.cos(2 * np.pi * place / side) for place in across]
        spot = narrow * (squared / (side / 8) ** 2 - 2)  # Laplacian of a Gaussian.
        # A flat colour is no bar and no spot.
        blind = [
            kernel - window * kernel.sum() / window.sum() for kernel in (*bars, spot)
        ]
        kernels += [kernel / np.linalg.norm(kernel) for kernel in blind]
        kernels.append(mean / mean.sum())
    return np.stack(kernels).astype("float32")


class Bank:
    """The filters, for maps of one size; beyond its edges a map is 0.

    Args:
      shape: h, w.
    """

    def __init__(self, shape):
        kernels = _kernels()
        self.size, side, _ = kernels.shape  # K
        reach = side // 2
        self._shape = shape
        # Room for what reaches over the edges, or it would come in on the other side.
        self._room = [
            fft.next_fast_len(max(length + reach, side), real=True) for length in shape
        ]
        middled = np.zeros((self.size, *self._room), "float32")
        middled[:, :side, :side] = kernels
        self._spectra = fft.rfft2(np.roll(middled, (-reach, -reach), axis=(1, 2)))

    def responses(self, maps: np.ndarray) -> np.ndarray:
        """F u, [C, K, h, w], of maps [C, h, w]: correlations with the filters."""
        spectra = fft.rfft2(maps, self._room)[:, None] * self._spectra.conj()
        return self._cut(fft.irfft2(spectra, self._room))

    def transposed(self, responses: np.ndarray) -> np.ndarray:
        """F^T r, [C, h, w], of responses [C, K, h, w]."""
        spectra = (fft.rfft2(responses, self._room) * self._spectra).sum(axis=1)
        return self._cut(fft.irfft2(spectra, self._room))

    def _cut(self, maps):
        return maps[..., : self._shape[0], : self._shape[1]]


def minimise(mixing, targets, shape, *, pull=0.0, toward=0.0) -> np.ndarray:
    """The map u [2, h, w] that minimises E(u) + pull |u - toward|^2.

    Args:
      mixing: M, [h w, R, 2 K], with the two channels' filters after each other.
      targets: b, [h w, R].
      shape: h, w.
      pull: how strongly u is pulled ...
      toward: ... to this map, [2, h, w].
    """
    bank = Bank(shape)
    mixing = np.moveaxis(mixing, 0, -1).copy()  # Quicker with pixels last.

    def back(numbers):
        mixed = np.einsum("rkp,rp->kp", mixing, numbers)
        return bank.transposed(mixed.reshape(2, bank.size, *shape))

    def curvature(flat):
        u = flat.reshape(2, *shape).astype("float32")
        responses = bank.responses(u).reshape(2 * bank.size, -1)
        mixed = np.einsum("rkp,kp->rp", mixing, responses)
        return (back(mixed) + (DAMPING + pull) * u).ravel()

    count = 2 * shape[0] * shape[1]
    operator = linalg.LinearOperator((count, count), curvature, dtype="float32")
    right = back(targets.T) + pull * np.asarray(toward, "float32")
    u, _ = linalg.cg(operator, right.ravel(), rtol=_TOLERANCE, maxiter=_STEPS)
    return u.reshape(2, *shape)
