import contextlib
import os
import sys

import pytest

from colornet.data import filesystem
from colornet.errors import InputError

apache_beam = pytest.importorskip(
    "apache_beam", reason="needs Apache Beam: pip install 'colornet[records]'"
)
from memory_files import Memory  # noqa: E402


@pytest.fixture(params=["here", "elsewhere"])
def folder(request, tmp_path):
    Memory.files.clear()
    return str(tmp_path / "top") if request.param == "here" else "memory://top"


def put(folder, **files):
    for name, data in files.items():
        path = filesystem.join(folder, name.replace("__", "/").replace("_", "."))
        filesystem.make_folder(path.rsplit("/", 1)[0])
        with filesystem.written(path) as file:
            file.write(data)


def test_what_is_written_is_read_listed_measured_and_removed(folder):
    put(folder, b_txt=b"two", a__c_txt=b"three", a__d__e_txt=b"", a___hid__f=b"x")
    assert sorted(filesystem.walk(folder)) == ["a/c.txt", "a/d/e.txt", "b.txt"]
    assert filesystem.subfolders(folder) == ["a"]
    assert filesystem.files_in(folder) == {"b.txt": 3}
    path = filesystem.join(folder, "a", "c.txt")
    assert filesystem.read_bytes(path) == b"three"
    assert filesystem.size(path) == 5 and filesystem.exists(path)
    assert filesystem.is_folder(folder) and not filesystem.is_folder(path)
    with filesystem.open_read(path) as file:
        file.seek(2)
        assert file.read(2) == b"re"
    filesystem.delete(path)
    filesystem.delete(path)
    assert not filesystem.exists(path)
    with pytest.raises(OSError, match="c.txt"):
        filesystem.read_bytes(path)


def test_a_file_that_goes_while_its_folder_is_listed_is_left_out(tmp_path, monkeypatch):
    put(str(tmp_path), a_txt=b"goes", b_txt=b"stays")
    scan = os.scandir

    @contextlib.contextmanager
    def slow_scan(folder):
        with scan(folder) as entries:
            found = list(entries)
            (tmp_path / "a.txt").unlink()
            yield found

    monkeypatch.setattr(os, "scandir", slow_scan)
    assert filesystem.files_in(str(tmp_path)) == {"b.txt": 5}


def test_a_file_appears_whole_or_not_at_all(folder):
    put(folder, a_txt=b"before")
    path = filesystem.join(folder, "a.txt")
    with pytest.raises(KeyboardInterrupt):
        with filesystem.written(path) as file:
            file.write(b"half")
            raise KeyboardInterrupt
    assert filesystem.files_in(folder) == {"a.txt": 6}
    with filesystem.written(path) as file:
        file.write(b"after")
        assert filesystem.read_bytes(path) == b"before"
    assert filesystem.read_bytes(path) == b"after"


def test_links_are_followed_but_never_in_a_circle(tmp_path):
    (tmp_path / "album/one").mkdir(parents=True)
    (tmp_path / "album/one/a.txt").touch()
    (tmp_path / "album/two").symlink_to(tmp_path / "album/one")
    (tmp_path / "album/one/up").symlink_to(tmp_path / "album")
    assert list(filesystem.walk(str(tmp_path / "album"))) == ["one/a.txt", "two/a.txt"]


def test_a_folder_that_cannot_be_read_is_reported(tmp_path, monkeypatch):
    (tmp_path / "shut").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("shut"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # Root reads every folder.
    errors = []
    assert not list(filesystem.walk(str(tmp_path), errors.append))
    assert [error.filename for error in errors] == [str(tmp_path / "shut")]


def test_what_is_missing_is_named(monkeypatch):
    with pytest.raises(InputError, match="nosuch://a.*no filesystem is installed"):
        filesystem.read_bytes("nosuch://a")
    monkeypatch.setitem(sys.modules, "apache_beam.io.filesystems", None)
    with pytest.raises(InputError, match=r"gs://a.*colornet\[records\]"):
        filesystem.read_bytes("gs://a")
