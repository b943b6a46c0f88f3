from fractions import Fraction

import av
import made_films
import pytest
from av.stream import Disposition

from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def picture(codec):
    """A JPEG or PNG file."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.time_base = 32, 16, Fraction(1, 25)
    context.pix_fmt = "yuvj420p" if codec == "mjpeg" else "rgb24"
    frame = av.VideoFrame(32, 16, context.pix_fmt)
    for plane in frame.planes:
        plane.update(bytes(n % 251 for n in range(plane.buffer_size)))
    return b"".join(map(bytes, context.encode(frame) + context.encode(None)))


def write(path, codec):
    """A film with sound and a cover."""
    content = picture(codec)
    with av.open(str(path), "w") as target:
        video = target.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = target.add_stream("aac", rate=48000, layout="mono")
        if path.suffix == ".mkv":
            kind = "jpeg" if codec == "mjpeg" else codec
            target.add_attachment(f"cover.{kind}", f"image/{kind}", content)
        else:
            cover = target.add_mux_stream(codec, width=32, height=16)
            cover.disposition = Disposition.attached_pic
        for number in range(12):
            frame = av.VideoFrame(64, 48, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            target.mux(video.encode(frame))
        if path.suffix != ".mkv":
            packet = av.Packet(content)
            packet.stream, packet.pts, packet.dts = cover, 0, 0
            target.mux(packet)
        for samples in made_films.tone(0.4):
            target.mux(sound.encode(samples))
        target.mux(video.encode(None) + sound.encode(None))
    return path, content


@pytest.mark.parametrize("part", [FilmSettings(), FilmSettings(start="0.2")])
@pytest.mark.parametrize("codec", ["mjpeg", "png"])
@pytest.mark.parametrize("after", ["mp4", "mkv"])
@pytest.mark.parametrize("before", ["mp4", "mkv"])
def test_covers_are_kept(tmp_path, colorizer, caplog, before, after, codec, part):
    source, content = write(tmp_path / f"in.{before}", codec)
    target = tmp_path / f"out.{after}"
    film.colorize_film(colorizer, source, target, settings=part)
    assert not caplog.messages
    with av.open(str(target)) as written:
        kinds = [(s.type, s.disposition) for s in written.streams]
        assert [kind for kind, _ in kinds] == ["video", "audio", "video"]
        cover = written.streams[2]
        assert cover.disposition == Disposition.attached_pic
        assert cover.name == codec
        packets = [bytes(p) for p in written.demux(cover) if p.size]
        assert packets == [content]
        if (before, after) == ("mkv", "mkv"):
            with av.open(str(source)) as own:
                assert cover.metadata == own.streams[2].metadata


@pytest.mark.parametrize(("ending", "codec"), [("mov", "h264"), ("webm", "av1")])
def test_a_cover_that_does_not_fit_is_named(tmp_path, colorizer, caplog, ending, codec):
    source, _ = write(tmp_path / "in.mkv", "mjpeg")
    target = tmp_path / f"out.{ending}"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec=codec))
    assert f".{ending} cannot hold stream 2 (cover, mjpeg), which is" in caplog.text
    with av.open(str(target)) as written:
        assert len(written.streams.video) == 1
