"""Films that are decoded from a time on, beside the same films decoded as a whole."""

import functools
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest
from PIL import Image

from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

FRAMES = 72
UNEVEN = list(np.cumsum([1 + 7 * n % 5 + 40 * (n == 30) for n in range(FRAMES)]))
GROUPS = {"preset": "veryfast", "g": "12", "sc_threshold": "0", "bf": "3"}
OPEN = {**GROUPS, "x264-params": "open-gop=1"}
ALONE = {**GROUPS, "g": "1000"}
REFRESHED = {**GROUPS, "x264-params": "intra-refresh=1", "bf": "0"}
H265 = {"preset": "ultrafast", "x265-params": "keyint=12:bframes=3:log-level=none"}
H265_CLOSED = {**H265, "x265-params": H265["x265-params"] + ":open-gop=0"}
AV1 = {"preset": "12", "g": "12", "svtav1-params": "lookahead=8"}
OLD = {"g": "12", "bf": "2"}
CLOSED = {**OLD, "flags": "+cgop", "sc_threshold": "1000000000"}

# Ending, codec, options, what else `made_films.write` is told; whether any is skipped.
FILMS = {
    "h264 mp4": ("mp4", "libx264", GROUPS, {}, True),
    "h264 mov": ("mov", "libx264", GROUPS, {"sound": "aac"}, True),
    "h264 mkv": ("mkv", "libx264", GROUPS, {"sound": "aac"}, True),
    "h264 mpegts": ("ts", "libx264", GROUPS, {"sound": "aac"}, True),
    "h264 avi": ("avi", "libx264", GROUPS, {}, False),
    "h264 bare": ("h264", "libx264", GROUPS, {}, False),
    "h264 open": ("mkv", "libx264", OPEN, {}, False),
    "h264 one group": ("mp4", "libx264", ALONE, {}, False),
    "h264 refreshed": ("mkv", "libx264", REFRESHED, {}, False),
    "h264 uneven": ("mp4", "libx264", GROUPS, {"times": UNEVEN}, True),
    "h264 uneven mkv": ("mkv", "libx264", GROUPS, {"times": UNEVEN}, True),
    "h264 late": ("mp4", "libx264", GROUPS, {"times": range(50, 50 + FRAMES)}, True),
    "h264 early": ("mp4", "libx264", GROUPS, {"times": range(-20, FRAMES - 20)}, True),
    "h264 in pieces": (
        *("mp4", "libx264", GROUPS),
        {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
        True,
    ),
    "h265 open": ("mkv", "libx265", H265, {}, True),
    "h265 closed": ("mp4", "libx265", H265_CLOSED, {}, True),
    "h265 mpegts": ("ts", "libx265", H265, {}, True),
    "av1": ("mp4", "libsvtav1", AV1, {}, True),
    "vp9": ("webm", "libvpx-vp9", {"g": "12", "deadline": "realtime"}, {}, True),
    "vp8": ("webm", "libvpx", {"g": "12", "auto-alt-ref": "1"}, {}, True),
    "mpeg2 mpegps": ("mpg", "mpeg2video", OLD, {"sound": "mp2"}, True),
    "mpeg2 vob": ("vob", "mpeg2video", CLOSED, {}, True),
    "mpeg2 mpegts": ("ts", "mpeg2video", OLD, {}, True),
    "mpeg2 mkv": ("mkv", "mpeg2video", OLD, {}, True),
    "mpeg2 mxf": ("mxf", "mpeg2video", OLD, {}, True),
    "mpeg1": ("mpg", "mpeg1video", OLD, {}, True),
    "mpeg4 avi": ("avi", "mpeg4", OLD, {}, False),
    "mpeg4 mp4": ("mp4", "mpeg4", OLD, {}, False),
    "prores": ("mov", "prores_ks", {}, {"pix_fmt": "yuv422p10le"}, True),
    "dnxhr": ("mxf", "dnxhd", {"profile": "dnxhr_sq"}, {"pix_fmt": "yuv422p"}, True),
    "ffv1": ("mkv", "ffv1", {"g": "5"}, {}, True),
    "mjpeg": ("avi", "mjpeg", {}, {"pix_fmt": "yuvj420p"}, True),
    "huffyuv": ("avi", "huffyuv", {}, {"pix_fmt": "yuv422p"}, True),
    "dv avi": ("avi", "dvvideo", {}, {}, True),
    "dv bare": ("dv", "dvvideo", {}, {}, True),
}


@functools.cache
def content(height, width):
    return made_films.pictures(FRAMES, height, width)


@pytest.fixture(params=FILMS)
def kind(request):
    return FILMS[request.param]


@pytest.fixture
def path(tmp_path, kind):
    ending, codec, options, others, _ = kind
    size, period = (48, 64), Fraction(1001, 24000)
    if codec == "dvvideo":
        size, period = (576, 720), Fraction(1, 25)
    if codec == "dnxhd":
        size = 128, 256
    if "times" in others:
        period = Fraction(1, 100)
    return made_films.write(
        tmp_path / f"in.{ending}",
        content(*size),
        **{"time_base": period, "codec": codec, "options": options, **others},
    )


def decoded(path, start=None, deinterlace=False):
    """Time, length and planes of the frames from `start` on; how many were decoded."""
    shown, count = [], 0
    with FilmSource(path, deinterlace) as source:
        if start is not None:
            source.skip_to(start)
        for frame in source.frames():
            count += 1
            time = frame.pts * frame.time_base
            if start is None or time >= start:
                lasts = frame.duration * frame.time_base
                planes = [made_films.words(frame, p).tobytes() for p in frame.planes]
                shown.append((time, lasts, hash(tuple(planes))))
    return shown, count


def starts(path, times):
    """Times at, just before and just after key frames, and at both ends."""
    tick = Fraction(1, 90000)
    with av.open(str(path)) as source:
        keys = [f for f, p in enumerate(source.decode(video=0)) if p.key_frame]
    places = {0, 1, 37, len(times) - 1, *keys[:4], *keys[-1:]}
    for place in sorted(places):
        if place < len(times):
            yield from (times[place] + n * tick for n in (-1, 0, 1))
    yield from (Fraction(0), times[-1] + 10)


def test_frames_from_a_time_on_are_those_of_the_whole_film(path, kind):
    whole, _ = decoded(path)
    counts = []
    for start in starts(path, [time for time, _, _ in whole]):
        part, count = decoded(path, start)
        assert part == [frame for frame in whole if frame[0] >= start], start
        counts.append(count)
    assert (min(counts) < len(whole) / 2) == kind[-1]


def test_pictures_are_made_of_the_same_fields(tmp_path):
    path = made_films.write_interlaced(tmp_path / "in.mov", 12)
    whole, _ = decoded(path, deinterlace=True)
    for time, _, _ in whole:
        part, _ = decoded(path, time, deinterlace=True)
        assert part == [frame for frame in whole if frame[0] >= time]


def test_numbered_pictures_begin_at_a_number(tmp_path):
    for number, words in enumerate(content(48, 64).astype(np.uint8), 7):
        Image.fromarray(words).save(tmp_path / f"{number}.png")
    whole, _ = decoded(tmp_path / "%d.png")
    for place in (0, 1, 2, 50, FRAMES - 1):
        part, count = decoded(tmp_path / "%d.png", whole[place][0])
        assert part == whole[place:]
        assert count <= len(part) + 3
    assert decoded(tmp_path / "%d.png", whole[-1][0] + 1)[0] == []


def test_a_part_is_coloured_alike_wherever_decoding_begins(tmp_path, monkeypatch):
    path = made_films.write(
        *(tmp_path / "in.mkv", content(48, 64)), options=GROUPS, sound="aac"
    )
    settings = FilmSettings(codec="ffv1", start="1.5")
    outputs = [tmp_path / "skipped.mkv", tmp_path / "whole.mkv"]
    film.colorize_film(made_films.stand_in(), path, outputs[0], settings=settings)
    monkeypatch.setattr(FilmSource, "skip_to", lambda *_: None)
    film.colorize_film(made_films.stand_in(), path, outputs[1], settings=settings)
    planes = [
        [bytes(p) for f in made_films.frames(o) for p in f.planes] for o in outputs
    ]
    assert planes[0] == planes[1] != []
    assert made_films.times(outputs[0]) == made_films.times(outputs[1])
    assert made_films.packets(outputs[0]) == made_films.packets(outputs[1])
