"""Films of a few frames, written to order, and what is read back from such files."""

import os
import sys
from fractions import Fraction

import av
import numpy as np
import tensorflow as tf
from av.video.reformatter import ColorRange

from colornet.inference.colorizer import Colorizer, ModelInfo
from colornet.inference.film_writing import film_planes

HEIGHT, WIDTH = 48, 64
LOSSLESS = {"qp": "0", "preset": "ultrafast"}


def _red_right(lightness, state, temperature):
    """Stands in for a network: red on the right, by 8 more with each frame it saw."""
    _, t, h, w, _ = lightness.shape
    h, w = -(-h // 4), -(-w // 4)
    seen = state + tf.range(1, t + 1, dtype=tf.float32)
    a = 8.0 * seen[:, None, None] * tf.cast(tf.range(w) >= w // 2, tf.float32)
    a = tf.broadcast_to(a, (t, h, w))
    ab = tf.stack([a, a * temperature], axis=-1)
    return {"ab": ab[None], "state": state + float(t)}


def no_memory(lightness):
    """The state of a network that has seen nothing."""
    return {"state": tf.zeros(())}


def stand_in() -> Colorizer:
    """A `Colorizer` that needs no weights; a film's left half stays grey."""
    info = ModelInfo(name="stand-in", network_size=32, temperature=0.5)
    return Colorizer(_red_right, no_memory, info)


def slow_command(source, target):
    """Colours a film in small segments, slowly: a command, so that it can be killed."""
    code = (
        "import os, sys, time\n"
        "os.environ['CUDA_VISIBLE_DEVICES'] = '-1'\n"
        f"sys.path.insert(0, {os.path.dirname(__file__)!r})\n"
        "import made_films\n"
        "from colornet.inference.film_writing import segments\n"
        "from colornet.inference.films import film\n"
        "segments.FRAMES = 16\n"
        "film.colorize_film(made_films.stand_in(), *sys.argv[1:],\n"
        "                   progress=lambda *_: time.sleep(0.2))\n"
    )
    return [sys.executable, "-c", code, str(source), str(target)]


def pictures(count, height=HEIGHT, width=WIDTH, top=255):
    """Grey pictures [count, height, width] of waves under a fixed grain."""
    y, x = np.mgrid[:height, :width]
    grain = np.random.default_rng(0).normal(0, 0.02, (height, width))
    waves = [np.sin((x + 2 * t) / 9) * np.cos(y / 7) for t in range(count)]
    return np.rint(np.clip(0.5 + 0.4 * np.stack(waves) + grain, 0, 1) * top)


def write(
    path,
    content,
    *,
    times=None,
    time_base=Fraction(1001, 30000),
    sound=None,
    codec="libx264",
    pix_fmt="yuv420p",
    options=None,
    full_range=False,
    colorspace=2,
    container_options=None,
):
    """Writes a film of grey pictures, shown at `times` in units of `time_base`."""
    count, height, width = content.shape
    times = range(count) if times is None else times
    with av.open(str(path), "w", container_options=container_options or {}) as target:
        video = target.add_stream(
            codec, rate=1 / time_base, time_base=time_base, options=options or {}
        )
        video.width, video.height, video.pix_fmt = width, height, pix_fmt
        tag = ColorRange.JPEG if full_range else ColorRange.MPEG
        video.codec_context.color_range = tag
        video.codec_context.colorspace = colorspace
        target.metadata["title"] = "Die Straße"
        target.set_chapters([_chapter(times[-1], time_base)])
        if sound:
            audio = target.add_stream(sound, rate=48000, layout="mono")
            audio.bit_rate = 64000
        for time, picture in zip(times, content, strict=True):
            frame = av.VideoFrame(width, height, pix_fmt)
            for plane in frame.planes:
                words(frame, plane)[:] = 100
            words(frame, frame.planes[0])[:] = picture
            frame.pts, frame.time_base = time, time_base
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
        if sound:
            for samples in tone(float(times[-1] * time_base)):
                target.mux(audio.encode(samples))
            target.mux(audio.encode(None))
    return path


def write_interlaced(path, count, order=2, height=48, width=64):
    """Writes a film whose two fields show a bar at different places.

    Args:
      path: of a .mov, in ProRes.
      count: of frames.
      order: AVFieldOrder: 2, top field first; 3, bottom field first.
      height: of the frames.
      width: of the frames.
    """
    first = "tff" if order == 2 else "bff"
    graph = av.filter.Graph()
    nodes = [
        graph.add_buffer(
            *(None, width, height), av.VideoFormat("yuv422p10le"), None, Fraction(1, 25)
        ),
        graph.add("setfield", first),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*nodes).configure()
    with av.open(str(path), "w") as target:
        video = target.add_stream("prores_ks", rate=25, options={"flags": "+ildct"})
        video.width, video.height, video.pix_fmt = width, height, "yuv422p10le"
        video.codec_context.field_order = order
        for number in range(count):
            frame = av.VideoFrame(width, height, "yuv422p10le")
            for plane in frame.planes:
                words(frame, plane)[:] = 512
            rows = words(frame, frame.planes[0])
            for field in (0, 1):
                start = 8 + 6 * (2 * number + (field if order == 2 else 1 - field))
                rows[field::2, start % width : start % width + 6] = 900
            frame.pts, frame.time_base = number, Fraction(1, 25)
            graph.vpush(frame)
            target.mux(video.encode(graph.vpull()))
        target.mux(video.encode(None))
    return path


def _chapter(end, time_base):
    """A chapter over the whole film, as PyAV gives and takes them."""
    metadata = {"title": "one"}
    return dict(id=1, start=0, end=end, time_base=time_base, metadata=metadata)


def tone(seconds):
    """Yields a sound of that length as frames of 1024 samples."""
    wave = 0.1 * np.sin(np.arange(int(48000 * seconds) // 1024 * 1024) / 20)
    for start in range(0, len(wave), 1024):
        part = wave[None, start : start + 1024].astype(np.float32)
        samples = av.AudioFrame.from_ndarray(part, "fltp", "mono")
        samples.sample_rate, samples.pts = 48000, start
        samples.time_base = Fraction(1, 48000)
        yield samples


def words(frame, plane):
    """A view [H, W] of the numbers in one plane of `frame`."""
    bits = frame.format.components[0].bits
    return film_planes.words_of(plane, np.dtype(np.uint8 if bits == 8 else np.uint16))


def frames(path):
    """All frames of a film, in order."""
    with av.open(str(path)) as source:
        return list(source.decode(video=0))


def times(path):
    """When its frames are shown, in seconds."""
    return [frame.pts * frame.time_base for frame in frames(path)]


def bits(frame):
    """In a luma word of `frame`."""
    return frame.format.components[0].bits


def packets(path):
    """Of each stream but the video: bytes, time and duration in seconds."""
    with av.open(str(path)) as source:
        return [
            (bytes(p), p.pts * p.time_base, p.duration * p.time_base)
            for p in source.demux()
            if p.size and p.stream.type != "video"
        ]


def sound(path) -> tuple[np.ndarray, float]:
    """The first stream of sound: samples [channels, count], and when they begin, s."""
    with av.open(str(path)) as source:
        heard = list(source.decode(audio=0))
    start = float(heard[0].pts * heard[0].time_base)
    resampler = av.AudioResampler(format="dblp")
    parts = [part.to_ndarray() for h in heard for part in resampler.resample(h)]
    return np.concatenate(parts, axis=1), start


def red(frame):
    """Cr of the left and of the right half, less the middle, from neutral."""
    cr = words(frame, frame.planes[2]).astype(float)
    width = cr.shape[1]
    neutral = 2 ** (frame.format.components[0].bits - 1)
    left, right = cr[:, : width // 3], cr[:, -(width // 3) :]
    return left.mean() - neutral, right.mean() - neutral
