from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from drivers.families.callbook import CallBook
from drivers.families.reports import CallSeen
from drivers.modem import CallChanged, CallEnded, CallInfo, CallState, Offered, WaitingCall

A = "+4915110000001"


class Desk:
    """A book with its events, and causes that come when the test says so; ``bad`` garbles."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.asked: list[object] = []
        self.bad = False
        self.book = CallBook(self.events.append, self.asked.append, lambda: self.bad)

    def answer(self, cause: int | None = 16) -> None:
        self.book.caused(self.asked.pop(0), cause)


def test_one_offer_for_every_sign_that_adds_something() -> None:
    desk = Desk()
    desk.book.rings()
    desk.book.rings()
    desk.book.caller(A, withheld=False)
    desk.book.caller(A, withheld=False)
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, A))
    desk.book.rings()

    assert desk.events == [Offered(0), Offered(0, A), Offered(1, A)]


def test_an_end_is_told_once_whoever_tells_it() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.gone(1, None)
    desk.book.gone(1, 16)
    desk.book.listed((), certain=True)
    desk.answer(17)

    assert desk.events[1:] == [CallEnded(1, 17)]
    assert not desk.asked


def test_a_cause_is_asked_for_only_where_it_is_missing() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.gone(1, 21)

    assert desk.events[-1] == CallEnded(1, 21)
    assert not desk.asked


def test_a_word_gives_the_cause_where_the_modem_gives_none() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.DIALLING, True, False, A))
    desk.book.gone(1, None)
    desk.book.hint(17)
    desk.answer(None)
    desk.book.seen(CallSeen(1, CallState.DIALLING, True, False, A))
    desk.book.gone(1, None)
    desk.answer(None)

    assert [e for e in desk.events if isinstance(e, CallEnded)] == [
        CallEnded(1, 17),
        CallEnded(1, None),
    ]


def test_a_new_call_with_the_same_index_waits_for_the_end_of_the_old() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.gone(1, None)
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, "2"))
    assert len(desk.events) == 1
    desk.answer()

    assert desk.events[1:] == [CallEnded(1, 16), Offered(1, "2")]


def test_ends_are_told_in_their_order_though_causes_come_in_another() -> None:
    desk = Desk()
    for index in (1, 2):
        desk.book.seen(CallSeen(index, CallState.ACTIVE, False, True, A))
    desk.book.gone(1, None)
    desk.book.gone(2, None)
    first, second = desk.asked
    desk.book.caused(second, 17)
    assert not [e for e in desk.events if isinstance(e, CallEnded)]
    desk.book.caused(first, 16)
    desk.book.caused(first, 99)

    assert desk.events[-2:] == [CallEnded(1, 16), CallEnded(2, 17)]


def test_one_list_without_a_call_is_a_doubt_two_are_an_end() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.listed(())
    assert desk.book.in_doubt
    assert len(desk.book) == 1
    desk.book.listed((CallInfo(1, False, CallState.ACTIVE, False, A),))
    assert not desk.book.in_doubt
    desk.book.listed(())
    desk.book.listed(())

    assert len(desk.book) == 0
    assert len(desk.asked) == 1


def test_a_call_whose_end_was_missed_ends_when_its_index_is_used_again() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.seen(CallSeen(1, CallState.DIALLING, True, False, "2"))
    desk.answer()

    assert desk.events[1:] == [
        CallEnded(1, 16),
        CallChanged(CallInfo(1, True, CallState.DIALLING, False, "2")),
    ]


def test_another_number_is_another_call_whatever_was_missed() -> None:
    desk = Desk()
    desk.book.rings()
    desk.book.caller("+4915110000001", withheld=False)
    desk.book.caller("015110000001", withheld=False)  # the same, written otherwise
    desk.book.caller("+4915110000002", withheld=False)
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, "+4915110000003"))
    desk.answer()
    desk.answer()

    assert desk.events == [
        Offered(0),
        Offered(0, "+4915110000001"),
        CallEnded(0, 16),
        Offered(0, "+4915110000002"),
        CallEnded(0, 16),
        Offered(1, "+4915110000003"),
    ]


def test_a_number_that_a_bad_line_got_wrong_makes_no_other_call() -> None:
    desk = Desk()
    desk.book.rings()
    desk.book.caller(A, withheld=False)
    desk.bad = True
    desk.book.caller("+4915110000002", withheld=False)
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, "+4915110000003"))
    assert desk.book.in_doubt
    desk.book.listed((CallInfo(1, False, CallState.INCOMING, False, A),))
    assert not desk.book.in_doubt
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, "+4915110000003"))
    desk.book.listed((CallInfo(1, False, CallState.ACTIVE, False, A),))
    desk.book.listed((CallInfo(1, False, CallState.ACTIVE, False, "+4915110000003"),))
    desk.book.listed((CallInfo(1, False, CallState.ACTIVE, False, "+4915110000003"),))
    desk.answer()

    assert desk.events == [
        Offered(0),
        Offered(0, A),
        Offered(1, A),
        CallChanged(CallInfo(1, False, CallState.ACTIVE, False, A)),
        CallEnded(1, 16),
        CallChanged(CallInfo(1, False, CallState.ACTIVE, False, "+4915110000003")),
    ]


def test_on_a_bad_line_a_number_is_told_twice_before_it_is_believed() -> None:
    desk = Desk()
    desk.bad = True
    desk.book.caller("+4915110000002", withheld=False)
    desk.book.caller(A, withheld=False)
    assert desk.events == [Offered(0)]
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, A))
    assert desk.events[1:] == [Offered(1, A)]
    desk.book.seen(CallSeen(2, CallState.WAITING, False, False, "+4915110000003"))
    desk.book.second_caller("+4915110000003", withheld=False)

    assert desk.events[2:] == [WaitingCall(2, None), WaitingCall(2, "+4915110000003")]


def test_a_waiting_call_becomes_an_offer_when_the_line_is_free() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.second_caller("2", withheld=False)
    desk.book.seen(CallSeen(2, CallState.WAITING, False, False, "2"))
    desk.book.gone(1, 16)
    desk.book.seen(CallSeen(2, CallState.INCOMING, False, False, "2"))

    assert desk.events[1:] == [
        WaitingCall(0, "2"),
        WaitingCall(2, "2"),
        CallEnded(1, 16),
        Offered(2, "2"),
    ]


def test_a_waiting_call_that_rings_when_the_first_is_over_is_the_same_call() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.seen(CallSeen(2, CallState.WAITING, False, False, "2"))
    desk.book.gone(1, 16)
    desk.book.rings()
    desk.book.caller("2", withheld=False)
    desk.book.seen(CallSeen(2, CallState.INCOMING, False, False, "2"))

    assert desk.events[1:] == [WaitingCall(2, "2"), CallEnded(1, 16), Offered(2, "2")]
    assert len(desk.book) == 1


def test_another_caller_than_the_one_who_waited_is_another_call() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.seen(CallSeen(2, CallState.WAITING, False, False, "13900000002"))
    desk.book.gone(1, 16)
    desk.book.caller("13900000003", withheld=False)

    assert desk.events[-1] == Offered(0, "13900000003")


def test_a_dialled_call_is_told_of_when_its_index_is_known() -> None:
    desk = Desk()
    desk.book.dialled("2")
    assert not desk.events
    desk.book.seen(CallSeen(3, CallState.ALERTING, True))

    assert desk.events == [CallChanged(CallInfo(3, True, CallState.ALERTING, False, "2"))]


def test_a_repeated_end_does_not_end_the_next_call() -> None:
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.gone(1, 16)
    desk.book.rings()
    desk.book.gone(1, 16)

    assert desk.events[-1] == Offered(0)
    assert len(desk.book) == 1

    desk.book.caller(A, withheld=False)
    desk.book.gone(1, 16)  # more than RING has come: it is this one's

    assert desk.events[-1] == CallEnded(0, 16)
    assert len(desk.book) == 0


def test_the_end_of_a_call_that_was_hung_up_is_no_repeated_one() -> None:
    """Its index, which only its end tells, was that of the call before it."""
    desk = Desk()
    desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
    desk.book.gone(1, 16)
    desk.book.rings()
    desk.book.hung_up()
    desk.book.gone(1, 21)

    assert desk.events[-1] == CallEnded(0, 21)
    assert len(desk.book) == 0


def test_an_end_that_may_be_a_repeated_one_leaves_a_call_in_doubt_until_the_next_list() -> None:
    """A caller who hides the number and leaves at once would else pass for the next caller."""
    for still_there in (True, False):
        desk = Desk()
        desk.book.seen(CallSeen(1, CallState.ACTIVE, False, False, A))
        desk.book.gone(1, 16)
        desk.book.rings()
        desk.book.caller(None, withheld=True)
        desk.book.gone(1, 16)
        assert (len(desk.book), desk.book.in_doubt) == (1, True)

        rings = CallInfo(1, False, CallState.INCOMING, False, None)
        desk.book.listed([rings] if still_there else [])
        assert (len(desk.book), desk.book.in_doubt) == (int(still_there), False)

    desk.answer(16)
    desk.book.rings()
    desk.book.caller(A, withheld=False)
    assert desk.events[-2:] == [Offered(0), Offered(0, A)]


def test_a_reboot_ends_everything() -> None:
    desk = Desk()
    desk.book.rings()
    desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, A))
    desk.book.seen(CallSeen(2, CallState.HELD, True, False, A))
    desk.book.clear(41)

    assert desk.events[-2:] == [CallEnded(1, 41), CallEnded(2, 41)]


INDEXES = st.integers(1, 3)
STATES = st.sampled_from(CallState)


class AnyModem(RuleBasedStateMachine):
    """Whatever a modem says in whatever order, every call told of ends once and only then."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk()

    @rule()
    def rings(self) -> None:
        self.desk.book.rings()

    @rule(number=st.sampled_from([A, None]))
    def caller(self, number: str | None) -> None:
        self.desk.book.caller(number, withheld=number is None)

    @rule(number=st.sampled_from([A, None]))
    def second_caller(self, number: str | None) -> None:
        self.desk.book.second_caller(number, withheld=number is None)

    @rule()
    def dialled(self) -> None:
        self.desk.book.dialled(A)

    @rule(index=INDEXES, state=STATES, out=st.sampled_from([True, False, None]), mpty=st.booleans())
    def seen(self, index: int, state: CallState, out: bool | None, mpty: bool) -> None:
        self.desk.book.seen(CallSeen(index, state, out, mpty, A))

    @rule(index=INDEXES, cause=st.sampled_from([16, None]))
    def gone(self, index: int, cause: int | None) -> None:
        self.desk.book.gone(index, cause)

    @rule(
        calls=st.lists(st.tuples(INDEXES, STATES, st.booleans()), max_size=3), certain=st.booleans()
    )
    def listed(self, calls: list[tuple[int, CallState, bool]], certain: bool) -> None:
        infos = {i: CallInfo(i, out, state, False, A) for i, state, out in calls}
        self.desk.book.listed(infos.values(), certain=certain)

    @rule(cause=st.sampled_from([17, None]))
    def caused(self, cause: int | None) -> None:
        if self.desk.asked:
            self.desk.answer(cause)

    @invariant()
    def ends_match_beginnings(self) -> None:
        balance(self.desk.events)

    def teardown(self) -> None:
        self.desk.book.clear(41)
        while self.desk.asked:
            self.desk.answer()
        assert not balance(self.desk.events)


def balance(events: list[Any]) -> set[int]:
    """Return the calls that were told of and have not ended; fails on an end without a call."""
    live: set[int] = set()
    for event in events:
        match event:
            case Offered(index) | WaitingCall(index):
                if index:
                    live.discard(0)
                live.add(index)
            case CallChanged(info):
                if info.index not in live:
                    live.discard(0)
                live.add(info.index)
            case CallEnded(index):
                assert index in live or index == 0, events
                live.discard(index)
    return live


TestAnyModem = AnyModem.TestCase


@given(st.lists(st.sampled_from(["ring", "clip", "seen"]), max_size=12))
def test_signs_in_any_order_make_one_call(signs: list[str]) -> None:
    desk = Desk()
    for sign in signs:
        if sign == "ring":
            desk.book.rings()
        elif sign == "clip":
            desk.book.caller(A, withheld=False)
        else:
            desk.book.seen(CallSeen(1, CallState.INCOMING, False, False, A))

    assert len(desk.book) == bool(signs)
    assert len(desk.events) <= 3
