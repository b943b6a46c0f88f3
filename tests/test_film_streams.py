from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.inference import film, film_target


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_sound_times_and_words_are_kept(tmp_path, colorizer, ending):
    uneven = [0, 1, 2, 5, 6, 7, 11, 12, 13, 14, 15, 16]
    source = made_films.write(
        tmp_path / "in.mp4",
        made_films.pictures(12),
        times=uneven,
        sound="aac",
        options={"bf": "3", "preset": "medium"},
    )
    target = tmp_path / f"out.{ending}"
    progress = []
    done = film.colorize_film(
        colorizer, source, target, progress=lambda *of: progress.append(of)
    )
    assert done == 12
    assert progress[-1] == (12, 12)
    with av.open(str(source)) as a, av.open(str(target)) as b:
        lengths = a.duration, b.duration
        titles = {k.lower(): v for k, v in b.metadata.items()}
        assert titles["title"] == "Die Straße"
        assert [c["metadata"] for c in b.chapters()] == [{"title": "one"}]
    times = [made_films.times(source), made_films.times(target)]
    before, after = made_films.packets(source), made_films.packets(target)
    assert [p[0] for p in after] == [p[0] for p in before]
    if ending == "mkv":
        # Its clock ticks in milliseconds and has no time before 0, where the sound's
        # priming lies: all is shifted alike.
        shift = round(after[0][1] - before[0][1], 3)
        times += [[p[1] for p in packets] for packets in (before, after)]
        times = [np.array(t, float) for t in times]
        np.testing.assert_allclose(times[1], times[0] + float(shift), atol=1e-3)
        np.testing.assert_allclose(times[3], times[2] + float(shift), atol=1e-3)
    else:
        assert times[1] == times[0]
        assert after == before
        assert lengths[1] == lengths[0]


def test_turning_pixel_shape_and_timecode_are_kept(tmp_path, colorizer):
    with av.open(str(tmp_path / "in.mov"), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = (
            made_films.WIDTH,
            made_films.HEIGHT,
            "yuv420p",
        )
        video.codec_context.sample_aspect_ratio = Fraction(16, 15)
        video.set_display_rotation(90, hflip=True)
        video.metadata["timecode"] = "01:00:00:00"
        target.mux(
            video.encode(av.VideoFrame(made_films.WIDTH, made_films.HEIGHT, "yuv420p"))
        )
        target.mux(video.encode(None))
    film.colorize_film(colorizer, tmp_path / "in.mov", tmp_path / "out.mov")
    before, after = (
        made_films.frames(tmp_path / name)[0] for name in ("in.mov", "out.mov")
    )
    assert after.rotation == before.rotation != 0
    assert film_target.display_matrix(after) == film_target.display_matrix(before)
    with av.open(str(tmp_path / "out.mov")) as target:
        assert target.streams.video[0].sample_aspect_ratio == Fraction(16, 15)
        assert [s.type for s in target.streams] == ["video", "data"]
        assert target.streams.video[0].metadata["timecode"] == "01:00:00:00"


def test_subtitles_and_attachments_are_copied(tmp_path, colorizer, caplog):
    with av.open(str(tmp_path / "in.mkv"), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = (
            made_films.WIDTH,
            made_films.HEIGHT,
            "yuv420p",
        )
        words = target.add_mux_stream("subrip", time_base=Fraction(1, 1000))
        target.add_attachment("font.ttf", "application/x-truetype-font", b"abc")
        target.mux(
            video.encode(av.VideoFrame(made_films.WIDTH, made_films.HEIGHT, "yuv420p"))
        )
        line = av.Packet(b"Guten Tag")
        line.stream, line.time_base = words, Fraction(1, 1000)
        line.pts = line.dts = 0
        line.duration = 40
        target.mux(line)
        target.mux(video.encode(None))
    film.colorize_film(colorizer, tmp_path / "in.mkv", tmp_path / "out.mkv")
    assert (
        made_films.packets(tmp_path / "out.mkv")
        == made_films.packets(tmp_path / "in.mkv")
        != []
    )
    with av.open(str(tmp_path / "out.mkv")) as target:
        assert [s.data for s in target.streams.attachments] == [b"abc"]
    assert not caplog.messages


def test_a_stream_that_does_not_fit_is_named_and_left_out(tmp_path, colorizer, caplog):
    source = made_films.write(
        tmp_path / "in.avi", made_films.pictures(12), codec="mpeg4", sound="wmav2"
    )
    assert film.colorize_film(colorizer, source, tmp_path / "out.mp4") == 12
    of_stream, of_metadata = caplog.messages
    assert ".mp4 cannot hold stream 1 (audio, wmav2)" in of_stream
    assert ".mp4 has no place for metadata 'software'" in of_metadata
    assert not made_films.packets(tmp_path / "out.mp4")
