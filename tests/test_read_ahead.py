import pytest

from colornet.inference import read_ahead


def test_reading_ahead_keeps_order_and_tells_errors_last():
    def items():
        yield from range(5)
        raise ArithmeticError("the sixth")

    taken = []
    with (
        pytest.raises(ArithmeticError, match="sixth"),
        read_ahead.reading_ahead(items(), 2) as ahead,
    ):
        for item in ahead:
            taken.append(item)
    assert taken == list(range(5))


def test_reading_ahead_stays_within_its_depth_and_stops_when_left():
    made = []

    def items():
        while True:
            made.append(None)
            yield len(made)

    with read_ahead.reading_ahead(items(), 2) as ahead:
        assert next(ahead) == 1
    # One taken, two waiting, one in hand.
    assert len(made) <= 4
