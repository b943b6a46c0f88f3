"""What `colorize` writes beside photographs, and what it refuses to."""

import pathlib

import numpy as np
import pytest
from PIL import Image

from colornet import cli
from colornet.errors import InputError
from colornet.inference import colorize_files
from colornet.inference.colorize_config import ColorizeConfig
from colornet.inference.colorizer import Colorizer


@pytest.fixture(scope="module")
def colorizer():
    return Colorizer.load(network_size=64)


@pytest.fixture
def here(tmp_path, monkeypatch, photo):
    """A working folder with scans/: two photographs, one of them of 16 bits."""
    monkeypatch.chdir(tmp_path)
    scans = tmp_path / "scans"
    (scans / "deep").mkdir(parents=True)
    grey = photo.mean(axis=-1)
    Image.fromarray(grey.astype(np.uint8)).save(scans / "a.jpg")
    Image.fromarray((grey * 257).astype(np.uint16)).save(scans / "deep" / "b.png")
    return tmp_path


@pytest.fixture
def colorize(colorizer, here, monkeypatch):
    """Runs the command on a loaded model."""
    monkeypatch.setattr(Colorizer, "load", lambda *_, **__: colorizer)

    def run(*inputs, **settings):
        config = ColorizeConfig(**{"output": "out", **settings})
        colorize_files.run(config, list(inputs))

    return run


def _files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_one_photograph_has_its_companions_beside_it(colorize, here):
    colorize("scans/a.jpg", output="plain.jpg")
    beside = {"confidence": "maps/sure.png", "alternatives": 3}
    colorize("scans/a.jpg", output="a.jpg", **beside)
    assert _files(here) == [
        *("a.alternative-2.jpg", "a.alternative-3.jpg", "a.jpg"),
        *("a.jpg.alternatives.png", "maps/sure.png", "plain.jpg"),
        *("scans/a.jpg", "scans/deep/b.png"),
    ]
    assert pathlib.Path("a.jpg").read_bytes() == pathlib.Path("plain.jpg").read_bytes()
    with Image.open("maps/sure.png") as sure, Image.open("a.jpg") as colored:
        assert sure.mode == "L" and sure.size == colored.size
        assert np.ptp(np.asarray(sure)) > 50
    with Image.open("a.jpg.alternatives.png") as sheet:
        assert sheet.size == (3 * 160 + 2 * 8, 128)
        sheet = np.asarray(sheet).astype(int)
    for n, name in enumerate(["a.jpg", "a.alternative-2.jpg", "a.alternative-3.jpg"]):
        with Image.open(name) as shown:
            shown = np.asarray(shown)
        drawn = sheet[:, n * 168 : n * 168 + 160]
        assert np.abs(shown - drawn).mean() < 4  # What JPEG takes.


def test_they_are_of_what_references_tell(colorize, here, photo):
    Image.fromarray(np.roll(photo, 1, axis=-1)).save("vivid.png")
    wanted = {"confidence": "sure", "alternatives": 2}
    for output, reference in ("plain", []), ("told", ["vivid.png"]):
        folder = {"output": f"{output}/", "reference": reference}
        colorize("scans/a.jpg", **folder, **wanted | {"confidence": f"{output}/sure/"})
    with Image.open("told/a.jpg") as image:
        told = np.asarray(image).astype(int)
    sure = []
    for output in "plain", "told":
        with Image.open(f"{output}/sure/a.jpg.png") as image:
            sure.append(np.asarray(image).astype(int))
        with Image.open(f"{output}/a.jpg.alternatives.png") as sheet:
            shown = np.asarray(sheet)[:, :160].astype(int)
        with Image.open(f"{output}/a.jpg") as image:
            assert np.abs(shown - np.asarray(image)).mean() < 4
    assert np.abs(told - np.asarray(Image.open("plain/a.jpg"))).mean() > 8
    assert sure[1].mean() > sure[0].mean() + 5


def test_those_of_a_folder_lie_as_the_folder_does(colorize, here):
    colorize("scans", confidence="maps", alternatives=2)
    assert _files(here / "maps") == ["a.jpg.png", "deep/b.png.png"]
    assert _files(here / "out") == [
        *("a.alternative-2.jpg", "a.jpg", "a.jpg.alternatives.png"),
        *("deep/b.alternative-2.png", "deep/b.png", "deep/b.png.alternatives.png"),
    ]


def test_pages_of_one_file_have_none(colorize, here, photo):
    pages = [Image.fromarray(photo).convert("L")] * 2
    pages[0].save("pages.tif", save_all=True, append_images=pages[1:])
    with pytest.raises(InputError, match="pages.tif: has several pages"):
        colorize("pages.tif", output="out.tif", alternatives=2)
    assert not list(here.glob("out*"))


@pytest.mark.parametrize(
    "words, message",
    [(["--alternatives=1"], "--alternatives=1: must be from 2 to 8"),
     (["--alternatives=9"], "--alternatives=9: must be from 2 to 8"),
     (["--confidence=sure.jpg"], "sure.jpg: expected the name of a .png"),
     (["--confidence=a.png"], "a.png would be written by it, too"),
     (["--confidence=there.png"], "there.png is there already; give another name")],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_line(here, capsys, words, message):
    (here / "there.png").touch()
    assert cli.main(["colorize", "scans/a.jpg", "--output=a.png", *words]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
    assert _files(here) == ["scans/a.jpg", "scans/deep/b.png", "there.png"]


def test_several_need_a_folder_for_their_maps(here, capsys):
    (here / "sure.png").touch()
    words = ["scans", "--output=out", "--confidence=sure.png"]
    assert cli.main(["colorize", *words]) == 2
    assert "sure.png: a file; several inputs need" in capsys.readouterr().err


def test_films_have_none(here, capsys):
    (here / "film.mp4").touch()
    words = ["film.mp4", "--output=out.mp4", "--alternatives=3"]
    assert cli.main(["colorize", *words]) == 2
    assert "--alternatives=3: is for photographs" in capsys.readouterr().err
