"""What films can be written as: codecs, the containers they go into, their formats.

Read before any work begins, so nothing heavy is imported here.

  codec   coded by    bits        chroma               ending
  h264    libx264     8 10        4:2:0 4:2:2 4:4:4    .mp4 .mov .mkv
  h265    libx265     8 10 12     4:2:0 4:2:2 4:4:4    .mp4 .mov .mkv
  av1     libsvtav1   8 10        4:2:0                .mp4 .mkv .webm
  prores  prores_ks   10          4:2:2 4:4:4          .mov .mkv .mxf
  dnxhr   dnxhd       8 10        4:2:2, at 10 4:4:4   .mov .mxf
  ffv1    ffv1        8 10 12 16  4:2:0 4:2:2 4:4:4    .mkv .mxf
"""

import dataclasses
import pathlib

from colornet.errors import UsageError
from colornet.inference import numbered_pictures

# FFmpeg's names of the containers, by the ending of a film's name.
CONTAINERS = {
    **{".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"},
    **{".webm": "webm", ".mxf": "mxf"},
}
BIT_DEPTHS = (8, 10, 12, 16)

_PICTURES = (".png", ".tif", ".tiff", ".dpx")

_ALL = ("420", "422", "444")  # Coarse to fine.


@dataclasses.dataclass(frozen=True)
class PixelFormat:
    """Planes of Y', Cb and Cr.

    Attributes:
      chroma: its size against luma: "420", "422" or "444".
      bits: in a word of any plane.
      options: of the encoder, for this format alone.
      takes_rgb: whether frames of RGB may come in between.
    """

    chroma: str
    bits: int
    options: tuple = ()
    takes_rgb: bool = False

    @property
    def name(self) -> str:
        """FFmpeg's name, with the machine's byte order that NumPy has too."""
        return f"yuv{self.chroma}p" + ("" if self.bits == 8 else f"{self.bits}le")


@dataclasses.dataclass(frozen=True)
class Codec:
    """One way to write a film's picture.

    Attributes:
      encoder: FFmpeg's name of it.
      options: of the encoder, as FFmpeg takes them.
      endings: of the names of films that can hold it; the first is what a film gets
        whose own ending cannot.
      formats: that the encoder takes.
      rgb_chroma: what films get that come as RGB: of the codecs to be shown, "420", for
        most players take no other; of those to be kept and worked on, all of it.
      halves_odd: whether an odd height or width can have chroma of half the size.
      full_range: whether players are told when luma fills 0..255.
      least: width and height that a picture must have.
      most_rate: frames a second that the encoder can be told of.
      interlaced: options that keep the two fields of a frame apart; or None.
      bottom_first: options for frames whose lower field comes first, besides.
      tag: of the codec in .mp4 and .mov, where FFmpeg's own is not what players want.
      memory: bytes for each pixel that its encoder takes, of 8-bit 4:2:0, with two
        processors.
    """

    encoder: str
    options: dict
    endings: tuple
    formats: tuple
    rgb_chroma: str = "444"
    halves_odd: bool = False
    full_range: bool = True
    least: tuple = (1, 1)
    most_rate: int = 2**16
    interlaced: dict | None = None
    bottom_first: dict | None = None
    tag: str = ""
    memory: int = 10

    @property
    def bit_depths(self) -> tuple:
        """Those of its formats, rising."""
        return tuple(sorted({f.bits for f in self.formats}))

    def format_for(self, chroma: str, bits: int, odd: bool = False) -> PixelFormat:
        """The format nearest to a source's: never coarser, if there is one.

        Args:
          chroma: "420", "422" or "444".
          bits: of the luma.
          odd: whether the height or width of the picture is odd.
        """
        if odd and not self.halves_odd:
            chroma = "444"

        def distance(format):
            finer = _ALL.index(format.chroma) - _ALL.index(chroma)
            deeper = format.bits - bits
            return deeper < 0, finer < 0, abs(finer), abs(deeper)

        return min(self.formats, key=distance)


def _formats(depths):
    return tuple(PixelFormat(chroma, bits) for bits in depths for chroma in _ALL)


