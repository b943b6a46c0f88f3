"""The matrix that a DNxHR picture says it was made with: FFmpeg's coder says BT.709.

What the picture itself says goes before what its container says. SMPTE ST 2019-1, frame
header: byte 44, bits 1 and 2.
"""

import av

_BYTE, _SHIFT, _MASK = 44, 1, 0b110
_VOLUMES = {1: 0, 9: 1, 10: 2}  # By AVColorSpace: BT.709, BT.2020, with constant luma.
_OUTSIDE = 3  # The container tells.


def write(packet: av.Packet, colorspace: int) -> None:
    """Lets the picture in `packet` say the matrix of that AVColorSpace."""
    header = memoryview(packet)
    volume = _VOLUMES.get(colorspace, _OUTSIDE)
    header[_BYTE] = header[_BYTE] & ~_MASK | volume << _SHIFT
