"""Scoring with stand-in models whose figures are known beforehand."""

import json

import numpy as np
import pytest
import tensorflow as tf
from absl import flags
from PIL import Image

from colornet import config as configuration
from colornet.color import spaces
from colornet.data import records
from colornet.errors import InputError, UsageError
from colornet.evaluation import evaluate, flow, footage, metrics, report, scoring
from colornet.inference.colorizer import Colorizer
from colornet.inference.exported import ModelInfo

INFO = ModelInfo("stand-in", network_size=32, temperature=0.5, stride=4)


def stand_in(ab=(0.0, 0.0), per_frame=0.0):
    """A model that paints everything `ab`, and adds `per_frame` for each frame seen."""

    def initial_state(lightness):
        return {"state": tf.zeros((tf.shape(lightness)[0], 1, 1, 1))}

    def predict_ab(lightness, state, temperature):
        _, t, h, w, _ = lightness.shape
        seen = state[:, None] + tf.reshape(tf.range(float(t)), (1, -1, 1, 1, 1))
        cells = tf.zeros((1, t, -(-h // 4), -(-w // 4), 2))
        return {"ab": cells + tf.constant(ab) + per_frame * seen, "state": state + t}

    return Colorizer(predict_ab, initial_state, INFO)


@pytest.fixture
def use(monkeypatch):
    """Has the program load a stand-in; what it was asked to load is kept."""
    asked = []

    def set_model(colorizer):
        def load(path, **options):
            asked.append((path, options))
            return colorizer

        monkeypatch.setattr(Colorizer, "load", load)
        return asked

    return set_model


@pytest.fixture
def frames(photo):
    """Ten frames of a pan over the photograph, uint8 [64, 80, 3] each."""
    return [photo[30:94, n : n + 80] for n in range(10)]


@pytest.fixture
def folder(tmp_path, photo, frames):
    """One photograph and one film as a folder of frames."""
    root = tmp_path / "input"
    (root / "film").mkdir(parents=True)
    Image.fromarray(photo).save(root / "photo.png")
    for number, rgb in enumerate(frames):
        Image.fromarray(rgb).save(root / "film" / f"{number:05d}.png")
    return root


def test_a_model_without_colour_scores_what_grey_does(use, folder):
    use(stand_in())
    configuration.define_flags(evaluate.EvaluateConfig, values := flags.FlagValues())
    values(["evaluate", f"--input={folder}"])
    result = evaluate.run(configuration.from_flags(evaluate.EvaluateConfig, values))
    assert result["alpha_beta_rmse_ratio"] == pytest.approx(1, abs=1e-3)
    assert result["ab_rmse_ratio"] == pytest.approx(1, abs=1e-3)
    assert result["psnr_gain_db"] == pytest.approx(0, abs=0.02)
    assert (result["pictures"], result["films"]) == (11, 1)
    lines = report.to_text(result).splitlines()
    assert lines[2].startswith("| no colourisation |")
    assert lines[3].startswith("| stand-in, 32 px, temperature 0.5 |")
    temporal = result["temporal"]
    assert (temporal["films"], temporal["frames"]) == (1, 10)
    grey, model = (temporal["rows"][row] for row in ("grey", "model"))
    assert model == pytest.approx(grey, rel=0.01, abs=0.01)
    assert lines[8].startswith("| no colourisation |")
    assert lines[9].startswith("| stand-in, 32 px, temperature 0.5 |")


def test_the_right_colour_is_worth_all_of_greys_error(use, tmp_path):
    """On a picture of one chroma, a model that predicts it leaves rounding only."""
    ab, lightness = (20.0, -15.0), np.linspace(30, 70, 64, dtype="float32")
    lab = np.stack(np.broadcast_arrays(lightness[:, None], *ab), axis=-1)
    rgb = np.asarray(spaces.lab_to_srgb(np.repeat(lab, 48, axis=1).astype("float32")))
    Image.fromarray(np.round(rgb * 255).astype("uint8")).save(tmp_path / "one.png")
    use(stand_in(ab))
    result = evaluate.run(evaluate.EvaluateConfig(input=str(tmp_path)))
    assert result["rows"]["grey"]["ab_rmse"] == pytest.approx(25, rel=0.02)
    assert result["ab_rmse_ratio"] < 0.04
    assert result["alpha_beta_rmse_ratio"] < 0.04
    assert result["psnr_gain_db"] > 20


def test_a_model_that_flickers_is_found_out(use, folder):
    use(stand_in((10.0, 10.0), per_frame=3.0))
    rows = evaluate.run(evaluate.EvaluateConfig(input=str(folder)))["temporal"]["rows"]
    use(stand_in((10.0, 10.0)))
    steady = evaluate.run(evaluate.EvaluateConfig(input=str(folder)))["temporal"][
        "rows"
    ]
    for figure in ("warp_error", "cdc"):
        assert rows["truth"][figure] == steady["truth"][figure]
        assert rows["model"][figure] > 1.5 * steady["model"][figure]


def test_temporal_figures_are_left_out_with_a_line_that_says_why(
    use, folder, monkeypatch
):
    use(stand_in())

    def line(**settings):
        settings = evaluate.EvaluateConfig(input=str(folder), **settings)
        result = evaluate.run(settings)
        assert result["temporal"] is None
        return report.to_text(result).splitlines()[-1]

    assert line(every=2) == (
        "Warp error and CDC are left out: they need every frame: --every=1."
    )
    assert "left out" not in line(pictures="photos")
    monkeypatch.setattr(flow, "cv2", None)
    assert "pip install 'colornet[benchmark]'" in line()
    for picture in sorted((folder / "film").iterdir())[4:]:
        picture.unlink()
    monkeypatch.undo()
    use(stand_in())
    assert line().endswith("left out: no film has 5 frames without a cut.")


def test_mean_of_rgb_is_the_grey_of_the_highest_psnr(use, folder, photo):
    use(stand_in())
    settings = evaluate.EvaluateConfig(input=str(folder), limit=2, every=100)
    psnr = evaluate.run(settings)["grey_psnr_db"]
    assert psnr["mean_rgb"] > max(psnr["rec601"], psnr["lightness"])


@pytest.mark.parametrize("every", [1, 3])
def test_film_is_colored_as_the_colorizer_does_it_whole(frames, every):
    """Nine frames in one portion and the rest: the state goes from one to the next."""
    colorizer = stand_in((5.0, 5.0), per_frame=2.0)
    shown = footage.Footage("film", True, frames)
    work = scoring.TimedColoring(colorizer, scoring.Sampling(every))
    got = list(work.frames_of(shown))
    whole = colorizer(np.stack([scoring.grey_of(rgb) for rgb in frames]))
    assert [number for number, *_ in got] == list(range(0, 10, every))
    for number, true, grey, colored in got:
        np.testing.assert_array_equal(colored, whole[number])
        np.testing.assert_array_equal(true, frames[number])
        np.testing.assert_array_equal(grey, scoring.grey_of(true))
    assert work.frames == 10 and work.seconds > 0


def test_scored_only_hides_the_frames_between_from_the_model(frames):
    colorizer = stand_in((5.0, 5.0), per_frame=2.0)
    shown = footage.Footage("film", True, frames)
    work = scoring.TimedColoring(colorizer, scoring.Sampling(4, scored_only=True))
    got = [colored for *_, colored in work.frames_of(shown)]
    whole = colorizer(np.stack([scoring.grey_of(rgb) for rgb in frames[::4]]))
    np.testing.assert_array_equal(got, whole)
    assert work.frames == 3


def test_grey_keeps_lightness(photo):
    kept = spaces.grey_to_lightness(scoring.grey_of(photo).astype("float32") / 255)
    true = spaces.srgb_to_lab(photo.astype("float32") / 255)[..., 0]
    assert (
        np.abs(np.asarray(kept) - np.asarray(true)).max() < 0.5
    )  # Rounding, at black.


def test_records_score_as_the_pictures_in_them(use, tmp_path, frames):
    jpegs = [records.encode_frame(rgb) for rgb in frames]
    height, width = frames[0].shape[:2]
    clips = [
        records.Clip(jpegs[:4], "films/a.mp4", height, width, 12, 24.0),
        records.Clip(jpegs[4:5], "b.jpg", height, width),
    ]
    with tf.io.TFRecordWriter(str(tmp_path / "x-0.tfrecord")) as writer:
        for clip in clips:
            writer.write(records.encode_clip(clip))
    use(stand_in((10.0, 10.0)))
    output = tmp_path / "out"
    pattern = str(tmp_path / "*.tfrecord")
    result = evaluate.run(
        evaluate.EvaluateConfig(
            records=pattern, every=2, output=str(output), save_pictures=True
        )
    )
    assert (result["pictures"], result["films"]) == (3, 1)
    grey = metrics.Score()
    for number in (0, 2, 4):
        true = tf.io.decode_jpeg(jpegs[number], dct_method="INTEGER_ACCURATE").numpy()
        grey.add(true, scoring.grey_of(true)[..., None].repeat(3, axis=-1))
    assert result["rows"]["grey"] == pytest.approx(grey.result(), rel=1e-3)
    assert json.loads((output / "report.json").read_text()) == result
    assert (output / "row.md").read_text() == report.to_table(result)
    names = sorted(path.name for path in (output / "pictures").iterdir())
    assert names == [
        "b.jpg.png",
        "films_a.mp4@12-00000.png",
        "films_a.mp4@12-00002.png",
    ]


def test_pictures_says_what_a_folder_holds(folder):
    def counts(layout):
        shown = [opener() for opener in footage.in_folder(folder, layout)]
        return sorted((f.is_film, len(list(f.frames))) for f in shown)

    assert counts("auto") == [(False, 1), (True, 10)]
    assert counts("photos") == [(False, 1)] * 11
    (film,) = footage.in_folder(folder / "film", "frames")
    assert film().is_film and len(list(film().frames)) == 10


def test_limit_is_spread_over_the_whole():
    assert footage.thin_out(list(range(10)), 0) == list(range(10))
    assert footage.thin_out(list(range(10)), 99) == list(range(10))
    assert footage.thin_out(list(range(10)), 3) == [0, 3, 6]


def test_settings_reach_the_model(use, folder, tmp_path):
    asked = use(stand_in())
    export = tmp_path / "run" / "export"
    export.parent.mkdir()
    with pytest.raises(InputError, match="colornet export --workdir=.*run --output="):
        evaluate.run(
            evaluate.EvaluateConfig(input=str(folder), workdir=str(export.parent))
        )
    export.mkdir()
    (export / "saved_model.pb").touch()
    evaluate.run(
        evaluate.EvaluateConfig(
            input=str(folder),
            workdir=str(export.parent),
            every=100,
            network_size=64,
            temperature=0.3,
        )
    )
    (other := export.with_name("other")).mkdir()
    (other / "saved_model.pb").touch()
    with pytest.raises(InputError, match="2 exported models; name one"):
        settings = {"input": str(folder), "workdir": str(export.parent)}
        evaluate.run(evaluate.EvaluateConfig(**settings))
    expected = {"device": "auto", "network_size": 64, "temperature": 0.3}
    assert asked == [(export, expected)]


@pytest.mark.parametrize(
    "settings, words",
    [
        ({}, "got none"),
        ({"input": "a", "records": "b"}, "got --input and --records"),
        ({"input": "a", "model": "m", "workdir": "w"}, "give one"),
        ({"input": "a", "every": 0}, "--every=0"),
        ({"records": "a", "split_list": "b"}, "--split_list is of --input"),
        ({"input": "a", "temperature": float("nan")}, "--temperature=nan"),
        ({"input": "a", "save_pictures": True}, "needs --output"),
        ({"colored": "a"}, "--input, a folder, and --source, with --colored; got none"),
        ({"colored": "a", "input": "b", "source": "c"}, "got --input and --source"),
        ({"colored": "a", "input": "b", "points": 2}, "--points is of no use"),
        ({"input": "a", "truth": "b"}, "--truth needs --colored"),
        ({"colored": "a", "source": "b", "every": 2}, "--every is of no use"),
        ({"colored": "a", "source": "b", "model": "m"}, "--model is of no use"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(UsageError, match=words):
        evaluate.EvaluateConfig(**settings)


def test_bad_input_is_named_and_leaves_no_output(use, tmp_path, photo):
    use(stand_in())
    root, output = tmp_path / "input", tmp_path / "out"
    settings = evaluate.EvaluateConfig(input=str(root), output=str(output))

    def refused(words):
        with pytest.raises(InputError, match=words):
            evaluate.run(settings)
        assert not output.exists()

    refused("expected a folder, found nothing")
    root.mkdir()
    refused("no picture and no film")
    (root / "text.jpg").write_text("no picture")
    refused("text.jpg: cannot be read as a picture")
    Image.fromarray(photo[:8]).save(root / "text.jpg")
    refused("160x8 pixels; SSIM needs 11x11")
    Image.fromarray(photo[..., 0]).save(root / "text.jpg")
    refused("none of the pictures has colour")
    (root / "text.jpg").unlink()
    (root / "film").mkdir()
    Image.fromarray(photo).save(root / "film" / "0.png")
    Image.fromarray(photo[:50]).save(root / "film" / "1.png")
    refused("film: frame 1 has 160x50 pixels, the first 160x128")


def test_an_output_that_cannot_be_had_is_known_before_the_work(use, folder):
    use(stand_in())
    taken = folder / "photo.png" / "out"
    with pytest.raises(InputError, match="--output=.* cannot be written"):
        evaluate.run(evaluate.EvaluateConfig(input=str(folder), output=str(taken)))
