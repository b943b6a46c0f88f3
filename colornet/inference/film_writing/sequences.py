"""Films that are numbered pictures, in and out: frames/%05d.png, as FFmpeg names them.

Pictures are RGB, so no luma is there to be kept: as in photographs it is L*. Each is
written by the number of its frame, and none stands under its name before all are there.
"""

import contextlib
import os
import pathlib
from fractions import Fraction

import av
import numpy as np

from colornet import whole_file
from colornet.color import attach, spaces
from colornet.errors import InputError
from colornet.inference import numbered_pictures
from colornet.inference.film_writing import codecs, film_planes

# What the colours of a sequence are made in: 16 bits, none of them shared.
CODEC = codecs.Codec("", {}, (), (codecs.PixelFormat("444", 16, takes_rgb=True),))

_ROWS = 256  # That are converted at a time: floats of whole scans would be many.
_OPTIONS = {"png": {"pred": "mixed"}, "tiff": {"compression_algo": "deflate"}}
# FFmpeg's coder, and its formats by bits a channel: PNG and DPX have high bytes first.
_TIFF = "tiff", {8: "rgb24", 16: "rgb48le"}
_CODERS = {
    ".png": ("png", {8: "rgb24", 16: "rgb48be"}),
    ".tif": _TIFF,
    ".tiff": _TIFF,
    ".dpx": ("dpx", {8: "rgb24", 10: "gbrp10be", 12: "gbrp12be", 16: "rgb48be"}),
}

# Of a DPX file's header (SMPTE ST 268): what its words are to light.
_DPX_TRANSFER, _DENSITIES = 801, (1, 3)  # Printing density, logarithmic.


class KeptPictures:
    """The pictures that are there, of those that are to be written.

    They lie in a folder until all are there. As of other films, work is taken up at the
    last place for which the network's memory is there; what was painted beyond it is
    painted again.

    Attributes:
      frames: up to that place.
      memory: of the network, there.

    Args:
      folder: where they lie.
    """

    def __init__(self, folder: pathlib.Path):
        self.frames, self.memory = 0, b""
        self._folder, self._place = folder, folder / "place"
        if self._place.exists():
            frames, self.memory = self._place.read_bytes().split(b" ", 1)
            self.frames = int(frames)

    @contextlib.contextmanager
    def writing(self, coder):
        """Gives what takes the frames up to the next place, for a `PictureCoder`."""
        writer = PictureWriter(self._folder, coder, self.frames)
        yield writer
        with whole_file.written(self._place) as unfinished:
            _write(unfinished, b"%d %b" % (writer.frames, writer.memory))
        self.frames, self.memory = writer.frames, writer.memory

    def take_names(self, pattern: pathlib.Path) -> None:
        """Moves the pictures to where they belong."""
        for picture in self._folder.glob(f"*{pattern.suffix}"):
            os.replace(picture, pattern.with_name(picture.name))


class PictureWriter:
    """Writes the pictures of frames into a folder.

    Attributes:
      frames: so far, with those before.
      memory: of the network after them; to be set before the end.
    """

    def __init__(self, folder, coder, frames):
        self.frames, self.memory = frames, b""
        self._folder, self._coder = folder, coder

    def write(self, frame: av.VideoFrame) -> None:
        """Writes the picture of the next frame."""
        self.frames += 1
        name, content = self._coder.coded(frame, self.frames)
        try:
            _write(self._folder / name, content)
        except OSError as error:
            raise InputError(f"{name}: cannot be written ({error.strerror})") from error


