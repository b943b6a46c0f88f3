"""How far coloured pictures are from the true ones, as the field measures it.

Conventions: pictures are sRGB, uint8 [H, W, 3]; all arithmetic is in float, for uint8
differences wrap around: a PSNR computed in them is about 8 dB too high for grey.
Errors in colour (alpha-beta, ab) are pooled: squares are summed over both channels,
averaged over every pixel of the whole set, and one root is taken at the end: a large
picture weighs more than a small one. PSNR, SSIM and colourfulness are numbers of one
picture, averaged over pictures.

Sources:
  [1] Deshpande et al. 2015; Larsson et al. 2016, section 5: alpha-beta RMSE, PSNR.
  [2] Wang et al. 2004, section III: SSIM, 11x11 Gaussian window, sigma 1.5.
  [3] Hasler and Suesstrunk 2003, section 7: colourfulness, of which most published
      tables give a variant with absolute differences.

AuC, raw and rebalanced, are in auc.py.
"""

import math

import numpy as np
from skimage.metrics import structural_similarity

from colornet.color import spaces
from colornet.evaluation import auc

# An identical picture has an infinite PSNR, which no mean over pictures survives.
PSNR_CEILING = 100.0  # dB
WINDOW = 11  # Pixels, SSIM's window: the smallest picture that can be scored.


def psnr(true_rgb, colored_rgb) -> float:
    """PSNR over R, G and B in dB: 20 log10(255 / sqrt MSE), at most `PSNR_CEILING`."""
    difference = np.asarray(true_rgb, "float64") - np.asarray(colored_rgb, "float64")
    mse = np.mean(np.square(difference))
    if mse == 0:
        return PSNR_CEILING
    return min(20 * math.log10(255 / math.sqrt(mse)), PSNR_CEILING)


def ssim(true_rgb, colored_rgb) -> float:
    """Structural similarity [2] in [-1, 1], the mean over R, G and B."""
    return float(
        structural_similarity(
            np.asarray(true_rgb, "float32"),
            np.asarray(colored_rgb, "float32"),
            channel_axis=-1,
            data_range=255,
            gaussian_weights=True,
            sigma=1.5,  # With which skimage's Gaussian is cut to 11x11.
            use_sample_covariance=False,  # Weights that sum to 1, as [2] has them.
        )
    )


def colorfulness(rgb, *, absolute=False) -> float:
    """Colourfulness [3] of sRGB [H, W, 3] in 0..255: 0 for grey, above 80 for vivid.

    Args:
      rgb: any dtype.
      absolute: whether to take |R - G| and |(R + G) / 2 - B|, as published tables of
        colourisers do, rather than the signed differences of [3].
    """
    red, green, blue = np.moveaxis(np.asarray(rgb, "float64"), -1, 0)
    opponents = np.stack([red - green, (red + green) / 2 - blue])
    if absolute:
        opponents = np.abs(opponents)
    spread = math.sqrt(opponents.var(axis=(1, 2)).sum())
    offset = math.sqrt(np.square(opponents.mean(axis=(1, 2))).sum())
    return spread + 0.3 * offset


def chroma(convert, rgb) -> np.ndarray:
    """The chroma channels, float32 [H, W, 2], of sRGB uint8 [H, W, 3].

    Args:
      convert: to a colour space whose first channel is lightness, as
        `spaces.srgb_to_ruderman` and `spaces.srgb_to_lab`.
      rgb: the picture.
    """
    return np.asarray(convert(rgb.astype("float32") / 255.0))[..., 1:]


class Colorfulness:
    """Mean colourfulness of pictures that come one by one and are not kept."""

    def __init__(self):
        self._signed, self._absolute = [], []

    def add(self, rgb) -> None:
        """Takes one more picture, uint8 [H, W, 3]."""
        self._signed.append(colorfulness(rgb))
        self._absolute.append(colorfulness(rgb, absolute=True))

    def result(self) -> dict[str, float]:
        """The means over the pictures, by name."""
        return {
            "colorfulness_signed": float(np.mean(self._signed)),
            "colorfulness_absolute": float(np.mean(self._absolute)),
        }


class Score:
    """All metrics over pictures that come one by one and are not kept.

    Example:
      score = Score()
      for true_rgb, colored_rgb in pairs:
          score.add(true_rgb, colored_rgb)
      score.result()["alpha_beta_rmse"]
    """

    def __init__(self):
        self._pixels = 0
        self._squares = np.zeros(2)  # alpha-beta; a*b*.
        self._area = auc.AreaUnderCurve()
        self._psnr, self._ssim = [], []
        self._colorfulness = Colorfulness()

    def add(self, true_rgb, colored_rgb) -> None:
        """Takes one more picture and its truth, both uint8 [H, W, 3].

        Raises:
          ValueError: they are not two uint8 pictures of one size, 11x11 or more.
        """
        _check("true_rgb", true_rgb)
        _check("colored_rgb", colored_rgb)
        if true_rgb.shape != colored_rgb.shape:
            raise ValueError(
                f"true_rgb is {true_rgb.shape}, colored_rgb {colored_rgb.shape}: "
                "they must be of one size."
            )
        self._pixels += true_rgb.shape[0] * true_rgb.shape[1]
        for space, convert in enumerate((spaces.srgb_to_ruderman, spaces.srgb_to_lab)):
            true, colored = (chroma(convert, rgb) for rgb in (true_rgb, colored_rgb))
            self._squares[space] += np.square(true - colored).sum(dtype="float64")
        self._area.add(true, colored)
        self._psnr.append(psnr(true_rgb, colored_rgb))
        self._ssim.append(ssim(true_rgb, colored_rgb))
        self._colorfulness.add(colored_rgb)

    def result(self) -> dict[str, float]:
        """The metrics by name, over all pictures so far.

        Raises:
          ValueError: there has been no picture.
        """
        if not self._psnr:
            raise ValueError("no picture has been added, so there is nothing to score.")
        alpha_beta, ab = np.sqrt(self._squares / self._pixels)
        return {
            "pictures": len(self._psnr),
            "alpha_beta_rmse": float(alpha_beta),
            "psnr_db": float(np.mean(self._psnr)),
            "ab_rmse": float(ab),
            "ssim": float(np.mean(self._ssim)),
            **self._area.result(),
            **self._colorfulness.result(),
        }


def _check(name, rgb):
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[-1] != 3:
        raise ValueError(
            f"{name} must be uint8 [H, W, 3], got {rgb.dtype} {rgb.shape}."
        )
    if min(rgb.shape[:2]) < WINDOW:
        raise ValueError(
            f"{name} must be at least {WINDOW}x{WINDOW} pixels, got "
            f"{rgb.shape[1]}x{rgb.shape[0]}."
        )
