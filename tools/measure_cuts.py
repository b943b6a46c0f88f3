"""Measures how well cuts are found, on films spliced from clips of one shot each.

  python tools/measure_cuts.py --input=data/clips-train,data/DAVIS/JPEGImages/240p

--input names folders: of clips, or of folders of numbered pictures. Each clip belongs
to one half by its name's hash; what was chosen by looking at numbers was chosen on the
half "tune", so --half=score is the result. A table says, for each kind of film, how
many of its hard cuts were found and what was taken for one. Every film has hard cuts;
at every second joint, or in the middle of shots, it has events of its kind, and those
are not cuts:

  cuts         nothing else
  cross-fades  of 8 to 40 frames
  fades        to black, some frames of black, and up again, 8 to 30 frames each
  flashes      one to three frames brighter to white, some twice, some dying away
  pans         whips of 6 to 12 frames over a third of the picture

Each is measured as it is and as old film: with grain, brightness that flickers,
scratches, dust, and a picture that is not steady in its gate.
"""

import pathlib
import zlib

import numpy as np
from absl import app, flags

FLAGS = flags.FLAGS
_SHAPE = 120, 160
_SHOTS = 4  # In a film; each lasts for 14 frames or more.
KINDS = ("cuts", "cross-fades", "fades", "flashes", "pans")


def main(argv):
    """Prints the table."""
    del argv
    from colornet.data import shots

    # Imported here, so that --help answers at once.
    clips = read_clips(FLAGS.input, FLAGS.half)
    print(f"{len(clips)} clips of the half {FLAGS.half!r}, {FLAGS.films} films a kind")
    print("kind         film   cuts events  found missed  false  precision  recall")
    for aged in (False, True):
        for number, kind in enumerate(KINDS):
            rng = np.random.default_rng([FLAGS.seed, number])
            count = np.zeros(5, int)
            for _ in range(FLAGS.films):
                pictures, true, events = splice(clips, kind, rng)
                if aged:
                    pictures = age(pictures, rng)
                found = cuts_of(pictures, shots)
                missed, false = true - found, found - true
                count += [len(true), events, len(found), len(missed), len(false)]
            cuts, events, found, missed, false = count
            hits = cuts - missed
            print(
                f"{kind:12} {'old' if aged else 'clean':5} {cuts:5} {events:6} "
                f"{found:6} {missed:6} {false:6} {hits / max(found, 1):10.3f} "
                f"{hits / cuts:7.3f}"
            )


def cuts_of(pictures, shots) -> set[int]:
    """The indices of the frames that begin a shot."""
    from PIL import Image

    finder = shots.ShotFinder()
    answers = []
    for picture in pictures:
        answers += finder.push(shots.small_luma(Image.fromarray(picture)))
    answers += finder.finish()
    return set(np.flatnonzero(answers).tolist())


def read_clips(folders: str, half: str) -> list[np.ndarray]:
    """The luma of each clip of that half, uint8 [T, 120, 160]."""
    import av

    clips = []
    for folder in folders.split(","):
        for path in sorted(pathlib.Path(folder).iterdir()):
            if ("tune", "score")[zlib.crc32(path.name.encode()) % 2] != half:
                continue
            name = str(path / "%05d.jpg") if path.is_dir() else str(path)
            with av.open(name) as film:
                frames = [
                    frame.reformat(*_SHAPE[::-1], "gray", interpolation="AREA")
                    for frame in film.decode(video=0)
                ]
            clips.append(np.stack([frame.to_ndarray() for frame in frames]))
    return [clip for clip in clips if len(clip) >= 16]


