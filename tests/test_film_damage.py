import resource
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.errors import InputError
from colornet.inference.film_writing import codecs
from colornet.inference.films import film
from colornet.inference.films.film_settings import FilmSettings


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("g", [1, 12], ids=["intra", "long"])
def test_a_damaged_middle_is_counted_and_the_rest_keeps_its_times(
    tmp_path, colorizer, caplog, ending, g
):
    options = {"g": str(g), "preset": "ultrafast", "sc_threshold": "0"}
    source = made_films.write(
        tmp_path / f"in.{ending}",
        made_films.pictures(36, 96, 128),
        time_base=Fraction(1, 25),
        options=options,
    )
    times = made_films.times(source)
    content = bytearray(source.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 1500] = bytes(1500)
    source.write_bytes(content)
    done = film.colorize_film(colorizer, source, tmp_path / "out.mkv").frames
    assert 20 <= done <= 36
    line = " ".join(caplog.messages)
    assert "incomplete or damaged packet" in line
    assert f"{done} could be decoded" in line
    with av.open(str(tmp_path / "out.mkv")) as written:
        found = [f.pts * f.time_base for f in written.decode(video=0)]
    assert len(found) == done
    start = times[0] if ending == "ts" else 0
    on_time = {round(1000 * (t - start)) for t in times}
    assert {round(1000 * t) for t in found} <= on_time
    assert found[-1] * 1000 == max(on_time)


@pytest.mark.parametrize("ending", ["mkv", "ts", "mov"])
def test_a_film_that_breaks_off_is_coloured_up_to_there(
    tmp_path, colorizer, caplog, ending
):
    source = made_films.write(
        tmp_path / f"in.{ending}",
        made_films.pictures(90, 48, 64),
        time_base=Fraction(1, 25),
        options={"preset": "ultrafast", "g": "6"},
        container_options={"movflags": "faststart"} if ending == "mov" else {},
    )
    times = made_films.times(source)
    content = source.read_bytes()
    source.write_bytes(content[: len(content) * 2 // 3])
    done = film.colorize_film(colorizer, source, tmp_path / "out.mkv").frames
    assert 30 <= done < 64
    said = "is it complete" if ending == "mkv" else f"{done} could be decoded"
    assert said in " ".join(caplog.messages)
    found = made_films.times(tmp_path / "out.mkv")
    start = times[0] if ending == "ts" else 0
    expected = [round(1000 * (t - start)) for t in times[:done]]
    assert [round(1000 * t) for t in found] == expected


@pytest.mark.parametrize("left", [20, 18, 6])
def test_an_avi_that_breaks_off_within_its_last_second_is_named(
    tmp_path, colorizer, caplog, left
):
    source = made_films.write(
        tmp_path / "in.avi",
        made_films.pictures(20),
        time_base=Fraction(1, 25),
        codec="mjpeg",
        pix_fmt="yuvj420p",
    )
    with av.open(str(source)) as whole:
        ends = [p.pos + p.size for p in whole.demux(video=0) if p.size]
    source.write_bytes(source.read_bytes()[: ends[left - 1] + 8])
    done = film.colorize_film(colorizer, source, tmp_path / "out.mkv").frames
    assert done == left
    assert ("is it complete" in caplog.text) == (left < 20)
    early = f"ends at 0:00.{40 * left:03}, {0.04 * (20 - left):.3f} s before"
    assert (early in caplog.text) == (left < 20)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_whole_film_of_uneven_times_is_not_called_incomplete(
    tmp_path, colorizer, caplog, ending
):
    source = made_films.write(
        tmp_path / f"in.{ending}",
        made_films.pictures(8),
        times=[0, 10, 20, 1000, 2000, 2010, 9000, 9010],
        time_base=Fraction(1, 1000),
    )
    film.colorize_film(colorizer, source, tmp_path / "out.mkv")
    assert not caplog.messages


def test_frames_of_another_size_are_brought_to_the_first_ones(
    tmp_path, colorizer, caplog
):
    source = tmp_path / "in.ts"
    with av.open(str(source), "w") as target:
        copy, time = None, 0
        for width in (64, 96):
            part = made_films.write(
                tmp_path / f"{width}.ts",
                made_films.pictures(4, 48, width),
                time_base=Fraction(1, 25),
                options={"preset": "ultrafast", "bf": "0"},
            )
            with av.open(str(part)) as film_:
                copy = copy or target.add_stream_from_template(
                    film_.streams.video[0], opaque=True
                )
                for packet in film_.demux(video=0):
                    if packet.size:
                        packet.stream = copy
                        packet.pts = packet.dts = time
                        time += 3600
                        target.mux(packet)
    assert [f.width for f in made_films.frames(source)] == [64] * 4 + [96] * 4
    film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    assert [f.width for f in made_films.frames(tmp_path / "out.mp4")] == [64] * 8
    times = made_films.times(tmp_path / "out.mp4")
    assert times == [Fraction(n, 25) for n in range(8)]
    assert "4 frames had another size or format" in caplog.text


@pytest.mark.parametrize(
    ("codec", "size"),
    [
        *((codec, (47, 63)) for codec in ("h264", "h265", "av1", "prores")),
        *((codec, (1, 1)) for codec in ("h264", "av1", "ffv1")),
    ],
)
def test_odd_sizes_and_single_frames(tmp_path, colorizer, codec, size):
    source = made_films.write(
        tmp_path / "in.mkv", made_films.pictures(1, *size), codec="ffv1"
    )
    target = tmp_path / f"out{codecs.CODECS[codec].endings[0]}"
    least = codecs.CODECS[codec].least
    if size[1] < least[0] or size[0] < least[1]:
        with pytest.raises(ValueError, match=f"{least[0]}x{least[1]}, got .*--codec="):
            film.colorize_film(
                colorizer, source, target, settings=FilmSettings(codec=codec)
            )
        return
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec=codec))
    (frame,) = made_films.frames(target)
    assert (frame.height, frame.width) == size


def test_a_4k_film_keeps_its_luma(tmp_path, colorizer):
    source = made_films.write(
        tmp_path / "in.mkv", made_films.pictures(2, 2160, 3840), codec="ffv1"
    )
    target = tmp_path / "out.mkv"
    film.colorize_film(colorizer, source, target, settings=FilmSettings(codec="ffv1"))
    before, after = made_films.frames(source), made_films.frames(target)
    for old, new in zip(before, after, strict=True):
        assert (new.width, new.height) == (3840, 2160)
        luma, kept = (made_films.words(f, f.planes[0]) for f in (old, new))
        assert np.array_equal(luma, kept)
    left, right = made_films.red(after[-1])
    assert abs(left) < 1 < right


def test_an_encrypted_film_is_refused(tmp_path, colorizer):
    source = made_films.write(
        tmp_path / "in.mp4",
        made_films.pictures(4),
        container_options={
            "encryption_scheme": "cenc-aes-ctr",
            "encryption_key": "0123456789abcdef" * 2,
            "encryption_kid": "fedcba9876543210" * 2,
        },
    )
    with pytest.raises(InputError, match="in.mp4: its picture is encrypted"):
        film.colorize_film(colorizer, source, tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == [source]


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path, colorizer, ending):
    noise = np.random.default_rng(0).integers(0, 256, (30, 96, 128))
    source = made_films.write(tmp_path / "in.mkv", noise, codec="ffv1")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        with pytest.raises(InputError, match="out.*: cannot be written: .*room on the"):
            film.colorize_film(colorizer, source, tmp_path / f"out.{ending}")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == [source]
