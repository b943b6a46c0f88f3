"""Measures the film path: seconds to the first frame, frames/s by stage, memory.

  python tools/bench_film.py --seconds=10 --size=640x480 --model=default

The film is made by panning over a picture that comes with scikit-image, and has a tone
for sound. Stages are measured alone on its first frames, then all of them at work.
"""

import itertools
import math
import multiprocessing
import pathlib
import tempfile
import time
from fractions import Fraction

_START = time.perf_counter()

import av  # noqa: E402
import numpy as np  # noqa: E402
import skimage.data  # noqa: E402
from absl import app, flags  # noqa: E402

from colornet import tensorflow_start  # noqa: E402

FLAGS = flags.FLAGS
_RATE = 24  # Frames per second.
_SOUND_RATE = 48000  # Samples per second.
_STAGE_FRAMES = 64


def main(argv):
    """Makes the film, colours it and prints one figure a line."""
    del argv
    tensorflow_start.prepare()
    width, height = map(int, FLAGS.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder) / "pan.mp4"
        made = time.perf_counter()
        # In a process of its own: its memory is none of the film path's.
        maker = multiprocessing.get_context("spawn").Process(
            target=write_pan, args=(source, FLAGS.seconds, width, height, True)
        )
        maker.start()
        maker.join()
        made = time.perf_counter() - made
        # Imported here, so that their time counts as part of the wait.
        from colornet.inference.colorizer import Colorizer
        from colornet.inference.film_writing import codecs
        from colornet.inference.films import film_memory
        from colornet.inference.films.film import colorize_film
        from colornet.inference.films.film_settings import FilmSettings

        colorizer = Colorizer.load(FLAGS.model)
        if FLAGS.stages:
            for name, (rate, work) in stage_rates(colorizer, source).items():
                print(f"{name:20} {rate:8.1f} frames/s, {work:5.1f} ms of processor")
        began, worked = time.perf_counter(), time.process_time()
        times, held = [], []

        def see(at):
            times.append((time.perf_counter(), at.done))
            if at.done >= _RATE * 60 * (len(held) + 1):
                held.append(film_memory.resident())

        colorize_film(
            colorizer,
            source,
            source.with_name("colour" + codecs.CODECS[FLAGS.codec].endings[0]),
            settings=FilmSettings(codec=FLAGS.codec, max_memory=FLAGS.max_memory),
            progress=see,
        )
        took = time.perf_counter() - began
        worked = time.process_time() - worked
    first = times[0][0]
    steady = (times[-1][1] - times[0][1]) / max(times[-1][0] - first, 1e-9)
    if not FLAGS.stages:
        print(f"first frame after    {first - _START - made:8.1f} s, imports included")
    print(f"frames               {times[-1][1]:8d} of {width}x{height}")
    print(f"whole film           {times[-1][1] / took:8.1f} frames/s")
    print(f"after the first      {steady:8.1f} frames/s")
    print(f"processor time       {1000 * worked / times[-1][1]:8.1f} ms a frame")
    if held:
        each = " ".join(f"{resident}" for resident in held)
        print(f"memory each minute   {each} MiB")
    print(f"peak memory          {film_memory.peak():8d} MiB")


