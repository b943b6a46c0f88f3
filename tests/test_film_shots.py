import types
from fractions import Fraction

import av
import made_films
import numpy as np
import pytest

from colornet.data import shots
from colornet.errors import InputError, UsageError
from colornet.inference import colorize_files
from colornet.inference.film_writing import film_planes
from colornet.inference.films import (
    film,
    film_colors,
    film_pictures,
    film_shots,
    shot_list,
)
from colornet.inference.films.film_settings import FilmSettings

LENGTH = 6  # Frames of a shot.
LOSSLESS = FilmSettings(codec="ffv1")


@pytest.fixture(scope="module")
def colorizer():
    return made_films.stand_in()


def planes(kind, seed, t, shapes, bits):
    """Luma, Cb and Cr of a frame of such a shot; luma moves with time."""
    (height, width), small = shapes
    rng = np.random.default_rng(seed)
    cells = rng.integers(30, 220, (6, 12)).repeat(8, 0).repeat(8, 1)
    luma = cells[:height, t : t + width]
    if kind == "coloured":
        chroma = rng.integers(80, 176, (2, 6, 8)).repeat(8, 1).repeat(8, 2)
        chroma = chroma[:, : small[0], : small[1]]
    elif kind == "toned":
        y, x = (np.arange(n) * m // n for n, m in zip(small, shapes[0], strict=True))
        share = luma[y][:, x] / 255
        chroma = np.stack([128 - 24 * share, 128 + 14 * share])
    else:
        chroma = np.full((2, *small), 128)
    return [p * 2 ** (bits - 8) for p in (luma, *chroma)]


def write(path, kinds, pix_fmt="yuv420p"):
    """Writes a lossless film of shots of such kinds."""
    with av.open(str(path), "w") as target:
        video = target.add_stream("ffv1", rate=25, time_base=Fraction(1, 25))
        video.width, video.height, video.pix_fmt = 64, 48, pix_fmt
        for number in range(LENGTH * len(kinds)):
            seed, t = divmod(number, LENGTH)
            frame = av.VideoFrame(64, 48, pix_fmt)
            shapes = [(p.height, p.width) for p in frame.planes[:2]]
            bits = frame.format.components[0].bits
            content = planes(kinds[seed], seed, t, shapes, bits)
            for plane, words in zip(frame.planes, content, strict=True):
                made_films.words(frame, plane)[:] = words
            frame.pts, frame.time_base = number, Fraction(1, 25)
            target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return path


def content(path):
    """All planes of each frame, by shot: [shot][frame][plane]."""
    frames = [
        [made_films.words(frame, plane).copy() for plane in frame.planes]
        for frame in made_films.frames(path)
    ]
    return [frames[i : i + LENGTH] for i in range(0, len(frames), LENGTH)]


def colorize(colorizer, path, **settings):
    settings = FilmSettings(**{"codec": "ffv1", **settings})
    out = path.with_name("out.mkv")
    film.colorize_film(colorizer, path, out, settings=settings)
    return content(out)


def redness(shot):
    """Of each frame: Cr at the right less that at the left, in 8-bit levels."""
    unit = 256 if shot[0][2].dtype == np.uint8 else 1024
    cr = [planes[2].astype(float) * 256 / unit for planes in shot]
    return [c[:, -8:].mean() - c[:, :8].mean() for c in cr]


def same(shot, other, which):
    return all(
        np.array_equal(a[i], b[i])
        for a, b in zip(shot, other, strict=True)
        for i in which
    )


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "yuv444p"])
def test_coloured_shots_pass_through_and_others_start_afresh(
    tmp_path, colorizer, pix_fmt
):
    kinds = ["grey", "coloured", "toned", "grey"]
    source = write(tmp_path / "in.mkv", kinds, pix_fmt)
    before, after = content(source), colorize(colorizer, source)
    for kind, old, new in zip(kinds, before, after, strict=True):
        assert same(old, new, [0])
        assert same(old, new, [1, 2]) == (kind == "coloured")
        if kind != "coloured":
            red = redness(new)
            assert 0 < red[0] < red[2] < red[5]
            assert red[0] == pytest.approx(redness(after[0])[0], rel=0.5)
            # What the tint was is gone: the left half is grey.
            neutral = 128 if pix_fmt.endswith("p") else 512
            assert abs(new[5][1][:, :8] - float(neutral)).max() <= 1


