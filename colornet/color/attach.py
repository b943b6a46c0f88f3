"""Colour at full size: predicted ab enlarged along edges, then joined with the grey.

The network sees a small picture and gives ab for blocks of its pixels; the lightness or
luma that the ab is joined with is the full-size one, untouched. Pure `keras.ops`.
"""

from keras import ops

from colornet.color import spaces

_FLOOR = 0.01  # Range weight that is left where a pixel resembles none of its cells.


def upsample_chroma(
    ab,
    guide_small,
    guide_full,
    *,
    network_shape=None,
    stride=4,
    first_row=0,
    full_height=None,
    sigma=8.0,
):
    """Ab of every full-size pixel, [N, H, W, 2]. Kopf et al. 2007, equation 3.

    Joint bilateral: each pixel p is a convex combination of the 3 x 3 cells q nearest
    to it, weighted by B(p - q) (exp(-(L_p - L_q)^2 / (2 sigma^2)) + floor). B is the
    quadratic B-spline, which joins without a seam where the nearest cell changes. The
    floor gives a pixel that is like none of its cells the plain, smooth interpolation.

    Args:
      ab: [N, h4, w4, 2], one value per cell of `stride` x `stride` network pixels.
      guide_small: [N, h4, w4, 1], mean L* of each cell: see `cell_lightness`.
      guide_full: [N, H, W, 1], L* of the full-size pixels; any size, larger or not.
      network_shape: (h, w) of the network's picture, where the last cells may stick out
        of it; without it, all cells lie inside.
      stride: network pixels per cell.
      first_row: where `guide_full` is a strip of a picture, the strip's first row ...
      full_height: ... and the height of the whole picture.
      sigma: of the range weight, in units of L*.
    """
    _, small_height, small_width, _ = ops.shape(ab)
    _, height, width, _ = ops.shape(guide_full)
    full_height = height if full_height is None else full_height
    if network_shape is None:
        network_shape = (small_height * stride, small_width * stride)
    rows, row_weights = _nearest_three(
        first_row, height, network_shape[0], stride * full_height, small_height
    )
    columns, column_weights = _nearest_three(
        0, width, network_shape[1], stride * width, small_width
    )

    # Columns are spread on the few rows of the small grid; only then are whole rows
    # repeated, which is a plain copy. Gathering pixel by pixel costs much more.
    cells = [guide_small[..., 0], ops.ones_like(ab[..., 0]), ab[..., 0], ab[..., 1]]
    spread = []
    for column, weight in zip(columns, column_weights, strict=True):
        lightness, *values = [ops.take(cell, column, axis=2) for cell in cells]
        spread.append((lightness, [value * weight for value in values]))
    full = guide_full[..., 0]
    sums = [0.0, 0.0, 0.0]
    for row, weight in zip(rows, row_weights, strict=True):
        of_row = [0.0, 0.0, 0.0]
        for lightness, values in spread:
            distance = full - ops.take(lightness, row, axis=1)
            likeness = ops.exp(distance * distance * (-0.5 / sigma**2)) + _FLOOR
            of_row = [
                s + likeness * ops.take(value, row, axis=1)
                for s, value in zip(of_row, values, strict=True)
            ]
        sums = [s + weight[:, None] * r for s, r in zip(sums, of_row, strict=True)]
    total, a, b = sums
    return ops.stack([a / total, b / total], axis=-1)


