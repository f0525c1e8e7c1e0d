"""§0: failure is anything but 200; order per call and address; nothing twice, nothing lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.whole.mirror.stage import CALL, Stage, check_fee, check_signature
from tests.whole.mirror.town import SECOND, Town, X, person
from tests.whole.mirror.wire import Json, Push, Receiver

# Seconds from the first attempt to each re-push, as this box is set.
TIMES = (0.6, 1.2, 1.8, 3.0, 4.2, 6.0)
EVER = "2000-01-01T00:00:00Z"


def rows_of(stage: Stage, state: str, since: str = EVER) -> list[Json]:
    words = ("outbox", "list", "--app", stage.shop.name, "--state", state, "--since", since)
    return list(stage.town.house.command(*words))


def until_parked(stage: Stage, count: int, since: str) -> list[Json]:
    """Wait until nothing is due any more and ``count`` rows were given up; return these."""

    def settled() -> list[Json] | None:
        parked = rows_of(stage, "parked", since)
        return parked if len(parked) == count and not rows_of(stage, "due", since) else None

    return list(stage.receiver.until(settled, 60, f"{count} pushes given up"))


def replay(stage: Stage, since: str = EVER) -> int:
    words = ("outbox", "replay", "--app", stage.shop.name, "--since", since)
    return int(stage.town.house.command(*words)["done"])


@pytest.mark.parametrize("status", [204, 302])
def test_whatever_is_not_200_comes_again(stage: Stage, status: int) -> None:
    start = stage.fresh("status", "cdr")
    failed = threading.Event()

    def once(_path: str, body: Json) -> int:
        if body["eventType"] == "callin" and not failed.is_set():
            failed.set()
            return status
        return 200

    stage.receiver.answer(once)
    stage.phone(person()).do("dial", to=X)
    stage.fee(start)
    events = stage.receiver.wait(start + "status", 3)
    assert [(push.kind, push.answered) for push in events] == [
        ("callin", status),
        ("callin", 200),
        ("disconnect", 200),
    ]
    assert events[0].body == events[1].body
    nonces = {check_signature(push, stage.shop) for push in events}
    assert len(nonces) == 3
    assert events[1].at - events[0].at >= TIMES[0] - 0.05


def test_a_slow_reply_is_a_failure(stage: Stage) -> None:
    start = stage.fresh("cdr")
    held, let_go = threading.Event(), threading.Event()
    stage.replies_lost = True

    def slowly(_path: str, _body: Json) -> int:
        if not held.is_set():
            held.set()
            let_go.wait(20)
        return 200

    stage.receiver.answer(slowly)
    try:
        stage.phone(person()).do("dial", to=X)
        first = stage.fee(start)
    finally:
        let_go.set()
    pushes = stage.receiver.wait(start + "cdr", 2)
    assert all(push.json["feeLst"] == [first] for push in pushes)


def test_order_within_a_call_and_none_between_calls(stage: Stage) -> None:
    start = stage.fresh("status", "cdr")
    a, b, _ = stage.bind()
    c, d, _ = stage.bind(SECOND)
    blocked = threading.Event()

    def events_of(x: str) -> list[Push]:
        return [
            push
            for push in stage.receiver.of(start + "status")
            if x in (push.infos[0]["caller"], push.infos[0]["called"])
        ]

    def first_call_fails(_path: str, body: Json) -> int:
        info = body.get("statusInfo", {})
        mine = X in (info.get("caller"), info.get("called"))
        return 500 if mine and body["eventType"] == "callin" and blocked.is_set() else 200

    stage.receiver.answer(first_call_fails)
    for callee in (b, d):
        stage.phone(callee).do("auto", answer_after=0.1)
    stage.phone(c).do("dial", to=SECOND)
    stage.receiver.wait(start + "status", 4)
    stage.phone(c).until("active")
    blocked.set()
    stage.phone(a).do("dial", to=X)
    stage.receiver.until(lambda: events_of(X) or None, 20, "the first call's callin")
    stage.phone(c).do("hangup")
    stage.receiver.until(
        lambda: True if len(events_of(SECOND)) == 5 else None, 20, "the second call's end"
    )
    assert {push.kind for push in events_of(X)} == {"callin"}
    blocked.clear()
    assert [push.kind for push in events_of(SECOND)] == CALL
    stage.receiver.until(
        lambda: [push for push in events_of(X) if push.kind == "answer"] or None,
        30,
        "the first call's answer",
    )
    stage.phone(a).do("hangup")

    def records() -> list[Json] | None:
        told = [fee for push in stage.receiver.of(start + "cdr") for fee in push.infos]
        return told if len(told) == 2 else None

    assert {fee["bindNum"] for fee in stage.receiver.until(records, 30, "both records")} == {
        X,
        SECOND,
    }
    delivered = [push for push in events_of(X) if push.answered == 200]
    assert [push.kind for push in delivered] == CALL
    fee = next(p for p in stage.receiver.of(start + "cdr") if p.infos[0]["bindNum"] == X)
    assert fee.at >= delivered[-1].at


def test_an_address_that_hangs_delays_no_other(stage: Stage) -> None:
    start = stage.fresh("status", "cdr", "sms")
    told, holding = threading.Event(), threading.Semaphore(0)
    stage.replies_lost = True

    def status_hangs(path: str, _body: Json) -> int:
        if path.endswith("status"):
            holding.release()
            told.wait(20)
        return 200

    stage.receiver.answer(status_hangs)
    for _ in range(5):
        stage.refuse(person())
    assert holding.acquire(timeout=20)
    sender = person()
    stage.phone(sender).do("sms", to=X, text="late?")
    (notice,) = stage.receiver.wait(start + "sms", 1)
    assert notice.infos[0]["calling"] == sender
    assert not stage.receiver.of(start + "cdr")  # each waits for its call's disconnect
    told.set()

    def records() -> list[str] | None:
        found = [fee["icid"] for push in stage.receiver.of(start + "cdr") for fee in push.infos]
        return found if len(found) >= 5 else None

    icids = stage.receiver.until(records, 30, "every record")
    assert len(set(icids)) == len(icids) == 5


@pytest.fixture
def dead(town: Town, stage: Stage) -> Iterator[Stage]:
    """Another application, which owns the second line for the time of a test."""
    receiver = Receiver()
    made = Stage(town, town.shop("--sms"), receiver)
    town.house.command("number", "transfer", SECOND, "--app", made.shop.name)
    yield made
    town.house.command("number", "transfer", SECOND, "--app", stage.shop.name)
    receiver.close()


def test_what_was_given_up_is_kept_and_sent_by_hand(stage: Stage, dead: Stage) -> None:
    """Two applications refuse everything: one is sent records, the other events and texts."""
    records, events = stage.fresh("cdr"), dead.fresh("status", "sms")
    since = datetime.now(UTC).isoformat()  # what tests before have left is another matter
    for each in (stage, dead):
        each.receiver.answer(lambda _path, _body: 503)
    for _ in range(3):
        stage.refuse(person())
    for _ in range(2):
        dead.refuse(person(), SECOND)
    dead.phone(person()).do("sms", to=SECOND, text="nobody listens")
    rows = [*until_parked(stage, 3, since), *until_parked(dead, 5, since)]
    kinds = sorted(row["kind"] for row in rows)
    assert kinds == ["callin"] * 2 + ["disconnect"] * 2 + ["fee"] * 3 + ["sms"]
    assert {row["http_status"] for row in rows} == {503}
    assert max(row["attempts"] for row in rows) <= 7
    attempts = check_attempts(stage, records)
    assert sum(map(len, attempts.values())) == sum(r["attempts"] for r in rows if r["url"] == "cdr")
    assert min(map(len, attempts.values())) >= 3
    failed = {push.body for push in dead.receiver.of(events)}
    assert len(failed) == 5  # every one of them was tried

    for each in (stage, dead):
        each.receiver.answer(lambda _path, _body: 200)
    before = len(stage.receiver.of(records))
    assert (replay(stage, since), replay(dead, since)) == (3, 5)
    merged = stage.receiver.wait(records, before + 1)[-1]
    assert list(merged.json) == ["eventType", "feeLst"]
    assert {fee["icid"] for fee in merged.infos} == set(attempts)
    for fee in merged.infos:
        check_fee(fee)
    stage.receiver.until(
        lambda: None if rows_of(dead, "due", since) else True, 20, "an empty outbox"
    )
    again = [push for push in dead.receiver.of(events) if push.answered == 200]
    assert {push.body for push in again} == failed
    assert len(again) == 5
    calls: dict[str, list[str]] = {}
    for push in again:
        check_signature(push, dead.shop)
        if push.kind != "sms":
            calls.setdefault(push.infos[0]["sessionId"], []).append(push.kind)
    assert list(calls.values()) == [["callin", "disconnect"]] * 2
    assert (replay(stage, since), replay(dead, since)) == (0, 0)


def check_attempts(stage: Stage, path: str) -> dict[str, list[Push]]:
    """Check the times of every record's re-pushes; return the attempts of each."""
    attempts: dict[str, list[Push]] = {}
    for push in stage.receiver.of(path):
        check_signature(push, stage.shop)
        for fee in push.infos:
            attempts.setdefault(fee["icid"], []).append(push)
    for icid, pushes in attempts.items():
        assert len({str(fee) for p in pushes for fee in p.infos if fee["icid"] == icid}) == 1
        # Counted from the first attempt; a time that a busy machine has missed is left out.
        for push, wanted in zip(pushes[1:], TIMES, strict=False):
            assert push.at - pushes[0].at >= wanted - 0.1
    return attempts


