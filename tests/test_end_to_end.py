"""The whole way, as a user types it: pictures to records to weights to colours."""

import json

import av
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet import cli


def colornet(*arguments):
    """Runs a command and returns its exit code."""
    return cli.main([str(argument) for argument in arguments])


def write_film(path, photo, frames=6):
    """A pan over `photo`, 96x64 at 12 frames a second."""
    with av.open(str(path), "w") as film:
        stream = film.add_stream("libx264", rate=12, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for shift in range(frames):
            rgb = photo[shift : shift + 64, 2 * shift : 2 * shift + 96]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb))
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


@pytest.fixture
def material(tmp_path, photo):
    """Folders of photographs and of films."""
    (tmp_path / "photos").mkdir()
    for number in range(5):
        piece = photo[10 * number : 10 * number + 80, 5 * number : 5 * number + 96]
        Image.fromarray(piece).save(tmp_path / "photos" / f"{number}.png")
    (tmp_path / "films").mkdir()
    write_film(tmp_path / "films" / "pan.mp4", photo)
    return tmp_path


@pytest.mark.slow
def test_from_pictures_to_colours(material, photo, monkeypatch, capsys):
    monkeypatch.chdir(material)
    for source in ("photos", "films"):
        assert (
            colornet(
                "build-records",
                f"--source={source}",
                f"--input={source}",
                f"--output=records/{source}",
                "--clip_length=3",
            )
            == 0
        )

    train = (
        "train", "--workdir=runs/mine", "--photos=records/photos/*.tfrecord",
        "--films=records/films/*.tfrecord", "--validation=records/photos/*.tfrecord",
        "--encoder_weights=none", "--crop=32", "--photos_per_step=2",
        "--global_batch_size=2", "--clip_length=2", "--films_share=0.5",
        "--epochs=1", "--steps_per_epoch=2", "--warmup_steps=0",
    )  # fmt: skip
    assert colornet(*train) == 0
    capsys.readouterr()
    assert colornet(*train, "--seed=7") == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "another experiment" in said

    export = ("export", "--workdir=runs/mine", "--output=exported")
    assert colornet(*export, "--network_size=64") == 0
    about = json.loads((material / "exported/assets.extra/colornet.json").read_text())
    assert about["name"] == "mine" and about["network_size"] == 64
    assert set(tf.saved_model.load("exported").signatures) == {
        "predict_ab",
        "predict_hinted_ab",
        "remember",
        "recall",
        "encode",
        "predict_encoded",
        "initial_state",
    }

    assert (
        colornet(
            "colorize",
            "photos/0.png",
            "films/pan.mp4",
            "--output=coloured",
            "--model=exported",
            "--force",  # They are in colour.
        )
        == 0
    )
    with Image.open("coloured/0.png") as new, Image.open("photos/0.png") as old:
        assert new.size == old.size
    with av.open("coloured/pan.mp4") as new, av.open("films/pan.mp4") as old:
        times = [[f.pts * f.time_base for f in film.decode(video=0)]
                 for film in (new, old)]  # fmt: skip
    assert times[0] == times[1] and len(times[0]) == 6

    evaluate = ("evaluate", "--model=exported", "--output=report")
    assert colornet(*evaluate, "--records=records/photos/*.tfrecord") == 0
    report = json.loads((material / "report/report.json").read_text())
    assert np.isfinite(report["psnr_gain_db"])
    assert report["alpha_beta_rmse_ratio"] > 0
