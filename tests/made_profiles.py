"""ICC profiles made up from their tags, to write tests with."""

import struct

import imagecodecs
import numpy as np

ADOBE = imagecodecs.cms_profile("adobergb")
# Of sRGB's primaries, seen by D50's white. IEC 61966-2-1, Bradford.
_PRIMARIES = {
    "rXYZ": (0.4361, 0.2225, 0.0139),
    "gXYZ": (0.3851, 0.7169, 0.0971),
    "bXYZ": (0.1431, 0.0606, 0.7141),
}
_WHITE = (0.9642, 1.0, 0.8249)


def profile(space, kind, pcs, **tags):
    """An ICC profile, version 2.1, of tags whose names end in blanks as they must."""
    tags = {
        "desc": b"desc" + bytes(4) + struct.pack(">I", 2) + b"x\0" + bytes(78),
        "cprt": b"text" + bytes(4) + b"x\0",
        "wtpt": xyz(*_WHITE),
        **tags,
    }
    table, body = struct.pack(">I", len(tags)), b""
    for name, data in tags.items():
        place = 128 + 4 + 12 * len(tags) + len(body)
        table += name.encode() + struct.pack(">II", place, len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4s4s4s4s4s12x4s28x12s",
        *(128 + len(table) + len(body), bytes(4), b"\2\x10\0\0"),
        *(kind, space, pcs, b"acsp", xyz(*_WHITE)[8:]),
    )
    return head.ljust(128, b"\0") + table + body


def xyz(*values):
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(v * 65536) for v in values))


def curve(gamma):
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256))


def gamma_profile(gamma, small=False, order="rgb"):
    """RGB of sRGB's primaries, or `small`: duller ones; a power as its curve."""
    share = 0.5 if small else 1.0
    colors = {
        name: xyz(
            *(share * p + (1 - share) * w / 3 for p, w in zip(of, _WHITE, strict=True))
        )
        for name, of in zip(
            (f"{channel}XYZ" for channel in order), _PRIMARIES.values(), strict=True
        )
    }
    curves = dict.fromkeys(("rTRC", "gTRC", "bTRC"), curve(gamma))
    return profile(b"RGB ", b"mntr", b"XYZ ", **colors, **curves)


def grey_profile(gamma):
    return profile(b"GRAY", b"mntr", b"XYZ ", kTRC=curve(gamma))


def ink_profile():
    """CMYK whose inks, which have no colour, take away lightness: black all of it."""
    ink = np.indices((2, 2, 2, 2)).reshape(4, -1)
    lightness = 255 * (1 - ink[3]) * (1 - ink[:3].mean(axis=0))
    corners = np.stack([lightness, 0 * lightness + 128, 0 * lightness + 128], axis=-1)
    same = bytes(range(256))
    table = (
        *(b"mft1", bytes(4), bytes([4, 3, 2, 0])),
        struct.pack(">9i", *(np.eye(3, dtype=int).ravel() * 65536)),
        *(same * 4, corners.round().astype("uint8").tobytes(), same * 3),
    )
    return profile(b"CMYK", b"prtr", b"Lab ", A2B0=b"".join(table))
