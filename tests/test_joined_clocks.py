from fractions import Fraction

import av
import made_films
import pytest

from colornet.inference.film_reading.joined_clocks import JoinedClocks
from colornet.inference.films import film

UNIT = Fraction(1, 100)


def set_times(told):
    """The times that packets get, of (stream, time), each of which lasts 0.04 s."""
    clocks, got = JoinedClocks(), []
    types = {"v": "video", "a": "audio", "s": "subtitle"}
    for name, time in told:
        packet = _Packet(name, types[name], round(time / UNIT))
        clocks.set(packet)
        assert packet.pts == packet.dts
        got.append(round(float(packet.dts * UNIT), 2))
    return got


class _Packet:
    time_base, duration = UNIT, 4

    def __init__(self, name, kind, dts):
        self.pts = self.dts = dts
        self.stream = type("Stream", (), {"index": name, "type": kind})


def test_a_steady_clock_is_left_alone():
    times = [("v", 0.0), ("a", 0.3), ("s", 0.1), ("v", 0.04), ("v", 30.0), ("a", 30.0)]
    assert set_times(times) == [time for _, time in times]


def test_all_streams_go_on_together_after_a_joint():
    first = [("v", 5.0), ("a", 5.0), ("s", 5.01), ("v", 5.04), ("a", 5.04)]
    # Parts may overlap in the file: the last of the first comes late.
    second = [("a", 0.0), ("v", 5.08), ("v", 0.02), ("s", 0.03), ("a", 0.04)]
    assert set_times(first + second) == [
        *(5.0, 5.0, 5.01, 5.04, 5.04),
        *(5.08, 5.08, 5.1, 5.11, 5.12),
    ]


@pytest.mark.parametrize("later", [1.0, 5000.0])
def test_a_third_part_and_a_later_clock(later):
    told = [("v", 2.0), ("v", 0.0), ("v", 0.04), ("v", later), ("v", later + 0.04)]
    if later == 1.0:  # That is time lost.
        assert set_times(told) == [2.0, 2.04, 2.08, 3.04, 3.08]
    else:
        assert set_times(told) == [2.0, 2.04, 2.08, 2.12, 2.16]


@pytest.mark.parametrize("stray", [0.0, 50000.0])
def test_a_single_wrong_time_does_not_move_the_rest(stray):
    told = [("v", 9.0), ("v", stray), ("v", 9.08), ("v", 9.12)]
    assert set_times(told) == [9.0, 9.04, 9.08, 9.12]


@pytest.mark.parametrize("ending", ["ts", "mpg"])
def test_films_joined_byte_by_byte_are_coloured_whole(tmp_path, caplog, ending):
    sound = "mp2" if ending == "mpg" else "aac"
    part = made_films.write(
        tmp_path / f"part.{ending}",
        made_films.pictures(30),
        time_base=Fraction(1, 25),
        sound=sound,
        **({"codec": "mpeg2video"} if ending == "mpg" else {}),
    )
    joined = tmp_path / f"joined.{ending}"
    joined.write_bytes(2 * part.read_bytes())
    target = tmp_path / "out.mkv"
    report = film.colorize_film(made_films.stand_in(), joined, target)
    assert report.frames == 60
    assert 2.3 < report.duration < 2.6
    times = made_films.times(target)
    steps = [float(b - a) for a, b in zip(times, times[1:], strict=False)]
    assert min(steps) > 0.038
    assert sorted(steps)[-2] < 0.042 and max(steps) < 0.2  # At the joint.
    heard = {name: made_films.packets(tmp_path / name) for name in (part, target)}
    assert len(heard[target]) == 2 * len(heard[part])
    # Sound and picture of the second part are as far from each other as in the first.
    half = len(heard[part])
    shift = float(times[30] - times[0])
    later = float(heard[target][half + 5][1] - heard[target][5][1])
    assert abs(shift - later) < 0.003
    with av.open(str(target)) as film_:
        assert 2.3 < film_.duration / 1e6 < 2.7
    assert "of about" not in caplog.text
