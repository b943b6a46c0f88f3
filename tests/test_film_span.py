from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.errors import InputError, UsageError
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings
from colornet.inference.films.film_span import Span

PERIOD = Fraction(1001, 24000)


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return made_films.write(
        tmp_path_factory.mktemp("span") / "in.mp4",
        made_films.pictures(48),
        time_base=PERIOD,
        sound="aac",
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", Fraction(90)),
        ("10s", Fraction(10)),
        ("0.5", Fraction(1, 2)),
        ("1:30", Fraction(90)),
        ("01:02:03.004", Fraction(3723004, 1000)),
        ("100:00:00", Fraction(360000)),
    ],
)
def test_times_are_exact(text, seconds):
    assert Span.parse(text, "", "") == Span(seconds, None)
    assert Span.parse("", text, "") == Span(None, seconds)
    assert Span.parse("1", "", text) == Span(Fraction(1), 1 + seconds)


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("ten", "", ""), "--start=ten: expected seconds .90.5. or HH:MM:SS.mmm"),
        (("", "-1", ""), "--end=-1: expected seconds"),
        (("", "", "1:2:3:4"), "--preview=1:2:3:4: expected seconds"),
        (("5", "5", ""), "--end=5: expected a later time than the start's"),
        (("", "", "0"), "--preview=0: expected a later time"),
        (("", "5", "5"), "--preview=5: is a length .* leave out --end"),
    ],
)
def test_wrong_times_are_refused(flags, words):
    with pytest.raises(UsageError, match=words):
        Span.parse(*flags)


def parted(tmp_path, colorizer, source, ending="mp4", **of_part):
    """Times and pictures of a part, and its sound's packets."""
    target = tmp_path / f"{'-'.join(of_part.values())}.{ending}"
    settings = FilmSettings(codec="h264" if ending == "mp4" else "ffv1", **of_part)
    report = film.colorize_film(colorizer, source, target, settings=settings)
    frames = made_films.frames(target)
    assert len(frames) == report.frames
    lumas = [made_films.words(f, f.planes[0]).copy() for f in frames]
    return [f.pts * f.time_base for f in frames], lumas, made_films.packets(target)


def test_parts_that_follow_each_other_have_every_frame_once(
    tmp_path, colorizer, source
):
    # The second cut is exactly at a frame's time: that frame begins the last part.
    cuts = "0.7", "1.001"
    parts = [
        parted(tmp_path, colorizer, source, "mkv", end=cuts[0]),
        parted(tmp_path, colorizer, source, "mkv", start=cuts[0], end=cuts[1]),
        parted(tmp_path, colorizer, source, "mkv", start=cuts[1]),
    ]
    before = made_films.frames(source)
    firsts = [0, 17, 24]
    lumas = [luma for part in parts for luma in part[1]]
    assert len(lumas) == len(before)
    for luma, frame in zip(lumas, before, strict=True):
        np.testing.assert_array_equal(luma, made_films.words(frame, frame.planes[0]))
    times = [frame.pts * frame.time_base for frame in before]
    for (shown, _, _), first in zip(parts, firsts, strict=True):
        expected = [float(t - times[first]) for t in times[first : first + len(shown)]]
        np.testing.assert_allclose(
            np.array(shown, float), expected, rtol=0, atol=0.51e-3
        )


def test_sound_and_chapters_go_with_the_picture(tmp_path, colorizer, source, caplog):
    times, _, sound = parted(tmp_path, colorizer, source, start="0.7", preview="0.5s")
    origin = 17 * PERIOD
    assert times == [n * PERIOD for n in range(12)]
    kept = [p for p in made_films.packets(source) if origin <= p[1] < Fraction("1.2")]
    assert [p[0] for p in sound] == [p[0] for p in kept] != []
    for (_, time, _), (_, before, _) in zip(sound, kept, strict=True):
        assert abs(time - (before - origin)) <= Fraction(1, 96000)
    assert not caplog.messages


