from fractions import Fraction

import av
import made_films
import pytest

from colornet.inference import film, film_target


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


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
