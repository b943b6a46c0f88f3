"""Makes TFRecord shards of clips from photographs, films, DAVIS or ImageNet.

  colornet build-records --source=films --input=my/films --output=records/films

A photograph becomes a clip of one frame. The work is an Apache Beam pipeline (pip
install 'colornet[records]') that runs on this machine, or with Beam's own flags
anywhere: --direct_running_mode=multi_processing, --runner=DataflowRunner --project=...
Input and output are paths, or URLs of any filesystem that Beam knows: gs://, s3://,
hdfs://. `colornet train` reads what TensorFlow reads: paths and, as installed, gs://.

A run that was stopped goes on where it was when the command is given again. An input
that cannot be read is named in bad_inputs.jsonl, counted and left out; of a film that
breaks off, the clips before that place are kept. Too many of them stop the build.
manifest.json in the output folder says what there is: counts, sizes, colours, settings,
checksums. `build-records --verify --output=...` reads all of it again.

What each --source expects below --input:
"""

import ast
import os
import pathlib

from absl import flags

from colornet import config as configuration
from colornet.data.building.settings import SOURCES, RecordsConfig
from colornet.errors import InputError, UsageError

TAKES_OTHER_FLAGS = True  # Those of Beam.


def _what_sources_expect() -> str:
    """The sources' own words, read as text: importing them would take seconds."""
    parts = []
    for name in SOURCES:
        path = pathlib.Path(__file__).with_name("sources") / f"{name}.py"
        tree = ast.parse(path.read_text("utf-8"))
        text = ast.get_docstring(tree).replace("\n", "\n  ")
        parts.append(f"\n--source={name}\n  {text}\n")
    return "".join(parts)


__doc__ += _what_sources_expect()


def define_flags():
    """Defines a flag for each field of `RecordsConfig`."""
    configuration.define_flags(RecordsConfig)


def main(argv):
    """Builds, or verifies, the records that the flags describe."""
    config = configuration.from_flags(RecordsConfig, flags.FLAGS)
    (verify if config.verify else run)(config, argv[1:])


def run(config: RecordsConfig, beam_flags: list[str] = ()) -> None:
    """Builds the shards and manifest.json.

    Args:
      config: what to build.
      beam_flags: such as "--runner=FlinkRunner"; none runs on this machine.

    Raises:
      UsageError: a flag is missing, or `output` was built with other settings.
      InputError: nothing can be read or written, or too many inputs cannot.
    """
    # NumPy's threads would take from the workers what they cost: its arrays are small.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Beam, Pillow and FFmpeg come in only now, so that --help answers at once.
    from colornet.data.building import beam_pipeline, build

    engine = beam_pipeline.engine(beam_flags, config.workers)
    for name in ("input", "output"):
        if not getattr(config, name):
            raise UsageError(f"--{name} is needed: a folder.")
    build.run(config, engine)


def verify(config: RecordsConfig, beam_flags: list[str] = ()) -> None:
    """Reads every record again and prints what is damaged.

    Raises:
      UsageError: --output is missing.
      InputError: something is damaged or missing, or the build is not finished.
    """
    if not config.output:
        raise UsageError("--output is needed: the folder of the records to verify.")
    from colornet.data.building import beam_pipeline, manifest

    made = manifest.load(config.output)
    if made is None:
        raise InputError(
            f"--output={config.output}: there is no {manifest.NAME}, so nothing tells "
            "what should be there."
        )
    if not made["complete"]:
        raise InputError(
            f"{config.output}: the build is not finished; give its command again."
        )
    files = [shard["file"] for shard in made["shards"]]
    damage = beam_pipeline.verify_shards(
        config.output, files, beam_pipeline.engine(beam_flags, config.workers)
    )
    for one in damage:
        print(one)
    if damage:
        shards = len({one.shard for one in damage})
        raise InputError(
            f"{config.output}: {len(damage)} places are damaged in {shards} of "
            f"{len(files)} shards; remove these and give the build's command again."
        )
    print(f"{config.output}: {len(files)} shards are as they were written.")
