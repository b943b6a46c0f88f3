from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

import colornet
from colornet.inference.film_reading.film_source import FilmSource
from colornet.inference.film_writing import film_video
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings


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
    assert film_video.display_matrix(after) == film_video.display_matrix(before)
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


@pytest.mark.parametrize(
    ("ending", "sound", "cure"),
    [("avi", "wmav2", ""), ("mkv", "tta", "; .mkv has a place for it")],
)
def test_a_stream_that_does_not_fit_is_named_and_left_out(
    tmp_path, colorizer, caplog, ending, sound, cure
):
    source = made_films.write(
        tmp_path / f"in.{ending}", made_films.pictures(12), codec="mpeg4", sound=sound
    )
    settings, target = FilmSettings(codec="av1"), tmp_path / "out.webm"
    assert film.colorize_film(colorizer, source, target, settings=settings).frames == 12
    of_stream = caplog.messages[0]
    left_out = f"cannot hold stream 1 (audio, {sound}), which is left out{cure}."
    assert of_stream == f"{source}: .webm {left_out}"
    assert not made_films.packets(target)


@pytest.mark.parametrize(
    ("ending", "sound", "new_ending"),
    [
        ("avi", "wmav2", "mkv"),
        ("wmv", "wmav2", "mp4"),
        ("wmv", "wmav2", "mov"),
        ("avi", "adpcm_ms", "mkv"),
        ("avi", "pcm_mulaw", "mp4"),
        ("mkv", "wavpack", "mp4"),
        ("mkv", "pcm_u8", "mp4"),
        ("mkv", "libopus", "mov"),
    ],
)
def test_sound_that_does_not_fit_is_kept_sample_by_sample(
    tmp_path, colorizer, caplog, ending, sound, new_ending
):
    source = made_films.write(
        tmp_path / f"in.{ending}", made_films.pictures(25), codec="mpeg4", sound=sound
    )
    target = tmp_path / f"out.{new_ending}"
    report = film.colorize_film(colorizer, source, target)
    sound = sound.removeprefix("lib")
    kept = f"(audio, {sound}), which is decoded and kept as PCM"
    assert caplog.messages[0].startswith(
        f"{source}: .{new_ending} cannot hold stream 1 {kept}"
    )
    assert [stream.codec for stream in report.decoded] == [sound]
    (before, start), (after, new_start) = map(made_films.sound, (source, target))
    assert before.any() and np.array_equal(before, after)
    assert new_start == pytest.approx(start, abs=1e-3)  # Matroska's tick.


def test_gaps_in_sound_that_is_decoded_become_silence(tmp_path, colorizer):
    whole = made_films.write(
        tmp_path / "whole.mkv", made_films.pictures(50), codec="mpeg4", sound="pcm_u8"
    )
    gap = tmp_path / "gap.mkv"
    with av.open(str(whole)) as source, av.open(str(gap), "w") as target:
        copies = [target.add_stream_from_template(s) for s in source.streams]
        for packet in source.demux():
            is_sound = packet.stream.type == "audio"
            if packet.size and not (is_sound and 500 < packet.pts < 1100):
                packet.stream = copies[packet.stream.index]
                target.mux(packet)
    film.colorize_film(colorizer, gap, tmp_path / "out.mp4")
    (before, _), (after, _) = map(made_films.sound, (whole, tmp_path / "out.mp4"))
    assert abs(before.shape[1] - after.shape[1]) < 100  # Two ticks of Matroska.
    begin, end = 500 * 48, 1100 * 48
    assert np.array_equal(before[:, :begin], after[:, :begin])
    assert not after[:, begin + 2048 : end - 2048].any()
    rest = before.shape[1] - end - 2048
    assert np.array_equal(before[:, -rest:], after[:, -rest:])


