"""Who reaches whom: calls and texts over A-X-B numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from appliance.model.records import Application, Binding, Mode, Number, Role
from appliance.model.routing import (
    Decision,
    Prompts,
    Refusal,
    Relation,
    Route,
    RouteFacts,
    TextRefusal,
    TextRoute,
    decide,
    decide_text,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
X, TRUNK = "+8617000000001", "+8617000000009"
A, B, STRANGER, FIXED = "+8613900000001", "+8613900000002", "+8613900000003", "+8675528000001"

APP = Application(1, "shop", "key", "secret", Mode.AXB, record=True, sms=True)
NUMBER = Number(1, X, "8986", Role.NUMBER, 1, sms=True)
TRUNK_LINE = Number(9, TRUNK, "8989", Role.TRUNK, None)
BINDING = Binding("s-1", Mode.AXB, 1, X, A, B)


def facts(caller: str | None, **changes: Any) -> RouteFacts:
    """An arrival on X where BINDING names A and B."""
    binding: Binding = changes.pop("binding", BINDING)
    number: Number = changes.pop("number", NUMBER)
    application: Application = changes.pop("application", APP)
    relation = Relation(binding, number, application)
    known = caller in (binding.a, binding.b)
    base = RouteFacts(X, caller, number, application, explicit=relation if known else None)
    return replace(base, **changes)


def called_back(caller: str, **changes: Any) -> RouteFacts:
    """An arrival on a trunk that was shown to the caller earlier."""
    relation = Relation(changes.pop("binding", BINDING), NUMBER, APP)
    base = RouteFacts(TRUNK, caller, TRUNK_LINE, returned=relation, second_lines=(X,))
    return replace(base, **changes)


def through(result: Decision) -> Route:
    assert isinstance(result, Route), result
    return result


def refused(result: Decision) -> int:
    assert isinstance(result, Refusal), result
    assert result.release_point == result.state_code
    return result.state_code


@pytest.mark.parametrize(("caller", "callee", "role"), [(A, B, "a"), (B, A, "b")])
def test_each_reaches_the_other(caller: str, callee: str, role: str) -> None:
    found = through(decide(facts(caller, second_lines=(TRUNK,)), NOW))
    assert (found.callee, found.caller_role, found.line) == (callee, role, X)
    assert (found.binding, found.application) == (BINDING, APP)
    assert found.second_lines == (TRUNK,)
    assert (found.record, found.max_minutes, found.prompts) == (False, 0, Prompts())


@pytest.mark.parametrize("caller", [STRANGER, None, "10086", "unknown"])
def test_strangers_and_withheld_numbers_reach_nobody(caller: str | None) -> None:
    expected = Refusal(8014, 8014, "binding-missing", None, APP)
    assert decide(facts(caller), NOW) == expected


@pytest.mark.parametrize(
    ("direction", "caller", "code"),
    [(0, A, 0), (0, B, 0), (1, A, 0), (1, B, 8016), (2, A, 8016), (2, B, 0)],
)
def test_the_direction_rule(direction: int, caller: str, code: int) -> None:
    result = decide(facts(caller, binding=replace(BINDING, direction=direction)), NOW)
    if code:
        assert refused(result) == code
        assert isinstance(result, Refusal)
        assert result.binding is not None
    else:
        through(result)


def test_a_fixed_line_is_called_but_does_not_call() -> None:
    binding = replace(BINDING, a=FIXED)
    assert through(decide(facts(B, binding=binding), NOW)).callee == FIXED
    assert refused(decide(facts(FIXED, binding=binding), NOW)) == 8023
    assert refused(decide(facts(FIXED), NOW)) == 8014


def test_an_ended_binding_is_none() -> None:
    ended = replace(BINDING, duration=60, expires=NOW)
    result = decide(facts(A, binding=ended), NOW)
    assert result == Refusal(8014, 8014, "binding-missing", None, APP)
    living = replace(ended, expires=NOW + timedelta(microseconds=1))
    through(decide(facts(A, binding=living), NOW))


def test_a_second_line_called_back_leads_to_the_other_person() -> None:
    found = through(decide(called_back(B), NOW))
    assert (found.callee, found.caller_role) == (A, "b")
    assert (found.line, found.binding.x, found.second_lines) == (TRUNK, X, (X,))
    assert found.application == APP


def test_the_direction_rule_holds_on_the_way_back_too() -> None:
    assert refused(decide(called_back(B, binding=replace(BINDING, direction=1)), NOW)) == 8016


def test_a_trunk_leads_nowhere_else() -> None:
    result = decide(called_back(B, returned=None), NOW)
    assert result == Refusal(8014, 8014, None, None, None)


def test_an_explicit_binding_beats_a_return_route() -> None:
    other = replace(BINDING, subscription_id="s-2", x="+8617000000002", b=STRANGER)
    returned = Relation(other, replace(NUMBER, msisdn=other.x), APP)
    assert through(decide(facts(A, returned=returned), NOW)).callee == B
    ended = replace(BINDING, duration=60, expires=NOW)
    found = through(decide(facts(A, binding=ended, returned=returned), NOW))
    assert (found.callee, found.binding) == (STRANGER, other)


@pytest.mark.parametrize(("status", "code"), [(9, 8055), (10, 8055), (11, 0), (5, 0)])
def test_the_state_of_the_number(status: int, code: int) -> None:
    number = replace(NUMBER, status=status)
    result = decide(facts(A, number=number), NOW)
    assert (refused(result) if code else isinstance(result, Route)) == (code or True)
    if code:
        assert refused(decide(facts(STRANGER, number=number), NOW)) == code


def test_a_call_back_needs_the_bindings_number_and_the_line_itself() -> None:
    stopped = Relation(BINDING, replace(NUMBER, status=9), APP)
    assert refused(decide(called_back(B, returned=stopped), NOW)) == 8055
    assert refused(decide(called_back(B, number=replace(TRUNK_LINE, status=10)), NOW)) == 8055


def test_the_state_of_the_application() -> None:
    frozen = replace(APP, frozen=True)
    assert refused(decide(facts(A, application=frozen), NOW)) == 7108
    assert refused(decide(facts(STRANGER, application=frozen), NOW)) == 7108
    assert refused(decide(facts(A, application=replace(APP, active=False)), NOW)) == 8018


def test_a_line_that_is_not_enrolled_takes_no_traffic() -> None:
    unknown = RouteFacts(X, A, None)
    assert decide(unknown, NOW) == Refusal(8014, 8014, None, None, None)
    assert decide_text(unknown, "hello", NOW) == TextRefusal(2)


@pytest.mark.parametrize("callee", ["+86110", "+14155550123", "+8695588", "+8617000000007"])
def test_what_must_not_be_dialled_is_refused_at_the_last_moment(callee: str) -> None:
    binding = replace(BINDING, b=callee)
    own = frozenset({"+8617000000007"})
    code = 7500 if callee.startswith("+86") else 8043
    assert refused(decide(facts(A, binding=binding, own=own), NOW)) == code
    assert decide_text(facts(A, binding=binding, own=own), "hello", NOW) == TextRefusal(
        2, binding, APP
    )


def test_recording_is_announced_to_both_and_needs_both_switches() -> None:
    binding = replace(BINDING, record=True, record_hint="notice.wav")
    found = through(decide(facts(A, binding=binding), NOW))
    assert found.record
    assert found.prompts == Prompts(caller=("notice.wav",), callee=("notice.wav",))
    off = replace(APP, record=False)
    found = through(decide(facts(A, binding=binding, application=off), NOW))
    assert not found.record
    assert found.prompts == Prompts()


def test_the_applications_notice_stands_in_for_the_bindings() -> None:
    app = replace(APP, settings={"prompts": {"recording-notice": "house.wav"}})
    binding = replace(BINDING, record=True)
    found = through(decide(facts(A, binding=binding, application=app), NOW))
    assert found.prompts.callee == ("house.wav",)
    assert through(decide(facts(A, application=app), NOW)).prompts.callee == ()
    own = replace(APP, settings={"prompts": {"recording-notice": "default"}, "language": "en"})
    found = through(decide(facts(A, binding=binding, application=own), NOW))
    assert found.prompts.caller == found.prompts.callee == ("default:recording-notice:en",)
    silent = through(decide(facts(A, binding=binding), NOW))
    assert (silent.prompts.caller, silent.record) == ((), True)


def test_each_caller_hears_the_tone_meant_for_him() -> None:
    binding = replace(BINDING, pre_voice_caller="a.wav", pre_voice_callee="b.wav")
    assert through(decide(facts(A, binding=binding), NOW)).prompts.waiting == "a.wav"
    assert through(decide(facts(B, binding=binding), NOW)).prompts.waiting == "b.wav"


def test_the_last_minute_is_told_only_where_there_is_a_limit() -> None:
    binding = replace(BINDING, last_minute_voice="last.wav")
    assert through(decide(facts(A, binding=binding), NOW)).prompts.last_minute is None
    limited = through(decide(facts(A, binding=replace(binding, max_minutes=30)), NOW))
    assert (limited.prompts.last_minute, limited.max_minutes) == ("last.wav", 30)


@pytest.mark.parametrize(("sender", "recipient", "role"), [(A, B, "a"), (B, A, "b")])
def test_texts_go_both_ways_whatever_the_direction_of_calls(
    sender: str, recipient: str, role: str
) -> None:
    for direction in (0, 1, 2):
        binding = replace(BINDING, direction=direction)
        result = decide_text(facts(sender, binding=binding), "hello", NOW)
        assert result == TextRoute(recipient, binding, APP, role)


@pytest.mark.parametrize(
    ("changes", "send_result"),
    [
        ({"application": replace(APP, sms=False)}, 11),
        ({"number": replace(NUMBER, sms=False)}, 11),
        ({"binding": replace(BINDING, private_sms=False)}, 11),
        ({"binding": replace(BINDING, private_sms=True)}, 0),
        ({"number": replace(NUMBER, status=9)}, 3),
        ({"number": replace(NUMBER, status=10)}, 3),
        ({"number": replace(NUMBER, status=11)}, 0),
        ({"application": replace(APP, frozen=True)}, 1),
        ({"application": replace(APP, active=False)}, 1),
        ({"binding": replace(BINDING, duration=1, expires=NOW)}, 2),
    ],
)
def test_what_keeps_a_text_back(changes: dict[str, Any], send_result: int) -> None:
    result = decide_text(facts(A, **changes), "hello", NOW)
    if send_result:
        assert isinstance(result, TextRefusal)
        assert result.send_result == send_result
    else:
        assert isinstance(result, TextRoute)


def test_a_text_to_a_second_line_is_relayed_too() -> None:
    assert decide_text(called_back(B), "hello", NOW) == TextRoute(A, BINDING, APP, "b")


def test_a_strangers_text_has_no_binding() -> None:
    for sender in (STRANGER, None, "10690000123"):
        assert decide_text(facts(sender), "hello", NOW) == TextRefusal(2, None, APP)
