from fractions import Fraction

import av
import made_films
import pytest

from colornet.inference.film_writing import matroska_shape

CHECKED = {"err_detect": "crccheck+explode"}


@pytest.mark.parametrize("header", [0, 200, 20_000])
@pytest.mark.parametrize("ending", ["mkv", "webm"])
def test_the_shape_is_told_and_all_else_stays(tmp_path, ending, header):
    path = tmp_path / f"film.{ending}"
    with av.open(str(path), "w") as target:
        coder = "libsvtav1" if ending == "webm" else "ffv1"
        video = target.add_stream(coder, rate=25, width=720, height=576)
        if ending == "mkv":
            target.add_mux_stream("ass", time_base=Fraction(1, 1000))
            target.add_attachment("a.ttf", "application/x-truetype-font", b"a" * header)
        target.metadata["title"] = "x" * header
        target.set_chapters([made_films._chapter(40, Fraction(1, 1000))])
        for _ in range(2):
            target.mux(video.encode(av.VideoFrame(720, 576, "yuv420p")))
        target.mux(video.encode(None))
    size = path.stat().st_size
    before = seen(path)
    assert before[0] != Fraction(16, 15)
    matroska_shape.write(path, 720, 576, Fraction(16, 15))
    assert path.stat().st_size == size
    after = seen(path)
    assert after[0] == Fraction(16, 15)
    assert after[1:] == before[1:]
    matroska_shape.write(path, 720, 576, Fraction(64, 45))
    assert seen(path)[0] == Fraction(64, 45)


def seen(path):
    with av.open(str(path), options=CHECKED) as film:
        packets = [(bytes(p), p.pts) for p in film.demux() if p.size]
        film.seek(0)
        return (
            film.streams.video[0].sample_aspect_ratio,
            packets,
            film.metadata,
            film.chapters(),
            [s.data for s in film.streams.attachments],
            film.duration,
        )
