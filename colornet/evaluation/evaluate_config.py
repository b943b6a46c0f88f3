"""What `colornet evaluate` can be told: what is scored, and on what."""

import dataclasses

from colornet.config import field
from colornet.errors import UsageError

TOLD = "points", "first_frame", "reference", "reference_from"
_DEFAULT_MODEL = "default"
# What is of use with --colored, beside it and --output: with --input, with --source.
_OF_PICTURES = (
    *("input", "pictures", "split_list", "every", "limit"),
    *("trained_on", "classifier", "perceptual"),
)
_OF_FILMS = "source", "truth"


@dataclasses.dataclass(frozen=True)
class EvaluateConfig:
    """What is scored, on what, and where the report goes."""

    model: str = field(
        _DEFAULT_MODEL,
        "Name of a bundled model, or a folder that `colornet export` wrote.",
    )
    workdir: str = field(
        "",
        "A training run, instead of --model: the one export that lies in it, or what "
        "it has learned of a system of others.",
    )
    input: str = field("", "Folder of pictures, films, or folders of frames.")
    records: str = field(
        "", "Glob of shards from `colornet build-records`, instead of --input."
    )
    pictures: str = field(
        "auto",
        "What the pictures in --input are: each a photograph, or a folder's the frames "
        "of one film. auto: photographs in --input itself, frames in folders below it.",
        choices=("auto", "photos", "frames"),
    )
    split_list: str = field(
        "",
        "Text file that names what of --input to take, one a line, in --input or "
        "elsewhere. Empty takes all.",
    )
    colored: str = field(
        "",
        "Instead of a model: folder of pictures and films that are coloured already. "
        "With --source instead of --input: a film, or folder of films.",
    )
    source: str = field(
        "",
        "The film, or folder, that --colored was made of, to see how much it flickers.",
    )
    truth: str = field("", "For --source: the film, or folder, in its true colours.")
    trained_on: str = field(
        "",
        "Glob of the shards that the model was trained on: nothing in them may be "
        "scored. Empty takes those of --workdir, if it is given.",
    )
    every: int = field(
        1, "Of films, score only every n-th frame; above 1, flicker is not measured."
    )
    scored_only: bool = field(
        False,
        "Show the model only the frames that are scored. Faster; otherwise it sees all "
        "of them, as in use, and remembers what it would then.",
    )
    limit: int = field(
        0, "Take at most this many photographs and films, spread evenly; 0 takes all."
    )
    network_size: int = field(
        0, "Shorter side of the network's picture, in pixels; 0: the model's own."
    )
    temperature: float = field(
        0.0,
        "Of the annealed mean, above 0: lower is more vivid; 0: the model's own.",
    )
    points: int = field(
        0, "Tell the model the true colours of so many points, at random places."
    )
    first_frame: bool = field(
        False,
        "Tell the model the colours of each film's first frame; score the others.",
    )
    reference: str = field("", "Tell it of this other picture.")
    reference_from: int = field(0, "The same of the frame so many away, mirrored.")
    classifier: str = field(
        "",
        "Also how often MobileNetV2 knows what is shown, where names begin with an "
        "ImageNet class: imagenet, which is downloaded, or a folder of its weights.",
    )
    perceptual: str = field(
        "",
        "Also LPIPS and FID: a folder of their networks' weights, as lpips.py and "
        "fid.py name them, or imagenet, which downloads FID's.",
    )
    device: str = field("auto", "auto, cpu, gpu, or one of several as gpu:1.")
    output: str = field(
        "", "Folder for report.json and row.md, the printed table; empty writes none."
    )
    save_pictures: bool = field(
        False, "Also write the model's pictures, as PNG, to OUTPUT/pictures."
    )

    def __post_init__(self):
        ways = ("input", "source") if self.colored else ("input", "records")
        given = [f"--{name}" for name in ways if getattr(self, name)]
        if len(given) != 1:
            raise UsageError(
                f"expected one of --input, a folder, and --{ways[1]}, "
                f"{'with --colored' if self.colored else 'a glob of shards'}; got "
                f"{' and '.join(given) or 'none'}"
            )
        self._check_colored()
        if self.workdir and self.model != _DEFAULT_MODEL:
            raise UsageError("--model and --workdir both name a model: give one")
        for name in "limit network_size temperature points reference_from".split():
            if not getattr(self, name) >= 0:
                raise UsageError(f"--{name}={getattr(self, name)}: expected 0 or more")
        if self.every < 1:
            raise UsageError(f"--every={self.every}: expected 1 or more")
        if self.split_list and self.records:
            raise UsageError("--split_list is of --input: records have been picked")
        if self.save_pictures and not self.output:
            raise UsageError("--save_pictures needs --output, the folder to write to")

    def _check_colored(self):
        if not self.colored:
            for name in _OF_FILMS:
                if getattr(self, name):
                    raise UsageError(f"--{name} needs --colored, the coloured film")
            return
        of_use = _OF_FILMS if self.source else _OF_PICTURES
        for item in dataclasses.fields(self):
            name = item.name
            changed = getattr(self, name) != item.default
            if changed and name not in ("colored", "output", *of_use):
                raise UsageError(
                    f"--{name} is of no use with --colored and --{of_use[0]}: leave it "
                    "out"
                )