def test_tints_are_kept_on_request(tmp_path, colorizer):
    source = write(tmp_path / "in.mkv", ["toned", "grey"])
    before, after = content(source), colorize(colorizer, source, keep_tint=True)
    assert same(before[0], after[0], [0, 1, 2])
    assert redness(after[1])[3] > 5


def test_a_list_of_shots_is_written_then_followed(tmp_path, colorizer):
    source = write(tmp_path / "in.mkv", ["grey", "coloured", "toned"])
    table = tmp_path / "shots.csv"
    colorize(colorizer, source, shots=str(table))
    found = shot_list.read(table)
    assert [(s.start, s.end, s.kind) for s in found] == [
        *((0, 5, "grey"), (6, 11, "coloured"), (12, 17, "toned"))
    ]
    assert "\n6,11,0.240,0.480,coloured,,," in table.read_text()

    table.write_text(
        "start_frame,end_frame,kind,saturation,temperature,skip\n"
        "0,2,grey,0,,\n3,5,grey,,1,\n6,11,grey,,0.25,\n12,17,toned,,,yes\n"
    )
    edited = table.read_bytes()
    before, after = content(source), colorize(colorizer, source, shots=str(table))
    assert table.read_bytes() == edited
    assert all((p[2] == 128).all() for p in after[0][:3])
    red = redness(after[0])
    assert 0 < red[3] < 0.6 * red[5]  # Frame 3 begins a shot now.
    assert redness(after[1])[5] > 20  # It was coloured; now it is our colours.
    # The stand-in's b* grows with temperature, and with it Cb falls.
    assert after[0][3][1][:, -8:].mean() < after[1][0][1][:, -8:].mean()
    assert same(before[2], after[2], [0, 1, 2])


def test_saturation_comes_on_top_of_a_shots_own(tmp_path, colorizer):
    source = write(tmp_path / "in.mkv", ["grey"])
    table = tmp_path / "shots.csv"
    table.write_text(
        "start_frame,end_frame,kind,saturation\n0,2,grey,1\n3,5,grey,0.5\n"
    )
    whole, half, none = (
        redness(colorize(colorizer, source, shots=str(table), saturation=s)[0])
        for s in (1.0, 0.5, 0.0)
    )
    # Chroma is not quite proportional to ab.
    np.testing.assert_allclose(half, 0.5 * np.array(whole), atol=1.5)
    assert whole[2] > 5 and whole[5] > 2.5
    assert not any(none)


def test_a_kill_leaves_no_part_of_a_list_for_good(tmp_path, colorizer):
    source = write(tmp_path / "in.mkv", ["grey"])
    table, left = tmp_path / "shots.csv", tmp_path / ".unfinished-shots.csv"
    settings = FilmSettings(codec="ffv1", shots=str(table))
    seen = set()
    film.colorize_film(
        *(colorizer, source, tmp_path / "out.mkv"),
        settings=settings,
        progress=lambda _: seen.update(p.suffix for p in tmp_path.iterdir()),
    )
    assert ".mkv" in seen and ".csv" not in seen  # Hours, in which to be killed.
    left.write_text("of a run that was killed while it wrote")
    table.unlink()
    film.colorize_film(colorizer, source, tmp_path / "out.mkv", settings=settings)
    assert table.exists() and not left.exists()
    with pytest.raises(InputError, match="shots.csv: cannot be written .No such file"):
        colorize(colorizer, source, shots=str(tmp_path / "none" / "shots.csv"))


def test_a_list_for_another_film_is_named(tmp_path, colorizer, caplog):
    source = write(tmp_path / "in.mkv", ["grey"])
    (tmp_path / "shots.csv").write_text("start_frame,end_frame,kind\n0,3,grey\n")
    colorize(colorizer, source, shots=str(tmp_path / "shots.csv"))
    assert "shots.csv: lists 4 frames, and the film has 6" in caplog.text


