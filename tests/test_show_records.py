import numpy as np
import pytest
from PIL import Image

from colornet import cli
from colornet.data import records, shard_sample, shards, tfrecord
from colornet.data.building import plan

COLORS = {"red": (200, 20, 20), "green": (20, 160, 20), "blue": (20, 20, 200)}


def clip_of(name, count, **values):
    """A clip of one colour: 48 x 64 pixels."""
    rgb = np.full((48, 64, 3), COLORS[name], "uint8")
    frames = [records.encode_frame(rgb)] * count
    return records.Clip(frames, f"{name} [bold].x", 48, 64, **values)


@pytest.fixture
def folder(tmp_path):
    """Two photographs in one shard, a film in another."""
    clips = [
        [clip_of("red", 1), clip_of("green", 1, label=7)],
        [clip_of("blue", 6, start_frame=32, frame_rate=12.5)],
    ]
    for index, some in enumerate(clips):
        with open(tmp_path / plan.shard_name("a", index, 2), "wb") as file:
            for clip in some:
                tfrecord.write(file, records.encode_clip(clip))
    return tmp_path


def show(folder, *arguments):
    return cli.main(["show-records", f"--records={folder}/*.tfrecord", *arguments])


def spots(path, color):
    """How many pixels of the sheet are about of a colour."""
    rgb = np.asarray(Image.open(path)).astype(int)
    return np.sum(np.abs(rgb - COLORS[color]).max(axis=-1) < 8)


def test_the_table_tells_what_is_stored(folder, capsys):
    assert show(folder) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    first = (folder / plan.shard_name("a", 0, 2)).stat().st_size
    second = (folder / plan.shard_name("a", 1, 2)).stat().st_size
    red, green, blue = (line for line in lines if line and line[0].startswith("a-0"))
    assert red[1:7] == ["0", "red", "[bold].x", "0", "1", "48x64"]
    assert green[2:8] == ["green", "[bold].x", "0", "1", "48x64", "7"]
    assert blue[1:8] == ["0", "blue", "[bold].x", "32", "6", "48x64", "12.5"]
    (start, length), _ = shards.locate(str(folder / red[0]))
    assert red[-1] == f"{length / 1e3:.1f}"
    assert int(green[1]) == start + length + tfrecord.FOOTER_BYTES
    assert " ".join(lines[-1]) == (
        f"clips 3, shards 2, {(first + second) / 1e6:.1f} MB; shown 3, damaged 0"
    )


def test_the_sheet_shows_every_clip(folder, tmp_path):
    sheet = tmp_path / "sheet.png"
    assert show(folder, f"--sheet={sheet}") == 0
    frame = 48 * 64
    assert spots(sheet, "red") == spots(sheet, "green") == frame
    assert spots(sheet, "blue") == 4 * frame  # Four of its six frames.
    assert show(folder, "--limit=1", f"--sheet={sheet}") == 0
    assert spots(sheet, "red") == frame and spots(sheet, "blue") == 0


def test_wide_and_tall_pictures_fit_on_the_sheet(tmp_path):
    with open(tmp_path / "a.tfrecord", "wb") as file:
        for height, width in ((30, 3000), (3000, 30)):
            rgb = np.full((height, width, 3), COLORS["red"], "uint8")
            clip = records.Clip([records.encode_frame(rgb)] * 5, "x", height, width)
            tfrecord.write(file, records.encode_clip(clip))
    sheet = tmp_path / "sheet.png"
    assert show(tmp_path, f"--sheet={sheet}") == 0
    with Image.open(sheet) as image:
        assert image.height < 500
    # Strips of four: 191 to 193 wide and 1 or 2 high, and 1 or 2 wide and 150 high.
    assert 4 * (191 + 150) <= spots(sheet, "red") <= 4 * 2 * (193 + 150)


def test_a_sample_is_spread_evenly(tmp_path):
    with open(tmp_path / "a.tfrecord", "wb") as file:
        for number in range(10):
            clip = clip_of("red", 1, start_frame=number)
            tfrecord.write(file, records.encode_clip(clip))
    sample = shard_sample.take(str(tmp_path / "*"), 5)
    assert [row.clip.start_frame for row in sample.rows] == [0, 2, 4, 6, 8]
    assert (sample.clips, sample.shards) == (10, 1)
    assert sample.size_bytes == (tmp_path / "a.tfrecord").stat().st_size


def test_damage_stands_in_the_table_and_on_the_sheet(folder, tmp_path, capsys):
    photos, film = (folder / plan.shard_name("a", index, 2) for index in range(2))
    content = bytearray(photos.read_bytes())
    content[200] ^= 1
    photos.write_bytes(content)
    film.write_bytes(film.read_bytes()[:-50])
    sheet = tmp_path / "sheet.png"
    assert show(folder, f"--sheet={sheet}") == 0
    out = " ".join(capsys.readouterr().out.split())
    assert tfrecord.DISAGREE in out and "file is cut off" in out
    assert "clips 2, shards 2," in out and "shown 3, damaged 2" in out
    assert spots(sheet, "green") > 0 == spots(sheet, "red") + spots(sheet, "blue")


def test_a_record_that_is_no_clip_is_damage(tmp_path, capsys):
    with open(tmp_path / "a.tfrecord", "wb") as file:
        tfrecord.write(file, b"something else")
    assert show(tmp_path) == 0
    assert "no clip as this version writes it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--limit=0"], 2, "--limit=0: expected 1 or more"),
        (["--sheet=a.jpg"], 2, "--sheet=a.jpg: expected a name that ends in .png"),
        (["--records="], 2, "--records is needed"),
        (["stray"], 2, "unexpected argument 'stray'"),
        (["--records=no/such-*"], 1, "no shards match 'no/such-*'"),
        (["--sheet=no/such/a.png"], 1, "no/such/a.png: cannot be written"),
    ],
)
def test_mistakes_are_told_in_one_line(folder, capsys, arguments, code, message):
    assert show(folder, *arguments) == code
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    assert message in err


def test_a_sheet_that_fails_leaves_the_old_one(folder, tmp_path, monkeypatch):
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(b"old")

    def fill_disk(image, file):
        file.write_bytes(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(Image.Image, "save", fill_disk)
    assert show(folder, f"--sheet={sheet}") == 1
    assert sheet.read_bytes() == b"old"
    assert not list(tmp_path.glob(".unfinished*"))