def splice(clips, kind: str, rng) -> tuple[np.ndarray, set[int], int]:
    """A film [T, H, W], where its hard cuts are, and how many events it has."""
    film, true, events = np.zeros((0, *_SHAPE), np.float32), set(), 0
    for number, index in enumerate(rng.choice(len(clips), 2 * _SHOTS, replace=False)):
        shot = clips[index].astype(np.float32)
        start = rng.integers(0, len(shot) - 14)
        shot = shot[start : start + rng.integers(14, 90)]
        if kind in ("flashes", "pans"):
            shot = {"flashes": flash, "pans": pan}[kind](shot, rng)
            events += 1
        soft = kind in ("cross-fades", "fades") and number % 2 == 1
        if soft:
            film = {"cross-fades": cross_fade, "fades": fade}[kind](film, shot, rng)
            events += 1
        else:
            if len(film):
                true.add(len(film))
            film = np.concatenate([film, shot])
    return film.astype(np.uint8), true, events


def cross_fade(before, after, rng):
    """The one film going over into the other, at an even pace."""
    length = min(rng.integers(8, 41), len(after), 14)
    share = np.linspace(0, 1, length + 2)[1:-1, None, None]
    middle = before[-length:] * (1 - share) + after[:length] * share
    return np.concatenate([before[:-length], middle, after[length:]])


def fade(before, after, rng):
    """The one down to black, then the other up from it."""
    down, up = (rng.integers(8, 1 + min(30, len(x), 13)) for x in (before, after))
    before, after = before.copy(), after.copy()
    before[-down:] *= np.linspace(1, 0, down)[:, None, None]
    after[:up] *= np.linspace(0, 1, up)[:, None, None]
    black = np.zeros((rng.integers(0, 12), *_SHAPE), np.float32)
    return np.concatenate([before, black, after])


def flash(shot, rng):
    """The shot with a flash somewhere in its middle."""
    shot = shot.copy()
    light = rng.uniform(0.4, 1) * np.array([1, *rng.choice([0, 0.5, 1], 2)])
    if rng.random() < 0.3:
        light = light[[0, 0]] * [1, 0.4] if rng.random() < 0.5 else light[[0, 0, 0]]
        light = light * np.array([1, 0, 1])[: len(light)]
    at = rng.integers(4, len(shot) - 6)
    for t, strength in enumerate(light, at):
        shot[t] += (255 - shot[t]) * strength
    return shot


def pan(shot, rng):
    """The shot through a window that whips to the other side in its middle."""
    height, width = _SHAPE
    length = rng.integers(6, 13)
    at = rng.integers(1, max(2, len(shot) - length))
    way = np.clip((np.arange(len(shot)) - at) / length, 0, 1)
    way = way * way * (3 - 2 * way)  # It starts and stops softly, as a hand does.
    if rng.random() < 0.5:
        way = 1 - way
    out = np.empty_like(shot)
    window = width * 2 // 3
    columns = np.linspace(0, window - 1, width)
    for t, picture in enumerate(shot):
        left = columns + way[t] * (width - window)
        low = left.astype(int)
        share = (left - low).astype(np.float32)
        high = np.minimum(low + 1, width - 1)
        out[t] = picture[:, low] * (1 - share) + picture[:, high] * share
    return out


def age(film, rng):
    """The film as an old print of it."""
    film = film.astype(np.float32)
    film *= 1 + 0.1 * rng.standard_normal((len(film), 1, 1)).astype(np.float32)
    for picture in film:
        picture[:] = np.roll(picture, rng.integers(-1, 2, 2), (0, 1))
        for _ in range(rng.integers(0, 3)):
            picture[:, rng.integers(0, _SHAPE[1])] = rng.choice([20, 235])
        for _ in range(rng.integers(0, 4)):
            y, x = rng.integers(0, _SHAPE[0]), rng.integers(0, _SHAPE[1])
            picture[y : y + 6, x : x + 6] = rng.choice([20, 235])
    film += 14 * rng.standard_normal(film.shape, np.float32)
    return np.clip(film, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    flags.DEFINE_string("input", "", "Folders of clips, separated by commas.")
    flags.DEFINE_enum("half", "score", ["tune", "score"], "Which half of the clips.")
    flags.DEFINE_integer("films", 10, "Films of 8 shots for each kind.")
    flags.DEFINE_integer("seed", 0, "Another seed splices other films.")
    app.run(main)
