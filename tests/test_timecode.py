import itertools
from fractions import Fraction

import pytest

from colornet.inference.film_writing import timecode

NTSC = Fraction(30000, 1001)


def numbers(rate, drops):
    """All timecodes of two hours, one by one, by SMPTE's rule."""
    mark = ";" if drops else ":"
    for hour, minute, second in itertools.product(range(2), range(60), range(60)):
        skipped = rate // 15 if drops and second == 0 and minute % 10 else 0
        for frame in range(skipped, rate):
            yield f"{hour:02}:{minute:02}:{second:02}{mark}{frame:02}"


@pytest.mark.parametrize(
    ("rate", "drops"),
    [(NTSC, True), (2 * NTSC, True), (NTSC, False), (Fraction(24000, 1001), False)],
)
def test_every_frame_has_its_number(rate, drops):
    expected = list(numbers(round(rate), drops))
    for begin in (0, 1798, 17990, 50001):
        first = expected[begin]
        for count in itertools.chain(range(2000), range(2000, 120000, 977)):
            found = timecode.advanced(first, count, rate)
            assert found == expected[begin + count]


def test_dropped_numbers_keep_up_with_the_clock():
    hour = round(3600 * NTSC)
    assert timecode.advanced("01:00:00;00", hour, NTSC) == "02:00:00;00"
    assert timecode.advanced("01:00:00:00", hour, NTSC) == "01:59:56:12"


def test_a_day_begins_anew():
    assert timecode.advanced("23:59:59:24", 1, Fraction(25)) == "00:00:00:00"
    assert timecode.advanced("23:59:59;29", 2, NTSC) == "00:00:00;01"


@pytest.mark.parametrize(
    ("text", "rate"),
    [("reel 5", 25), ("01:00:00:30", 25), ("01:00:00;00", 25), ("1:2:3", 25)],
)
def test_what_is_no_timecode_is_not_advanced(text, rate):
    assert timecode.advanced(text, 10, Fraction(rate)) is None
    assert timecode.in_part({"timecode": text, "a": "b"}, 10, rate) == {"a": "b"}


def test_metadata_of_the_whole_stay():
    metadata = {"TIMECODE": "whatever", "title": "T"}
    assert timecode.in_part(metadata, 0, 25) == metadata
    assert timecode.in_part(metadata, None, 25) == {"title": "T"}