def cell_lightness(lightness, stride=4):
    """Mean L* of each cell, [N, h, w, 1] -> [N, ceil(h / stride), ceil(w / stride), 1].

    Where the last cells stick out of the picture, its last row and column are repeated.
    """
    n, height, width, _ = ops.shape(lightness)
    small_height, small_width = -(-height // stride), -(-width // stride)
    rows = ops.minimum(ops.arange(small_height * stride), height - 1)
    columns = ops.minimum(ops.arange(small_width * stride), width - 1)
    padded = ops.take(ops.take(lightness, rows, axis=1), columns, axis=2)
    blocks = ops.reshape(padded, (n, small_height, stride, small_width, stride, 1))
    return ops.mean(blocks, axis=(2, 4))


def attach_to_lightness(lightness, ab):
    """The sRGB [..., 3] in [0, 1] of that L* [..., 1]; chroma is lowered to fit."""
    lab = spaces.gamut_map(ops.concatenate([lightness, ab], axis=-1))
    return ops.clip(spaces.lab_to_srgb(lab), 0.0, 1.0)


def attach_to_luma(luma, ab, *, matrix, full_range):
    """The chroma planes Cb, Cr [...] that give a film's Y' the colour `ab`.

    The grey that Y' alone would show has an L*; (L*, ab) is a colour, maybe outside the
    gamut, with a Cb and a Cr, and those are paired with the Y' of the film rather than
    with the colour's own. Then both are lowered by one factor, at constant Y' and
    hue, until R', G' and B' decoded from them lie in [0, 1]. Ab = 0 gives exactly 128.
    R', G' and B' are taken for sRGB's, whatever primaries and transfer a film is
    tagged with: what was grey has no primaries, and such are the screens it is for.

    Args:
      luma: Y' [...] on the 8-bit scale; headroom and footroom count as white and black.
      ab: [..., 2], in L*a*b* units.
      matrix: as `spaces.srgb_to_ycbcr` has it: the weights the film's luma is made of.
      full_range: whether Y' is in [0, 255] or in [16, 235].

    Returns:
      Cb and Cr, each [...], on the 8-bit scale around 128, not rounded.
    """
    black, white = (0.0, 255.0) if full_range else (16.0, 235.0)
    grey = ops.clip((luma - black) / (white - black), 0.0, 1.0)
    lightness = spaces.grey_to_lightness(grey)[..., None]
    rgb = spaces.lab_to_srgb(ops.concatenate([lightness, ab], axis=-1))
    way = {"matrix": matrix, "full_range": full_range}
    chroma = spaces.srgb_to_ycbcr(rgb, **way)[..., 1:] - 128.0

    # What Cb and Cr add to R', G' and B' is linear in them, hence a closed form.
    none = ops.full_like(luma, black)[..., None]
    shift = ops.concatenate([none, chroma + 128.0], axis=-1)
    added = spaces.ycbcr_to_srgb(shift, **way)
    grey = grey[..., None]
    room = ops.where(added > 0, 1 - grey, grey)
    share = ops.min(room / ops.maximum(ops.abs(added), 1e-6), axis=-1, keepdims=True)
    chroma = chroma * ops.minimum(share, 1.0)
    # The two matrices cancel to 1e-7 only, and grey must stay grey.
    colorless = ops.all(ab == 0, axis=-1, keepdims=True)
    chroma = ops.where(colorless, ops.zeros_like(chroma), chroma) + 128.0
    return chroma[..., 0], chroma[..., 1]


def _nearest_three(first, count, extent, pixels, cells):
    """The three cells nearest to each of `count` pixels, and their weights, sum 1.

    Args:
      first: index of the first pixel.
      count: how many pixels.
      extent: cells per `pixels` pixels ...
      pixels: ... of the same axis.
      cells: how many cells there are; beyond the first and last these are repeated.

    Returns:
      Three indices int32 [count] and three weights float32 [count], of the quadratic
      B-spline: at distance d from the nearest cell's centre, in cells, |d| <= 1/2,
      (1/2 - d)^2 / 2, 3/4 - d^2 and (1/2 + d)^2 / 2.
    """
    scale = ops.cast(extent, "float32") / ops.cast(pixels, "float32")
    position = (ops.cast(ops.arange(count) + first, "float32") + 0.5) * scale
    middle = ops.minimum(ops.floor(position), ops.cast(cells - 1, "float32"))
    d = position - middle - 0.5
    middle = ops.cast(middle, "int32")
    indices = [ops.clip(middle + step, 0, cells - 1) for step in (-1, 0, 1)]
    return indices, [(0.5 - d) ** 2 / 2, 0.75 - d * d, (0.5 + d) ** 2 / 2]