CODECS = {
    # crf 16: at normal distance not told from the source. The preset is the fastest
    # whose files are not much larger: see tools/bench_film.py.
    "h264": Codec(
        "libx264",
        {"crf": "16", "preset": "veryfast"},
        (".mkv", ".mp4", ".mov"),
        _formats((8, 10)),
        rgb_chroma="420",
        interlaced={"flags": "+ildct+ilme"},
        bottom_first={"x264-params": "bff=1"},
        memory=115,
    ),
    "h265": Codec(
        "libx265",
        {"crf": "17", "preset": "fast", "x265-params": "log-level=error"},
        (".mkv", ".mp4", ".mov"),
        _formats((8, 10, 12)),
        rgb_chroma="420",
        least=(16, 16),
        tag="hvc1",  # Apple's players take no other.
        memory=190,
    ),
    "av1": Codec(
        "libsvtav1",
        {"crf": "18", "preset": "8"},
        (".mkv", ".mp4", ".webm"),
        (PixelFormat("420", 8), PixelFormat("420", 10)),
        halves_odd=True,
        least=(4, 4),
        most_rate=240,
        memory=240,
    ),
    "prores": Codec(
        "prores_ks",
        {"vendor": "apl0"},
        (".mov", ".mkv", ".mxf"),
        (
            PixelFormat("422", 10, (("profile", "hq"),)),
            PixelFormat("444", 10, (("profile", "4444"),)),
        ),
        halves_odd=True,
        full_range=False,
        interlaced={"flags": "+ildct"},
    ),
    "dnxhr": Codec(
        "dnxhd",
        {},
        (".mov", ".mxf"),
        (
            PixelFormat("422", 8, (("profile", "dnxhr_hq"),)),
            PixelFormat("422", 10, (("profile", "dnxhr_hqx"),)),
            PixelFormat("444", 10, (("profile", "dnxhr_444"),)),
        ),
        halves_odd=True,
        full_range=False,
        least=(256, 120),
    ),
    # Version 3 with checksums, each frame on its own: what archives ask for.
    "ffv1": Codec(
        "ffv1",
        {"level": "3", "g": "1", "slicecrc": "1"},
        (".mkv", ".mxf"),
        _formats(BIT_DEPTHS),
        halves_odd=True,
        interlaced={},
    ),
}


def check_settings(codec: str, bit_depth: int) -> None:
    """Raises `UsageError` where `codec` cannot have that depth; 0 stands for any."""
    if codec not in CODECS:
        raise UsageError(f"--codec={codec}: must be one of {', '.join(CODECS)}")
    depths = CODECS[codec].bit_depths
    if bit_depth and bit_depth not in depths:
        others = holding(bit_depth)
        raise UsageError(
            f"--bit_depth={bit_depth}: {codec} has {either(depths)}"
            + (f"; --codec={either(others)} has {bit_depth}" if others else "")
        )


def check_target(target: pathlib.Path, codec: str) -> None:
    """Raises `UsageError` where a film of that name cannot hold `codec`.

    Numbered pictures hold none, and are right with any.
    """
    ending = target.suffix.lower()
    if numbered_pictures.is_sequence(target):
        if ending not in _PICTURES:
            raise UsageError(
                f"--output={target}: numbered pictures are written as one of "
                f"{', '.join(_PICTURES)}, got {ending or 'no ending'}"
            )
        return
    if ending not in CONTAINERS:
        raise UsageError(
            f"--output={target}: a film is written as one of {', '.join(CONTAINERS)}, "
            f"got {ending or 'no ending'}; {target.with_suffix('.mkv').name} would do"
        )
    if ending not in CODECS[codec].endings:
        others = [name for name, other in CODECS.items() if ending in other.endings]
        raise UsageError(
            f"--output={target}: {codec} goes into {either(CODECS[codec].endings)}, "
            f"got {ending}, which holds --codec={either(others)}"
        )


def check_size(codec: str, width: int, height: int) -> None:
    """Raises `UsageError` where `codec` cannot have pictures of that size."""
    least = CODECS[codec].least
    if width < least[0] or height < least[1]:
        others = [name for name, other in CODECS.items() if other.least == (1, 1)]
        raise UsageError(
            f"--codec={codec}: needs pictures of at least {least[0]}x{least[1]}, got "
            f"{width}x{height}; --codec={either(others)} takes any"
        )


def holding(bits: int) -> list[str]:
    """The codecs that have words of so many bits."""
    return [name for name, codec in CODECS.items() if bits in codec.bit_depths]


def either(words) -> str:
    """The words as one of them may be chosen: a, b or c."""
    *most, last = map(str, words)
    return f"{', '.join(most)} or {last}" if most else last
