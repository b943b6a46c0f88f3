"""One way of colouring on one set of pictures: the rows of the table.

The model is given what is left of a picture without its colour, the sRGB grey of its L*
in 8 bits, at full size, and takes the same way as a user's picture. That grey is also
the row "no colourisation": against it one sees what the colour alone is worth, because
the model gives back exactly this lightness. Its chroma errors are those of any other
grey. Its PSNR is lower than that of (R + G + B) / 3, than which no grey comes closer,
and of Rec. 601 luma; published tables begin with either, so both are given too.

Of films it also says how steady the colours are, where every frame is scored.
"""

import dataclasses
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np

from colornet.color import spaces
from colornet.errors import InputError
from colornet.evaluation import flow, metrics, temporal
from colornet.evaluation.footage import Footage, Opener, of_one_size
from colornet.evaluation.references import References
from colornet.evaluation.told import Told
from colornet.inference import hint_pictures, network_view, painting
from colornet.inference.colorizer import Colorizer

_PORTION = 8  # Frames of a film that are held and go through the network at once.
_REC601 = np.array([0.299, 0.587, 0.114])  # R', G', B' in luma. ITU-R BT.601-7, 2.5.1.


@dataclasses.dataclass(frozen=True)
class Sampling:
    """Which frames of a film are scored; of a photograph its only one.

    Attributes:
      every: frames 0, `every`, 2 `every` and so on.
      scored_only: whether the model sees only these, which is faster, or all frames, so
        that what it remembers is what a user's film would give it.
      told: what the model is told of the truth.
      references: other pictures that it is told of, each for one frame; then the model
        sees the scored frames only.
    """

    every: int = 1
    scored_only: bool = False
    told: Told = Told()
    references: References = References()


class Judge(Protocol):
    """What sees grey, the model's picture and the truth beside each other.

    Attributes:
      NOTHING: why there is no result, where there is none.
    """

    NOTHING: str

    def add(self, name: str, pictures: dict[str, np.ndarray]) -> None:
        """Takes the next picture: by row, sRGB uint8 [H, W, 3] each."""

    def result(self) -> dict | None:
        """Its figures, or None."""


def score(
    work: "TimedColoring",
    openers: Iterable[Opener],
    advance: Callable[[str, int | None, np.ndarray], None] = lambda *_: None,
    judges: Mapping[str, Judge] | None = None,
) -> dict:
    """Scores of grey, the model and the truth, with what compares them.

    "temporal" holds films' warp error and CDC, or None, and "temporal_left_out" why;
    the same of each judge.

    Args:
      work: the model, or a `frame_by_frame.FrameByFrame`, and which frames it colours.
      openers: the photographs and films, each opened when its turn comes.
      advance: called with each scored picture: its name, the number of the frame (None
        for a photograph) and the model's picture, uint8 [H, W, 3].
      judges: others that see all rows of each scored picture, by name.

    Raises:
      InputError: there is no colour in any picture, or one is unfit to be scored.
    """
    grey_score, model_score = metrics.Score(), metrics.Score()
    truth, rival_greys = metrics.Colorfulness(), ([], [])
    films, left_out, steadiness = 0, _why_not_temporal(work.every), None
    if not left_out:
        steadiness = temporal.Steadiness(["grey", "model", "truth"])
    judges = judges or {}
    for open_footage in openers:
        footage = open_footage()
        films += footage.is_film
        for index, true, grey, colored in work.frames_of(footage):
            grey_rgb = np.repeat(grey[..., None], 3, axis=-1)
            grey_score.add(true, grey_rgb)
            model_score.add(true, colored)
            truth.add(true)
            for found, luma in zip(
                rival_greys, (true.mean(axis=-1), true @ _REC601), strict=True
            ):
                found.append(metrics.psnr(true, luma[..., None]))
            rows = {"grey": grey_rgb, "model": colored, "truth": true}
            if footage.is_film and steadiness:
                steadiness.add(grey, rows)
            for judge in judges.values():
                judge.add(footage.name, rows)
            advance(footage.name, index if footage.is_film else None, colored)
        if footage.is_film and steadiness:
            steadiness.end_film()
    grey, model = grey_score.result(), model_score.result()
    figures = steadiness.result() if steadiness else None
    if films and not figures:
        left_out = left_out or temporal.TOO_SHORT
    if grey["alpha_beta_rmse"] == 0:
        raise InputError(
            "none of the pictures has colour, so there is no truth to compare with; "
            "give colour pictures"
        )
    return {
        "films": films,
        "pictures": model["pictures"],
        "rows": {"grey": grey, "model": model, "truth": truth.result()},
        "alpha_beta_rmse_ratio": model["alpha_beta_rmse"] / grey["alpha_beta_rmse"],
        "ab_rmse_ratio": model["ab_rmse"] / grey["ab_rmse"],
        "psnr_gain_db": model["psnr_db"] - grey["psnr_db"],
        "temporal": figures,
        "temporal_left_out": left_out if films else "",
        **_judged(judges),
        "grey_psnr_db": {
            "lightness": grey["psnr_db"],
            "mean_rgb": float(np.mean(rival_greys[0])),
            "rec601": float(np.mean(rival_greys[1])),
        },
        "seconds_per_frame": work.seconds / work.frames,
    }


