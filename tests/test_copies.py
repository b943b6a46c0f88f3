"""Pictures and films that another program coloured, scored in place of a model's."""

import numpy as np
import pytest
from PIL import Image
from test_colored_films import write_film, write_pictures

from colornet.errors import InputError
from colornet.evaluation import (
    evaluate,
    footage,
    frame_by_frame,
    metrics,
    report,
    scoring,
    temporal,
)


@pytest.fixture
def frames(photo):
    """Six frames of a pan, uint8 [64, 80, 3] each."""
    return [np.ascontiguousarray(photo[30:94, n : n + 80]) for n in range(6)]


@pytest.fixture
def true(tmp_path, photo, frames):
    """A photograph, one in a folder, and a film as a folder of frames."""
    root = tmp_path / "true"
    (root / "paris").mkdir(parents=True)
    Image.fromarray(photo).save(root / "1.png")
    write_film(root / "paris" / "street.mkv", frames)
    write_pictures(root / "bear", frames)
    return root


def tinted(rgb):
    """A copy that is not right."""
    return np.clip(rgb.astype(int) + (9, -4, 0), 0, 255).astype("uint8")


def written(root, photo, frames):
    """Copies of `true`, with other endings and in other forms."""
    root.mkdir()
    Image.fromarray(tinted(photo)).save(root / "1.webp", lossless=True)
    write_film(root / "bear.mkv", [tinted(rgb) for rgb in frames])
    write_pictures(root / "paris" / "street", [tinted(rgb) for rgb in frames])
    return root


def evaluated(true, colored, **settings):
    settings = {"input": str(true), "colored": str(colored), **settings}
    return evaluate.run(evaluate.EvaluateConfig(**settings))


def test_copies_are_scored_as_pictures_of_a_model_are(tmp_path, true, photo, frames):
    colored = written(tmp_path / "by_others", photo, frames)
    result = evaluated(true, colored)
    score = metrics.Score()
    steadiness = temporal.Steadiness(["model"])
    score.add(photo, tinted(photo))
    for _ in range(2):
        for rgb in frames:
            score.add(rgb, tinted(rgb))
            steadiness.add(scoring.grey_of(rgb), {"model": tinted(rgb)})
        steadiness.end_film()
    assert result["rows"]["model"] == pytest.approx(score.result())
    expected = steadiness.result()["rows"]["model"]
    assert result["temporal"]["rows"]["model"].items() >= expected.items()
    lines = report.to_text(result).splitlines()
    assert lines[3].startswith("| by_others |")
    assert "13 pictures (2 films)." in lines
    assert set(result["rows"]) == {"grey", "model", "truth"}
    third = evaluated(true, colored, every=3)
    assert third["pictures"] == 5 and third["temporal"] is None
    (true / "list.txt").write_text("1.png\n")
    assert evaluated(true, colored, split_list="list.txt")["pictures"] == 1
    assert evaluated(true, colored, limit=1)["pictures"] == 1


def test_photographs_in_folders_below_are_found(tmp_path, photo):
    for root, change in (("true", np.asarray), ("colored", tinted)):
        for name in ("a/1.png", "b/1.png"):
            path = tmp_path / root / name
            path.parent.mkdir(parents=True)
            Image.fromarray(change(photo[ord(name[0]) - 96 :])).save(path)
    result = evaluated(tmp_path / "true", tmp_path / "colored", pictures="photos")
    assert (result["pictures"], result["films"]) == (2, 0)


def test_whatever_paints_is_scored_and_timed(photo, frames):
    asked = []

    def paint(name, number, grey):
        asked.append((name, number, grey))
        return tinted(np.repeat(grey[..., None], 3, axis=-1))

    work = frame_by_frame.FrameByFrame(paint, every=4)
    shown = [footage.Footage("a", False, [photo]), footage.Footage("b", True, frames)]
    result = scoring.score(work, [lambda one=one: one for one in shown])
    assert [each[:2] for each in asked] == [("a", 0), ("b", 0), ("b", 4)]
    np.testing.assert_array_equal(asked[2][2], scoring.grey_of(frames[4]))
    score = metrics.Score()
    for rgb, (*_, grey) in zip((photo, frames[0], frames[4]), asked, strict=True):
        score.add(rgb, tinted(np.repeat(grey[..., None], 3, axis=-1)))
    assert result["rows"]["model"] == score.result()
    assert work.frames == 3 and work.seconds > 0


def replaced(path, colored):
    """A change that writes other frames."""
    return lambda root, frames: write_film(root / path, colored(list(frames)))


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda root, _: (root / "1.webp").unlink(), "expected a copy of 1.png, found"),
        (
            lambda root, _: Image.new("RGB", (80, 64)).save(root / "1.webp"),
            "1.webp has 80x64 pixels, the true 1.png 160x128",
        ),
        (lambda root, _: (root / "1.png").touch(), "two of the name 1; move one away"),
        (replaced("bear.mkv", lambda f: f[:5]), "bear.mkv has no frame 5, which"),
        (replaced("bear.mkv", lambda f: [*f, f[0]]), "bear.mkv goes on after 6 frames"),
        (
            lambda root, _: (
                (root / "bear.mkv").rename(root / "1.mkv")
                and (root / "1.webp").rename(root / "bear.webp")
            ),
            "1.mkv is a film, the true 1.png a photograph",
        ),
    ],
)
def test_copies_that_do_not_match_are_one_line(
    tmp_path, true, photo, frames, change, words
):
    colored = written(tmp_path / "colored", photo, frames)
    change(colored, frames)
    with pytest.raises(InputError, match=words) as error:
        evaluated(true, colored, output=str(tmp_path / "out"))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()