def test_titles_under_way_at_either_end_are_cut(tmp_path, colorizer):
    tick = Fraction(1, 1000)
    titles = {b"before": (0, 400), b"under way": (500, 1500), b"within": (1600, 200)}
    titles |= {b"past the end": (1900, 900), b"after": (2900, 50)}
    with av.open(str(tmp_path / "in.mkv"), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        words = target.add_mux_stream("subrip", time_base=tick)
        for _ in range(75):
            target.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        target.mux(video.encode(None))
        for text, (time, lasts) in titles.items():
            line = av.Packet(text)
            line.stream, line.time_base = words, tick
            line.pts = line.dts = time
            line.duration = lasts
            target.mux(line)
    _, _, shown = parted(
        tmp_path, colorizer, tmp_path / "in.mkv", "mkv", start="1", end="2.2"
    )
    assert shown == [
        (b"under way", 0, 1),
        (b"within", Fraction(6, 10), Fraction(2, 10)),
        (b"past the end", Fraction(9, 10), Fraction(3, 10)),
    ]


def test_an_end_alone_leaves_times_as_they_are(tmp_path, colorizer, source):
    times, _, sound = parted(tmp_path, colorizer, source, end="1")
    assert times == made_films.times(source)[:24]
    kept = [p for p in made_films.packets(source) if p[1] < 1]
    assert [p[:2] for p in sound] == [p[:2] for p in kept]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (
            {"start": "0:01:00"},
            "--start=1:00.000: no frame .* the film ends at 0:02.002",
        ),
        ({"start": "1.002", "end": "1.04"}, "from --start=0:01.002 to --end=0:01.040"),
    ],
)
def test_a_part_without_frames_is_refused(tmp_path, colorizer, source, part, words):
    with pytest.raises(InputError, match=words):
        parted(tmp_path, colorizer, source, **part)
    assert list(tmp_path.iterdir()) == []


def test_the_last_frame_is_shown_until_the_end_that_is_told(tmp_path, colorizer):
    source = made_films.write(
        *(tmp_path / "slides.mp4", made_films.pictures(3)),
        **{"times": [0, 5, 65], "time_base": Fraction(1)},
    )
    settings = FilmSettings(end="12.5")
    film.colorize_film(colorizer, source, tmp_path / "out.mp4", settings=settings)
    with av.open(str(tmp_path / "out.mp4")) as written:
        video = written.streams.video[0]
        assert video.duration * video.time_base == Fraction("12.5")


@pytest.mark.parametrize(
    ("name", "rate", "first", "start", "expected"),
    [
        ("mov", Fraction(30000, 1001), "00:00:59;20", "0.5", "00:01:00;07"),
        ("mov", Fraction(30000, 1001), "00:00:59:20", "0.5", "00:01:00:05"),
        ("mp4", Fraction(24000, 1001), "23:59:59:20", "0.5", "00:00:00:08"),
        ("mkv", Fraction(25), "10:00:00:00", "1", "10:00:01:00"),
        ("mkv", Fraction(25), "10:00:00;00", "1", None),
    ],
)
def test_a_timecode_goes_on_from_the_start(
    tmp_path, colorizer, caplog, name, rate, first, start, expected
):
    source, target = tmp_path / f"in.{name}", tmp_path / f"out.{name}"
    with av.open(str(source), "w") as written:
        video = written.add_stream("libx264", rate=rate)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.metadata["timecode"] = first
        for number in range(40):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, 1 / rate
            written.mux(video.encode(frame))
        written.mux(video.encode(None))
    settings = FilmSettings(start=start)
    film.colorize_film(colorizer, source, target, settings=settings)
    with av.open(str(target)) as written:
        metadata = written.streams.video[0].metadata
    assert {k.lower(): v for k, v in metadata.items()}.get("timecode") == expected
    told = [line for line in caplog.messages if "timecode" in line]
    assert len(told) == (expected is None)
