"""The flags of `colornet colorize`."""

import dataclasses

from colornet import config
from colornet.errors import UsageError
from colornet.inference.film_writing import codecs
from colornet.inference.films import film_settings, film_span
from colornet.inference.films.reference import Reference
from colornet.inference.photos import photo_settings

# The endings of `photo_file.WRITTEN`, which takes long to import.
FORMATS = (
    *("", "jpg", "jpeg", "png", "webp", "tif", "tiff", "avif", "heic", "heif", "jp2"),
    *("bmp", "ppm"),
)


@dataclasses.dataclass(frozen=True)
class ColorizeConfig:
    """How files are coloured."""

    output: str = config.field("", "Required: the file to write; or the folder.")
    input_list: str = config.field(
        "", "A file with the paths of further inputs, one a line (or a null byte each)."
    )
    overwrite: bool = config.field(
        False,
        "Replace what is there, and begin interrupted films anew. Otherwise what is in "
        "an output folder is skipped, and a single output that is there refused.",
    )
    format: str = config.field(
        "",
        "Of photographs into a folder: what to write. The source's own if empty.",
        choices=FORMATS,
    )
    summary: str = config.field(
        "",
        "Write what became of each input to this .csv or .json: source, output, status "
        "(done, skipped, failed, left), reason, seconds, width, height.",
    )
    max_megapixels: float = config.field(
        250.0, "Of photographs: larger ones are refused, as they may be made to harm."
    )
    model: str = config.field(
        "default", "Bundled model's name, or a directory from `colornet export`."
    )
    device: str = config.field("auto", "auto, cpu, gpu, or one of several: gpu:1.")
    temperature: float = config.field(
        0.0,
        "1 mixes all the colours that are likely, lower decides for the likeliest, "
        "which may be grey; above 0 to 1. 0: the model's own.",
    )
    saturation: float = config.field(
        1.0, "What chroma is multiplied by, 0 to 4; of films, a shot's own on top."
    )
    neutral: str = config.field(
        "",
        "Of one photograph: a point X,Y that is neutral, in pixels from the left and "
        "the top. A cast of the colours that shows there is taken from all of them.",
    )
    hints: str = config.field(
        "",
        "Of one photograph: a picture of its size with some of its colours, "
        "transparent where nothing is said, such as points.png.",
    )
    reference: tuple = config.field(
        (),
        "As often as wanted: another picture in colour, of the same people, place or "
        "things, of any size: what shows the same takes its colours. Of one film also "
        "PICTURE@TIME, such as frame.png@00:00:03.2, the film's frame at that time in "
        "colour, or transparent where nothing is said. Its shot takes the colours from "
        "it.",
    )
    confidence: str = config.field(
        "",
        "Of photographs: write how sure each pixel's colour is, black to white, to "
        "this .png; of several inputs, to a folder.",
    )
    alternatives: int = config.field(
        0,
        "Of photographs: how many different colourings, 2 to 8. The output is the "
        "first; the others lie beside it, as scan.alternative-2.jpg, and all side by "
        "side in scan.jpg.alternatives.png.",
    )
    force: bool = config.field(
        False, "Colour photographs that are in colour already. Otherwise they are not."
    )
    network_size: int = config.field(
        0, "Shorter side of the network's picture, 32 or more px. 0: the model's own."
    )
    codec: str = config.field(
        "h264", "Of films: how the picture is coded.", choices=codecs.CODECS
    )
    bit_depth: int = config.field(
        0, "Of films: bits of luma and chroma: 8, 10, 12 or 16. 0: the source's."
    )
    deinterlace: bool = config.field(
        False, "Of films: make whole pictures of the two fields of interlaced frames."
    )
    rate: str = config.field(
        "",
        "Of numbered pictures: frames per second, such as 16 or 24000/1001. Otherwise "
        "they are taken for 25.",
    )
    start: str = config.field(
        "", "Of films: begin at this time, in seconds or HH:MM:SS.mmm; it becomes 0."
    )
    end: str = config.field("", "Of films: end before this time, of the source's.")
    preview: str = config.field(
        "", "Of films: how much to colour from the start on: 10s, or 1:00 for a minute."
    )
    shots: str = config.field(
        "",
        "Of one film: its list of shots, a .csv file. Where there is none it is "
        "written: frames and kind of each shot (grey, toned, or coloured, which is "
        "left as it is). Where there is one it is followed: frames and kinds may be "
        "corrected, saturation multiplies chroma, temperature is as the flag, and yes "
        "under skip leaves a shot as it is in the source. reference is as the flag, "
        "for that shot only, and hints PICTURE or PICTURE@TIME, transparent where "
        "nothing is said of the shot's first frame, or of that one; | parts several.",
    )
    keep_tint: bool = config.field(
        False,
        "Leave toned shots of films (sepia, blue) as they are, and skip photographs "
        "that are toned. Otherwise the tone is taken away, at equal lightness, and "
        "they are coloured like grey ones.",
    )
    max_memory: int = config.field(
        0, "Of films: most memory to take, in MiB; less is slower. 0: no ceiling."
    )
    report: bool = config.field(
        False,
        "Of films: write what was done beside the output: coloured.mp4.json; of "
        "numbered pictures beside their folder: coloured.json.",
    )
    poster: bool = config.field(
        False,
        "Of films: draw a sheet with the middle frame of each shot, as it was and "
        "coloured: coloured.mp4.png; of numbered pictures coloured.png.",
    )

    @property
    def max_pixels(self) -> int:
        """That a photograph may have."""
        return int(self.max_megapixels * 1e6)

    def __post_init__(self):
        if not self.output:
            raise UsageError("--output is required: the file or folder to write")
        if self.max_megapixels <= 0:
            raise UsageError(
                f"--max_megapixels={self.max_megapixels}: must be more than 0"
            )
        if not 0 <= self.temperature <= 1:
            raise UsageError(f"--temperature={self.temperature}: must be from 0 to 1")
        if not 0 <= self.saturation <= 4:
            raise UsageError(f"--saturation={self.saturation}: must be from 0 to 4")
        if self.alternatives != 0 and not 2 <= self.alternatives <= 8:
            raise UsageError(f"--alternatives={self.alternatives}: must be from 2 to 8")
        photo_settings.parse_point(self.neutral)
        if self.network_size and self.network_size < 32:
            raise UsageError(f"--network_size={self.network_size}: must be 32 or more")
        if self.max_memory < 0:
            raise UsageError(f"--max_memory={self.max_memory}: must be 0 or more")
        codecs.check_settings(self.codec, self.bit_depth)
        film_settings.parse_rate(self.rate)
        film_span.Span.parse(self.start, self.end, self.preview)
        for reference in self.reference:
            Reference.parse(reference)
