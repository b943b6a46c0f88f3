import os

import pytest

from colornet import whole_file
from colornet.errors import InputError


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "out.txt"
    target.write_text("before")
    with pytest.raises(KeyboardInterrupt), whole_file.written(target) as unfinished:
        unfinished.write_text("half")
        raise KeyboardInterrupt
    assert target.read_text() == "before" and list(tmp_path.iterdir()) == [target]
    with whole_file.written(target) as unfinished:
        assert unfinished.suffix == ".txt"
        unfinished.write_text("after")
        assert target.read_text() == "before"
    assert target.read_text() == "after" and list(tmp_path.iterdir()) == [target]


def test_a_link_stays_one(tmp_path):
    end = tmp_path / "disk" / "out.txt"
    end.parent.mkdir()
    for there in (False, True):
        link = tmp_path / f"link-{there}.txt"
        link.symlink_to(end)
        with whole_file.written(link) as unfinished:
            unfinished.write_text(str(there))
        assert link.is_symlink() and end.read_text() == str(there)
    assert os.listdir(end.parent) == ["out.txt"]


def test_where_nothing_can_be_written_a_line_says_so(tmp_path):
    with (
        pytest.raises(InputError, match="folder must exist"),
        whole_file.written(tmp_path / "none" / "out.txt"),
    ):
        pass