@pytest.mark.parametrize("ending", ["mp4", "mov", "webm"])
def test_attachments_that_a_container_drops_are_named(
    tmp_path, colorizer, caplog, ending
):
    source = tmp_path / "in.mkv"
    with av.open(str(source), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        target.add_attachment("font.ttf", "application/x-truetype-font", b"abc")
        target.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        target.mux(video.encode(None))
    settings = FilmSettings(codec="av1" if ending == "webm" else "h264")
    target = tmp_path / f"out.{ending}"
    report = film.colorize_film(colorizer, source, target, settings=settings)
    assert not report.copied
    assert f".{ending} cannot hold stream 1 (attachment, font.ttf)" in caplog.text


def test_metadata_without_a_place_are_named(tmp_path, colorizer, caplog):
    source = made_films.write(
        tmp_path / "in.avi", made_films.pictures(2), codec="mpeg4"
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    (line,) = caplog.messages
    assert ".mp4 has no place for metadata 'software', which is left out" in line


def test_a_second_video_stream_is_copied(tmp_path, colorizer, caplog):
    with av.open(str(tmp_path / "in.mkv"), "w") as target:
        streams = []
        for height in (48, 32):
            video = target.add_stream("libx264", rate=25, options={"bf": "2"})
            video.width, video.height = 64, height
            streams.append(video)
        for _ in range(4):
            for video in streams:
                frame = av.VideoFrame(64, video.height, "yuv420p")
                target.mux(video.encode(frame))
        for video in streams:
            target.mux(video.encode(None))
    for ending in ("mkv", "mp4"):
        film.colorize_film(colorizer, tmp_path / "in.mkv", tmp_path / f"out.{ending}")
        second = []
        for name in ("in.mkv", f"out.{ending}"):
            with av.open(str(tmp_path / name)) as source:
                assert len(source.streams.video) == 2
                found = [p for p in source.demux(video=1) if p.size]
                second.append([(bytes(p), p.pts * p.time_base) for p in found])
        assert second[0] == second[1]
        assert len(made_films.frames(tmp_path / f"out.{ending}")) == 4
        (line,) = caplog.messages
        assert "stream 1 (video) is copied as it is, without colours" in line
        caplog.clear()


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv", "webm"])
def test_the_film_says_that_a_machine_coloured_it(tmp_path, colorizer, ending):
    codec = "av1" if ending == "webm" else "h264"
    own, again = tmp_path / f"own.{ending}", tmp_path / f"again.{ending}"
    settings = FilmSettings(codec=codec)
    source = made_films.write(tmp_path / "in.mkv", made_films.pictures(2))
    remuxed = tmp_path / "said.mkv"
    with av.open(str(source)) as a, av.open(str(remuxed), "w") as b:
        b.metadata.update({"comment": "Scanned in 1998.", "director": "A. B."})
        copy = b.add_stream_from_template(a.streams.video[0], opaque=True)
        for packet in a.demux(video=0):
            if packet.size:
                packet.stream = copy
                b.mux(packet)
    film.colorize_film(colorizer, remuxed, own, settings=settings)
    film.colorize_film(colorizer, own, again, settings=settings)
    for path in (own, again):
        with av.open(str(path)) as written:
            said = {k.lower(): v for k, v in written.metadata.items()}["comment"]
        assert said == (
            "Scanned in 1998.\nColours made by a machine: "
            f"colornet {colornet.__version__}, model stand-in."
        )


def test_metadata_that_does_not_fit_is_named(tmp_path, colorizer, caplog):
    with av.open(str(tmp_path / "in.mkv"), "w") as target:
        target.metadata.update({"DIRECTOR": "A. B.", "title": "T"})
        video = target.add_stream("libx264", rate=25)
        video.width, video.height = made_films.WIDTH, made_films.HEIGHT
        target.mux(video.encode(av.VideoFrame(64, 48, "yuv420p")))
        target.mux(video.encode(None))
    film.colorize_film(colorizer, tmp_path / "in.mkv", tmp_path / "out.mkv")
    assert not caplog.messages
    film.colorize_film(colorizer, tmp_path / "in.mkv", tmp_path / "out.mp4")
    (line,) = caplog.messages
    assert ".mp4 has no place for metadata 'DIRECTOR', which" in line


TAGS = ("color_primaries", "color_trc", "colorspace", "color_range")


@pytest.mark.parametrize(
    ("codec", "ending"),
    [
        *(("h264", "mp4"), ("h264", "mkv"), ("h265", "mov"), ("av1", "webm")),
        *(("prores", "mov"), ("prores", "mkv"), ("dnxhr", "mov"), ("ffv1", "mkv")),
    ],
)
def test_tags_shape_and_chroma_place_are_kept(tmp_path, colorizer, codec, ending):
    source = tmp_path / "in.mkv"
    options = {"chroma_sample_location": "topleft", "preset": "ultrafast"}
    with av.open(str(source), "w") as target:
        video = target.add_stream("libx264", rate=25, options=options)
        video.width, video.height, video.pix_fmt = 256, 128, "yuv420p10le"
        context = video.codec_context
        context.color_primaries, context.color_trc = 9, 16  # BT.2020, PQ.
        context.colorspace, context.color_range = 9, 1
        video.sample_aspect_ratio = Fraction(16, 15)
        frame = av.VideoFrame(256, 128, "yuv420p10le")
        for plane in frame.planes:
            made_films.words(frame, plane)[:] = 512
        target.mux(video.encode(frame))
        target.mux(video.encode(None))
    target = tmp_path / f"out.{ending}"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec=codec))
    (before,), (after,) = made_films.frames(source), made_films.frames(target)
    assert [getattr(after, t) for t in TAGS] == [getattr(before, t) for t in TAGS]
    assert [getattr(before, t) for t in TAGS] == [9, 16, 9, 1]
    with FilmSource(target) as written:
        assert written.video.sample_aspect_ratio == Fraction(16, 15)
        if codec not in ("prores", "dnxhr"):  # Their chroma is as high as luma.
            assert written.chroma_location == "topleft"