def test_a_dead_application_delays_no_other(stage: Stage, dead: Stage) -> None:
    theirs, start = dead.fresh("status", "cdr", "sms"), stage.fresh("status", "cdr", "sms")
    alive = threading.Event()
    dead.replies_lost = True

    def hangs(_path: str, _body: Json) -> int:
        alive.wait(120)
        return 200

    dead.receiver.answer(hangs)
    for _ in range(3):
        dead.refuse(person(), SECOND)
    dead.phone(person()).do("sms", to=SECOND, text="is anybody there?")
    a, b, _ = stage.bind()
    events = stage.talk(a, b, start)
    stage.fee(start)
    stage.phone(a).do("sms", to=X, text="we are")
    stage.receiver.wait(start + "sms", 1)
    assert [push.kind for push in events] == CALL
    assert len(stage.receiver.of(start)) == 7  # each at its first attempt
    assert not dead.receiver.of(theirs)
    alive.set()

    # Nothing of the dead one's is lost, and its calls are told in order when it is back.
    def back() -> Any:
        due = rows_of(dead, "due")
        if not due and rows_of(dead, "parked"):
            replay(dead)
            return None
        return None if due else True

    stage.receiver.until(back, 60, "an empty outbox")
    calls: dict[str, list[str]] = {}
    for push in dead.receiver.of(theirs + "status"):
        told = calls.setdefault(push.infos[0]["sessionId"], [])
        if push.kind not in told:
            told.append(push.kind)
    assert list(calls.values()) == [["callin", "disconnect"]] * 3
    assert len({fee["icid"] for p in dead.receiver.of(theirs + "cdr") for fee in p.infos}) == 3
    assert len({p.body for p in dead.receiver.of(theirs + "sms")}) == 1
