import numpy as np
import pytest
from PIL import Image

from colornet.errors import InputError, UsageError
from colornet.evaluation import evaluate
from colornet.evaluation.references import References


def frames(count):
    """Their first column says which one it is, the others nothing."""
    film = np.zeros((count, 2, 3, 3), np.uint8)
    film[:, :, 0] = np.arange(count)[:, None, None]
    return list(film)


def test_frames_are_told_of_one_so_far_away_mirrored():
    film = frames(9)
    found = list(References(away=3).beside(iter(film)))
    assert len(found) == 9
    for n, (frame, told) in enumerate(found):
        assert frame is film[n]
        (other,) = told
        np.testing.assert_array_equal(other, film[n + 3 if n < 6 else n - 3][:, ::-1])


def test_frames_of_short_films_have_none_so_far_away():
    told = [len(told) for _, told in References(away=3).beside(frames(5))]
    assert told == [1, 1, 0, 1, 1]
    assert [len(told) for _, told in References(away=3).beside(frames(2))] == [0, 0]


def test_a_picture_is_told_of_with_every_frame(tmp_path, photo):
    Image.fromarray(photo).save(tmp_path / "other.png")
    others = References(str(tmp_path / "other.png"), away=1)
    assert others and not References()
    for n, (_, told) in enumerate(others.beside(frames(3))):
        np.testing.assert_array_equal(told[0][..., :3], photo)
        assert told[1][0, -1, 0] == (n + 1 if n < 2 else 1)
    with pytest.raises(InputError, match="--reference=.*none.png: cannot be read"):
        References(str(tmp_path / "none.png"))


def test_no_frame_is_less_than_none_away():
    with pytest.raises(UsageError, match="--reference_from=-1: expected 0 or more"):
        evaluate.EvaluateConfig(input="photos", reference_from=-1)