def test_a_bad_list_or_film_leaves_nothing(tmp_path, colorizer):
    source = write(tmp_path / "in.mkv", ["grey"])
    table = tmp_path / "shots.csv"
    table.write_text("start_frame,end_frame,kind\n0,3,blue\n")
    with pytest.raises(InputError, match="row 2, column kind"):
        colorize(colorizer, source, shots=str(table))
    with pytest.raises(UsageError, match=r"must end in \.csv"):
        colorize(colorizer, source, shots=str(tmp_path / "shots.txt"))
    table.unlink()
    (tmp_path / "in.mkv").write_bytes(b"no film")
    with pytest.raises(InputError, match="expected a film"):
        colorize(colorizer, source, shots=str(table))
    assert [p.name for p in tmp_path.iterdir()] == ["in.mkv"]


def test_a_list_needs_one_film(tmp_path):
    for name in ("a.mkv", "b.mkv"):
        (tmp_path / name).touch()
    config = colorize_files.ColorizeConfig(
        output=str(tmp_path / "out"), codec="ffv1", shots="shots.csv"
    )
    with pytest.raises(UsageError, match="needs one film"):
        colorize_files.run(config, [str(tmp_path)])


def picture(seed, chroma=0.0, light=1.0, tint=0.0):
    """What `FoundShots` sees of a picture."""
    coarse = np.random.default_rng(seed).integers(0, 256, (8, 8)).repeat(8, 0)
    return types.SimpleNamespace(
        coarse=(coarse.repeat(8, 1) * light).astype(np.uint8),
        unexplained_chroma=chroma * light,
        mean_chroma=tint * light,
        time=0.0,
        end_time=0.0,
    )


def found(pictures):
    dealer = film_shots.FoundShots()
    dealt = [p for picture in pictures for p in dealer.push(picture)]
    held = len(pictures) - len(dealt)
    dealt += dealer.finish()
    assert held < shots.LOOK_AHEAD
    assert all(a is b for a, b in zip(dealt, pictures, strict=True))
    begins = [i for i, p in enumerate(dealt) if p.begins_shot]
    assert begins == [s.start for s in dealer.shots]
    return [(s.start, s.end, s.kind) for s in dealer.shots]


def test_colours_that_come_out_of_black_are_seen():
    light = np.clip(np.arange(40) / 30 - 0.1, 0, 1)
    ((_, end, kind), (start, last, later)) = found(
        [picture(0, chroma=8, light=x) for x in light]
    )
    assert (kind, later, last) == ("grey", "coloured", 39)
    assert end + 1 == start < 15


def test_after_black_another_kind_begins_another_shot():
    down = np.concatenate([np.linspace(1, 0, 24), np.zeros(6)])
    up = np.linspace(0, 1, 24)

    def fade(before, after):
        return found(
            [picture(0, light=x, **before) for x in down]
            + [picture(0, light=x, **after) for x in up]
        )

    (_, end, kind), *_, (_, _, later) = fade({"chroma": 8}, {"tint": 12})
    assert (kind, later) == ("coloured", "toned") and 30 <= end < 36
    assert fade({}, {}) == [(0, 53, "grey")]
    assert fade({"chroma": 8}, {"chroma": 8})[-1][2] == "coloured"


def test_a_stray_coloured_frame_changes_nothing():
    chroma = [0] * 6 + [8] * 3 + [0] * 6
    assert found([picture(0, chroma=x) for x in chroma]) == [(0, 14, "grey")]


@pytest.mark.parametrize("pix_fmt", ["nv12", "yuvj420p", "rgb24"])
def test_colour_is_measured_and_kept_in_other_formats(pix_fmt):
    shapes = (48, 64), (24, 32)
    wanted = av.VideoFrame(64, 48, "yuv420p")
    for plane, words in zip(
        wanted.planes, planes("coloured", 0, 0, shapes, 8), strict=True
    ):
        made_films.words(wanted, plane)[:] = words
    frame = wanted.reformat(format=pix_fmt)
    frame.pts, frame.time_base = 3, Fraction(1, 25)
    coding = film_planes.luma_coding(frame)
    one = film_pictures.PictureMaker(frame, coding, (32, 43))(frame)
    assert one.unexplained_chroma > 5
    one.shot, one.begins_shot = shot_list.Shot(0, 0, "coloured"), True
    (after,) = film_colors.FilmColors(made_films.stand_in(), coding)([one])
    assert (after.format.name, after.pts) == (coding.pix_fmt, 3)
    for plane, old in zip(after.planes, wanted.planes, strict=True):
        if pix_fmt == "nv12":
            got = made_films.words(after, plane)
            np.testing.assert_array_equal(got, made_films.words(wanted, old))
