"""No picture is trained on and scored on."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
import warm_colorizer
from PIL import Image

from colornet import config as configuration
from colornet.data import overlap, records
from colornet.errors import InputError, UsageError
from colornet.evaluation import evaluate, report, trained_on
from colornet.inference.colorizer import Colorizer
from colornet.training.settings import TrainConfig


@pytest.mark.parametrize(
    "keys, others, expected",
    [
        (["a.jpg", "b.jpg"], ["c.jpg", "b.jpg"], "b.jpg"),
        (["val/a.jpg"], ["a.jpg"], "val/a.jpg"),
        (["a.jpg"], ["ILSVRC/val/a.jpg"], "a.jpg"),
        (["val/a.jpg"], ["test/a.jpg"], None),
        (["x/val/a.jpg"], ["y/val/a.jpg"], None),
        (["bear"], ["bear/00000.jpg", "polar_bear"], None),
        ([], ["a.jpg"], None),
    ],
)
def test_keys_are_the_same_where_one_ends_in_the_other(keys, others, expected):
    assert overlap.shared(keys, others) == expected


def shard(path, photo, **clips):
    """A shard of clips, as {name without ending: number of frames}."""
    jpeg = records.encode_frame(photo)
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, frames in clips.items():
            clip = records.Clip([jpeg] * frames, f"{name}.jpg", *photo.shape[:2], 7)
            writer.write(records.encode_clip(clip))
    return str(path)


@pytest.fixture
def folder(tmp_path, photo, monkeypatch):
    """Two photographs to score; whatever model is asked for is a warm one."""
    monkeypatch.setattr(Colorizer, "load", lambda *_, **__: warm_colorizer.made())
    (tmp_path / "in").mkdir()
    for name in "ab":
        Image.fromarray(photo).save(tmp_path / "in" / f"{name}.jpg")
    return tmp_path / "in"


def scored(**settings):
    given = {name: str(value) for name, value in settings.items()}
    return evaluate.run(evaluate.EvaluateConfig(**given))


def test_what_was_trained_on_is_not_scored(tmp_path, folder, photo):
    seen = shard(tmp_path / "seen.tfrecord", photo, b=1, d=1)
    others = shard(tmp_path / "others.tfrecord", photo, c=1, d=3)
    assert scored(input=folder, trained_on=others)["pictures"] == 2
    with pytest.raises(InputError, match="^b.jpg is to be scored.* as --trained_on="):
        scored(input=folder, trained_on=seen)
    with pytest.raises(InputError, match="^d.jpg is to be scored"):
        scored(records=others, trained_on=seen)  # There it is d.jpg@7.
    with pytest.raises(InputError, match="^b.jpg is to be scored"):
        scored(input=folder, colored=folder, trained_on=seen)
    with pytest.raises(InputError, match="no shards match"):
        scored(input=folder, trained_on=tmp_path / "none-*")


def test_a_run_tells_what_it_was_trained_on(tmp_path, folder, photo):
    seen = shard(tmp_path / "seen.tfrecord", photo, a=1)
    run = tmp_path / "run"
    (run / "exported").mkdir(parents=True)
    (run / "exported" / "saved_model.pb").touch()
    config = TrainConfig(films=seen)
    (run / "train.flags").write_text(configuration.to_flagfile(config))
    assert trained_on.patterns_of(run) == [seen]
    with pytest.raises(InputError, match="^a.jpg is to be scored.* as --workdir="):
        scored(input=folder, workdir=run)
    config = dataclasses.replace(config, films=f"{tmp_path}/gone-*")
    (run / "train.flags").write_text(configuration.to_flagfile(config))
    result = scored(input=folder, workdir=run)
    assert "was trained on is not known: no shards match" in report.to_text(result)
    (run / "train.flags").unlink()
    result = scored(input=folder, workdir=run)
    assert result["trained_on_unknown"] == f"--workdir={run} names no shards"
    assert not scored(input=folder)["trained_on_unknown"]


def test_damaged_records_are_passed_over(tmp_path, photo):
    path = shard(tmp_path / "x.tfrecord", photo, a=1, b=1)
    data = bytearray((tmp_path / "x.tfrecord").read_bytes())
    data[40] ^= 1
    (tmp_path / "x.tfrecord").write_bytes(data)
    assert trained_on.keys_in([path]) == {"b.jpg"}
    with tf.io.TFRecordWriter(path) as writer:
        writer.write(b"no clip")
    with pytest.raises(InputError, match="x.tfrecord: this is no clip"):
        trained_on.keys_in([path])


def test_films_flicker_has_no_use_for_it():
    with pytest.raises(UsageError, match="--trained_on is of no use"):
        evaluate.EvaluateConfig(colored="a", source="b", trained_on="c")


def test_records_of_what_is_held_out_are_not_built(tmp_path, photo):
    pytest.importorskip("apache_beam", reason="needs pip install 'colornet[records]'")
    from colornet.data import build_records

    (tmp_path / "in" / "val").mkdir(parents=True)
    for name in ("val/a b.png", "val/c.png"):
        Image.fromarray(np.asarray(photo)).save(tmp_path / "in" / name)

    def build(*lines):
        (tmp_path / "list.txt").write_text("\n".join(lines))
        paths = {"input": tmp_path / "in", "output": tmp_path / "out"}
        config = build_records.RecordsConfig(
            **{name: str(path) for name, path in paths.items()},
            held_out=str(tmp_path / "list.txt"),
        )
        build_records.run(config)

    for line in ("val/a b.png", "c.png 65"):
        with pytest.raises(InputError, match="of --input is held out by --held_out="):
            build(line)
    with pytest.raises(InputError, match="--held_out=.*: the list is empty"):
        build()
    assert not (tmp_path / "out").exists()
    build("test/c.png", "b.png")
    assert list((tmp_path / "out").glob("*.tfrecord"))
