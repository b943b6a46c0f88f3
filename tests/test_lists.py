"""Lists that name the pictures and films to score."""

import numpy as np
import pytest
from PIL import Image

from colornet.errors import InputError
from colornet.evaluation import footage


@pytest.fixture
def folder(tmp_path):
    """Photographs as ILSVRC has them, and two films as DAVIS has them."""
    root = tmp_path / "input"
    names = ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000002.JPEG"]
    names += [
        "my summer.jpg",
        *(f"{n}/{i:05}.jpg" for n in ("bear", "cows") for i in (0, 1)),
    ]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((16, 16, 3), "uint8")).save(root / name, "JPEG")
    return root


def taken(folder, *lines):
    (folder.parent / "list.txt").write_text("\n".join(lines))
    path = str(folder.parent / "list.txt")
    return list(footage.by_name(folder, split_list=path))


def test_photographs_are_named_with_labels_and_without_endings(folder):
    first, second = (f"ILSVRC2012_val_0000000{n}.JPEG" for n in (1, 2))
    assert taken(folder, f"{second} 65", f"{first} 970") == [second, first]
    assert taken(folder, "ILSVRC2012_val_00000001 1") == [first]
    assert taken(folder, f"/data/imagenet/val/{first}", f"./{second}") == [
        first,
        second,
    ]
    assert taken(folder, "my summer.jpg", "", first, first) == ["my summer.jpg", first]


def test_films_are_named_as_davis_does(folder):
    assert taken(folder, "cows") == ["cows"]
    lines = [
        f"/JPEGImages/480p/bear/0000{n}.jpg /Annotations/480p/bear/0000{n}.png"
        for n in (0, 1)
    ]
    assert taken(folder, *lines) == ["bear"]
    (film,) = footage.in_folder(folder, split_list=str(folder.parent / "list.txt"))
    assert len(list(film().frames)) == 2


def test_a_list_may_lie_in_the_folder(folder):
    (folder / "val.txt").write_text("bear\ncows\n")
    assert list(footage.by_name(folder, split_list="val.txt")) == ["bear", "cows"]


def test_what_is_not_there_is_one_line(folder):
    with pytest.raises(InputError, match="names dog, which is not in .*input; give"):
        taken(folder, "bear", "dog")
    with pytest.raises(InputError, match="the list is empty"):
        taken(folder)
    with pytest.raises(InputError, match="--split_list=no.txt: expected a text file"):
        footage.by_name(folder, split_list="no.txt")