class TimedColoring:
    """A model at work, as `Colorizer` does it, but a few frames of a film at a time.

    Attributes:
      every: every n-th frame of a film is scored.
      frames: how many went through the network.
      seconds: how long that and the colouring of the scored ones took.
    """

    def __init__(self, colorizer: Colorizer, sampling: Sampling):
        self._colorizer = colorizer
        self._sampling = sampling
        self.every = sampling.every
        self.frames = 0
        self.seconds = 0.0

    def frames_of(
        self, footage: Footage
    ) -> Iterator[tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
        """(number, truth, grey, the model's picture) of each scored frame.

        A film is one shot: what the network remembers is never reset within it.
        """
        every, stream = self.every, self._colorizer.stream()
        told, is_film = self._sampling.told, footage.is_film
        references = self._sampling.references
        numbered = enumerate(references.beside(of_one_size(footage)))
        if self._sampling.scored_only or references:
            numbered = ((n, frame) for n, frame in numbered if n % every == 0)
        length = 1 if references else _PORTION
        while portion := list(itertools.islice(numbered, length)):
            trues = [true for _, (true, _) in portion]
            greys = [grey_of(true) for true in trues]
            hints = [told.of(n, true, is_film) for n, (true, _) in portion]
            wanted = [n % every == 0 and told.scores(n, is_film) for n, _ in portion]
            if references:
                stream.forget()
                for picture in portion[0][1][1]:
                    stream.refer(*self._colorizer.look_at(picture))
            colored = self._color(stream, greys, hints, wanted)
            for (number, _), true, grey, rgb in zip(
                portion, trues, greys, colored, strict=True
            ):
                if rgb is not None:
                    yield number, true, grey, rgb

    def _color(self, stream, greys, hints, wanted):
        """The model's pictures; None for frames that are only seen, not wanted."""
        start = time.perf_counter()
        shape = self._colorizer.network_shape(*greys[0].shape)
        lightness = np.stack([network_view.lightness(grey, shape) for grey in greys])
        seen = None
        if hints[0] is not None:
            seen = hint_pictures.seen(hints, shape)
            for index in np.flatnonzero(seen[..., 2].all(axis=(1, 2))):
                stream.remember(lightness[index, None], seen[index, None])
        colored = [None] * len(greys)
        for index, ab in enumerate(stream.predict_ab(lightness, hints=seen)):
            if wanted[index]:
                colored[index] = np.empty((*greys[index].shape, 3), np.uint8)
                painting.paint(
                    greys[index],
                    ab,
                    lightness[index],
                    colored[index],
                    stride=self._colorizer.info.stride,
                )
        self.seconds += time.perf_counter() - start
        self.frames += len(greys)
        return colored


def grey_of(rgb: np.ndarray) -> np.ndarray:
    """The sRGB grey, uint8 [H, W], that has the L* of sRGB uint8 [H, W, 3]."""
    lightness = spaces.srgb_to_lab(rgb.astype("float32") / 255.0)[..., 0]
    grey = np.asarray(spaces.lightness_to_grey(lightness))
    return np.clip(np.round(grey * 255.0), 0, 255).astype("uint8")


def _judged(judges):
    figures = {name: judge.result() for name, judge in judges.items()}
    why = {name: "" if figures[name] else judges[name].NOTHING for name in judges}
    return {**figures, **{f"{name}_left_out": line for name, line in why.items()}}


def _why_not_temporal(every):
    """Why flicker cannot be measured; empty where it can."""
    if every != 1:
        return "they need every frame: --every=1"
    return "" if flow.is_available() else flow.MISSING
