"""Uploads that break off leave nothing on the server."""

import asyncio
import os
import time

import pytest

pytest.importorskip("gradio", reason="needs pip install 'colornet[web]'")

from starlette.requests import ClientDisconnect  # noqa: E402

from colornet.serving.page import page, visit  # noqa: E402


def test_what_has_long_not_grown_is_deleted_after_a_broken_upload(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(visit, "_STALLED_SECONDS", 0.2)
    visits = visit.Visits(tmp_path)
    stalled, growing = tmp_path / "tmpstalled", tmp_path / "tmpgrowing"
    own = visits.folder / "tmpown"
    for path in stalled, growing, own:
        path.write_bytes(b"half")
        os.utime(path, (0, 0))
    os.utime(growing, (time.time() + 60,) * 2)
    visits.end_broken_uploads()
    waiting = 100
    while stalled.exists() and waiting:
        time.sleep(0.05)
        waiting -= 1
    assert waiting and growing.exists() and own.exists()
    assert "broke off" in caplog.text


def answered(error=None):
    """What is sent, and how often something was lost, where an application fails."""
    sent, lost = [], []

    async def app(scope, receive, send):
        if error:
            raise error
        await send({"type": "http.response.start", "headers": []})

    async def send(message):
        sent.append(message)

    asked = page.KeepsToItself(app, lambda: lost.append(1))({}, None, send)
    asyncio.run(asked)
    return sent, len(lost)


def test_a_browser_that_is_gone_is_no_failure():
    assert answered(ClientDisconnect()) == ([], 1)
    with pytest.raises(KeyError):
        answered(KeyError())


def test_browsers_are_told_to_ask_nobody_else():
    (message,), lost = answered()
    policy = dict(message["headers"])[b"content-security-policy"].decode()
    assert not lost and policy.startswith("default-src 'self';")
    assert "http" not in policy