@pytest.mark.parametrize(
    ("codec", "ending", "said", "place"),
    [
        *(("libx264", "mp4", place, place) for place in ("left", "center", "top")),
        ("rawvideo", "avi", "", ""),
        *(("mpeg2video", "mpg", "", "left"), ("dvvideo", "dv", "", "topleft")),
    ],
)
def test_chroma_places_are_read_and_nothing_is_logged_for_it(
    tmp_path, monkeypatch, codec, ending, said, place
):
    path = tmp_path / f"in.{ending}"
    options = {"chroma_sample_location": said} if said else {}
    with av.open(str(path), "w") as target:
        video = target.add_stream(codec, rate=25, options=options)
        video.width, video.height, video.pix_fmt = 720, 576, "yuv420p"
        target.mux(video.encode(av.VideoFrame(720, 576, "yuv420p")))
        target.mux(video.encode(None))
    monkeypatch.delattr(av.logging, "set_level")
    with FilmSource(path) as source:
        assert source.chroma_location == place


@pytest.mark.parametrize(
    ("codec", "ending"), [("h264", "mp4"), ("prores", "mov"), ("ffv1", "mkv")]
)
@pytest.mark.parametrize("order", [2, 3], ids=["top", "bottom"])
def test_fields_keep_their_order(tmp_path, colorizer, caplog, codec, ending, order):
    source = made_films.write_interlaced(tmp_path / "in.mov", 3, order)
    target = tmp_path / f"out.{ending}"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec=codec))
    assert "--deinterlace makes whole pictures" in caplog.text
    for path in (source, target):
        with av.open(str(path)) as written:
            video = written.streams.video[0]
            frames = list(written.decode(video))
            assert video.codec_context.field_order == order
        assert all(frame.interlaced_frame for frame in frames)


@pytest.mark.parametrize(("codec", "ending"), [("h264", "mp4"), ("ffv1", "mkv")])
def test_fields_and_pixels_of_dv_are_kept(tmp_path, colorizer, codec, ending):
    with av.open(str(tmp_path / "in.avi"), "w") as target:
        video = target.add_stream("dvvideo", rate=25, width=720, height=576)
        video.pix_fmt = "yuv420p"
        frame = av.VideoFrame(720, 576, "yuv420p")
        for plane in frame.planes:
            made_films.words(frame, plane)[:] = 128
        target.mux(video.encode(frame))
    target = tmp_path / f"out.{ending}"
    film.colorize_film(
        *(colorizer, tmp_path / "in.avi", target), settings=FilmSettings(codec=codec)
    )
    with FilmSource(target) as written:
        assert written.field_order == 3
        assert written.video.sample_aspect_ratio == Fraction(16, 15)
    assert made_films.frames(target)[0].interlaced_frame


@pytest.mark.parametrize("count", [1, 5])
def test_fields_become_whole_pictures_at_their_times(
    tmp_path, colorizer, caplog, count
):
    source = made_films.write_interlaced(tmp_path / "in.mov", count)
    film.colorize_film(
        *(colorizer, source, tmp_path / "out.mkv"),
        settings=FilmSettings(codec="ffv1", deinterlace=True),
    )
    assert "--deinterlace" not in caplog.text
    before, after = made_films.frames(source), made_films.frames(tmp_path / "out.mkv")
    assert len(after) == count
    assert made_films.times(tmp_path / "out.mkv") == made_films.times(source)

    def comb(frame):
        rows = made_films.words(frame, frame.planes[0]).astype(float)
        return np.abs(rows[1:-1] - (rows[:-2] + rows[2:]) / 2).mean()

    for a, b in zip(before, after, strict=True):
        assert not b.interlaced_frame
        if count > 1:
            assert comb(b) < 0.3 * comb(a)


@pytest.mark.parametrize("matrix", [1, 5, 6, 7, 9])
def test_dnxhr_says_the_matrix_of_the_film(tmp_path, colorizer, caplog, matrix):
    source = made_films.write(
        *(tmp_path / "in.mkv", made_films.pictures(2, 120, 256)),
        codec="ffv1",
        colorspace=matrix,
    )
    target = tmp_path / "out.mov"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec="dnxhr"))
    assert "dnxhr" not in caplog.text
    with av.open(str(target)) as written:
        assert written.streams.video[0].codec_context.colorspace == matrix
        assert [f.colorspace for f in written.decode(video=0)] == [matrix] * 2
