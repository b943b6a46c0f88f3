"""Everything that could change the result of a training run, or stop it."""

import dataclasses

from colornet.baselines import registry
from colornet.config import field

OWN_SYSTEM = "colornet"
SYSTEMS = (OWN_SYSTEM, *registry.TRAINED, *registry.FITTED)
ENCODERS = ("mobilenet_v2", "vgg16")
DYNAMIC_LAYERS = ("gru", "lstm", "aligned_gru", "two_way_gru", "none")
DECODERS = ("skips", "unpooling")
PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16", "auto")
# A run may go on with others of these: they say what is an error, not what comes out.
NO_EXPERIMENT = ("strict",)


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """The network, the records it learns from, and how it learns."""

    photos: str = field(
        "",
        "Shards of photographs, such as /data/photos-*.tfrecord: paths, or what else "
        "TensorFlow reads, as gs://bucket/photos-*.tfrecord.",
    )
    films: str = field("", "Shards of film clips; with --photos too, both are mixed.")
    arrays: str = field(
        "",
        "Arrays instead of --photos and --films, such as /data/packed/*.npy: "
        "tools/pack_arrays.py makes them, and they need no TensorFlow.",
    )
    validation: str = field(
        "",
        "Shards, or beside --arrays arrays, to validate on after each epoch; empty: "
        "none.",
    )
    films_share: float = field(0.25, "Share of steps on films where both are given.")
    pans_share: float = field(
        0.0,
        "Share of steps on clips made of photographs, where some are given: a camera "
        "pans and zooms, what is near moves more than what is far, and things pass.",
    )
    clip_length: int = field(4, "T, frames per film clip.")
    global_batch_size: int = field(10, "Film clips per step, over all replicas.")
    photos_per_step: int = field(40, "Photographs per step, over all replicas.")
    aged_share: float = field(
        0.2,
        "Share of clips that the network sees as if they were old: pale, soft, grainy, "
        "scratched, spotted.",
    )
    crop: int = field(128, "Height and width of training pictures, px, 32 n.")

    system: str = field(
        OWN_SYSTEM,
        "What is trained: colornet, or for comparison the system of others. Its parts "
        "are as published: flags of the network below do not concern it.",
        SYSTEMS,
    )
    system_width: float = field(
        1.0, "Of the systems of others: the share of its channels that a layer has."
    )
    encoder: str = field("mobilenet_v2", "Image encoder.", ENCODERS)
    encoder_weights: str = field(
        "imagenet",
        "Its first weights: imagenet (downloaded), none (random), or a .h5 file in the "
        "format of keras.applications without top.",
    )
    train_encoder: bool = field(False, "Train the encoder as well.")
    encoder_precision: str = field(
        "float32", "The encoder's dtype policy; empty: that of --precision."
    )
    dynamic_layer: str = field(
        "gru",
        "What passes information between frames; two_way_gru, forwards and backwards, "
        "cannot be exported.",
        DYNAMIC_LAYERS,
    )
    dynamic_stride: int = field(16, "Where it works: at cells of 16 or of 8 px.")
    decoder: str = field(
        "skips",
        "How details come back: skips from the encoder; or unpooling, which puts "
        "values where the pooling of vgg16 took them from (Noh et al. 2015).",
        DECODERS,
    )
    hints: bool = field(True, "Learn to follow colours that are told.")
    attention: bool = field(True, "Let distant parts of a frame tell each other.")
    precision: str = field(
        "float32",
        "Dtype policy of the network; auto is mixed_bfloat16 where that is quicker.",
        PRECISIONS,
    )

    init_from: str = field(
        "", "Start from the weights of a run's workdir, an export, or `default`."
    )
    new_dynamic_layer: bool = field(
        False, "With --init_from: do not take its dynamic layer, which may be another."
    )
    epochs: int = field(30, "Epochs; one ends with a checkpoint and validation.")
    steps_per_epoch: int = field(500, "Steps per epoch.")
    learning_rate: float = field(1e-3, "Adam's step size after the warm-up.")
    warmup_steps: int = field(200, "Steps from 0 to --learning_rate.")
    final_learning_rate: float = field(0.0, "Where the cosine decay ends.")
    beta_1: float = field(0.9, "Adam's decay of the first moment.")
    beta_2: float = field(0.999, "Adam's decay of the second moment.")
    clipnorm: float = field(1.0, "Longest gradient of one weight tensor; 0: any.")
    ema_momentum: float = field(
        0.998, "Of the moving average of weights that is kept; 0: no average."
    )
    rebalance: float = field(
        0.0,
        "Weight of rare colours: 0 none, 1 inverse to their frequency (1 - lambda of "
        "Zhang et al. 2016, equation 4).",
    )
    temporal_weight: float = field(
        0.0,
        "Weight of what keeps colours steady: the squared difference between predicted "
        "and true change of ab from frame to frame, ab in units of 10.",
    )
    seed: int = field(1, "Makes weights, order and crops repeat.")
    strict: bool = field(
        False, "Stop at the first corrupt record instead of leaving it out."
    )

    def __post_init__(self):
        """Refuses values that cannot work, naming flag and cure."""
        positive = (
            "clip_length",
            "global_batch_size",
            "photos_per_step",
            "epochs",
            "steps_per_epoch",
        )
        for name in positive:
            if getattr(self, name) < 1:
                raise ValueError(
                    f"--{name} must be at least 1, got {getattr(self, name)}."
                )
        for name in ("films_share", "pans_share", "aged_share", "rebalance"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(
                    f"--{name} must be in [0, 1], got {getattr(self, name)}."
                )
        if not 0 < self.system_width <= 1:
            raise ValueError(
                "--system_width must be above 0, and 1 at most, got "
                f"{self.system_width}."
            )
        if self.system != OWN_SYSTEM and self.init_from:
            raise ValueError(
                f"--init_from={self.init_from} needs --system={OWN_SYSTEM}, got "
                f"{self.system}."
            )
        if self.system in registry.LABELLED and self.arrays:
            raise ValueError(
                f"--system={self.system} learns classes too, which --arrays do not "
                "hold: give records, --photos or --films."
            )
        if self.dynamic_stride not in (8, 16):
            raise ValueError(
                f"--dynamic_stride must be 8 or 16, got {self.dynamic_stride}."
            )
        if self.decoder == "unpooling" and (
            self.encoder != "vgg16" or self.dynamic_stride != 16
        ):
            raise ValueError(
                "--decoder=unpooling needs --encoder=vgg16 and --dynamic_stride=16, "
                f"got {self.encoder} and {self.dynamic_stride}."
            )
        if self.films_share + self.pans_share > 1:
            raise ValueError(
                f"--films_share={self.films_share} and --pans_share={self.pans_share} "
                "must be 1 at most together: the rest of the steps is on photographs."
            )
        if not self.temporal_weight >= 0:
            raise ValueError(
                f"--temporal_weight must be 0 or more, got {self.temporal_weight}."
            )
        if self.arrays and self.pans_share:
            raise ValueError(
                f"--pans_share={self.pans_share} needs --photos: arrays are taken as "
                "they are."
            )
        if self.arrays and (self.photos or self.films):
            raise ValueError(
                "--arrays holds photographs and films: give it without --photos and "
                "--films."
            )
        if self.crop < 32 or self.crop % 32:
            raise ValueError(f"--crop must be a multiple of 32, got {self.crop}.")
        if not 0 <= self.ema_momentum < 1:
            raise ValueError(
                f"--ema_momentum must be in [0, 1), got {self.ema_momentum}."
            )


def network_arguments(config: TrainConfig) -> dict:
    """What `zoo.dynamic_colornet` is called with, but for bins and first weights."""
    return {
        "encoder_name": config.encoder,
        "train_encoder": config.train_encoder,
        "encoder_dtype": config.encoder_precision or None,
        "dynamic_layer": config.dynamic_layer,
        "dynamic_stride": config.dynamic_stride,
        "decoder_name": config.decoder,
        "takes_hints": config.hints,
        "attends": config.attention,
    }
