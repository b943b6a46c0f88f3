import csv
import errno
import itertools
import json
import logging
import os
import re
import shutil

import av
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from colornet import cli
from colornet.errors import InputError, UsageError
from colornet.inference import colorize_config, colorize_files, jobs
from colornet.inference.colorize_files import ColorizeConfig
from colornet.inference.films import film_progress, poster
from colornet.inference.photos import photo_file

CLIP = tf.TensorSpec((None, None, None, None, 1), tf.float32)
STATE = tf.TensorSpec((None, 1), tf.float32)
SCALAR = tf.TensorSpec((), tf.float32)


class Warm(tf.Module):
    """Paints everything in one warm tone."""

    @tf.function(input_signature=[CLIP, STATE, SCALAR])
    def predict_ab(self, lightness, state, temperature):
        b, t, h, w, _ = tf.unstack(tf.shape(lightness))
        ab = tf.ones((b, t, (h + 3) // 4, (w + 3) // 4, 2)) * tf.constant([8.0, 20.0])
        return {"ab": ab, "state": state}

    @tf.function(input_signature=[CLIP])
    def initial_state(self, lightness):
        return {"state": tf.zeros((tf.shape(lightness)[0], 1))}


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    warm = Warm()
    signatures = {n: getattr(warm, n) for n in ("predict_ab", "initial_state")}
    tf.saved_model.save(warm, str(path), signatures)
    info = {"signature_version": 1, "name": "warm", "network_size": 32}
    info |= {"temperature": 0.5, "stride": 4}
    (path / "assets.extra").mkdir()
    (path / "assets.extra" / "colornet.json").write_text(json.dumps(info))
    return str(path)


@pytest.fixture
def here(tmp_path, monkeypatch, photo):
    """A working folder: scans/ with two photos, a note and a film; bad files beside."""
    monkeypatch.chdir(tmp_path)
    scans = tmp_path / "scans"
    scans.mkdir()
    grey = Image.fromarray(photo).convert("L")
    grey.save(scans / "a.jpg")
    grey.save(scans / "b.tga")
    (scans / "note.txt").write_text("Aunt Mary, 1932")
    (scans / ".hidden.jpg").write_text("a thumbnail")
    _write_film(scans / "c.avi", np.asarray(grey))
    (tmp_path / "text.jpg").write_text("no picture")
    (tmp_path / "empty.mp4").touch()
    data = (scans / "a.jpg").read_bytes()
    (tmp_path / "truncated.jpg").write_bytes(data[: len(data) // 2])
    return tmp_path


def _write_film(path, grey):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.height, stream.width = grey.shape
        stream.pix_fmt = "yuv420p"
        for shift in range(4):
            picture = np.roll(grey, shift, axis=1)
            frame = av.VideoFrame.from_ndarray(picture, format="gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _files(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def _is_colored(path):
    with Image.open(path) as image:
        rgb = np.asarray(image.convert("RGB")).astype(int)
    return (rgb[..., 0] - rgb[..., 2]).mean() > 10


def _colorize(*words):
    return cli.main(["colorize", *map(str, words)])


def test_a_photo_to_a_file(here, model):
    assert _colorize("scans/a.jpg", "--output=out.png", f"--model={model}") == 0
    assert _is_colored("out.png")
    with Image.open("out.png") as after, Image.open("scans/a.jpg") as before:
        assert after.size == before.size


def test_a_folder_into_a_new_folder(here, model):
    """Kinds are kept, and endings that can be written; the note is left alone."""
    assert _colorize("scans", "--output=new/out", f"--model={model}") == 0
    assert _files(here / "new") == {"out/a.jpg", "out/b.png", "out/c.mkv"}
    assert _is_colored("new/out/a.jpg") and _is_colored("new/out/b.png")
    with av.open("new/out/c.mkv") as film:
        assert sum(1 for _ in film.decode(video=0)) == 4


def test_after_a_bad_file_it_goes_on(here, model, capsys):
    words = ["text.jpg", "scans/a.jpg", "truncated.jpg", "--output=out"]
    assert _colorize(*words, f"--model={model}") == 1
    assert _files(here / "out") == {"a.jpg"}
    lines = capsys.readouterr().err.strip().split("\n")
    assert len(lines) == 3
    assert "text.jpg: not" in lines[0] + lines[1]
    assert "truncated.jpg: truncated" in lines[0] + lines[1]
    assert "1 coloured, 0 skipped, 2 failed" in lines[2]


def test_a_second_run_does_what_is_missing(here, model, capsys):
    """As after a kill, which may leave a file under a hidden name."""
    deep = here / "scans" / "album 1" / "two\nlines"
    deep.mkdir(parents=True)
    name = os.fsdecode(b"caf\xe9.jpg")
    (deep / name).write_bytes((here / "scans" / "a.jpg").read_bytes())
    words = ["scans", "--output=scans/out", f"--model={model}", "--summary=all.csv"]
    assert _colorize(*words) == 0
    out, place = here / "scans" / "out", f"album 1/two\nlines/{name}"
    assert _files(out) == {"a.jpg", "b.png", "c.mkv", place}
    assert "4 coloured, 0 skipped, 0 failed" in capsys.readouterr().err
    (out / "a.jpg").rename(out / ".unfinished-a.jpg")
    kept = (out / "b.png").stat()
    assert _colorize(*words) == 0
    assert "1 coloured, 3 skipped, 0 failed" in capsys.readouterr().err
    assert _files(out) == {"a.jpg", "b.png", "c.mkv", place}
    assert (out / "b.png").stat().st_mtime_ns == kept.st_mtime_ns
    with open("all.csv", encoding="utf-8", errors="surrogateescape") as file:
        rows = {row["source"]: row for row in csv.DictReader(file)}
    assert {source for source, row in rows.items() if row["status"] == "skipped"} == {
        *("scans/b.tga", "scans/c.avi"),
        f"scans/{place}",
    }
    assert rows["scans/a.jpg"]["status"] == "done"
    assert rows["scans/a.jpg"]["output"] == "scans/out/a.jpg"
    assert _colorize(*words, "--overwrite", "--format=webp") == 0
    assert {"a.webp", "b.webp", "c.mkv"} < _files(out)


def test_a_list_and_its_summary(here, model, capsys):
    names = ["scans/a.jpg", "none.jpg", "text.jpg", "scans/b.tga", "scans/c.avi"]
    (here / "list.txt").write_text("\n".join(names))
    words = ["--input_list=list.txt", "--output=out", "--summary=all.json"]
    assert _colorize(*words, f"--model={model}") == 1
    assert _files(here / "out") == {"scans/a.jpg", "scans/b.png", "scans/c.mkv"}
    rows = json.loads((here / "all.json").read_text())
    assert [row["source"] for row in rows] == names
    statuses = [row["status"] for row in rows]
    assert statuses == ["done", "failed", "failed", "done", "done"]
    assert rows[1]["reason"] == "none.jpg: no such file"
    with Image.open("scans/a.jpg") as image:
        assert (rows[0]["width"], rows[0]["height"]) == image.size
    with av.open("scans/c.avi") as film:
        video = film.streams.video[0]
        assert (rows[4]["width"], rows[4]["height"]) == (video.width, video.height)
    said = capsys.readouterr().err
    assert said.count("none.jpg: no such file") == 1 and "text.jpg: not a" in said
    assert "3 coloured, 0 skipped, 2 failed" in said


def test_an_interruption_leaves_whole_files_and_a_summary(here, model, monkeypatch):
    """What was begun is finished; what was not is listed as left."""
    for number in range(8):
        shutil.copy("scans/a.jpg", f"scans/d{number}.jpg")
    count = itertools.count()
    monkeypatch.setattr(os, "cpu_count", lambda: 1)

    def file_done(_):
        if next(count) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(film_progress.FilesProgress, "file_done", file_done)
    words = ["scans", "--output=out", f"--model={model}", "--summary=all.json"]
    assert _colorize(*words) == 130
    statuses = [row["status"] for row in json.loads((here / "all.json").read_text())]
    assert statuses.count("done") == 2 and statuses.count("left") == 9
    assert 2 <= len(_files(here / "out")) < 9
    assert all(_is_colored(here / "out" / name) for name in _files(here / "out"))


def test_coloured_photographs_are_skipped_with_a_note(here, model, capsys, photo):
    Image.fromarray(photo).save("scans/coloured.png")
    words = ["scans", "--output=out", f"--model={model}"]
    assert _colorize(*words) == 0
    told = capsys.readouterr().err
    assert "scans/coloured.png: skipped: it is in colour already" in told
    assert "3 coloured, 1 skipped" in told
    assert _colorize("scans/coloured.png", "--output=o.png", words[-1]) == 0
    assert not (here / "o.png").exists()
    assert _colorize(*words, "--force", "--saturation=0") == 0
    with Image.open("out/coloured.png") as image:
        assert np.ptp(np.asarray(image).astype(int), axis=-1).max() <= 1


@pytest.mark.parametrize(
    ("source", "output"),
    [("a.jpg", "o.jpg"), ("c.avi", "o.mp4"), ("c.avi", "out/%03d.png")],
)
def test_what_is_there_is_replaced_only_when_told(here, model, capsys, source, output):
    there = here / (output % 7 if "%" in output else output)
    there.parent.mkdir(exist_ok=True)
    there.write_bytes(b"dear")
    words = [f"scans/{source}", f"--output={output}", f"--model={model}"]
    assert _colorize(*words) == 2
    assert re.search("is there already; .* --overwrite", capsys.readouterr().err)
    assert there.read_bytes() == b"dear"
    assert _colorize(*words, "--overwrite") == 0
    assert "%" in output or there.read_bytes() != b"dear"


def test_larger_pictures_than_allowed_are_refused(here, model, capsys):
    words = ["--output=out/", f"--model={model}", "--max_megapixels=0.01"]
    assert _colorize("scans/a.jpg", *words) == 1
    assert "that --max_megapixels allows" in capsys.readouterr().err
    assert _colorize("scans/b.tga", *words) == 1
    assert not (here / "out").exists()


def test_a_film_is_told_of_and_shown(here, model, capsys):
    words = ["scans/c.avi", "--output=out.mkv", "--report", "--poster"]
    assert _colorize(*words, f"--model={model}") == 0
    told = capsys.readouterr().err
    assert re.fullmatch(r"out\.mkv: 4 frames in \d+ s, 1 shot\n", told)
    assert {"out.mkv", "out.mkv.json", "out.mkv.png"} <= set(os.listdir(here))
    facts = json.loads((here / "out.mkv.json").read_text())
    assert (facts["frames"], facts["model"]) == (4, "warm")
    with Image.open("out.mkv.png") as sheet:
        assert sheet.format == "PNG" and min(sheet.size) > 100


def test_a_bad_list_of_shots_is_found_before_the_model_is_opened(here, capsys):
    (here / "shots.csv").write_text("start_frame,end_frame,kind\n0,8,blue\n")
    words = ["scans/c.avi", "--output=o.mkv", "--shots=shots.csv", "--model=nowhere"]
    assert _colorize(*words) == 1
    assert "shots.csv: row 2, column kind" in capsys.readouterr().err


@pytest.mark.parametrize("verbosity, lines", [(0, 2), (-1, 1), (-2, 0), (-3, 0)])
def test_verbosity_silences_step_by_step(here, model, capsys, verbosity, lines):
    """A line at the end, a warning (of a list for another film); photographs: none."""
    (here / "shots.csv").write_text("start_frame,end_frame,kind\n0,8,grey\n")
    words = [f"--model={model}", f"--verbosity={verbosity}"]
    assert _colorize("scans/c.avi", "--output=o.mkv", "--shots=shots.csv", *words) == 0
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", lines)
    assert ("lists 9 frames" in told.err) == (verbosity >= -1)
    assert _colorize("scans/a.jpg", "--output=o.jpg", *words) == 0
    assert _colorize("text.jpg", "--output=p.jpg", *words) == 1
    assert capsys.readouterr().err.count("\n") == 1  # Why it failed is always told.
    assert logging.getLogger("colornet").handlers == []


def test_a_poster_that_fails_costs_no_film(here, model, capsys, monkeypatch):
    words = ["scans", "--output=out", "--poster", f"--model={model}"]

    def broken(*_, **__):
        raise OSError("no font")

    monkeypatch.setattr(poster, "draw", broken)
    assert _colorize(*words) == 1
    assert {"a.jpg", "c.mkv"} < _files(here / "out")
    assert not list(here.rglob("c.mkv.png"))
    assert "c.mkv.png: the poster cannot be made: no font" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["moving.gif", "moving.webp", "inks.jpg", "zero.png"])
def test_files_that_are_no_photographs_are_a_line_each(here, model, capsys, name):
    frames = [Image.new("L", (20, 20), level) for level in (50, 200)]
    if name == "inks.jpg":
        Image.new("CMYK", (20, 20)).save(name)
    elif name == "zero.png":
        (here / name).touch()
    else:
        frames[0].save(name, save_all=True, append_images=frames[1:], duration=100)
    before = _files(here)
    said = []
    for output in ("--output=o.png", "--output=o/"):
        assert _colorize(name, output, f"--model={model}") == 1
        said.append(capsys.readouterr().err)
    assert all(line.count("\n") == 1 and f"{name}: " in line for line in said)
    assert _files(here) == before and not (here / "o").exists()


def test_a_full_disk_is_a_line_and_leaves_nothing(here, model, capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Image.Image, "save", full)
    assert _colorize("scans/a.jpg", "--output=o.jpg", f"--model={model}") == 1
    error = capsys.readouterr().err
    assert "o.jpg: cannot be written" in error and "No space left" in error
    assert error.count("\n") == 1
    assert not [name for name in os.listdir(here) if "o.jpg" in name]


@pytest.mark.parametrize(
    "words, code, message",
    [
        (["text.jpg", "--output=o.jpg"], 1, "text.jpg: not a picture"),
        (["truncated.jpg", "--output=o.jpg"], 1, "truncated.jpg: truncated"),
        (["truncated.jpg", "--output=new/o.jpg"], 1, "truncated.jpg: truncated"),
        (["empty.mp4", "--output=o.mp4"], 1, "empty.mp4: "),
        (["none.jpg", "--output=o.jpg"], 1, "none.jpg: no such file"),
        (["*.gif", "--output=o"], 1, "*.gif: no file matches"),
        (["scans/note.txt", "--output=o.jpg"], 1, "neither a photograph nor a film"),
        (["scans/a.jpg", "--output=text.jpg/o.jpg"], 1, "text.jpg is a file"),
        (["scans/a.jpg", "--output=/proc/o.jpg"], 1, "/proc: cannot be written to"),
        (["scans/a.jpg"], 2, "--output is required"),
        (["--output=o.jpg"], 2, "no input"),
        (["scans/a.jpg", "--output=scans/a.jpg"], 2, "an input itself"),
        (["scans", "--output=scans"], 2, "an input itself"),
        (["scans/a.jpg", "--output=o.mp4"], 2, "a photo is written as one of .jpg"),
        (["scans/c.avi", "--output=o.avi"], 2, "a film is written as one of .mp4"),
        (["scans/a.jpg", "text.jpg", "--output=empty.mp4"], 2, "name of a folder"),
        (["scans/a.jpg", "--output=o.jpg", "--model=none"], 2, "--model=none"),
        (["scans/a.jpg", "--output=o.jpg", "--device=gpu:9"], 2, "--device=gpu:9"),
        (["scans/a.jpg", "--output=o.jpg", "--temperature=2"], 2, "--temperature=2"),
        (["scans/a.jpg", "--output=o.jpg", "--network_size=3"], 2, "--network_size=3"),
        (["scans/a.jpg", "--output=o.jpg", "--format=png"], 2, "--format=png: is for"),
        (["scans/a.jpg", "--output=o.jpg", "--summary=o"], 2, "end in .csv or .json"),
        (["scans", "--output=o", "--summary=no/o.csv"], 1, "its folder is missing"),
        (["--input_list=none.txt", "--output=o"], 2, "--input_list=none.txt: expected"),
        (["scans/a.jpg", "--output=o.jpg", "--max_megapixels=0"], 2, "more than 0"),
        (["scans/a.jpg", "--output=o.jpg", "--neutral=9"], 2, "expected X,Y"),
        (["scans/a.jpg", "--output=o.jpg", "--neutral=999,9"], 1, "is outside the pic"),
        (["scans", "--output=o", "--neutral=9,9"], 2, "is for one photograph"),
        (["scans/a.jpg", "--output=o.jpg", "--saturation=5"], 2, "from 0 to 4"),
        (["scans/a.jpg", "--outptu=o.jpg"], 2, "did you mean --output"),
    ],
)
def test_what_is_wrong_is_one_line_and_writes_nothing(
    here, model, capsys, words, code, message
):
    before = _files(here)
    if not any(word.startswith("--model") for word in words):
        words = [*words, f"--model={model}"]
    assert _colorize(*words) == code
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert _files(here) == before
    assert not (here / "new").exists() and not (here / "o").exists()


def test_mistakes_are_found_before_the_model_is_loaded(here, monkeypatch):
    """All but the device: which ones there are, only TensorFlow knows."""
    monkeypatch.setattr(colorize_files, "_colorize_all", lambda *_: pytest.fail("late"))
    for name in ("text.jpg", "truncated.jpg", "none.jpg"):
        with pytest.raises(InputError, match=name):
            colorize_files.run(ColorizeConfig(output="o.jpg"), [name])
    settings = ColorizeConfig(output="o.jpg", model="none")
    with pytest.raises(UsageError, match="--model=none"):
        colorize_files.run(settings, ["scans/a.jpg"])


class TestPlan:
    def test_patterns_and_repetitions(self, here):
        plan = jobs.plan(["scans/*.jpg", "scans/a.jpg", "scans"], "out")
        assert [job.source.name for job in plan] == ["a.jpg", "b.tga", "c.avi"]
        assert [job.kind for job in plan] == [jobs.PHOTO, jobs.PHOTO, jobs.FILM]
        assert {str(job.target.parent) for job in plan} == {"out"}

    def test_one_file_into_an_existing_folder_keeps_its_name(self, here):
        (here / "out").mkdir()
        for output in ("out", "out/", "new/"):
            (job,) = jobs.plan(["scans/a.jpg"], output)
            assert job.target.name == "a.jpg"

    def test_a_name_with_brackets_is_a_file(self, here):
        (here / "scans" / "a.jpg").rename(here / "a[1].jpg")
        (job,) = jobs.plan(["a[1].jpg"], "out.jpg")
        assert job.source.name == "a[1].jpg"

    def test_same_names_from_two_folders_are_refused(self, here):
        (here / "more").mkdir()
        (here / "more" / "a.jpg").write_bytes((here / "scans" / "a.jpg").read_bytes())
        with pytest.raises(UsageError, match="would both be written to"):
            jobs.plan(["scans", "more"], "out")

    def test_kind_by_content_where_the_name_says_nothing(self, here):
        (here / "scans" / "a.jpg").rename(here / "photo")
        (here / "scans" / "c.avi").rename(here / "reel.old")
        assert jobs.kind_of(here / "photo") == jobs.PHOTO
        assert jobs.kind_of(here / "reel.old") == jobs.FILM

    def test_what_is_told_of_a_film_stands_beside_it(self, here):
        assert jobs.beside(here / "o.mp4", ".json") == here / "o.mp4.json"
        assert jobs.beside(here / "o" / "%05d.png", ".png") == here / "o.png"
        (here / "scans" / "c.mkv.png").write_bytes(b"another picture")
        inputs = ["scans/c.avi", "scans/c.mkv.png"]
        assert len(jobs.plan(inputs, "out", endings_beside=[".json"])) == 2
        with pytest.raises(UsageError, match=r"would both be written to .*c\.mkv\.png"):
            jobs.plan(inputs, "out", endings_beside=[".json", ".png"])
        with pytest.raises(UsageError, match="an input itself"):
            jobs.plan(inputs, "scans", endings_beside=[".png"])

    def test_endings_that_would_meet_are_both_kept(self, here):
        Image.open("scans/b.tga").convert("RGB").save("scans/b.ppm")
        names = {j.source.name: j.target.name for j in jobs.plan(["scans"], "out")}
        assert names["b.tga"] == "b.png" and names["b.ppm"] == "b.ppm"
        plan = jobs.plan(["scans"], "out", format="png")
        names = {job.source.name: job.target.name for job in plan}
        assert names["b.tga"] == "b.tga.png" and names["b.ppm"] == "b.ppm.png"
        assert names["a.jpg"] == "a.png"

    def test_formats_are_those_that_are_written(self):
        assert {f".{f}" for f in colorize_config.FORMATS[1:]} == set(photo_file.WRITTEN)

    def test_a_folder_without_pictures(self, here):
        (here / "bare").mkdir()
        with pytest.raises(InputError, match="no photograph or film"):
            jobs.plan(["bare"], "out")

    def test_no_input_is_ever_overwritten(self, here):
        """Not even one that only another input's new name would hit."""
        (here / "scans" / "b.png").write_bytes(b"another picture")
        with pytest.raises(UsageError, match="b.png"):
            jobs.plan(["scans/b.tga", "scans/b.png"], "scans")
