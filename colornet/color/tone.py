"""How much colour a picture has beside its tone: near 0 for grey, sepia and the like.

Mean chroma cannot tell a toned picture from a coloured one: a sepia print has more of
it than many a colour photograph. But where a print is toned, its colour follows from
its lightness alone, so what remains beside the best curve over L* does tell.

Measured on 24 x 24 pixels each: colour photographs (1,500 of 26 collections, and 198 of
ImageNet's validation set) have 2.0 at the least, 99 % of them above 2.9, their median
is 11; of 43 historic scans every evenly grey or toned one has 1.4 at most, and 10 that
are stained, retouched in colour or faded unevenly have 2.3 to 11, like colour.
"""

from keras import ops

_TINY = 1e-6  # Of a variance: below it there is nothing that could explain anything.


def unexplained_chroma(lab):
    """RMS of ab about its best quadratic in L*: [..., N, 3] -> [...], L*a*b* units."""
    if lab.shape[-1] != 3:
        raise ValueError(f"need L*, a*, b* last, got {tuple(lab.shape)}.")
    lightness, ab = _centred(lab[..., :1]), _centred(lab[..., 1:])
    # Gram-Schmidt: the two curves are made orthogonal, so that each is fitted alone.
    line = lightness / ops.sqrt(ops.maximum(_mean(lightness**2), _TINY))
    bow = _without(_centred(line**2), line)
    rest = _without(_without(ab, line), bow)
    return ops.sqrt(ops.sum(ops.mean(rest**2, axis=-2), axis=-1))


def _without(values, curve):
    """`values` [..., N, C] less their projection on `curve` [..., N, 1]."""
    strength = _mean(curve**2)
    share = _mean(values * curve) / ops.maximum(strength, _TINY)
    return values - share * curve


def _centred(values):
    return values - _mean(values)


def _mean(values):
    return ops.mean(values, axis=-2, keepdims=True)
