"""Prints how fast photographs are coloured: the stages, and a folder on the whole.

  python tools/bench_photos.py --pictures=1000

The pictures are JPEGs of 1 megapixel, parts of scikit-image's own, made grey. Stages
are measured one after the other, `processor` being the time of all cores together.
"""

import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from absl import app, flags

from colornet import tensorflow_start

FLAGS = flags.FLAGS
flags.DEFINE_integer("pictures", 1000, "How many to colour.", lower_bound=1)
flags.DEFINE_string(
    "folder",
    "",
    "Where the pictures are made; a temporary one if "
    "empty. Those that are there are not made again.",
)
flags.DEFINE_bool("stages", True, "Measure the stages, too.")

_WIDTH, _HEIGHT = 1152, 868


def main(argv):
    """Makes the pictures, then measures."""
    del argv
    tensorflow_start.prepare()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(FLAGS.folder or temporary)
        (folder / "grey").mkdir(parents=True, exist_ok=True)
        make_pictures(folder / "grey", FLAGS.pictures)
        if FLAGS.stages:
            print_stages(sorted((folder / "grey").iterdir())[:10], folder)
        with tempfile.TemporaryDirectory(dir=folder) as output:
            print_whole(folder / "grey", pathlib.Path(output))


def make_pictures(folder: pathlib.Path, count: int) -> None:
    """Parts of real photographs, each another one, as grey JPEGs."""
    import numpy as np
    from PIL import Image
    from skimage import data

    sources = [
        Image.fromarray(picture).convert("L")
        for picture in (data.astronaut(), data.coffee(), data.chelsea(), data.rocket())
    ]
    rng = np.random.default_rng(1)
    for number in range(count):
        path = folder / f"{number:05}.jpg"
        left, top, rest = rng.uniform(0, 0.3), rng.uniform(0, 0.3), 0.7
        if path.exists():
            continue
        source = sources[number % len(sources)]
        width, height = source.size
        box = left * width, top * height, (left + rest) * width, (top + rest) * height
        part = source.resize((_WIDTH, _HEIGHT), Image.Resampling.BICUBIC, box=box)
        part.save(path, quality=90)


def print_stages(paths, folder: pathlib.Path) -> None:
    """Milliseconds of each stage for one photograph, on the clock and of processors."""
    import numpy as np

    from colornet.inference import network_view, painting
    from colornet.inference.colorizer import Colorizer
    from colornet.inference.photos import photo, photo_write

    colorizer = Colorizer.load()
    shape = colorizer.network_shape(_HEIGHT, _WIDTH)
    rgb = np.empty((_HEIGHT, _WIDTH, 3), np.uint8)
    times = {}

    def timed(name, work, *arguments):
        began, worked = time.perf_counter(), time.process_time()
        made = work(*arguments)
        took = time.perf_counter() - began, time.process_time() - worked
        times.setdefault(name, []).append(took)
        return made

    target = folder / "stage.jpg"
    for path in (paths[0], *paths):  # The first round is warming up.
        picture = timed("read", photo.read_photo, path)
        small = timed("reduce", network_view.lightness, picture.grey, shape)
        ab = timed("network", colorizer.stream().predict_ab, small[None])[0]
        timed("paint", painting.paint, picture.grey, ab, small, rgb)
        timed("write", photo_write.write, target, [(picture, rgb)], "default")
    target.unlink()
    print("stage             clock   processor, ms a photograph")
    for name, rounds in times.items():
        clock, processor = 1000 * np.mean(rounds[1:], axis=0)
        print(f"{name:12} {clock:10.1f} {processor:11.1f}")


def print_whole(source: pathlib.Path, target: pathlib.Path) -> None:
    """Photographs a second of the command, its start included, and its memory."""
    command = [sys.executable, "-m", "colornet.cli", "colorize", str(source)]
    began = time.perf_counter()
    subprocess.run([*command, f"--output={target}"], check=True)
    took = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    made = len(list(target.iterdir()))
    unit = 2**20 if sys.platform == "darwin" else 2**10  # Bytes there, kilobytes here.
    print(f"photographs       {made:8d} of {_WIDTH}x{_HEIGHT}")
    print(f"start included    {made / took:8.2f} photographs/s")
    worked = 1000 * (used.ru_utime + used.ru_stime) / made
    print(f"processor time    {worked:8.1f} ms a photograph")
    print(f"peak memory       {used.ru_maxrss / unit:8.0f} MiB")


if __name__ == "__main__":
    app.run(main)
