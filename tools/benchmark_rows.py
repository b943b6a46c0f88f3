"""The rows of the benchmark: names, seeds and files, for the tools that need them."""

import dataclasses
import json
import pathlib

FOLDER = pathlib.Path("experiments/benchmark")


@dataclasses.dataclass(frozen=True)
class Row:
    """A system that is trained and scored.

    Attributes:
      number: that of the row in the table.
      name: of its flags, FOLDER/NAME.flags.
      label: what a table calls it.
      seeds: how many runs there are to be.
    """

    number: int
    name: str
    label: str
    seeds: int = 1

    @property
    def flags(self) -> pathlib.Path:
        """Its flags of `colornet train`."""
        return FOLDER / f"{self.name}.flags"

    def figures(self, seed: int) -> pathlib.Path:
        """What came of one run."""
        return FOLDER / f"{self.name}-{seed}.json"

    def pictures(self, kind: str) -> pathlib.Path:
        """What its first run made of pictures to look at, side by side."""
        return self.figures(1).with_suffix(f".{kind}.webp")

    def results(self) -> list[dict]:
        """What came of each run that has been made."""
        paths = map(self.figures, range(1, self.seeds + 1))
        return [json.loads(path.read_text()) for path in paths if path.exists()]


# Row 1, no colourisation, is in what comes of every other.
SYSTEMS = (
    Row(2, "larsson2016", "Larsson 2016, K = 32"),
    Row(3, "no_dynamic_layer", "the report's, no dynamic layer", seeds=2),
    Row(4, "gru", "the report's (GRU)", seeds=2),
    Row(5, "lstm", "the report's, LSTM", seeds=2),
    Row(6, "zhang2016", "Zhang 2016"),
    Row(7, "iizuka2016", "Iizuka 2016"),
    Row(8, "cheng2015", "Cheng 2015"),
    Row(9, "deshpande2015", "Deshpande 2015"),
    Row(10, "noh2015", "the report's, decoder of Noh 2015"),
    Row(11, "default", "default of this package", seeds=2),
)
# The report's remark on the size of batches.
BATCHES = tuple(Row(4, f"batch{n}", f"batches of {n} frames") for n in (4, 10, 32))
# Row 11 with all the training that the bundled weights have had.
BUNDLED = Row(11, "bundled", "default of this package, as it comes")
