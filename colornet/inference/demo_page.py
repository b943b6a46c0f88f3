"""The demonstration's photographs, and the page that shows what became of them."""

import html
import pathlib
import string
from importlib import resources

import numpy as np
import skimage.data
from PIL import Image

import colornet
from colornet.inference.exported import ModelInfo

NAME = "index.html"

# Public domain or CC0, and inside the scikit-image wheel: none needs the network.
_CREDITS = {
    "astronaut": "Eileen Collins, astronaut. NASA, public domain.",
    "chelsea": "Chelsea the cat. Stefan van der Walt, CC0.",
    "coffee": "A cup of coffee. Rachel Michetti, CC0.",
    "rocket": "Launch of a Falcon 9 with DSCOVR. SpaceX, public domain.",
}
_KINDS = {"grey": "before", "coloured": "after", "true": "as photographed"}


def samples() -> dict[str, np.ndarray]:
    """The sample photographs by name: sRGB, uint8 [H, W, 3]."""
    return {name: getattr(skimage.data, name)() for name in _CREDITS}


def write_samples(folder: pathlib.Path) -> list[str]:
    """Writes each sample as NAME-true.png and NAME-grey.png; returns the names."""
    for name, rgb in samples().items():
        photo = Image.fromarray(rgb)
        photo.save(folder / f"{name}-true.png")
        photo.convert("L").save(folder / f"{name}-grey.png")
    return list(_CREDITS)


def write_page(
    folder: pathlib.Path, info: ModelInfo, film_seconds: float, took: float
) -> None:
    """Writes index.html beside the pictures and films, which it links by their names.

    Args:
      folder: where `write_samples` wrote, and the coloured files are by now.
      info: the model that coloured them.
      film_seconds: length of the film.
      took: seconds that the colouring took.
    """
    template = resources.files("colornet.inference") / "demo_page.html"
    page = string.Template(template.read_text(encoding="utf-8")).substitute(
        rows="\n".join(_row(name, credit) for name, credit in _CREDITS.items()),
        model=html.escape(info.name),
        size=info.network_size,
        version=html.escape(colornet.__version__),
        count=len(_CREDITS),
        film_seconds=f"{film_seconds:g}",
        took=f"{took:.0f}",
    )
    (folder / NAME).write_text(page, encoding="utf-8")


def _row(name, credit) -> str:
    figures = "\n".join(
        f'      <figure><img src="{name}-{kind}.png" alt="{name}, {kind}">'
        f"<figcaption>{label}</figcaption></figure>"
        for kind, label in _KINDS.items()
    )
    return (
        f'    <section aria-label="{name}">\n      <div class="row">\n{figures}\n'
        f'      </div>\n      <p class="credit">{html.escape(credit)}</p>\n'
        "    </section>"
    )
