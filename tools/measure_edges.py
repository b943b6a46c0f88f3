"""Measures how much colour strays across edges when predicted ab is enlarged.

  python tools/measure_edges.py --input=photos-val

A table tells the error in a*b* within 3 pixels of strong edges of luma, as
`colornet.evaluation.edges` defines it, for three ways of enlarging: on the photographs
in --input, made smaller to --size where they are larger, from the true ab and from the
bundled model's; and on made-up pictures of discs and bars in even colours.
"""

import pathlib

import numpy as np
from absl import app, flags

FLAGS = flags.FLAGS


def main(argv):
    """Prints the table."""
    del argv
    # Imported here, so that --help answers at once.
    from colornet.evaluation import edges
    from colornet.inference.colorizer import Colorizer

    colorizer = Colorizer.load()
    photos, made_up = edges.EdgeError(colorizer), edges.EdgeError(colorizer)
    paths = sorted(pathlib.Path(FLAGS.input).iterdir())
    for path in paths:
        photos.add(read_photo(path, FLAGS.size))
    rng = np.random.default_rng(FLAGS.seed)
    for _ in range(FLAGS.made_up):
        made_up.add(draw_shapes(FLAGS.size, rng))
    lines = {
        f"true ab of {len(paths)} photographs": photos.result()["truth"],
        "the model's ab of the same": photos.result()["model"],
        f"true ab of {FLAGS.made_up} made-up pictures": made_up.result()["truth"],
    }
    print(f"| | {' | '.join(edges.WAYS)} | guided to bilinear |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name, errors in lines.items():
        figures = " | ".join(f"{errors[way]:.2f}" for way in edges.WAYS)
        change = errors["guided"] / errors["bilinear"] - 1
        print(f"| {name} | {figures} | {change:+.1%} |")


def read_photo(path, size: int) -> np.ndarray:
    """The photograph, uint8 [H, W, 3], of which the shorter side is at most `size`."""
    from PIL import Image

    with Image.open(path) as image:
        image = image.convert("RGB")
    share = min(1, size / min(image.size))
    shape = [round(side * share) for side in image.size]
    return np.asarray(image.resize(shape, Image.Resampling.LANCZOS))


def draw_shapes(size: int, rng) -> np.ndarray:
    """Discs and bars over each other, uint8 [size, size, 3], softened like a photo."""
    from PIL import Image

    fine = 4 * size
    y, x = np.indices((fine, fine), np.float32) / fine
    rgb = np.empty((fine, fine, 3), np.float32)
    rgb[:] = rng.uniform(0, 255, 3)
    for _ in range(20):
        (row, column), angle = rng.uniform(0, 1, 2), rng.uniform(0, np.pi)
        across = (y - row) * np.cos(angle) + (x - column) * np.sin(angle)
        along = (x - column) * np.cos(angle) - (y - row) * np.sin(angle)
        disc = np.hypot(across, along) < rng.uniform(0.03, 0.25)
        bar = (np.abs(across) < rng.uniform(0.01, 0.1)) & (np.abs(along) < 0.4)
        rgb[disc if rng.random() < 0.5 else bar] = rng.uniform(0, 255, 3)
    image = Image.fromarray(rgb.astype(np.uint8))
    return np.asarray(image.resize((size, size), Image.Resampling.BOX))


if __name__ == "__main__":
    flags.DEFINE_string("input", None, "Folder of photographs.", required=True)
    flags.DEFINE_integer("size", 320, "Shorter side of the pictures, in pixels.")
    flags.DEFINE_integer("made_up", 50, "How many pictures to make up.")
    flags.DEFINE_integer("seed", 0, "Another seed makes up other pictures.")
    app.run(main)
