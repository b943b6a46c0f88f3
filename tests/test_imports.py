"""The rules of the house that can be read off the source, and what an import costs."""

import ast
import importlib.util
import pathlib
import subprocess
import sys

import pytest

# The installed package's own files, wherever it was installed.
ROOT = pathlib.Path(importlib.util.find_spec("colornet").origin).parent
FILES = sorted(ROOT.rglob("*.py"))

# What each part may import, besides itself, errors, config and whole_file.
BELOW = {
    "color": set(),
    "data": {"color"},
    "models": {"color"},
    "baselines": {"color", "data", "models"},
    "training": {"color", "data", "models", "baselines"},
    "inference": {"color", "data"},
    "evaluation": {"color", "data", "models", "baselines", "training", "inference"},
    "serving": {"color", "data", "models", "baselines", "training", "inference"},
}
HEAVY = ("tensorflow", "keras", "av", "skimage", "scipy", "PIL", "imageio", "jax")
PROGRAMS = (
    "inference/colorize_files.py",
    "inference/demo.py",
    "data/build_records.py",
    "data/show_records.py",
    "training/train.py",
    "evaluation/evaluate.py",
    "serving/export.py",
    "serving/web.py",
)


def part_of(path):
    """The folder of the package that holds `path`; "" for the package itself."""
    return path.relative_to(ROOT).parts[0] if path.parent != ROOT else ""


def imported(nodes):
    """Dotted names that `nodes` import: the module, and module.name of a `from`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def dotted_names(tree):
    """Every name with its attributes in the code, such as `tf.distribute.Strategy`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


each_file = pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES]
)


@each_file
def test_imports_follow_the_way_the_data_goes(path):
    part = part_of(path)
    if not part:
        return  # The package and its command stand above all parts.
    own = {part, "errors", "config", "whole_file"}
    for name in imported(ast.walk(tree_of(path))):
        if name.startswith("colornet."):
            target = name.split(".")[1]
            assert target in BELOW[part] | own or target == "__version__", name


@each_file
def test_imports_are_absolute(path):
    nodes = ast.walk(tree_of(path))
    assert not [n for n in nodes if isinstance(n, ast.ImportFrom) and n.level]


@each_file
def test_models_and_colour_take_plain_arguments(path):
    if part_of(path) in {"models", "color"}:
        names = set(imported(ast.walk(tree_of(path))))
        assert not {n for n in names if n.startswith(("colornet.config", "absl"))}


@each_file
def test_only_train_knows_about_replicas(path):
    if path.relative_to(ROOT).as_posix() != "training/train.py":
        names = [*dotted_names(tree_of(path)), *imported(ast.walk(tree_of(path)))]
        wrong = ("tf.distribute", "tensorflow.distribute")
        assert not [name for name in names if name.startswith(wrong)]


@each_file
def test_time_is_folded_and_never_distributed(path):
    names = {getattr(n, "id", getattr(n, "attr", "")) for n in ast.walk(tree_of(path))}
    assert "TimeDistributed" not in names


@each_file
def test_flags_are_read_in_programs_only(path):
    program = path.relative_to(ROOT).as_posix() in PROGRAMS
    if not program and part_of(path):
        assert not [n for n in imported(ast.walk(tree_of(path))) if "absl.flags" in n]


@each_file
def test_files_are_short_and_named_for_what_they_hold(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
    vague = {"util", "utils", "common", "helper", "helpers", "misc", "base"}
    assert not vague & set(path.relative_to(ROOT).with_suffix("").parts)


@each_file
def test_user_errors_are_no_asserts(path):
    assert not [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.Assert)]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_import_nothing_heavy_at_their_top(program):
    """Else `colornet COMMAND --help` would take seconds."""
    names = imported(tree_of(ROOT / program).body)
    assert not [name for name in names if name.split(".")[0] in HEAVY]


def test_importing_colornet_and_its_parts_loads_nothing_heavy():
    modules = ["colornet", "colornet.cli", *(f"colornet.{part}" for part in parts())]
    code = (
        f"import sys, {', '.join(modules)}\n"
        f"print(sorted({{name.split('.')[0] for name in sys.modules}} & {set(HEAVY)}))"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True
    )
    assert (run.stdout, run.stderr) == ("[]\n", "")


def test_records_are_built_without_tensorflow():
    """It would take seconds, and half a gigabyte, in each of a cluster's workers."""
    pytest.importorskip("apache_beam", reason="needs pip install 'colornet[records]'")
    code = (
        "import sys\n"
        "from colornet.data.building import beam_pipeline, beam_worker, build\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("[]\n", "")


def parts():
    return sorted({part_of(path) for path in FILES} - {""})
