from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.inference.film_reading.frame_clock import FrameClock
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings

INTRA = {"bf": "0", "preset": "ultrafast"}
B_FRAMES = {"bf": "3", "preset": "medium"}
UNEVEN = [0, 1400, 5100, 8000, 9000, 17000, 17090, 21000, 30000, 30900, 33000, 40000]
KINDS = {
    "24000/1001": {"time_base": Fraction(1001, 24000)},
    "30000/1001": {"time_base": Fraction(1001, 30000)},
    "103896/4315": {"time_base": Fraction(4315, 103896)},
    "uneven": {"time_base": Fraction(1, 90000), "times": UNEVEN},
    "late": {"time_base": Fraction(1, 25), "times": range(50, 62)},
    "early": {"time_base": Fraction(1, 25), "times": range(-5, 7)},
}


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.mark.parametrize(
    ("kind", "ending", "codec"),
    [
        *((kind, "mp4", "h264") for kind in KINDS),
        *((kind, "mkv", "h264") for kind in ("103896/4315", "late", "early")),
        *(("uneven", "mov", "prores"), ("uneven", "mp4", "h265")),
    ],
)
def test_frames_and_sound_keep_their_times(tmp_path, colorizer, kind, ending, codec):
    source = made_films.write(
        tmp_path / "in.mp4",
        made_films.pictures(12),
        sound="aac",  # With a packet before time 0, which an edit list hides.
        options=B_FRAMES,
        **KINDS[kind],
    )
    target = tmp_path / f"out.{ending}"
    progress = []
    report = film.colorize_film(
        *(colorizer, source, target),
        settings=FilmSettings(codec=codec),
        progress=progress.append,
    )
    # Of frames before time 0 an edit list says that they are not to be shown.
    assert report.frames == progress[-1].done == (7 if kind == "early" else 12)
    before, after = made_films.packets(source), made_films.packets(target)
    assert [p[0] for p in after] == [p[0] for p in before] != []
    sound = [[p[1] for p in packets] for packets in (before, after)]
    times = [made_films.times(path) for path in (source, target)]
    if ending == "mkv":  # It counts milliseconds.
        for first, second in (sound, times):
            np.testing.assert_allclose(
                np.array(second, float), np.array(first, float), atol=0.5001e-3
            )
    else:
        assert times[1] == times[0]
        assert after == before
        if kind not in ("early", "uneven"):  # The maker of the latter gives no end.
            assert length(target) == length(source)
    with av.open(str(source)) as a, av.open(str(target)) as b:
        if "/" in kind and ending != "mkv":
            assert b.streams.video[0].average_rate == Fraction(kind)
            assert a.duration == b.duration
        titles = {k.lower(): v for k, v in b.metadata.items()}
        assert titles["title"] == "Die Straße"
        assert [c["metadata"] for c in b.chapters()] == [{"title": "one"}]


def length(path):
    """Of the picture, in seconds."""
    with av.open(str(path)) as written:
        video = written.streams.video[0]
        return video.duration * video.time_base


def test_a_rate_that_milliseconds_rounded_is_exact_again(tmp_path, colorizer):
    source = made_films.write(
        tmp_path / "in.mkv",
        made_films.pictures(12),
        time_base=Fraction(1001, 24000),
        options=B_FRAMES,
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    exact = [n * Fraction(1001, 24000) for n in range(12)]
    assert made_films.times(tmp_path / "out.mp4") == exact
    assert made_films.times(tmp_path / "out.mkv") == made_films.times(source)
    with av.open(str(tmp_path / "out.mp4")) as written:
        assert written.streams.video[0].average_rate == Fraction(24000, 1001)


@pytest.mark.parametrize(
    ("codec", "options"),
    [("libx264", B_FRAMES), ("libx264", INTRA), ("mpeg4", {"bf": "2"})],
)
def test_an_avi_is_steady_though_its_frames_change_places(
    tmp_path, colorizer, codec, options
):
    source = made_films.write(
        tmp_path / "in.avi",
        made_films.pictures(12),
        time_base=Fraction(1, 25),
        codec=codec,
        options=options,
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    start, *times = made_films.times(tmp_path / "out.mp4")
    assert times == [start + n * Fraction(1, 25) for n in range(1, 12)]
    assert 0 <= start <= Fraction(1, 25)


def clocked(times, *, tick=Fraction(1, 1000), rate=Fraction(24000, 1001), steady=True):
    clock = FrameClock(tick, rate, steady)
    seconds = []
    for time in times:
        frame = av.VideoFrame(2, 2)
        frame.pts = time
        clock.date(frame, 0)
        seconds.append(frame.pts * frame.time_base)
    return seconds


def test_the_clock_leaves_times_that_are_not_of_the_rate():
    rounded = [round(n * 1001 / 24) for n in range(1000)]
    exact = [n * Fraction(1001, 24000) for n in range(1000)]
    assert clocked(rounded) == exact
    assert clocked(rounded, steady=False) == [Fraction(t, 1000) for t in rounded]
    gap = [0, 42, 83, 200, 203, 250, 292]
    kept = clocked(gap)
    assert kept[:3] == exact[:3] and kept[5:] == exact[6:8]
    assert kept[3:5] == [Fraction(200, 1000), Fraction(203, 1000)]
    whole = clocked([0, 40, 80, 81], rate=Fraction(25))
    assert whole == [Fraction(t, 1000) for t in (0, 40, 80, 81)]


def test_the_clock_never_stands_still():
    times = clocked([0, 0, None, 42, 41, 42, 83, 84, 84, 85])
    assert all(b > a for a, b in zip(times, times[1:], strict=False))
    assert times[0] == 0


@pytest.mark.parametrize("ending", ["mov", "mp4", "mkv"])
def test_the_timecode_is_kept(tmp_path, colorizer, ending):
    with av.open(str(tmp_path / "in.mov"), "w") as target:
        video = target.add_stream("libx264", rate=Fraction(30000, 1001), options=INTRA)
        video.width, video.height = made_films.WIDTH, made_films.HEIGHT
        video.metadata["timecode"] = "10:02:03;04"
        for _ in range(3):
            frame = av.VideoFrame(made_films.WIDTH, made_films.HEIGHT, "yuv420p")
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    film.colorize_film(colorizer, tmp_path / "in.mov", tmp_path / f"out.{ending}")
    with av.open(str(tmp_path / f"out.{ending}")) as written:
        metadata = written.streams.video[0].metadata
        assert {k.lower(): v for k, v in metadata.items()}["timecode"] == "10:02:03;04"
        tracks = ["video"] if ending == "mkv" else ["video", "data"]
        assert [s.type for s in written.streams] == tracks