def stage_rates(colorizer, source: pathlib.Path) -> dict[str, tuple]:
    """Frames per second, and milliseconds of processor, of each stage on its own."""
    from colornet.inference.film_reading.film_source import FilmSource
    from colornet.inference.film_writing import codecs, film_planes, film_video
    from colornet.inference.films import (
        film_colors,
        film_memory,
        film_pictures,
        film_shots,
        shot_list,
    )

    rates = {}

    def measure(name, work, count):
        began, worked = time.perf_counter(), time.process_time()
        result = work()
        rates[name] = (
            count / (time.perf_counter() - began),
            1000 * (time.process_time() - worked) / count,
        )
        return result

    def batches(items):
        return [items[i : i + size] for i in range(0, len(items), size)]

    with FilmSource(source) as opened:
        count = _STAGE_FRAMES
        frames = measure(
            "decode", lambda: list(itertools.islice(opened.frames(), count)), count
        )
        first = frames[0]
        coding = film_planes.luma_coding(first)
        shape = colorizer.network_shape(first.height, first.width)
        codec = codecs.CODECS["h264"]
        size = film_memory.batch_frames(first, coding, codec, shape)
        picture_of = film_pictures.PictureMaker(first, coding, shape)
        pictures = measure("shrink", lambda: [picture_of(f) for f in frames], count)
        dealer = film_shots.FoundShots()
        pictures = measure(
            "find shots",
            lambda: [p for q in pictures for p in dealer.push(q)] + dealer.finish(),
            count,
        )
        grey = shot_list.Shot(0, count - 1, shot_list.GREY)
        small = np.stack([p.small for p in pictures]).astype(np.float32) / 2.55
        stream = colorizer.stream()
        stream.predict_ab(small[:size])  # The first of a size is compiled.
        measure(
            "network", lambda: [stream.predict_ab(b) for b in batches(small)], count
        )
        colors = film_colors.FilmColors(colorizer, coding)
        for picture in pictures:
            picture.shot, picture.begins_shot = grey, False
        list(colors(pictures[:size]))
        painted = measure(
            "network and chroma",
            lambda: [frame for b in batches(pictures) for frame in colors(b)],
            count,
        )
        both, alone = rates["network and chroma"], rates["network"]
        rates["of that, chroma"] = 1 / (1 / both[0] - 1 / alone[0]), both[1] - alone[1]
        video = film_video.NewVideo(opened, first, coding, codec)
        encoder = film_video.VideoEncoder(video, "mp4")
        measure("encode", lambda: [encoder.packets(f) for f in [*painted, None]], count)
    return rates


def write_pan(
    path: pathlib.Path, seconds: float, width: int, height: int, grey: bool = False
) -> None:
    """Writes a film of a window that circles over a photograph, with a 440 Hz tone."""
    picture = np.ascontiguousarray(skimage.data.astronaut())
    if grey:  # What is in colour would be left as it is.
        picture = picture.mean(axis=-1, keepdims=True).astype("uint8").repeat(3, -1)
    scale = 1.4 * max(width / picture.shape[1], height / picture.shape[0])
    large = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
        width=math.ceil(picture.shape[1] * scale), height=math.ceil(512 * scale)
    )
    large = large.to_ndarray(format="rgb24")
    room = np.array(large.shape[:2]) - (height, width)
    count = round(seconds * _RATE)
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=_RATE, options={"preset": "ultrafast"})
        video.width, video.height = width, height
        sound = film.add_stream("aac", rate=_SOUND_RATE, layout="mono")
        for i in range(count):
            angle = 2 * math.pi * i / (10 * _RATE)
            y, x = room * (0.5 + 0.5 * np.array([math.sin(angle), math.cos(angle)]))
            window = large[int(y) : int(y) + height, int(x) : int(x) + width]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(window), "rgb24")
            frame.pts, frame.time_base = i, Fraction(1, _RATE)
            film.mux(video.encode(frame))
            per_frame = _SOUND_RATE // _RATE
            at = np.arange(i * per_frame, (i + 1) * per_frame) / _SOUND_RATE
            tone = (0.1 * np.sin(2 * np.pi * 440 * at)).astype(np.float32)[None]
            samples = av.AudioFrame.from_ndarray(tone, "fltp", "mono")
            samples.sample_rate, samples.pts = _SOUND_RATE, i * per_frame
            samples.time_base = Fraction(1, _SOUND_RATE)
            film.mux(sound.encode(samples))
        film.mux(video.encode(None))
        film.mux(sound.encode(None))


if __name__ == "__main__":
    flags.DEFINE_float("seconds", 10, "Length of the film.")
    flags.DEFINE_string("size", "640x480", "Width and height of the film.")
    flags.DEFINE_string("model", "default", "A bundled model's name, or an export.")
    flags.DEFINE_string("codec", "h264", "As of `colornet colorize`.")
    flags.DEFINE_integer("max_memory", 0, "As of `colornet colorize`.")
    flags.DEFINE_bool("stages", False, "Whether to measure each stage alone first.")
    app.run(main)
