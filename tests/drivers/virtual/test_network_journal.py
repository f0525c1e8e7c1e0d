"""The list of what happened, and waiting for it."""

from __future__ import annotations

import threading

from drivers.virtual.journal import Journal


def test_events_are_numbered_from_one() -> None:
    journal = Journal()
    journal.add("call", line="+86", state="active")
    journal.add("sms")
    events, after = journal.since(0)
    assert [(e["seq"], e["kind"]) for e in events] == [(1, "call"), (2, "sms")]
    assert after == 2
    assert events[0]["at"].endswith("Z")
    assert journal.since(1)[0] == events[1:]
    assert journal.since(2) == ([], 2)


def test_a_number_of_an_earlier_life_is_the_present_end() -> None:
    journal = Journal()
    journal.add("sms")
    assert journal.since(500) == ([], 1)


def test_a_wait_without_events_ends_in_time() -> None:
    assert Journal().since(0, 0.01) == ([], 0)


def test_a_wait_ends_with_the_first_event() -> None:
    journal = Journal()
    got: list[object] = []
    waiter = threading.Thread(target=lambda: got.append(journal.since(0, 20)))
    waiter.start()
    journal.add("sms")
    waiter.join(10)
    assert not waiter.is_alive()
    assert len(got) == 1


def test_a_closed_journal_lets_everybody_go() -> None:
    journal = Journal()
    waiter = threading.Thread(target=lambda: journal.since(0, 60))
    waiter.start()
    journal.close()
    waiter.join(10)
    assert not waiter.is_alive()


def test_only_the_last_twenty_thousand_are_kept() -> None:
    journal = Journal()
    for _ in range(20_100):
        journal.add("sms")
    events, after = journal.since(0)
    assert (len(events), events[0]["seq"], after) == (20_000, 101, 20_100)
    assert [e["seq"] for e in journal.since(20_098)[0]] == [20_099, 20_100]
    assert journal.of_kind("call") == []
