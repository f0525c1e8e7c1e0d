"""The relay machine: a part at most once unless it certainly failed, and exactly one end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.model.message import (
    Accepted,
    AwaitReport,
    Effect,
    Event,
    Expired,
    Finish,
    NoReport,
    Note,
    Noted,
    NotNoted,
    Outcome,
    OutcomeOpen,
    PartState,
    Refused,
    Relay,
    Reported,
    Settle,
    Submit,
    Turn,
    relay_of,
    step,
)
from appliance.model.sms_causes import (
    CMS_CAUSES,
    NO_ANSWER,
    NOT_SUPPORTED,
    NOT_WRITTEN,
    UNLISTED,
    After,
    advice,
)


def run(relay: Relay, *events: Event) -> tuple[Relay, list[Effect]]:
    """Return the relay after the events, and every effect in order."""
    done: list[Effect] = []
    for event in events:
        relay, effects = step(relay, event)
        done.extend(effects)
    return relay, done


def sent(part: int) -> tuple[Event, ...]:
    return (Turn(), Noted(part), Accepted(part))


def test_a_part_is_noted_before_it_is_submitted() -> None:
    relay, effects = step(relay_of(1), Turn())
    assert effects == (Note(1, 1),)

    relay, effects = step(relay, Noted(1))
    assert effects == (Submit(1, 1),)

    relay, effects = step(relay, Accepted(1))
    assert effects == (Settle(1, 1, PartState.SENT), Finish(Outcome.SENT, 1))
    assert relay.finished


def test_parts_go_one_after_the_other_and_the_end_comes_after_the_last() -> None:
    relay, effects = run(relay_of(3), *sent(1), *sent(2), *sent(3))
    assert [effect.part for effect in effects if isinstance(effect, Submit)] == [1, 2, 3]
    assert effects[-1] == Finish(Outcome.SENT, 3)
    assert relay.waiting == 0


def test_nothing_else_goes_while_a_part_is_under_way() -> None:
    relay, _ = run(relay_of(2), Turn(), Noted(1))
    assert step(relay, Turn()) == (relay, ())


def test_a_certain_failure_is_tried_again_with_a_new_attempt() -> None:
    relay, effects = run(relay_of(1), Turn(), Noted(1), Refused(1, final=False), Turn(), Noted(1))
    assert effects == [
        Note(1, 1),
        Submit(1, 1),
        Settle(1, 1, PartState.FAILED),
        Note(1, 2),
        Submit(1, 2),
    ]
    assert not relay.finished


def test_an_attempt_that_was_not_noted_was_none() -> None:
    _, effects = run(relay_of(1), Turn(), NotNoted(1), Turn())
    assert effects == [Note(1, 1), Note(1, 1)]


def test_an_open_outcome_waits_for_its_report() -> None:
    relay, effects = run(relay_of(1), Turn(), Noted(1), OutcomeOpen(1), Turn())
    assert effects[-1] == AwaitReport(1)

    assert step(relay, Reported(1))[1] == (
        Settle(1, 1, PartState.SENT),
        Finish(Outcome.SENT, 1),
    )
    assert step(relay, NoReport(1))[1] == (
        Settle(1, 1, PartState.UNKNOWN),
        Finish(Outcome.UNKNOWN, 0),
    )


def test_after_an_unknown_part_the_others_still_go_and_it_is_never_repeated() -> None:
    _, effects = run(relay_of(2), Turn(), Noted(1), OutcomeOpen(1), NoReport(1), *sent(2))
    assert [effect.part for effect in effects if isinstance(effect, Submit)] == [1, 2]
    assert effects[-1] == Finish(Outcome.UNKNOWN, 1)


def test_a_report_before_the_answer_settles_and_the_answer_changes_nothing() -> None:
    relay, effects = run(relay_of(1), Turn(), Noted(1), Reported(1))
    assert effects[-1] == Finish(Outcome.SENT, 1)
    assert step(relay, Accepted(1)) == (relay, ())


@pytest.mark.parametrize(
    ("before", "outcome", "count"),
    [((), Outcome.FAILED, 0), (sent(1), Outcome.PARTLY, 1)],
)
def test_a_final_failure_ends_the_parts_behind_it(
    before: tuple[Event, ...], outcome: Outcome, count: int
) -> None:
    part = count + 1
    _, effects = run(relay_of(3), *before, Turn(), Noted(part), Refused(part, final=True))
    assert effects[-1] == Finish(outcome, count)


def test_what_is_too_old_is_given_up_but_an_open_part_is_waited_for() -> None:
    assert run(relay_of(2), Expired())[1] == [Finish(Outcome.FAILED, 0)]
    relay, effects = run(relay_of(2), Turn(), Noted(1), OutcomeOpen(1), Expired())
    assert not any(isinstance(effect, Finish) for effect in effects)
    assert step(relay, Reported(1))[1][-1] == Finish(Outcome.PARTLY, 1)


def events_for(parts: int) -> st.SearchStrategy[Event]:
    part = st.integers(0, parts + 1)
    return st.one_of(
        st.just(Turn()),
        st.just(Expired()),
        part.map(Noted),
        part.map(NotNoted),
        part.map(Accepted),
        st.builds(Refused, part, final=st.booleans()),
        part.map(OutcomeOpen),
        part.map(Reported),
        part.map(NoReport),
    )


@given(st.integers(1, 5).flatmap(lambda n: st.tuples(st.just(n), st.lists(events_for(n)))))
def test_no_part_is_repeated_unless_it_certainly_failed(case: tuple[int, list[Event]]) -> None:
    """Whatever events come in whatever order, duplicates and strays included."""
    parts, events = case
    relay = relay_of(parts)
    last: dict[int, str] = {}  # what is known of the last submit of each part
    finishes = 0
    for event in events:
        relay, effects = step(relay, event)
        for effect in effects:
            assert finishes == 0, "something was done after the end"
            if isinstance(effect, Submit):
                assert last.get(effect.part, "failed") == "failed"
                last[effect.part] = "open"
            elif isinstance(effect, Settle):
                assert last.get(effect.part) == "open"
                last[effect.part] = effect.state.value
            elif isinstance(effect, Finish):
                finishes += 1
                assert "open" not in last.values()
                assert effect.sent == sum(state == "sent" for state in last.values())
        under_way = [part for part in relay.parts if part.state is PartState.SENDING]
        assert len(under_way) <= 1


@given(
    st.integers(1, 6),
    st.lists(st.sampled_from(["accept", "retry", "final", "report", "no-report"]), max_size=30),
)
def test_every_relay_ends_exactly_once(parts: int, answers: list[str]) -> None:
    """With a network that answers everything it is given, in any way."""
    relay = relay_of(parts)
    finishes: list[Finish] = []
    script = iter(answers)
    queue: list[Event] = [Turn()]
    for _ in range(1000):
        if relay.finished:
            break
        event = queue.pop(0) if queue else Turn()
        relay, effects = step(relay, event)
        for effect in effects:
            match effect:
                case Note(part):
                    queue.append(Noted(part))
                case Submit(part):
                    answer = next(script, "accept")
                    queue.append(
                        {
                            "accept": Accepted(part),
                            "retry": Refused(part, final=False),
                            "final": Refused(part, final=True),
                        }.get(answer, OutcomeOpen(part))
                    )
                    if answer in ("report", "no-report"):
                        queue.append(Reported(part) if answer == "report" else NoReport(part))
                case Finish():
                    finishes.append(effect)
                case _:
                    pass
    assert len(finishes) == 1
    assert relay.finished


def test_every_cause_is_advised_on() -> None:
    for code, row in CMS_CAUSES.items():
        assert advice(code) is row
        assert row.attempts >= 1
        assert row.meaning
        assert all(pause > 0 for pause in row.pauses)
        assert row.pause(1) == row.pauses[0]
        assert row.pause(100) == row.pauses[-1]


@pytest.mark.parametrize(
    ("code", "after", "attempts"),
    [
        (1, After.GIVE_UP, 1),
        (8, After.GIVE_UP, 1),
        (21, After.RETRY, 2),
        (28, After.GIVE_UP, 1),
        (42, After.RETRY, 5),
        (50, After.GIVE_UP, 1),
        (69, After.GIVE_UP, 1),
        (304, After.GIVE_UP, 1),
        (332, After.OPEN, 1),
        (500, After.RETRY, 3),
    ],
)
def test_the_causes_that_matter(code: int, after: After, attempts: int) -> None:
    assert (advice(code).after, advice(code).attempts) == (after, attempts)


def test_an_error_without_a_code_is_tried_a_few_times() -> None:
    assert advice(None) is advice(999) is UNLISTED
    assert 1 <= advice(314).pause(1) <= 3
    assert (NO_ANSWER.after, NOT_SUPPORTED.after, NOT_WRITTEN.after) == (
        After.OPEN,
        After.GIVE_UP,
        After.RETRY,
    )
