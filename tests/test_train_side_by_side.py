"""`tools/train_side_by_side.py` makes of each row what it becomes alone."""

import csv
import dataclasses
import pathlib

import keras
import narrow_encoders
import numpy as np
import pytest
import tensorflow as tf

from colornet.data import records
from colornet.errors import UsageError
from colornet.models import encoder
from colornet.training import checkpoints, settings, train

TOOLS = pathlib.Path(__file__).parent.parent / "tools"


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(TOOLS)
    import train_side_by_side

    return train_side_by_side


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Narrow encoders, and one device."""
    monkeypatch.setattr(train, "_strategy", tf.distribute.get_strategy)
    with narrow_encoders.in_place():
        yield


@pytest.fixture
def config(tmp_path, photo):
    """Settings of a short run on films."""
    with tf.io.TFRecordWriter(str(tmp_path / "films.tfrecord")) as writer:
        for n in range(4):
            pieces = [photo[9 * n + t : 9 * n + t + 48, :48] for t in range(3)]
            jpeg = [records.encode_frame(piece) for piece in pieces]
            clip = records.Clip(jpeg, f"films-{n}", height=48, width=48)
            writer.write(records.encode_clip(clip))
    weights = tmp_path / "encoder.weights.h5"
    name = "mobilenet_v2"
    encoder.save_weights(encoder.build_encoder(name), name, weights)
    return settings.TrainConfig(
        films=str(tmp_path / "films.tfrecord"),
        encoder=name,
        encoder_weights=str(weights),
        hints=False,
        attention=False,
        aged_share=0.0,
        crop=32,
        global_batch_size=2,
        clip_length=3,
        epochs=2,
        steps_per_epoch=2,
        warmup_steps=1,
    )


def weights_of(workdir):
    network, _ = checkpoints.load_network(workdir)
    return {w.path: keras.ops.convert_to_numpy(w) for w in network.weights}


def losses_of(workdir):
    with (workdir / "epochs.csv").open() as file:
        return [float(row["loss"]) for row in csv.DictReader(file)]


def test_a_row_becomes_what_it_becomes_alone_in_pieces_too(tool, config, tmp_path):
    together = {
        tmp_path / kind: dataclasses.replace(config, dynamic_layer=kind)
        for kind in ("none", "gru")
    }

    def breaks_off(run):
        """Between the savings of the two rows' first epochs."""
        if run._workdir.name == "gru":
            raise KeyboardInterrupt
        end_epoch(run)

    end_epoch = tool.Run.end_epoch
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tool.Run, "end_epoch", breaks_off)
        with pytest.raises(KeyboardInterrupt):
            tool.train(together)
    tool.train(together)
    assert [len(losses_of(workdir)) for workdir in together] == [2, 2]
    # The second, as the encoder that is used is the first one's.
    workdir, own = list(together.items())[1]
    train.run(own, tmp_path / "alone")
    expected = losses_of(tmp_path / "alone")
    np.testing.assert_allclose(losses_of(workdir), expected, rtol=1e-4)
    expected = weights_of(tmp_path / "alone")
    for path, got in weights_of(workdir).items():
        np.testing.assert_allclose(got, expected[path], atol=2e-5, err_msg=path)


@pytest.mark.parametrize("other", [{"seed": 2}, {"crop": 64}, {"encoder": "vgg16"}])
def test_rows_that_see_otherwise_than_each_other_are_refused(
    tool, config, tmp_path, other
):
    rows = {
        tmp_path / "1": config,
        tmp_path / "2": dataclasses.replace(config, **other),
    }
    with pytest.raises(UsageError, match="rows differ in more than dynamic_layer"):
        tool.train(rows)
    assert not (tmp_path / "1").exists()


@pytest.mark.parametrize(
    "own", [{"hints": True}, {"train_encoder": True}, {"encoder_weights": "none"}]
)
def test_rows_that_see_in_their_own_way_are_refused(tool, config, tmp_path, own):
    config = dataclasses.replace(config, **own)
    with pytest.raises(UsageError, match=f"--{next(iter(own))}.* shares no encoder"):
        tool.train({tmp_path / "1": config, tmp_path / "2": config})
    assert not (tmp_path / "1").exists()
