import dataclasses
import importlib
import logging
import os
import pathlib
import platform
import shlex
import subprocess
import sys
import types

import pytest
from absl import flags

import colornet
from colornet import cli, config, tensorflow_start
from colornet.errors import InputError, UsageError

ROOT = pathlib.Path(__file__).parents[1]


@dataclasses.dataclass(frozen=True)
class PaintSettings:
    coats: int = config.field(2, "How often.")
    brush: str = config.field("flat", "Which brush.", choices=["flat", "round"])
    varnish: bool = config.field(False, "Whether to varnish at the end.")


@pytest.fixture
def paint(monkeypatch):
    """A program in the command's table; `paint.calls` is what it was called with."""
    module = types.ModuleType(
        "paint_program", doc="Paints walls.\n\n  colornet paint WALL"
    )
    module.calls = []
    module.outcome = None

    def define_flags():
        config.define_flags(PaintSettings)
        flags.DEFINE_string("wall", None, "Where to paint.", required=True)

    def main(argv):
        if module.outcome:
            raise module.outcome
        settings = config.from_flags(PaintSettings)
        module.calls.append((argv, settings, flags.FLAGS.wall))

    module.define_flags, module.main = define_flags, main
    monkeypatch.setitem(sys.modules, "paint_program", module)
    monkeypatch.setitem(cli.PROGRAMS, "paint", ("paint_program", "paints walls"))
    return module


def one_line(capsys):
    """What went to stderr, which must be one line, while nothing went to stdout."""
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1 and err.endswith("\n")
    return err


def test_a_program_gets_its_arguments_and_its_flags(paint):
    assert cli.main(["paint", "a", "--coats=3", "--wall", "north", "b"]) == 0
    argv = ["colornet paint", "a", "b"]
    assert paint.calls == [(argv, PaintSettings(coats=3), "north")]


def test_what_follows_two_dashes_is_no_flag(paint):
    assert cli.main(["paint", "--wall=n", "--", "--coats=3", "--help"]) == 0
    assert paint.calls[0][0][1:] == ["--coats=3", "--help"]


