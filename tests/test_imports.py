"""The rules of the house that can be read off the source, and what an import costs."""

import ast
import functools
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
    "evaluation/calibrate.py",
    "evaluation/evaluate.py",
    "serving/export.py",
    "serving/web.py",
)


def part_of(path):
    """The folder of the package that holds `path`; "" for the package itself."""
    return path.relative_to(ROOT).parts[0] if path.parent != ROOT else ""


def place_of(path):
    """Where a file lies in the package, such as "training/train.py"."""
    return path.relative_to(ROOT).as_posix()


def imported(nodes):
    """Dotted names that `nodes` import: the module, and module.name of a `from`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@functools.cache
def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def having(is_such):
    """Files with a node that `is_such`."""
    return [path for path in FILES if any(map(is_such, ast.walk(tree_of(path))))]


def importing(files, beginnings):
    """Those of `files` that import a name with such a beginning."""
    return [
        path
        for path in files
        if any(
            name.startswith(beginnings) for name in imported(ast.walk(tree_of(path)))
        )
    ]


def dotted_names(path):
    """Every name with its attributes in a file, such as `tf.distribute.Strategy`."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def test_imports_follow_the_way_the_data_goes():
    wrong = [
        (path, name)
        for path in FILES
        if part_of(path)  # The package and its command stand above all parts.
        for name in imported(ast.walk(tree_of(path)))
        if name.startswith("colornet.")
        and name.split(".")[1]
        not in BELOW[part_of(path)]
        | {part_of(path), "errors", "config", "whole_file", "__version__"}
    ]
    assert not wrong


def test_imports_are_absolute():
    assert not having(lambda node: isinstance(node, ast.ImportFrom) and node.level)


def test_models_and_colour_take_plain_arguments():
    wrong = "colornet.config", "absl"
    files = [path for path in FILES if part_of(path) in {"models", "color"}]
    assert files and not importing(files, wrong)


def test_only_train_knows_about_replicas():
    files = [path for path in FILES if place_of(path) != "training/train.py"]
    wrong = "tf.distribute", "tensorflow.distribute"
    named = [p for p in files if any(n.startswith(wrong) for n in dotted_names(p))]
    assert not named and not importing(files, wrong)


def test_time_is_folded_and_never_distributed():
    named = "TimeDistributed"
    assert not having(lambda n: named in (getattr(n, "id", ""), getattr(n, "attr", "")))


def test_flags_are_read_in_programs_only():
    files = [p for p in FILES if part_of(p) and place_of(p) not in PROGRAMS]
    assert not importing(files, ("absl.flags",))


def test_files_are_short_and_named_for_what_they_hold():
    vague = {"util", "utils", "common", "helper", "helpers", "misc", "base"}
    assert not [
        p for p in FILES if vague & set(p.relative_to(ROOT).with_suffix("").parts)
    ]
    long = [p for p in FILES if len(p.read_text(encoding="utf-8").splitlines()) > 250]
    assert not long


def test_user_errors_are_no_asserts():
    assert not having(lambda node: isinstance(node, ast.Assert))


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
