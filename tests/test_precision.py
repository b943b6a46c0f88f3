import types

import keras
import pytest

from colornet.training import precision, settings


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
@pytest.mark.parametrize(
    "gpus, flags, policy",
    [
        ([], "fpu avx2", "float32"),
        ([], "fpu avx512_bf16", None),
        ([], "amx_bf16 avx2", None),
        ([7.5], "avx512_bf16", "float32"),
        ([8.0, 9.0], "avx2", "mixed_bfloat16"),
        ([9.0, 7.0], "avx2", "float32"),
        ([float("inf")], "", "mixed_bfloat16"),
    ],
)
def test_auto_is_bfloat16_where_it_is_no_imitation(
    backend, gpus, flags, policy, monkeypatch, tmp_path
):
    """GPUs count before the processor, whose bfloat16 JAX makes no use of."""
    (tmp_path / "cpuinfo").write_text(f"model name : x\nflags\t\t: {flags}\n")
    here = precision._processor_flags(tmp_path / "cpuinfo")
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(precision, "_processor_flags", lambda: here)
    for name in ("_tensorflow_gpus", "_jax_gpus"):
        monkeypatch.setattr(precision, name, lambda: gpus)
    of_processor = "mixed_bfloat16" if backend == "tensorflow" else "float32"
    assert precision.policy("auto") == (policy or of_processor)


def test_what_is_asked_for_is_kept_and_every_choice_is_a_policy():
    for wanted in settings.PRECISIONS:
        policy = precision.policy(wanted)
        assert wanted in ("auto", policy)
        assert keras.dtype_policies.get(policy).name == policy


def test_gpus_of_jax_are_told_by_their_kind(monkeypatch):
    jax = pytest.importorskip("jax", reason="colornet[jax] is not installed")
    kinds = [("gpu", "8.6"), ("rocm", "gfx90a"), ("cpu", None), ("tpu", None)]
    devices = [
        types.SimpleNamespace(platform=platform, compute_capability=capability)
        for platform, capability in kinds
    ]
    monkeypatch.setattr(jax, "devices", lambda: devices)
    assert precision._jax_gpus() == [8.6, 0.0, float("inf")]


def test_nothing_is_known_of_a_processor_that_tells_nothing(tmp_path):
    assert precision._processor_flags(tmp_path / "none") == set()
    (tmp_path / "cpuinfo").write_bytes(b"\xff\xfe")
    assert precision._processor_flags(tmp_path / "cpuinfo") == set()