def test_a_second_call_in_the_process_starts_from_the_defaults(paint):
    for words in (["--coats=7", "--varnish"], [], ["--coat=1"], []):
        cli.main(["paint", "--wall=n", *words])
    assert [call[1].coats for call in paint.calls] == [7, 2, 2]
    assert not {"coats", "wall"} & set(flags.FLAGS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "colornet paint: --wall is required: Where to paint."),
        (["--coast=1"], "no flag --coast; did you mean --coats?"),
        (["--zzz"], "no flag --zzz; see --help"),
        (["--coats=two"], "--coats takes a whole number, got 'two'"),
        (
            ["--brush=rund"],
            "--brush takes one of flat, round, got 'rund'; did you mean ",
        ),
        (["--varnish=7"], "--varnish takes true or false, got '7'"),
        (["--novarnish=1"], "--novarnish=1 does not take an argument"),
        (["--coats"], "--coats needs a value: a whole number"),
        (["--flagfile=nowhere.flags"], "--flagfile=nowhere.flags: No such file"),
    ],
)
def test_a_wrong_flag_is_one_line_and_exit_code_2(paint, capsys, words, message):
    assert cli.main(["paint", *words]) == 2
    assert message in one_line(capsys)
    assert not paint.calls


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"--wall=n\n--coast=3\n",
            "no flag --coast (it stands in the flagfile); did you",
        ),
        (b"--wall=n\ncoats=3\n", "line 'coats=3' is not a flag; write --name=value"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_a_wrong_flagfile_is_one_line(paint, capsys, tmp_path, content, message):
    path = tmp_path / "paint.flags"
    path.write_bytes(content)
    assert cli.main(["paint", f"--flagfile={path}"]) == 2
    assert message in one_line(capsys)


def test_a_flagfile_gives_flags(paint, tmp_path):
    path = tmp_path / "paint.flags"
    path.write_text("# The north wall.\n--wall=north\n--varnish\n")
    assert cli.main(["paint", f"--flagfile={path}", "in.png"]) == 0
    assert paint.calls[0][1:] == (PaintSettings(varnish=True), "north")


@pytest.mark.parametrize(
    ("outcome", "code", "message"),
    [
        (UsageError("--coats must be\npositive"), 2, "--coats must be positive"),
        (InputError("wall.png: no picture"), 1, "wall.png: no picture"),
        (PermissionError(13, "Permission denied", "out.png"), 1, "out.png: Permission"),
        (OSError("disk is full"), 1, "disk is full"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_failures_are_one_line_with_a_code(paint, capsys, outcome, code, message):
    paint.outcome = outcome
    assert cli.main(["paint", "--wall=n"]) == code
    assert one_line(capsys).startswith(f"colornet paint: {message}")
    assert "wall" not in flags.FLAGS


def test_a_failure_of_ours_keeps_its_traceback(paint):
    paint.outcome = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        cli.main(["paint", "--wall=n"])


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_of_a_program_shows_its_text_and_only_its_flags(paint, capsys, word):
    assert cli.main(["paint", word]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Paints walls.\n\n  colornet paint WALL\n")
    shown = [line.split()[0] for line in out.splitlines() if line.startswith("  --")]
    assert shown == ["--coats", "--brush", "--[no]varnish", "--wall", "--flagfile"]
    assert "--wall (text; required)" in out


@pytest.mark.parametrize("command", cli.PROGRAMS)
def test_every_program_shows_its_help_whatever_was_called_before(command, capsys):
    assert cli.main([command, "--help"]) == 0
    assert f"colornet {command}" in capsys.readouterr().out  # The example.


@pytest.mark.parametrize("command", [c for c in cli.PROGRAMS if c != "colorize"])
def test_a_stray_word_is_refused_where_there_are_only_flags(command, capsys):
    given = {"train": ["--workdir=a"], "export": ["--workdir=a", "--output=b"]}
    assert cli.main([command, "stray", *given.get(command, [])]) == 2
    assert "stray" in one_line(capsys)


@pytest.mark.parametrize("words", [[], ["--help"], ["help"]])
def test_the_command_alone_lists_its_programs(capsys, words):
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    for name, (_, line) in cli.PROGRAMS.items():
        assert name in out and line in out


def test_an_unknown_command_is_answered_with_the_nearest(capsys):
    assert cli.main(["colorise"]) == 2
    assert one_line(capsys) == (
        "colornet: no command 'colorise'; did you mean colorize?\n"
    )


def test_the_version_is_the_package_s(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"colornet {colornet.__version__}\n"


def test_a_reader_that_has_seen_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "colornet.cli", "--help"]
    run = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (run.returncode, run.stderr) == (0, b"")


@pytest.mark.parametrize("words", [["--help"], *([c, "--help"] for c in cli.PROGRAMS)])
def test_help_imports_nothing_that_takes_long(words):
    code = (
        "import sys; before = set(sys.modules); from colornet import cli;"
        "code = cli.main(sys.argv[1:]);"
        "print(*{name.split('.')[0] for name in set(sys.modules) - before});"
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", code, *words]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    imported = set(run.stdout.splitlines()[-1].split())
    assert imported - sys.stdlib_module_names <= {"absl", "colornet", "numpy"}


def test_verbosity_is_a_flag_of_programs_that_take_it(paint, capsys):
    def main(argv):
        for level in ("debug", "info", "warning", "error"):
            getattr(logging.getLogger("colornet.paint"), level)(level)

    paint.main = main
    before = set(flags.FLAGS)
    assert cli.main(["paint", "--wall=n", "--verbosity=0"]) == 2
    assert "no flag --verbosity" in one_line(capsys)
    paint.TAKES_VERBOSITY = True
    assert cli.main(["paint", "--help"]) == 0
    assert "--verbosity (a whole number; default 0)" in capsys.readouterr().out
    for verbosity, told in ((1, 4), (0, 3), (-1, 2), (-2, 1), (-3, 0)):
        assert cli.main(["paint", "--wall=n", f"--verbosity={verbosity}"]) == 0
        lines = capsys.readouterr().err.split()
        assert lines == ["debug", "info", "warning", "error"][4 - told :]
    assert set(flags.FLAGS) == before


def documented_commands():
    """Each `colornet ...` command of the code blocks in the two README files."""
    for name in ("README.md", "experiments/README.md"):
        text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
        for block in text.split("```")[1::2]:
            yield from (
                row for row in block.splitlines() if row.startswith("colornet ")
            )


@pytest.mark.parametrize("command", list(documented_commands()))
def test_commands_of_the_readme_have_only_flags_that_exist(command, monkeypatch):
    monkeypatch.chdir(ROOT)
    _, name, *words = shlex.split(command.replace("NAME", "default"))
    program = importlib.import_module(cli.PROGRAMS[name][0])
    monkeypatch.setattr(program, "main", lambda argv: None)
    assert cli.main([name, *words]) == 0


def test_tensorflow_starts_without_a_word_and_with_quick_convolutions():
    code = (
        "from colornet import tensorflow_start; tensorflow_start.prepare()\n"
        "import os, tensorflow as tf; tf.constant(1)\n"
        "from tensorflow.python.framework import test_util\n"
        "os.write(2, b'%d' % test_util.IsMklEnabled())"
    )
    set_by_us = "TF_CPP_MIN_LOG_LEVEL", "TF_ENABLE_ONEDNN_OPTS"
    env = {k: v for k, v in os.environ.items() if k not in set_by_us}
    words = [sys.executable, "-c", code]
    run = subprocess.run(words, env=env, capture_output=True, check=True)
    assert run.stdout == b""
    # Elsewhere TensorFlow knows best.
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    assert run.stderr in ({b"1"} if x86 else {b"0", b"1"})


def test_how_the_user_wants_tensorflow_stands(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    tensorflow_start.prepare()
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"
