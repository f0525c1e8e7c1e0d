"""A box that is killed while it pushes: nothing is lost; twice comes only what had no answer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from appliance.demo.house import House
from tests.whole.mirror.stage import Stage
from tests.whole.mirror.town import Town, X, person
from tests.whole.mirror.wire import Json, Receiver


@pytest.fixture
def alone() -> Iterator[Stage]:
    """A box of its own with one line, on a bank that outlives it."""
    receiver = Receiver()
    with House([X], speed=20, extra="[push]\ntimeout = 60\n", bank_apart=True) as house:
        town = Town(house)
        made = Stage(town, town.shop("--sms"), receiver)
        house.command("number", "enrol", X, "--app", made.shop.name, "--sms")
        yield made
    receiver.close()


def test_killed_between_a_push_and_its_answer(alone: Stage) -> None:
    start = alone.fresh("status", "cdr", "sms")
    house, killed = alone.town.house, threading.Event()
    hanging: list[Json] = []

    def hold(_path: str, body: Json) -> int:
        # Until the box is dead: a call's end, and what is told of a text.
        if not killed.is_set() and (body.get("eventType") == "disconnect" or "smsEvent" in body):
            hanging.append(body)
            killed.wait(60)
            return 0
        return 200

    alone.receiver.answer(hold)
    for _ in range(2):
        alone.refuse(person())
    alone.phone(person()).do("sms", to=X, text="hello?")
    alone.receiver.until(lambda: True if len(hanging) == 3 else None, 30, "what hangs")
    alone.receiver.wait(start + "status", 2)
    house.kill_box()
    killed.set()
    house.start_box()

    def told() -> list[Json] | None:
        found = [
            {"path": push.path, **info}
            for push in alone.receiver.of(start)
            if push.answered == 200
            for info in push.infos
        ]
        return found if len(found) >= 7 else None

    found = alone.receiver.until(told, 60, "seven pushes")

    def delivered() -> list[Json] | None:
        rows: Any = house.command("outbox", "list", "--app", alone.shop.name)
        return rows if {row["state"] for row in rows} == {"delivered"} else None

    rows = alone.receiver.until(delivered, 20, "every push to be marked")
    assert len(rows) == len(found) == 7
    kinds = Counter(push.kind for push in alone.receiver.of(start) if push.answered == 200)
    assert kinds["callin"] == kinds["disconnect"] == 2
    assert kinds["sms"] == 1
    # What had been on its way is what comes now, word for word.
    for body in hanging:
        assert sum(push.json == body for push in alone.receiver.of(start)) == 2
    assert len({one["icid"] for one in found if "icid" in one}) == 2
