import json
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.inference.film_writing import segments
from colornet.inference.films import film, film_report
from colornet.inference.films.film_settings import FilmSettings


class Stop(Exception):
    """Stands in for whatever ends work in its middle."""


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two shots, of 29 and 31 frames, with sound."""
    pictures = made_films.pictures(60)
    pictures[29:] = 255 - np.kron(pictures[29:, ::8, ::8], np.ones((8, 8)))
    path = tmp_path_factory.mktemp("report") / "in.mp4"
    return made_films.write(path, pictures, sound="aac")


def covers_all_frames_once(report):
    numbers = [n for s in report.shots for n in range(s.start, s.end + 1)]
    return numbers == list(range(report.frames))


@pytest.mark.parametrize(
    ("codec", "ending"), [("h264", "mp4"), ("prores", "mov"), ("ffv1", "mkv")]
)
def test_it_says_what_a_reader_of_the_copy_finds(
    tmp_path, colorizer, source, codec, ending
):
    target = tmp_path / f"out.{ending}"
    report = film.colorize_film(
        colorizer, source, target, settings=FilmSettings(codec=codec)
    )
    assert covers_all_frames_once(report)
    assert [(s.number, s.start, s.kind) for s in report.shots] == [
        *((1, 0, "toned"), (2, 29, "toned"))
    ]
    with av.open(str(target)) as copy:
        video = copy.streams.video[0]
        frames = list(copy.decode(video=0))
        assert report.codec == video.codec_context.name
        assert report.pixel_format == video.codec_context.pix_fmt
        assert report.rate == Fraction(30000, 1001)
        assert abs(report.rate / video.average_rate - 1) < 1e-3
        # Chapters are a stream of their own in .mp4 and .mov.
        others = [s.type for s in copy.streams if s.type not in ("video", "data")]
    assert report.bit_depth == made_films.bits(frames[0])
    assert (report.width, report.height) == (frames[0].width, frames[0].height)
    assert report.frames == len(frames) == 60
    for shot in report.shots:
        assert shot.start_time == pytest.approx(frames[shot.start].time, abs=1e-3)
    assert report.duration == pytest.approx(60 / report.rate)
    assert [s.type for s in report.copied] == others == ["audio"]
    assert [(s.index, s.codec) for s in report.copied] == [(1, "aac")]
    assert (report.model, report.network_size) == ("stand-in", 32)
    assert (report.damaged, report.resized, report.resumed) == (0, 0, 0)
    assert 50 < report.peak_memory < 2**16
    assert report.frames_per_second == report.frames / report.seconds > 0


@pytest.mark.parametrize(
    ("ending", "depth", "format"),
    [("png", 8, "rgb24"), ("png", 16, "rgb48be"), ("tif", 16, "rgb48le")],
)
def test_of_pictures_it_says_how_they_are_written(
    tmp_path, colorizer, source, ending, depth, format
):
    report = film.colorize_film(
        *(colorizer, source, tmp_path / f"%d.{ending}"),
        settings=FilmSettings(bit_depth=min(depth, 10), start="1", preview="0.2"),
    )
    assert covers_all_frames_once(report) and report.frames == 6
    with av.open(str(tmp_path / f"1.{ending}")) as picture:
        context = picture.streams.video[0].codec_context
        assert (report.codec, report.pixel_format) == (context.name, context.pix_fmt)
    assert (report.bit_depth, report.pixel_format) == (depth, format)
    assert [stream.type for stream in report.copied] == []
    assert "cannot hold stream 1 (audio" in report.warnings[0]


def test_a_resumed_run_tells_what_was_there(tmp_path, colorizer, source, monkeypatch):
    monkeypatch.setattr(segments, "FRAMES", 16)
    seen = []

    def stop(at):
        seen.append(at)
        if at.done >= 40:
            raise Stop

    target = tmp_path / "out.mp4"
    with pytest.raises(Stop):
        film.colorize_film(colorizer, source, target, progress=stop)
    assert {at.resumed for at in seen} == {0}
    seen.clear()
    report = film.colorize_film(colorizer, source, target, progress=seen.append)
    assert {at.resumed for at in seen} == {report.resumed} == {33}
    assert covers_all_frames_once(report)
    assert report.frames == seen[-1].done == 60
    assert report.frames_per_second == (60 - 33) / report.seconds
    # As of the last frame of each batch.
    assert [(at.shot, at.kind) for at in seen] == [
        (1 if at.done <= 29 else 2, "toned") for at in seen
    ]
    assert "60 frames, 33 of them from before, in " in str(report)
    assert str(report).endswith(" s, 2 shots")


def test_a_list_of_shots_comes_back_as_it_was_followed(tmp_path, colorizer, source):
    """Also where it is longer than the film: in times and frames of the film."""
    table = tmp_path / "shots.csv"
    table.write_text(
        "start_frame,end_frame,kind,saturation,temperature,skip\n"
        "0,9,grey,0.5,,\n10,59,grey,,,yes\n60,99,grey,,,\n"
    )
    report = film.colorize_film(
        *(colorizer, source, tmp_path / "out.mkv"),
        settings=FilmSettings(shots=str(table), start="0.5"),
    )
    assert covers_all_frames_once(report)
    first, second = report.shots
    assert (first.saturation, first.skip, second.skip) == (0.5, False, True)
    assert second.start_time == pytest.approx(10 / report.rate)
    assert second.end_time == pytest.approx(report.frames / report.rate)
    assert report.start == pytest.approx(15 / report.rate)


def test_json_has_every_attribute(tmp_path, colorizer, source):
    report = film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    path = tmp_path / "out.mkv.json"
    report.write(path)
    facts = json.loads(path.read_text(encoding="utf-8"))
    assert set(facts) == {*film_report.FilmReport.__annotations__, "frames_per_second"}
    assert Fraction(facts["rate"]) == report.rate
    assert facts["output"] == str(tmp_path / "out.mkv")
    assert [(s["start"], s["end"], s["kind"]) for s in facts["shots"]] == [
        *((0, 28, "toned"), (29, 59, "toned"))
    ]
    assert facts["copied"] == [{"index": 1, "type": "audio", "codec": "aac"}]


def test_damage_is_counted(tmp_path, colorizer, source, caplog):
    data = bytearray(source.read_bytes())
    middle = data.index(b"mdat") + 3000
    data[middle : middle + 400] = bytes(400)
    (tmp_path / "in.mp4").write_bytes(data)
    report = film.colorize_film(colorizer, tmp_path / "in.mp4", tmp_path / "out.mkv")
    assert report.damaged + report.repaired > 0
    assert covers_all_frames_once(report)
    assert list(report.warnings) == caplog.messages != []
