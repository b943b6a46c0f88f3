"""Measures how the network should see panoramas, on some with known colours.

  python tools/measure_panoramas.py --input=photos-val

Nine photographs of --input at a time, those that lie, go over into each other: pictures
of about 10:1. Their grey is coloured as the network sees them

  whole     all at once, the shorter side as that of other pictures, as `Colorizer` does
  tiles     by pieces of 2:1 that overlap by half, and whose ab go over into each other
  squashed  to 2:1

and a table tells the errors that `colornet evaluate` tells, with the time of one.
"""

import pathlib
import time

import numpy as np
from absl import app, flags

FLAGS = flags.FLAGS
_HEIGHT, _FADE = 320, 100  # Pixels.


def main(argv):
    """Prints the table."""
    del argv
    # Imported here, so that --help answers at once.
    from colornet.evaluation import metrics, scoring
    from colornet.inference import network_view, painting
    from colornet.inference.colorizer import Colorizer

    colorizer = Colorizer.load()
    stride = colorizer.info.stride
    panoramas = list(join(read_photos(FLAGS.input), FLAGS.photos))
    greys = [scoring.grey_of(panorama) for panorama in panoramas]
    colorizer(greys[0])  # The first call is slow.
    print(f"{len(panoramas)} panoramas of {FLAGS.photos} photographs each")
    print("| | alpha-beta RMSE | ab RMSE | PSNR, dB | seconds |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for way in ("whole", "tiles", "squashed"):
        score, seconds = metrics.Score(), 0.0
        for true, grey in zip(panoramas, greys, strict=True):
            start = time.perf_counter()
            h, w = colorizer.network_shape(*grey.shape)
            small = network_view.lightness(grey, (h, 2 * h if way == "squashed" else w))
            if way == "tiles":
                ab = predict_by_tiles(colorizer, small, stride)
            else:
                ab = colorizer.stream().predict_ab(small[None])[0]
            rgb = np.empty_like(true)
            painting.paint(grey, ab, small, rgb, stride=stride)
            seconds += time.perf_counter() - start
            score.add(true, rgb)
        result = score.result()
        print(
            f"| {way} | {result['alpha_beta_rmse']:.3f} | {result['ab_rmse']:.2f} "
            f"| {result['psnr_db']:.2f} | {seconds / len(panoramas):.2f} |"
        )


def read_photos(folder: str):
    """The photographs that lie, uint8 [320, W, 3], none of them much enlarged."""
    from PIL import Image

    for path in sorted(pathlib.Path(folder).iterdir()):
        with Image.open(path) as image:
            image = image.convert("RGB")
        if image.width > image.height > 0.75 * _HEIGHT:
            width = round(image.width * _HEIGHT / image.height)
            yield np.asarray(image.resize((width, _HEIGHT), Image.Resampling.LANCZOS))


def join(photos, count: int):
    """Panoramas uint8 [320, W, 3] of `count` photographs each."""
    share = np.linspace(0, 1, _FADE)[:, None]
    panorama = []
    for photo in photos:
        panorama.append(photo.astype(np.float32))
        if len(panorama) == count:
            whole = panorama[0]
            for right in panorama[1:]:
                fade = whole[:, -_FADE:] * (1 - share) + right[:, :_FADE] * share
                whole = np.concatenate([whole[:, :-_FADE], fade, right[:, _FADE:]], 1)
            yield np.round(whole).astype(np.uint8)
            panorama = []


def predict_by_tiles(colorizer, small, stride: int) -> np.ndarray:
    """Ab [h4, w4, 2] of L* [h, w], w > 2 h; the network sees tile by tile, afresh."""
    h, w = small.shape
    width = 2 * h // stride * stride
    lefts = [*range(0, w - width, width // 2 // stride * stride)]
    lefts.append(-(-(w - width) // stride) * stride)
    ab = np.zeros((-(-h // stride), -(-w // stride), 2), np.float32)
    weights = np.zeros((ab.shape[1], 1), np.float32)
    for left in lefts:
        tile = colorizer.stream().predict_ab(small[None, :, left : left + width])[0]
        columns = np.arange(1, tile.shape[1] + 1)[:, None]
        weight = np.minimum(columns, columns[::-1])
        there = slice(left // stride, left // stride + tile.shape[1])
        ab[:, there] += weight * tile
        weights[there] += weight
    return ab / weights


if __name__ == "__main__":
    flags.DEFINE_string("input", None, "Folder of photographs.", required=True)
    flags.DEFINE_integer("photos", 9, "How many photographs make a panorama.")
    app.run(main)
