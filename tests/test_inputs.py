import os
import pathlib

import pytest

from colornet.errors import InputError, UsageError
from colornet.inference import inputs

OUT = pathlib.Path("out")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Files in a working folder, some of them not meant; and links that loop."""
    monkeypatch.chdir(tmp_path)
    for name in (
        *("scans/a.jpg", "scans/x y/b.JPG", "scans/x y/deep/c.jpg", "scans/note.txt"),
        *("scans/.hidden/d.jpg", "scans/.e.jpg", "scans/@eaDir/f.jpg", "more/g.jpg"),
        *("scans/Thumbs.db", "scans/__MACOSX/h.jpg", "scans/out/i.jpg"),
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "scans" / "loop").symlink_to(tmp_path / "scans")
    (tmp_path / "scans" / "more").symlink_to(tmp_path / "more")
    (tmp_path / "more" / "back").symlink_to(tmp_path / "scans" / "x y")
    (tmp_path / "scans" / "broken.jpg").symlink_to(tmp_path / "nowhere")
    return tmp_path


def found(*names, input_list="", output=OUT):
    files, _ = inputs.find(names, input_list, output, {".jpg"})
    assert not any(file.problem for file in files)
    return [str(file.place) for file in files]


def test_a_folder_is_taken_with_all_that_is_in_it(tree):
    """Each folder once, though links lead there too; the output is no input."""
    inside = ["a.jpg", "more/g.jpg", "x y/b.JPG", "x y/deep/c.jpg"]
    assert found("scans", output=tree / "scans" / "out") == inside
    assert found("scans") == sorted([*inside, "out/i.jpg"])
    assert found("scans", output=tree) == sorted([*inside, "out/i.jpg"])


def test_patterns_keep_what_their_magic_stood_for(tree):
    assert found("scans/*.jpg") == ["a.jpg"]
    assert found("scans/*/*.JPG") == ["x y/b.JPG"]
    assert found("sc*/a.jpg") == ["scans/a.jpg"]
    assert found("scans/**/*.jpg") == ["a.jpg", "out/i.jpg", "x y/deep/c.jpg"]
    assert found(str(tree / "scans" / "**" / "c.jpg")) == ["x y/deep/c.jpg"]
    with pytest.raises(InputError, match="no file matches"):
        found("scans/**/*.gif")


@pytest.mark.parametrize("between", [b"\n", b"\r\n", b"\0"])
def test_a_list_keeps_what_its_paths_do_not_share(tree, between):
    odd = b"scans/x y/caf\xe9" + (b"\nnew" if between == b"\0" else b"") + b".jpg"
    pathlib.Path(os.fsdecode(odd)).write_bytes(b"x")
    lines = [b"scans/a.jpg", os.fsencode(tree / "scans/x y/b.JPG"), odd, b""]
    (tree / "list").write_bytes(between.join(lines))
    assert found(input_list="list") == [
        *("a.jpg", "x y/b.JPG"),
        os.fsdecode(odd.removeprefix(b"scans/")),
    ]


def test_what_a_list_has_wrong_is_told_file_by_file(tree):
    (tree / "list").write_text("scans/a.jpg\nnone.jpg\nmore\n")
    files, single = inputs.find([], "list", OUT, {".jpg"})
    assert [file.problem for file in files] == [
        *("", "none.jpg: no such file", "more: a folder; a list names files")
    ]
    assert not single
    (tree / "list").write_text("\n")
    with pytest.raises(UsageError, match="the list is empty"):
        inputs.find([], "list", OUT, {".jpg"})


def test_one_file_named_by_itself_is_single(tree):
    assert inputs.find(["scans/a.jpg"], "", OUT, {})[1]
    assert not inputs.find(["scans/a.jp*"], "", OUT, {})[1]
    assert not inputs.find(["scans/a.jpg", "more/g.jpg"], "", OUT, {})[1]
