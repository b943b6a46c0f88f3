"""Damages photographs at random and has each coloured; tells what went wrong.

  python tools/fuzz_photos.py --files=5000

Files of each format are cut short, or bytes, runs or chunks in them are changed. Wrong
is: any error but `InputError`, more than --seconds, and an output that does not open
whole, or is there though there was an error. The exit code is 1 if anything was wrong.
"""

import collections
import faulthandler
import io
import pathlib
import sys
import tempfile
import time
import traceback
import warnings

import numpy as np
from absl import app, flags
from PIL import Image

from colornet import tensorflow_start
from colornet.errors import InputError

FLAGS = flags.FLAGS
flags.DEFINE_integer("files", 5000, "How many to damage.", lower_bound=1)
flags.DEFINE_float("seconds", 10.0, "That one may take.")
flags.DEFINE_integer("seed", 1, "Of the damage.")
flags.DEFINE_string("keep", "", "A folder for the files with which something is wrong.")

FORMATS = ("jpg", "png", "tif", "webp", "avif", "heic", "bmp", "pgm", "jp2", "gif")
_MOST_PIXELS = 4_000_000


def main(argv):
    """Damages and colours, and prints what came of it."""
    del argv
    tensorflow_start.prepare()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(FLAGS.seed)
    results = collections.Counter()
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        sources = [(f, data) for f in FORMATS for data in whole_files(f)]
        colorize = plain_colorizer()
        for number in range(FLAGS.files):
            ending, data = sources[number % len(sources)]
            damaged = damage(data, rng)
            # What ends the process, or never ends, tells where it was.
            faulthandler.dump_traceback_later(6 * FLAGS.seconds, exit=True)
            wrong, result = outcome(folder, ending, damaged, colorize, FLAGS.seconds)
            faulthandler.cancel_dump_traceback_later()
            results[ending, result] += 1
            if wrong:
                print(f"{number}: .{ending}: {wrong}", file=sys.stderr, flush=True)
                results["wrong", "in all"] += 1
                if FLAGS.keep:
                    kept = pathlib.Path(FLAGS.keep) / f"{number}.{ending}"
                    kept.write_bytes(damaged)
    for (ending, result), count in sorted(results.items()):
        print(f"{ending:6} {result:9} {count:6}")
    if results["wrong", "in all"]:
        sys.exit(1)


def plain_colorizer():
    """Stands in for the network, which sees nothing but sound pixels."""
    import tensorflow as tf

    from colornet.inference import exported
    from colornet.inference.colorizer import Colorizer

    def predict_ab(lightness, state, temperature):
        del temperature
        _, frames, height, width, _ = lightness.shape
        ab = tf.ones((1, frames, -(-height // 4), -(-width // 4), 2)) * 12.0
        return {"ab": ab, "state": state}

    info = exported.ModelInfo("plain", network_size=32, temperature=0.5)
    return Colorizer(predict_ab, lambda lightness: {"state": tf.zeros(())}, info)


def whole_files(ending: str) -> list[bytes]:
    """Some sound files of a format, small, of several kinds and with metadata."""
    from skimage import data

    rgb = Image.fromarray(data.astronaut()[100:148, 180:244])
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Aunt Mary"
    said = {"exif": exif.tobytes(), "dpi": (300, 300)}
    grey = rgb.convert("L")
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    ways = {
        "jpg": [("JPEG", grey, said), ("JPEG", rgb, {"progressive": True})],
        "png": [("PNG", grey, said), ("PNG", deep, {}), ("PNG", rgb.quantize(), {})],
        "tif": [
            ("TIFF", grey, {"compression": "tiff_lzw", "dpi": (300, 300)}),
            ("TIFF", deep, {"compression": "tiff_adobe_deflate"}),
            ("TIFF", rgb, {"save_all": True, "append_images": [grey]}),
        ],
        "webp": [("WEBP", rgb, said), ("WEBP", grey, {"lossless": True})],
        "avif": [("AVIF", rgb, {})],
        "heic": [("HEIF", rgb, {})],
        "bmp": [("BMP", grey, {}), ("BMP", rgb, {})],
        "pgm": [("PPM", grey, {})],
        "jp2": [("JPEG2000", rgb, {})],
        "gif": [("GIF", grey, {})],
    }
    files = []
    for kind, image, settings in ways[ending]:
        file = io.BytesIO()
        image.save(file, kind, **settings)
        files.append(file.getvalue())
    return files


def damage(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes with one to three faults, more often near the beginning."""
    damaged = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        size = len(damaged)
        if not size:
            break
        at = int(size * rng.uniform() ** rng.integers(1, 5))
        length = int(rng.integers(1, 1 + min(64, size)))
        match rng.integers(6):
            case 0:
                del damaged[at:]
            case 1:
                damaged[at] ^= 1 << int(rng.integers(8))
            case 2:
                damaged[at : at + length] = rng.bytes(length)
            case 3:
                del damaged[at : at + length]
            case 4:
                begin = int(rng.integers(size))
                damaged[at:at] = damaged[begin : begin + length]
            case 5:
                fill = int(rng.choice([0, 1, 127, 128, 255]))
                damaged[at : at + 4] = bytes([fill] * 4)
    return bytes(damaged)


def outcome(folder, ending, data, colorizer, seconds) -> tuple[str, str]:
    """What is wrong, or ""; and whether the file was coloured or refused."""
    from colornet.inference.photos import photo_file, still

    source = folder / f"in.{ending}"
    written = ending if f".{ending}" in photo_file.WRITTEN else "png"
    target = folder / f"out.{written}"
    for path in folder.iterdir():
        path.unlink()
    source.write_bytes(data)
    began, wrong, result = time.monotonic(), "", "coloured"
    try:
        still.colorize_still(colorizer, source, target)
    except InputError as error:
        result = "refused"
        if "\n" in str(error):
            wrong = f"more than a line: {error}"
    except Exception:
        result, wrong = "crashed", traceback.format_exc(limit=-6)
    took = time.monotonic() - began
    if took > seconds:
        wrong = f"took {took:.0f} s"
    others = {p.name for p in folder.iterdir()} - {source.name, target.name}
    if others:
        wrong = f"left {sorted(others)}"
    if target.exists() != (result == "coloured"):
        wrong = wrong or f"{result}, but an output is {target.exists()}"
    elif result == "coloured":
        try:
            list(photo_file.decode(target))
        except InputError as error:
            wrong = f"the output does not open: {error}"
    return wrong, result


if __name__ == "__main__":
    app.run(main)