def _write(path, content):
    """Writes it so that a power cut takes nothing of it away."""
    with open(path, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def is_density(pattern: pathlib.Path) -> bool:
    """Whether words of such pictures are densities of film, as scanners make DPX."""
    if pattern.suffix.lower() != ".dpx":
        return False
    first = pattern.name % numbered_pictures.find(pattern).start
    with open(pattern.with_name(first), "rb") as file:
        header = file.read(_DPX_TRANSFER + 1)
    return header[-1] in _DENSITIES


def picture_format(pattern: pathlib.Path, bits: int) -> tuple[str, int, str]:
    """FFmpeg's name of the coding of such pictures, bits a channel, FFmpeg's format.

    Bits are as asked for or, where there is no such format, the next more.
    """
    name, formats = _CODERS[pattern.suffix.lower()]
    bits = min((b for b in formats if b >= bits), default=max(formats))
    return name, bits, formats[bits]


class PictureCoder:
    """Makes pictures of frames; what is no picture has no place in them.

    Args:
      pattern: names of the pictures.
      coding: the `LumaCoding` of the frames that will come: `CODEC`'s.
      source: the `FilmSource` they are of. Pictures keep their numbers; those of a film
        are counted from 1.
      bits: to have in a channel, as far as such pictures can.
    """

    def __init__(self, pattern, coding, *, source, bits):
        self._pattern, self._coding = pattern, coding
        self._first = self._rate = None
        if numbered_pictures.is_sequence(source.path):
            numbers = numbered_pictures.find(source.path)
            self._first, self._rate = numbers.start, source.rate
        self._name, self._bits, self._pix_fmt = picture_format(pattern, bits)

    def coded(self, frame: av.VideoFrame, count: int) -> tuple[str, bytes]:
        """Name and content of the file for a film's `count`th frame."""
        number = count
        if self._first is not None:  # One that cannot be read leaves a gap.
            number = self._first + round(frame.pts * frame.time_base * self._rate)
        if film_planes.is_rgb(frame):  # A shot that keeps its colours.
            rgb = film_planes.rescaled(film_planes.rgb_words(frame), self._bits)
        else:
            rgb = _rgb(frame, self._coding, self._bits)
        return self._pattern.name % number, self._encoded(rgb)

    def _encoded(self, rgb):
        # A coder of its own for each picture: it would write them as one film.
        context = av.CodecContext.create(self._name, "w")
        context.options = dict(_OPTIONS.get(self._name, {}))
        context.height, context.width = rgb.shape[:2]
        context.pix_fmt, context.time_base = self._pix_fmt, Fraction(1, 25)
        frame = av.VideoFrame.from_ndarray(rgb, self._pix_fmt)
        packets = [*context.encode(frame), *context.encode(None)]
        return b"".join(map(bytes, packets))


def _rgb(frame, coding, bits):
    """The sRGB words [H, W, 3] that keep the L* of a frame's luma, and its ab."""
    planes = [
        np.frombuffer(p, np.uint16).reshape(p.height, -1)[:, : p.width]
        for p in frame.planes
    ]
    rgb = np.empty((frame.height, frame.width, 3), np.uint16 if bits > 8 else np.uint8)
    for first in range(0, frame.height, _ROWS):
        luma, *chroma = (p[first : first + _ROWS].astype(np.float32) for p in planes)
        if coding.full_range:
            grey = luma / 65535
            luma = grey * 255
        else:
            luma = luma / 256
            grey = np.clip((luma - 16) / 219, 0, 1)
        ycbcr = np.stack([luma, *(c / 256 for c in chroma)], axis=-1)
        way = {"matrix": coding.matrix, "full_range": coding.full_range}
        colors = np.asarray(spaces.ycbcr_to_srgb(ycbcr, **way))
        ab = np.asarray(spaces.srgb_to_lab(np.clip(colors, 0, 1)))[..., 1:]
        lightness = np.asarray(spaces.grey_to_lightness(grey))[..., None]
        painted = np.asarray(attach.attach_to_lightness(lightness, ab))
        neutral = (chroma[0] == 2**15) & (chroma[1] == 2**15)
        painted = np.where(neutral[..., None], grey[..., None], painted)
        rgb[first : first + _ROWS] = np.rint(painted * (2**bits - 1))
    return rgb
