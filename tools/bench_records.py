"""Measures building and reading records: pictures/s and MB/s, memory, clips/s.

  python tools/bench_records.py --pictures=3000 --short_side=256

`colornet build-records` with one worker, two, and two in processes of their own stands
beside a plain loop with Pillow and `tf.io.TFRecordWriter` (`plain_records.py`), on
pictures cut out of those that come with scikit-image, or on --input. "After start"
leaves out what the same program takes for a single picture, and so does the time of
processor for each. Memory is what the largest process held at most. `bench_reading.py`
then reads what was built.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench_film
import numpy as np
import skimage.data
from absl import app, flags
from PIL import Image

FLAGS = flags.FLAGS
_TOOLS = pathlib.Path(__file__).parent
_SIZE = (500, 375)  # Width and height of the pictures made, px; usual in ImageNet.
_SEED = 1
_FILMS, _FILM_SECONDS, _FILM_SIZE = 4, 20, (640, 360)
_LOOP = "plain loop"
_PROCESSES = "--direct_running_mode=multi_processing"


def main(argv):
    """Makes the input, measures, and prints the table."""
    del argv
    with tempfile.TemporaryDirectory() as folder:
        measure(pathlib.Path(folder).resolve())


def measure(folder: pathlib.Path) -> None:
    """Measures everything, with `folder` for input and output, and prints it."""
    pictures = pathlib.Path(FLAGS.input).resolve() if FLAGS.input else folder / "in"
    if not FLAGS.input:
        make_pictures(pictures, FLAGS.pictures)
    files = sorted(path for path in pictures.rglob("*.*") if path.is_file())
    read = sum(path.stat().st_size for path in files)
    print(
        f"{len(files)} pictures, {read / 1e6:.0f} MB, --short_side={FLAGS.short_side}"
    )
    single = folder / "single"
    single.mkdir()
    (single / files[0].name).symlink_to(files[0])
    out = folder / "photos"
    programs = {
        _LOOP: plain_loop,
        "1 worker": lambda *paths: build(*paths, workers=1),
        "2 workers": lambda *paths: build(*paths, workers=2),
        "2 processes": lambda *paths: build(*paths, _PROCESSES, workers=2),
    }
    runs = {name: [] for name in programs}
    for _ in range(FLAGS.repeats):  # By turns: what else runs here slows all alike.
        for name, program in programs.items():
            start, start_work, *_ = program(single, folder / "one")
            runs[name].append((*program(pictures, out), start, start_work))
    print(f"{'':20}pictures/s  of loop's  after start  of loop's  ", end="")
    print("MB/s out  peak MiB  CPU ms each")
    for name in programs:
        medians = map(statistics.median, zip(*runs[name], strict=True))
        took, work, memory, size, start, start_work = medians
        rate, steady = len(files) / took, (len(files) - 1) / (took - start)
        if name == _LOOP:
            loop_rate, loop_steady = rate, steady
        print(
            f"{name:20}{rate:10.0f}{rate / loop_rate:11.2f}"
            f"{steady:13.0f}{steady / loop_steady:11.2f}"
            f"{size / 1e6 / took:10.1f}{memory:10.0f}"
            f"{1000 * (work - start_work) / (len(files) - 1):13.2f}"
        )
    fourfold = folder / "fourfold"
    for number in range(4):
        shutil.copytree(pictures, fourfold / str(number), copy_function=os.link)
    for name, program in programs.items():
        took, _, memory, size = program(fourfold, folder / "more")
        rate = 4 * len(files) / took
        if name == _LOOP:
            loop_rate = rate
        print(
            f"{f'4 x, {name}':20}{rate:10.0f}{rate / loop_rate:11.2f}"
            f"{size / 1e6 / took:34.1f}{memory:10.0f}"
        )
    make_films(folder / "films")
    build(folder / "films", folder / "clips", workers=2, source="films")
    reading = [
        *(sys.executable, _TOOLS / "bench_reading.py"),
        *(f"--photos={out}/*.tfrecord", f"--films={folder}/clips/*.tfrecord"),
    ]
    subprocess.run(reading, check=True, env=quiet())


def make_pictures(folder: pathlib.Path, count: int) -> None:
    """Writes crops of photographs, scaled to one size: nine JPEGs for each PNG."""
    names = ("astronaut", "chelsea", "coffee", "rocket")
    photographs = [Image.fromarray(getattr(skimage.data, name)()) for name in names]
    rng = np.random.default_rng(_SEED)
    folder.mkdir()
    for number in range(count):
        photograph = photographs[number % len(photographs)]
        most = min(photograph.width / _SIZE[0], photograph.height / _SIZE[1])
        width, height = rng.uniform(0.4, 1) * most * np.array(_SIZE)
        left = rng.uniform(0, photograph.width - width)
        top = rng.uniform(0, photograph.height - height)
        picture = photograph.resize(
            _SIZE,
            Image.Resampling.BICUBIC,
            box=(left, top, left + width, top + height),
        )
        ending = "jpg" if number % 10 else "png"
        picture.save(folder / f"{number:06}.{ending}", quality=90)


def make_films(folder: pathlib.Path) -> None:
    """Writes films of a window that circles over a photograph."""
    folder.mkdir()
    for number in range(_FILMS):
        path = folder / f"{number}.mp4"
        bench_film.write_pan(path, _FILM_SECONDS, *_FILM_SIZE)


def plain_loop(source, output):
    """Runs the plain loop: what `run` returns."""
    clear(output)
    target = output / "all.tfrecord"
    program = [sys.executable, _TOOLS / "plain_records.py"]
    return run([*program, source, target, str(FLAGS.short_side)], output)


def build(source_folder, output, *beam_flags, workers, source="photos"):
    """Runs `colornet build-records`: what `run` returns."""
    clear(output)
    program = [sys.executable, "-m", "colornet.cli", "build-records"]
    settings = [
        *(f"--source={source}", f"--input={source_folder}", f"--output={output}"),
        *(f"--short_side={FLAGS.short_side}", f"--workers={workers}"),
        f"--shard_size_mb={FLAGS.shard_size_mb}",
        *beam_flags,
    ]
    return run([*program, *settings], output)


def run(command, output) -> tuple[float, float, float, int]:
    """Seconds, those of processor, MiB of the largest process, bytes of records."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=said, stderr=said, env=quiet())
        _, status, used = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode(errors="replace"))
    size = sum(path.stat().st_size for path in output.glob("*.tfrecord"))
    unit = 2**20 if sys.platform == "darwin" else 2**10  # Bytes there, kilobytes here.
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, size


def clear(folder):
    """Makes `folder` an empty one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


def quiet():
    """The environment for a program: no accelerator, no chatter."""
    return {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}


if __name__ == "__main__":
    flags.DEFINE_string("input", "", "Folder of pictures alone; empty makes some.")
    flags.DEFINE_integer("pictures", 3000, "How many pictures to make.")
    flags.DEFINE_integer("short_side", 256, "As of build-records, px.")
    flags.DEFINE_float("shard_size_mb", 20, "As of build-records.")
    flags.DEFINE_integer("repeats", 3, "Runs of each program; medians are shown.")
    app.run(main)
