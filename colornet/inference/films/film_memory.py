"""What memory colouring a film takes, and how to stay below a ceiling.

It does not grow with the film's length, but with its size, with the frames that go
through the network at once, and with what the encoder holds back to compare.
"""

import os
import sys

from colornet.errors import InputError, UsageError

try:
    import resource
except ImportError:  # Windows.
    resource = None

_BATCHES = (8, 4, 2, 1)  # Frames at once: more than eight are hardly faster.
_BATCH_PIXELS = 2**24  # Large frames come in smaller batches even without a ceiling.

# Fitted to peaks of films of 640x480 to 3840x2160, 8 bits, on two processors, by
# tools/bench_film.py --max_memory; they are 5 to 15 % above what was found there.
_PROGRAM = 1024  # MiB: TensorFlow and the model.
_NETWORK = 300  # Bytes for each pixel of the network and frame of a batch.
_WAITING = 12  # For each pixel of the film and frame of a batch: five batches wait.
_DECODER = 45  # For each pixel of the film.
_PROCESSOR = 16  # For each pixel and further processor, that codes another frame.

_MIB = 2**20


def batch_frames(first, coding, codec, network_shape, ceiling: int = 0) -> int:
    """How many frames of a film go through the network at once.

    It follows from the film, the computer and the ceiling alone, so that a film that
    is taken up again is made in the same batches.

    Args:
      first: the film's first frame.
      coding: the `LumaCoding` of the frames that will come.
      codec: one of `codecs.CODECS`.
      network_shape: height and width of the picture that the network sees.
      ceiling: of the program's memory, in MiB; 0 for none.

    Raises:
      UsageError: the ceiling is too low for a single frame at a time.
    """
    pixels = first.width * first.height
    most = max(1, _BATCH_PIXELS // pixels)
    batches = [batch for batch in _BATCHES if batch <= most]
    if not ceiling:
        return batches[0]
    chroma_height, chroma_width = coding.chroma_shape(first.height, first.width)
    samples = 1 + 2 * chroma_height * chroma_width / pixels
    weight = samples / 1.5 * (1 if coding.bits == 8 else 2)  # Of an 8-bit 4:2:0 frame.
    processors = (os.cpu_count() or 1) - 2
    held = _DECODER + codec.memory + _PROCESSOR * max(0, processors)
    network_pixels = network_shape[0] * network_shape[1]
    for batch in batches:
        of_batch = batch * (_NETWORK * network_pixels + _WAITING * weight * pixels)
        needed = _PROGRAM + (held * weight * pixels + of_batch) / _MIB
        if needed <= ceiling:
            return batch
    raise UsageError(
        f"--max_memory={ceiling}: {first.width}x{first.height} film needs about "
        f"{needed:.0f} MiB; give so much, or a --codec that holds back fewer frames"
    )


def check(ceiling: int) -> None:
    """Raises `InputError` where the program takes more than `ceiling` MiB, if any."""
    taken = resident() if ceiling else None
    if taken is not None and taken > ceiling:
        raise InputError(
            f"--max_memory={ceiling}: {taken} MiB are taken, more than expected; "
            f"start it again with --max_memory={taken * 5 // 4}"
        )


def peak() -> int | None:
    """The most memory that the program ever took, in MiB; None where none can tell."""
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most // (_MIB if sys.platform == "darwin" else 2**10)  # Bytes there, or KiB.


def resident() -> int | None:
    """What it takes now, in MiB; where the system does not tell, its peak."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[1])
    except OSError:
        return peak()
    return pages * resource.getpagesize() // _MIB
