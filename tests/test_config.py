import dataclasses

import pytest
from absl import flags

from colornet import config, program_flags
from colornet.errors import UsageError


@dataclasses.dataclass(frozen=True)
class Settings:
    """One field of each type."""

    records: str = config.field("", "Shards to read.")
    layer: str = config.field("gru", "Which layer.", choices=["gru", "none"])
    clip_length: int = config.field(4, "T, frames per clip.")
    learning_rate: float = config.field(1e-3, "Step size.")
    strict: bool = config.field(False, "Whether to stop at the first fault.")

    def __post_init__(self):
        if self.clip_length < 1:
            raise ValueError(f"clip_length must be at least 1, got {self.clip_length}")


def parsed(*words):
    values = flags.FlagValues()
    config.define_flags(Settings, values)
    values(["program", *words])
    return config.from_flags(Settings, values)


def test_no_flags_give_the_defaults():
    assert parsed() == Settings()


def test_every_field_is_a_flag_of_its_own_type():
    settings = parsed(
        "--records=a*",
        "--layer=none",
        "--clip_length=2",
        "--learning_rate=3",
        "--strict",
    )
    assert settings == Settings("a*", "none", 2, 3.0, True)
    assert isinstance(settings.learning_rate, float)


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(strict=True, learning_rate=1 / 3, clip_length=7, layer="none"),
        Settings(records="with space/and=sign#and \"quotes'*"),
    ],
)
def test_a_run_can_be_repeated_from_its_flagfile(tmp_path, settings):
    path = tmp_path / "run.flags"
    path.write_text(config.to_flagfile(settings), encoding="utf-8")
    assert parsed(f"--flagfile={path}") == settings


def test_a_later_flag_overrides_the_flagfile(tmp_path):
    path = tmp_path / "run.flags"
    path.write_text("# An experiment.\n\n--clip_length=9\n", encoding="utf-8")
    assert parsed(f"--flagfile={path}", "--clip_length=2") == Settings(clip_length=2)


def test_a_value_the_class_refuses_is_a_usage_error():
    with pytest.raises(UsageError, match="at least 1, got 0"):
        parsed("--clip_length=0")


def test_help_lists_every_flag_with_its_default_and_its_text():
    values = flags.FlagValues()
    config.define_flags(Settings, values)
    text = program_flags.describe(values)
    for f in dataclasses.fields(Settings):
        assert f.name in text and f.metadata["help"] in text
    assert "--clip_length (a whole number; default 4)" in text
    assert "--layer (one of gru, none; default gru)" in text
    assert "--[no]strict (true or false; default false)" in text
