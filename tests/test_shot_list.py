import pathlib
import re

import pytest

from colornet.errors import InputError
from colornet.inference.films import shot_list
from colornet.inference.films.shot_list import Shot

HEAD = "start_frame,end_frame,kind,saturation,temperature,skip\n"


def test_what_is_written_is_read(tmp_path):
    listed = [
        Shot(0, 11, "grey", start_time=0.0, end_time=0.5, saturation=0.8),
        Shot(12, 12, "coloured", start_time=0.5, end_time=0.54, number=2),
        Shot(13, 99, "toned", temperature=0.3, skip=True, number=3),
        Shot(100, 101, "grey", number=4, reference="a, b|c.png@0:02", hints="d.png"),
    ]
    shot_list.write(tmp_path / "shots.csv", listed)
    assert shot_list.read(tmp_path / "shots.csv") == listed


def test_times_may_be_told_in_any_way(tmp_path):
    path = tmp_path / "shots.csv"
    path.write_text(
        "start_frame,end_frame,start_time,end_time,kind\n0,11,0:00,half a second,grey\n"
    )
    assert shot_list.read(path) == [Shot(0, 11, "grey")]


def test_pictures_of_a_table_know_their_place(tmp_path):
    (tmp_path / "me@home.jpg").touch()
    text = "start_frame,end_frame,kind,hints,reference\n0,4,grey,,\n"
    text += "5,9,grey,a.png|b.png@0:01, me@home.jpg | /c.png@2.5 |\n"
    (tmp_path / "shots.csv").write_text(text)
    found = shot_list.references(tmp_path / "shots.csv")
    names = tmp_path / "me@home.jpg", pathlib.Path("/c.png")
    assert [one.path for one in found] == [
        *names,
        tmp_path / "a.png",
        tmp_path / "b.png",
    ]
    assert [one.time for one in found] == [None, 2.5, None, 1]
    assert [one.is_frame for one in found] == [False, True, True, True]
    assert {one.shot for one in found} == {2}
    where = f"{tmp_path / 'shots.csv'}: row 3, column hints: b.png@0:01"
    assert str(found[3]) == where


def test_tables_that_spreadsheets_save_are_read(tmp_path):
    lines = (
        "\ufeffstart_frame;end_frame;kind;saturation;skip",
        "0;4;Grey;0,5;YES",
        ";;;;",
    )
    (tmp_path / "shots.csv").write_bytes("\r\n".join(lines).encode())
    expected = Shot(0, 4, "grey", saturation=0.5, skip=True)
    assert shot_list.read(tmp_path / "shots.csv") == [expected]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "row 1: expected the columns start_frame, .*, got nothing"),
        ("start_frame,end_frame\n0,1", "row 1: expected the columns .*kind"),
        ("start_frame,end_frame,kind,sauration\n0,1,grey,2", "got .*sauration"),
        (HEAD, "row 2: expected the film's first shot"),
        (HEAD + "0,9,grey", "row 2: expected 6 columns as in row 1, got 3"),
        (HEAD + "1,9,grey,,,", "row 2, column start_frame: expected 0, .*, got 1"),
        (HEAD + "0,9,grey,,,\n9,20,grey,,,", "row 3, .* expected 10, .* got 9"),
        (HEAD + "0,9,grey,,,\n12,20,grey,,,", "row 3, .* expected 10, .* got 12"),
        (HEAD + "0,9,grey,,,\n10,8,grey,,,", "row 3, column end_frame: .* from 10 on"),
        (HEAD + "0,x,grey,,,", "row 2, column end_frame: .* whole number .* got 'x'"),
        (HEAD + "0,9,gray,,,", "column kind: expected one of grey, toned, coloured"),
        (HEAD + "0,9,grey,-1,,", "column saturation: .* from 0 to 4, .* got '-1'"),
        (HEAD + "0,9,grey,nan,,", "column saturation: .* got 'nan'"),
        (HEAD + "0,9,grey,,2,", "column temperature: expected a number .* got '2'"),
        (
            HEAD.replace("skip", "hints") + "0,9,grey,,,a.png|b.png@x",
            "row 2, column hints: expected PICTURE or .*, got 'b.png@x'",
        ),
        (HEAD + "0,9,grey,,,maybe", "column skip: expected one of yes, no, nothing"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, text, said):
    path = tmp_path / "shots.csv"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        shot_list.read(path)
    line = str(error.value)
    assert (
        re.search(said, line) and line.startswith(f"{path}: row") and "\n" not in line
    )


def test_what_is_no_text_is_said(tmp_path):
    (tmp_path / "shots.csv").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match=r"shots\.csv: cannot be read as a list"):
        shot_list.read(tmp_path / "shots.csv")
