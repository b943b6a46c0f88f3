"""Prints how much memory large photographs of each format take to colour.

  python tools/bench_photo_memory.py --megapixels=100

Each picture is a made-up sepia print with grain, coloured by a process of its own. The
last column is what counts: bytes a pixel beyond the first 1 GB.
"""

import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import imagecodecs
import numpy as np
import pillow_heif
import tifffile
from absl import app, flags
from PIL import Image

FLAGS = flags.FLAGS
flags.DEFINE_float("megapixels", 24, "Of each picture.", lower_bound=0.001)
flags.DEFINE_list("formats", None, "Names from the first column; all if not given.")

_SEPIA, _GRAIN = (1.0, 0.93, 0.82), 0.004
_ROWS = 512  # That are made at a time.


def words(megapixels: float, bits: int) -> np.ndarray:
    """A sepia print [H, W, 3] with grain, its width 4/3 of its height."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width, top = height * 4 // 3, 2**bits - 1
    made = np.empty((height, width, 3), np.uint8 if bits == 8 else np.uint16)
    rng = np.random.default_rng(1)
    x = np.linspace(0, 40, width, dtype=np.float32)
    for first in range(0, height, _ROWS):
        part = made[first : first + _ROWS]
        y = np.linspace(0, 30, height, dtype=np.float32)[first : first + _ROWS, None]
        grey = 0.5 + 0.35 * np.sin(x) * np.cos(y)
        for channel, tone in enumerate(_SEPIA):
            grain = _GRAIN * rng.standard_normal(grey.shape, np.float32)
            part[..., channel] = np.rint(top * np.clip(grey * tone + grain, 0, 1))
    return made


def save_heif(path, rgb):
    """Writes a HEIC of 8 bits, in tiles, as phones do."""
    height, width = rgb.shape[:2]
    pillow_heif.encode(
        *("RGB", (width, height), rgb.tobytes(), path), quality=90, tile_size=512
    )


def save_png(path, rgb):
    """Writes a PNG of any depth."""
    path.write_bytes(imagecodecs.png_encode(rgb))


def save_jpeg_2000(path, rgb):
    """Writes one single tile, without loss."""
    path.write_bytes(imagecodecs.jpeg2k_encode(rgb, 0, codecformat="jp2"))


def save_tiff(path, rgb):
    """Writes a TIFF of any depth, deflated."""
    tifffile.imwrite(path, rgb, photometric="rgb", compression="deflate")


def save(path, rgb):
    """Writes what Pillow does."""
    Image.fromarray(rgb).save(path, quality=90)


# What each is called: bits, ending, what writes it.
FORMATS = {
    "JPEG": (8, "jpg", save),
    "PNG": (8, "png", save_png),
    "PNG of 16 bits": (16, "png", save_png),
    "TIFF of 16 bits": (16, "tif", save_tiff),
    "WebP": (8, "webp", save),
    "AVIF": (8, "avif", save),
    "HEIC": (8, "heic", save_heif),
    "JPEG 2000": (8, "jp2", save_jpeg_2000),
    "JPEG 2000 of 16 bits": (16, "jp2", save_jpeg_2000),
}


def main(argv):
    """Makes a picture of each format and colours it."""
    del argv
    print("| format | megapixels | peak, GB | s | bytes a pixel beyond 1 GB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for name in FLAGS.formats or FORMATS:
            source = pathlib.Path(folder, f"in.{FORMATS[name][1]}")
            # By another process: one that is begun has its parent's peak for its own.
            maker = multiprocessing.get_context("spawn").Process(
                target=make, args=(name, FLAGS.megapixels, source)
            )
            maker.start()
            maker.join()
            seconds, peak = colorized(source, source.with_stem("out"))
            print(
                f"| {name} | {FLAGS.megapixels:g} | {peak / 1e9:.2f} | {seconds:.0f} "
                f"| {(peak / 1e6 - 1000) / FLAGS.megapixels:.1f} |",
                flush=True,
            )


def make(name: str, megapixels: float, path: pathlib.Path) -> None:
    """Writes a picture of the format of that name."""
    bits, _, write = FORMATS[name]
    write(path, words(megapixels, bits))


def colorized(source: pathlib.Path, target: pathlib.Path) -> tuple[float, int]:
    """Seconds and peak bytes of a process that colours the picture."""
    limit = FLAGS.megapixels + 1
    command = [sys.executable, "-m", "colornet.cli", "colorize", str(source)]
    flags_of_it = [f"--output={target}", f"--max_megapixels={limit}", "--overwrite"]
    began = time.monotonic()
    process = subprocess.Popen([*command, *flags_of_it, "--verbosity=-1"])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{source.name}: ended with {status}")
    target.unlink()
    return time.monotonic() - began, used.ru_maxrss * 1024


if __name__ == "__main__":
    app.run(main)
