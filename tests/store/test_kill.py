"""``kill -9`` at any moment: what was acknowledged is there, and nothing is half there."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.model.records import Mode
from appliance.store import Store
from tests.store.conftest import enrol

CHILD = Path(__file__).with_name("kill_child.py")
KILLS = 6


def _run_and_kill(database: Path, first: int, lines: int) -> list[str]:
    """Return what the child acknowledged, completely read, until it was killed."""
    command = [sys.executable, str(CHILD), str(database), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        told = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        told += child.stdout.read().splitlines(keepends=True)
    return [line.decode().strip() for line in told if line.endswith(b"\n")]


def test_acknowledged_bindings_survive_kills(open_store: Callable[[], Store]) -> None:
    store = open_store()
    app = store.write(lambda db: store.applications.add(db, "shop", Mode.AXB))
    for last in range(1, 9):
        enrol(store, app, last)
    store.stop()
    acknowledged: list[str] = []
    dice = random.Random(7)
    for kill in range(KILLS):
        acknowledged += _run_and_kill(store.path, kill * 1_000_000, dice.randrange(1, 120))
    store = open_store()
    total, found = store.bindings.find(app, limit=1_000_000)
    present = {binding.subscription_id for binding in found}
    assert set(acknowledged) <= present
    assert len(acknowledged) >= KILLS
    # Eight clients have at most one unacknowledged binding each when they are killed.
    assert total <= len(acknowledged) + 8 * KILLS
    assert sum(store.numbers.bound().values()) == total
    parties = store.reader().execute("SELECT count(*) FROM binding_parties").fetchall()
    assert parties == [(2 * total,)]
    assert store.reader().execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert store.reader().execute("PRAGMA foreign_key_check").fetchall() == []
