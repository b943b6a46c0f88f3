"""Colour at full size: predicted ab enlarged along edges, then joined with the grey.

The network sees a small picture and gives ab for blocks of its pixels; the lightness or
luma that the ab is joined with is the full-size one, untouched. Pure `keras.ops`.
"""

from keras import ops

from colornet.color import spaces

_FLAT = 100.0  # Variance of L* below which cells tell little of what goes with it.


def upsample_chroma(
    ab,
    guide_small,
    guide_full,
    *,
    network_shape=None,
    stride=4,
    first_row=0,
    full_height=None,
):
    """Ab of every full-size pixel, [N, H, W, 2]: a guided filter [1] without blur.

    Where lightness has an edge, colour mostly has one too. So ab is taken for a line in
    L* about each cell q, ab_q + slope_q (L - L_q), whose slope is the least squares fit
    to the 3 x 3 cells around, made smaller the more they are of one lightness. A pixel
    gets the bilinear mean of the four nearest cells' lines, kept within the range of ab
    in the 3 x 3 cells nearest to it.

    Means of bilinear interpolation over cells are smoother than the cells that it came
    from. What that takes away is, to first order, ab less its mean with weights 1, 2, 1
    each way, halved; as much is added to ab_q beforehand.

    [1] He et al. 2013, Guided image filtering, equations 5 and 6.

    Args:
      ab: [N, h4, w4, 2], one value per cell of `stride` x `stride` network pixels.
      guide_small: [N, h4, w4, 1], mean L* of each cell: see `cell_lightness`.
      guide_full: [N, H, W, 1], L* of the full-size pixels; any size, larger or not.
      network_shape: (h, w) of the network's picture, where the last cells may stick out
        of it; without it, all cells lie inside.
      stride: network pixels per cell.
      first_row: where `guide_full` is a strip of a picture, the strip's first row ...
      full_height: ... and the height of the whole picture.
    """
    _, small_height, small_width, _ = ops.shape(ab)
    _, height, width, _ = ops.shape(guide_full)
    full_height = height if full_height is None else full_height
    if network_shape is None:
        network_shape = (small_height * stride, small_width * stride)
    rows = _positions(
        first_row, height, network_shape[0], stride * full_height, small_height
    )
    columns = _positions(0, width, network_shape[1], stride * width, small_width)

    squares = [guide_small * guide_small, guide_small * ab]
    means = _smooth(ops.concatenate([guide_small, ab, *squares], axis=-1))
    mean, mean_ab, square, product = ops.split(means, [1, 3, 4], axis=-1)
    slope = (product - mean * mean_ab) / (square - mean * mean + _FLAT)
    offset = ab + (ab - mean_ab) / 2 - slope * guide_small
    # Columns are spread on the few rows of the small grid; only then are whole rows
    # repeated, which is a plain copy. Gathering pixel by pixel costs much more.
    lines = ops.concatenate([slope, offset], axis=-1)
    slope, offset = ops.split(_spread(_spread(lines, columns, 2), rows, 1), 2, axis=-1)
    bounds = ops.max_pool(ops.concatenate([-ab, ab], axis=-1), 3, 1, padding="same")
    bounds = ops.take(ops.take(bounds, columns[0], axis=2), rows[0], axis=1)
    lowest, highest = ops.split(bounds, 2, axis=-1)
    return ops.clip(slope * guide_full + offset, -lowest, highest)


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
    chroma = chroma * spaces.room_for(added, grey[..., None])
    # The two matrices cancel to 1e-7 only, and grey must stay grey.
    colorless = ops.all(ab == 0, axis=-1, keepdims=True)
    chroma = ops.where(colorless, ops.zeros_like(chroma), chroma) + 128.0
    return chroma[..., 0], chroma[..., 1]


def _positions(first, count, extent, pixels, cells):
    """The cell that each of `count` pixels lies in, and the two that it lies between.

    Args:
      first: index of the first pixel.
      count: how many pixels.
      extent: cells per `pixels` pixels ...
      pixels: ... of the same axis.
      cells: how many cells there are; beyond the first and last these are repeated.

    Returns:
      Three indices int32 [count], and how far the pixel's middle is from the middle of
      the second to that of the third, float32 [count] in [0, 1].
    """
    scale = ops.cast(extent, "float32") / ops.cast(pixels, "float32")
    position = (ops.cast(ops.arange(count) + first, "float32") + 0.5) * scale
    before = ops.floor(position - 0.5)
    indices = [
        ops.clip(ops.cast(index, "int32"), 0, cells - 1)
        for index in (ops.floor(position), before, before + 1)
    ]
    return *indices, position - 0.5 - before


def _spread(values, positions, axis):
    """Cells' values [N, h, w, C] at the pixels of axis 1, rows, or 2, columns."""
    _, before, after, share = positions
    share = ops.reshape(share, (-1, 1) if axis == 2 else (-1, 1, 1))
    low, high = (ops.take(values, index, axis=axis) for index in (before, after))
    return low + share * (high - low)


def _smooth(values):
    """Means over 3 x 3 cells, weights 1, 2, 1 each way, [N, h, w, C]; ends repeated."""
    values = ops.pad(values, [(0, 0), (1, 1), (1, 1), (0, 0)], mode="symmetric")
    values = (values[:, :-2] + 2 * values[:, 1:-1] + values[:, 2:]) / 4
    return (values[:, :, :-2] + 2 * values[:, :, 1:-1] + values[:, :, 2:]) / 4
