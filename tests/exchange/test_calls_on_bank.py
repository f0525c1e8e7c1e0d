"""The failure matrix on real parts: virtual bank, real drivers, real voice, per personality."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from appliance.demo.people import Phone
from appliance.media import tones, wav
from appliance.model.call_state import Phase
from appliance.model.records import CallRecord, Role
from tests.exchange.bank_box import BankBox
from tests.exchange.box import ALL

X = "+8617000000001"
TRUNK = "+8617000000002"
A = "+8613800000001"
B = "+8613800000002"
C = "+8613800000003"
D = "+8613800000004"

Opens = Callable[..., BankBox]
CONFERENCES = ("ec25", "sim7600")
PERSONALITIES = (*CONFERENCES, "e1550")


@pytest.fixture
def opens(tmp_path: Path) -> Iterator[Opens]:
    """Open a box with X bound to A and B, and a trunk unless told otherwise."""
    opened: list[BankBox] = []

    def open_one(
        personality: str,
        *,
        trunk: bool = True,
        trunk_can: dict[str, Any] | None = None,
        bound: dict[str, Any] | None = None,
        settings: dict[str, Any] | None = None,
        **can: Any,
    ) -> BankBox:
        lines: list[dict[str, Any]] = [{"msisdn": X, "personality": personality, **can}]
        if trunk:
            lines.append({"msisdn": TRUNK, "personality": personality, **(trunk_can or {})})
        box = BankBox(tmp_path, lines, **(settings or {}))
        opened.append(box)
        box.enrol(X)
        if trunk:
            box.enrol(TRUNK, Role.TRUNK)
        box.bind(X, A, B, **(bound or {}))
        box.start()
        return box

    yield open_one
    for box in opened:
        box.stop()


def talk(box: BankBox) -> CallRecord:
    def up() -> CallRecord | None:
        return next((r for r in box.store.calls.unfinished() if r.answered_at), None)

    record: CallRecord = box.until(up, 30, "a conversation")
    return record


def at_rest(box: BankBox) -> None:
    """Nobody is left in a call, no line is taken."""
    for phone in box.people:
        if phone.look()["state"] != "off":
            phone.until("idle", 15)
    box.until(box.idle, 15, "free lines")
    for number in box.numbers:
        assert "AT+CHLD=0" not in box.commands(number)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_a_reaches_b_and_either_may_hang_up(opens: Opens, personality: str) -> None:
    box = opens(personality)
    conference = personality in CONFERENCES
    a, b = box.phone(A, answers=0.3), box.phone(B, answers=0.3)
    for number, (caller, callee, leaves) in enumerate([(a, b, a), (b, a, a)], start=1):
        caller.do("dial", to=X)
        talk(box)
        assert callee.until("active")["shown"] == (X if conference else TRUNK)
        leaves.do("hangup")
        record = box.over(number)
        assert box.told(record) == ALL
        assert record.strategy == ("conference" if conference else "bridge")
        assert record.ended_by == ("caller" if leaves is caller else "callee")
        at_rest(box)


@pytest.mark.parametrize("personality", CONFERENCES)
@pytest.mark.parametrize("lacks", ["hold", "multiparty", "join_refused"])
def test_a_sim_that_lacks_a_service_bridges(opens: Opens, personality: str, lacks: str) -> None:
    box = opens(personality, **{lacks: lacks == "join_refused"})
    a, b = box.phone(A), box.phone(B, answers=0.3)
    a.do("dial", to=X)
    talk(box)
    assert b.until("active")["shown"] == TRUNK
    answered = talk(box).answered_at
    a.do("hangup")
    record = box.over()
    assert (record.strategy, record.shown, record.answered_at) == ("bridge", TRUNK, answered)
    assert box.told(record) == ALL
    at_rest(box)
    # Once is enough: the next call bridges at once.
    a.do("dial", to=X)
    talk(box)
    a.do("hangup")
    box.over(2)
    assert box.commands(X).count("AT+CHLD=3") <= (0 if lacks == "hold" else 1)


@pytest.mark.parametrize("personality", PERSONALITIES)
@pytest.mark.parametrize(
    ("does", "state", "q850"),
    [("busy", 8102, 17), ("rejects", 7503, 21), ("off", 8104, 20)],
)
def test_b_cannot_be_had(opens: Opens, personality: str, does: str, state: int, q850: int) -> None:
    box = opens(personality)
    a, b = box.phone(A), box.phone(B)
    if does == "off":
        b.do("power", on=False)
    if does == "busy":
        other = box.phone(D, answers=0.1)
        b.do("dial", to=D)
        other.until("active")
    a.do("dial", to=X)
    if does == "rejects":
        b.until("ringing")
        b.do("reject")
    if does == "busy":
        box.until(lambda: a.look()["state"] == "idle", 30, "A is told and released")
        b.do("hangup")
    record = box.over()
    assert (record.state_code, record.q850, record.release_point) == (state, q850, state)
    assert record.answered_at is None
    told = box.told(record)
    assert told[0] == "callin"
    assert told[-2:] == ["disconnect", "fee"]
    assert "answer" not in told
    assert ("alerting" in told) == (does == "rejects")
    at_rest(box)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_b_rings_out(opens: Opens, personality: str) -> None:
    box = opens(personality)
    a, _ = box.phone(A), box.phone(B)
    a.do("dial", to=X)
    record = box.over()
    # The network gives up by its own timer, or the box by its own, whichever comes first.
    assert record.state_code in (8101, 8035)
    assert record.q850 == (19 if record.state_code == 8101 else 0)
    at_rest(box)


@pytest.mark.parametrize("personality", PERSONALITIES)
@pytest.mark.parametrize("when", ["dialling", "ringing"])
def test_a_hangs_up_before_b_answers(opens: Opens, personality: str, when: str) -> None:
    box = opens(personality)
    a, b = box.phone(A), box.phone(B)
    a.do("dial", to=X)
    if when == "ringing":
        b.until("ringing")
    else:
        box.until(
            lambda: any(r.forward_at for r in box.store.calls.unfinished()), 20, "B is dialled"
        )
    a.do("hangup")
    record = box.over()
    # While A is held only its network knows that it has gone; the ringing may overtake that.
    assert record.state_code in ((7502,) if when == "ringing" else (7501, 7502))
    assert record.ended_by == "caller"
    at_rest(box)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_an_answer_at_ringback_is_not_believed_where_b_has_to_confirm(
    opens: Opens, personality: str
) -> None:
    box = opens(
        personality,
        multiparty=False,
        hold=False,
        trunk_can={"false_answer": True},
        settings={"connect": ("bridge",), "press_1": True},
    )
    a, b = box.phone(A), box.phone(B)
    a.do("dial", to=X)
    b.until("ringing")
    b.do("answer")
    b.until("active")
    assert not any(record.answered_at for record in box.store.calls.unfinished())
    presses_1(box, b)
    record = talk(box)
    a.do("hangup")
    assert box.told(box.over()) == ALL
    assert record.strategy == "bridge"
    at_rest(box)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_without_a_free_second_line_a_is_rejected_unanswered(
    opens: Opens, personality: str
) -> None:
    box = opens(personality, multiparty=False, settings={"connect": ("bridge",)})
    other, callee = box.phone(C), box.phone(D, answers=0.2)
    assert box.exchange is not None
    # The trunk is lent to nobody while its SIM is out of service.
    box.control.fault(TRUNK, "no-network")
    box.until(
        lambda: any(line.state.value == "no-network" for line in box.exchange.lines()),
        20,
        "a trunk without network",
    )
    a = box.phone(A)
    a.do("dial", to=X)
    record = box.over()
    assert (record.state_code, record.release_point, record.q850) == (522, 522, 0)
    assert a.look()["calls"][-1]["answered"] is None
    assert other.look()["state"] == callee.look()["state"] == "idle"
    at_rest(box)


@pytest.mark.parametrize("personality", CONFERENCES)
@pytest.mark.parametrize("step", ["said to", "confirming", "talking"])
def test_a_second_caller_at_every_step(opens: Opens, personality: str, step: str) -> None:
    settings = {"press_1": step == "confirming"}
    box = opens(personality, bound={"pre_voice_caller": "wait.wav"}, settings=settings)
    _prompt(box, "wait.wav", 2.0)
    a, b, c = box.phone(A), box.phone(B), box.phone(C)
    a.do("dial", to=X)
    a.until("active")
    if step != "said to":
        b.until("ringing")
        b.do("answer")
    if step == "confirming":
        box.until(lambda: phase(box) is Phase.CONFIRMING, 15, "B is asked to confirm")
    elif step == "talking":
        talk(box)
    c.do("dial", to=X)
    box.until(lambda: len(box.store.calls.recent(9)) == 2, 15, "the second caller is told of")
    if step == "confirming":
        # A is held: nothing is done to C, who gives up. Then the join is free.
        assert c.look()["state"] == "dialling"
        presses_1(box, b, until=lambda: phase(box) is Phase.BLOCKED)
        c.do("hangup")
    elif step == "said to":
        b.until("ringing")
        b.do("answer")
    talk(box)
    c.until("idle")
    a.do("hangup")
    box.over(2)
    records = {record.caller: record for record in box.store.calls.recent(9)}
    assert records[C].state_code == 8102
    assert box.told(records[C]) == ["callin", "disconnect", "fee"]
    assert (records[A].state_code, records[A].strategy) == (0, "conference")
    assert box.told(records[A]) == ALL
    for phone in box.people:
        phone.until("idle", 15)
    assert ("AT+CHLD=0" in box.commands(X)) == (step != "confirming")


@pytest.mark.parametrize("personality", CONFERENCES)
def test_a_second_caller_while_b_is_dialled_meets_the_networks_busy(
    opens: Opens, personality: str
) -> None:
    box = opens(personality)
    a, b, c = box.phone(A), box.phone(B), box.phone(C)
    a.do("dial", to=X)
    b.until("ringing")
    c.do("dial", to=X)
    c.until("idle")
    assert c.look()["calls"][-1]["cause"] == 17
    b.do("answer")
    talk(box)
    a.do("hangup")
    assert box.told(box.over()) == ALL
    at_rest(box)


def presses_1(box: BankBox, phone: Phone, until: Callable[[], Any] | None = None) -> None:
    """Press 1 as a person does who hears the prompt: again, until something happens."""

    def pressed() -> bool:
        phone.do("digits", digits="1")
        if until is not None:
            return bool(until())
        return any(record.answered_at for record in box.store.calls.unfinished())

    box.until(pressed, 15, "an effect of the key")


def phase(box: BankBox) -> Phase | None:
    """Return what the call on X waits for."""
    assert box.exchange is not None
    worker = box.exchange._workers[f"virtual:{X}"]
    session = worker._board._current
    return session.call.phase if session is not None else None


def _prompt(box: BankBox, name: str, seconds: float) -> None:
    """Put a voice file of a 440 Hz tone where the media room looks for it."""
    folder = box.folder / "voices" / str(box.app.app_id)
    folder.mkdir(parents=True, exist_ok=True)
    wav.write_alaw(folder / name, tones.make(f"tone:440/{seconds:g}"))


@pytest.mark.parametrize("personality", CONFERENCES)
def test_a_conference_lives_on_without_the_box_and_is_taken_up(
    opens: Opens, personality: str
) -> None:
    box = opens(personality, settings={"on_stop": "leave"})
    a, b = box.phone(A), box.phone(B, answers=0.3)
    a.do("dial", to=X)
    before = talk(box)
    assert box.exchange is not None
    box.exchange.stop(10.0)
    assert (a.look()["state"], b.look()["state"]) == ("active", "active")
    box.start()
    box.until(
        lambda: any(line.call == before.session_id for line in box.exchange.lines()), 20, "taken up"
    )
    b.do("hangup")
    record = box.over()
    assert box.told(record) == ALL
    assert (record.session_id, record.ended_by) == (before.session_id, "callee")
    assert record.answered_at == before.answered_at
    at_rest(box)


@pytest.mark.parametrize("personality", PERSONALITIES)
def test_the_limit_ends_both_legs(opens: Opens, personality: str) -> None:
    from dataclasses import replace

    from tests.exchange.bank_box import SETTINGS

    limits = replace(SETTINGS.limits, hard_cap=4.0)
    box = opens(personality, settings={"limits": limits})
    a, _ = box.phone(A), box.phone(B, answers=0.2)
    a.do("dial", to=X)
    talk(box)
    record = box.over()
    assert (record.state_code, record.ended_by) == (8010, "box")
    assert box.told(record) == ALL
    at_rest(box)
