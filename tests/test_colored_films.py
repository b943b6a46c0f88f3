"""Films that are coloured already, measured beside their sources."""

import json

import av
import numpy as np
import pytest
from absl import flags
from PIL import Image

from colornet import config as configuration
from colornet.errors import InputError
from colornet.evaluation import evaluate, flow, footage, report, scoring, temporal


def write_film(path, frames):
    """A film of RGB frames that gives back each pixel."""
    path.parent.mkdir(exist_ok=True)
    with av.open(str(path), "w") as target:
        stream = target.add_stream("ffv1", rate=24)
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "bgr0"
        for rgb in frames:
            target.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        target.mux(stream.encode(None))


def write_pictures(folder, frames):
    folder.mkdir(parents=True)
    for number, rgb in enumerate(frames):
        Image.fromarray(rgb).save(folder / f"{number:04d}.png")


@pytest.fixture
def films(photo):
    """By flag, the eight frames of a pan in colour, in grey and in flickering red."""
    truth = [photo[30:94, n : n + 80] for n in range(8)]
    source = [np.repeat(scoring.grey_of(rgb)[..., None], 3, -1) for rgb in truth]
    colored = [np.clip(rgb, 0, 200) for rgb in source]
    for number, rgb in enumerate(colored):
        rgb[..., 0] += np.uint8(30 * (number % 2))
    return {"colored": colored, "source": source, "truth": truth}


def paths(folder, names):
    return {flag: str(folder / name) for flag, name in names.items()}


NAMES = {"colored": "colored.mkv", "source": "source.mkv", "truth": "truth.mkv"}


def test_frames_of_a_film_are_read_as_they_were_written(tmp_path, films):
    write_film(tmp_path / "film.mkv", films["truth"])
    got = list(footage.film_frames(tmp_path / "film.mkv"))
    np.testing.assert_array_equal(got, films["truth"])


def test_a_film_is_held_against_its_source_and_the_truth(tmp_path, films):
    for flag, frames in films.items():
        write_film(tmp_path / NAMES[flag], frames)
    configuration.define_flags(evaluate.EvaluateConfig, values := flags.FlagValues())
    given = paths(tmp_path, {**NAMES, "output": "out"})
    values(["evaluate", *(f"--{flag}={path}" for flag, path in given.items())])
    result = evaluate.run(configuration.from_flags(evaluate.EvaluateConfig, values))
    steadiness = temporal.Steadiness(["grey", "colored", "truth"])
    for colored, source, true in zip(*films.values(), strict=True):
        frames = {"grey": source, "colored": colored, "truth": true}
        steadiness.add(source[..., 0], frames)
    steadiness.end_film()
    assert result["temporal"] == steadiness.result()
    rows = result["temporal"]["rows"]
    assert rows["colored"]["warp_error_ratio"] > 10
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == result
    assert (tmp_path / "out" / "row.md").read_text() == report.to_table(result)
    lines = report.to_text(result).splitlines()
    labels = [line.split("|")[1].strip() for line in lines[2:5]]
    assert labels == ["no colourisation", "coloured", "truth"]
    assert lines[6].startswith(
        "Warp error and CDC are of 8 frames (films: 1, cuts in them: 0)"
    )


def test_without_the_truth_there_is_nothing_to_divide_by(tmp_path, films):
    for flag in ("colored", "source"):
        write_film(tmp_path / NAMES[flag], films[flag])
    given = paths(tmp_path, {flag: NAMES[flag] for flag in ("colored", "source")})
    result = evaluate.run(evaluate.EvaluateConfig(**given))
    assert list(result["temporal"]["rows"]) == ["grey", "colored"]
    assert "warp_error_ratio" not in result["temporal"]["rows"]["colored"]
    assert "| coloured | 0.0" in report.to_text(result)


def test_folders_of_films_are_paired_by_name(tmp_path, films):
    """Of any kind: here the one is a file, the other a folder of pictures."""
    write_film(tmp_path / "out" / "a.mkv", films["colored"])
    write_film(tmp_path / "out" / "b.v2.mkv", films["source"])
    write_pictures(tmp_path / "in" / "a", films["source"])
    write_pictures(tmp_path / "in" / "b.v2", films["source"])
    write_film(tmp_path / "in" / "c.mkv", films["truth"])  # Not coloured yet.
    given = {"colored": str(tmp_path / "out"), "source": str(tmp_path / "in")}
    result = evaluate.run(evaluate.EvaluateConfig(**given))["temporal"]
    assert (result["films"], result["frames"]) == (2, 16)
    alone = {flag: f"{path}/a" for flag, path in given.items()}
    alone["colored"] += ".mkv"
    one = evaluate.run(evaluate.EvaluateConfig(**alone))["temporal"]["rows"]
    expected = (one["grey"]["cdc"] + one["colored"]["cdc"]) / 2  # b is grey as it was.
    assert result["rows"]["colored"]["cdc"] == pytest.approx(expected)


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda frames: frames[:7], "--colored: colored.mkv ends after 7 frames"),
        (lambda frames: [*frames, frames[0]], "--source: source.mkv ends after 8"),
        (
            lambda frames: [np.ascontiguousarray(rgb[:60]) for rgb in frames],
            "frame 0 has 80x60 pixels, that of --source 80x64; give films of one size",
        ),
    ],
)
def test_films_that_do_not_match_are_refused(tmp_path, films, change, words):
    write_film(tmp_path / NAMES["colored"], change(films["colored"]))
    write_film(tmp_path / NAMES["source"], films["source"])
    output = tmp_path / "out"
    given = {flag: NAMES[flag] for flag in ("colored", "source")}
    config = evaluate.EvaluateConfig(**paths(tmp_path, given), output=str(output))
    with pytest.raises(InputError, match=words):
        evaluate.run(config)
    assert not output.exists()


def test_what_cannot_be_measured_is_refused(tmp_path, films, monkeypatch):
    write_film(tmp_path / "in" / "a.mkv", films["source"])
    write_film(tmp_path / "out" / "b.mkv", films["colored"])
    write_film(tmp_path / "out" / "c.mkv", films["colored"])
    write_film(tmp_path / "short" / "a.mkv", films["source"][:4])
    write_film(
        tmp_path / "tiny" / "a.mkv", [rgb[:11].copy() for rgb in films["source"]]
    )
    (tmp_path / "text.mkv").write_text("no film")

    def refused(colored, source, words):
        given = paths(tmp_path, {"colored": colored, "source": source})
        with pytest.raises(InputError, match=words) as error:
            evaluate.run(evaluate.EvaluateConfig(**given))
        assert "\n" not in str(error.value)

    refused("out", "in", "--source=.*in: expected a film named b")
    refused("out", "nowhere", "--source=.*nowhere: expected a film or a folder")
    refused("short", "short", "no film has 5 frames")
    refused("tiny", "tiny", "80x11 pixels; optical flow needs 12x12")
    refused("text.mkv", "in", "text.mkv: cannot be read as a film")
    (tmp_path / "out" / "b.mp4").write_text("another")
    refused("out", "in", "holds two of the name b")
    monkeypatch.setattr(flow, "cv2", None)
    refused("short", "short", "OpenCV is not installed")
