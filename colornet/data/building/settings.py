"""What `build-records` can be told: which inputs, how to cut and store them."""

import dataclasses

from colornet.config import field
from colornet.errors import UsageError

SOURCES = ("davis", "films", "frames", "imagenet", "photos")
# How the work is done, or where, and not what comes out: a run may go on with others.
_NOT_IN_RESULT = frozenset(
    "input output held_out workers max_bad_fraction".split()
    + "strict retry_bad overwrite verify".split()
)
_MOVING = "Films, frames and DAVIS only."
_CHOSEN = "Photos, films and frames only; the official sets stay whole."


@dataclasses.dataclass(frozen=True)
class RecordsConfig:
    """What to read, and how to cut and store it."""

    source: str = field("photos", "What kind of material --input holds.", SOURCES)
    input: str = field("", "Folder to read: a path, or a URL such as gs://bucket/pics.")
    output: str = field("", "Folder for the shards and manifest.json: a path or a URL.")
    name: str = field("", "What shards' names begin with. Empty takes --source.")
    split_list: str = field(
        "",
        "Text file that names the inputs to take, one a line, in --input or elsewhere: "
        "relative paths; for imagenet with labels after them if need be; for davis "
        "an official list such as ImageSets/2017/train.txt. Empty takes all.",
    )
    hash_split: str = field(
        "",
        "Takes the inputs whose name's hash, in percent, lies in such a range: 0:95 to "
        "train, 95:100 to validate. An input never changes sides, whatever is added, "
        "and all clips of one film are on one side. Empty takes all.",
    )
    held_out: str = field(
        "",
        "Text file that names what is kept for scoring, one a line, as a list for "
        "--split_list does: if any of it would be taken, nothing is built.",
    )
    exclude: str = field(
        "", "Globs of inputs to leave out, by relative path, separated by commas."
    )
    resolution: str = field(
        "480p",
        "DAVIS only: which folder of JPEGImages to read.",
        choices=("240p", "480p", "Full-Resolution"),
    )
    short_side: int = field(
        0,
        "Pictures whose shorter side is above this many pixels are reduced to it; none "
        "is enlarged. 0 keeps every size.",
    )
    clip_length: int = field(16, f"Frames in a clip; the last is shorter. {_MOVING}")
    stride: int = field(
        0,
        "Frames from the start of one clip to the start of the next; 0 takes "
        f"--clip_length, so that clips neither overlap nor leave gaps. {_MOVING}",
    )
    cut_threshold: float = field(
        10.0,
        "A clip ends where the picture changes by this much from one frame to the "
        "next, 0 to 100 (FFmpeg's scdet); 0 looks for no cuts. Films and frames only.",
    )
    min_change: float = field(
        0.15,
        "Leaves out frames whose luma differs by less than this from the last one "
        "kept, mean of 0 to 255; 0 keeps all. Films and frames only.",
    )
    min_color: float = field(
        2.0,
        "Leaves out clips and photographs with less colour than this beside their "
        "tone, in L*a*b* units: grey, sepia, toned; 0 keeps all. " + _CHOSEN,
    )
    shard_size_mb: float = field(
        100.0,
        "About how large a shard is, in MB of 1e6 bytes. Small sets are dealt over up "
        "to 16 shards of 1 MB or more, so that they too are built in parallel.",
    )
    seed: int = field(0, "Decides the order in which inputs are dealt over shards.")
    workers: int = field(
        0,
        "Shards that are built at a time on this machine; 0 takes one a processor. "
        "Other runners have flags of their own.",
    )
    max_bad_fraction: float = field(
        0.01, "Share of inputs that may be unreadable before the build stops, 0 to 1."
    )
    strict: bool = field(False, "The same as --max_bad_fraction=0.")
    retry_bad: bool = field(
        False, "Build those shards again in which inputs were unreadable."
    )
    overwrite: bool = field(False, "Remove earlier records in --output first.")
    verify: bool = field(
        False, "Build nothing: read every record in --output again, report damage."
    )

    def __post_init__(self):
        for name in (
            *("short_side", "stride", "workers"),
            *("cut_threshold", "min_change", "min_color"),
        ):
            if not getattr(self, name) >= 0:
                raise UsageError(f"--{name}={getattr(self, name)}: expected 0 or more.")
        if self.cut_threshold > 100:
            raise UsageError(f"--cut_threshold={self.cut_threshold}: at most 100.")
        if self.clip_length < 1:
            raise UsageError(f"--clip_length={self.clip_length}: expected 1 or more.")
        if not 0 < self.shard_size_mb < float("inf"):
            raise UsageError(
                f"--shard_size_mb={self.shard_size_mb}: expected more than 0."
            )
        if not 0 <= self.max_bad_fraction <= 1:
            raise UsageError(
                f"--max_bad_fraction={self.max_bad_fraction}: expected 0 to 1."
            )
        if "/" in self.name:
            raise UsageError(
                f"--name={self.name}: expected no '/'; the folder is --output."
            )
        self.hash_range()

    def hash_range(self) -> tuple[float, float]:
        """The bounds, in percent, that `hash_split` names."""
        try:
            low, high = (float(end) for end in (self.hash_split or "0:100").split(":"))
        except ValueError:
            low = high = -1.0
        if not 0 <= low < high <= 100:
            raise UsageError(
                f"--hash_split={self.hash_split}: expected two percentages, the lower "
                "first, such as 0:95."
            )
        return low, high

    def that_decide_the_result(self) -> dict:
        """Those settings on which the bytes of the shards depend, by name."""
        settings = dataclasses.asdict(self)
        return {name: settings[name] for name in settings if name not in _NOT_IN_RESULT}
