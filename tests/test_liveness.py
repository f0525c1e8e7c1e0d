"""The watchdog is fed while every part answers, and only then."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.liveness import Liveness


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket on which a service manager listens (sd_notify(3))."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listening


def test_it_feeds_while_every_part_answers_and_names_the_silent(manager: socket.socket) -> None:
    well = threading.Event()
    well.set()
    watch = Liveness(
        {"store": lambda _: True, "lines": lambda _: well.is_set()}, every=0.01, patience=2.0
    )
    watch.start()
    try:
        assert manager.recv(200) == b"READY=1"
        assert manager.recv(200).startswith(b"WATCHDOG=1")
        well.clear()
        said = manager.recv(200)
        while said.startswith(b"WATCHDOG=1"):
            said = manager.recv(200)
        assert said == b"STATUS=silent: lines"
        well.set()
        while not said.startswith(b"WATCHDOG=1"):
            said = manager.recv(200)
    finally:
        watch.stop()
    while said != b"STOPPING=1":
        said = manager.recv(200)


def test_a_part_that_hangs_or_raises_is_silent_and_holds_up_no_other() -> None:
    release = threading.Event()

    def raises(_seconds: float) -> bool:
        raise RuntimeError("broken")

    watch = Liveness(
        {"hung": lambda _: release.wait(30), "broken": raises, "well": lambda _: True},
        patience=0.3,
    )
    assert watch.silent() == ["broken", "hung"]
    assert watch.silent() == ["broken", "hung"]
    hung = [thread for thread in threading.enumerate() if thread.name == "liveness-hung"]
    assert len(hung) == 1, "a part that hangs is not asked twice"
    release.set()
    hung[0].join(5)
    watch.silent()
    assert watch.silent() == ["broken"]
