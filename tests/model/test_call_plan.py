"""How a route becomes a plan: which strategies are left, what is said, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from appliance.model.call_plan import (
    Abilities,
    Denial,
    Plan,
    Rules,
    make_denial,
    make_plan,
    rules,
)
from appliance.model.records import Application, Binding, Mode
from appliance.model.routing import Prompts, Refusal, Route

X, TRUNK = "+8617000000001", "+8617000000009"
A, B = "+8613800000001", "+8613800000002"
APP = Application(7, "taxi", "key", "secret", Mode.AXB, record=True)
BINDING = Binding("sub-1", Mode.AXB, 7, X, A, B, user_data="u")
BOTH = Rules()
EVERYTHING = Rules(connect=("conference", "bridge", "transfer"))


def route(**changes: Any) -> Route:
    values: dict[str, Any] = {
        "callee": B,
        "binding": BINDING,
        "application": APP,
        "line": X,
        "caller_role": "a",
        "prompts": Prompts(),
        "second_lines": (TRUNK,),
    }
    return Route(**{**values, **changes})


def planned(the_route: Route, can: Abilities | None = None, ask: Rules = BOTH) -> Plan:
    made = make_plan(the_route, can or Abilities(), ask, "r.wav")
    assert isinstance(made, Plan)
    return made


@pytest.mark.parametrize(
    ("can", "changes", "ask", "left"),
    [
        (Abilities(), {}, BOTH, ("conference", "bridge")),
        (Abilities(hold=False), {}, BOTH, ("bridge",)),
        (Abilities(multiparty=False), {}, BOTH, ("bridge",)),
        (Abilities(audio=False), {}, BOTH, ("conference",)),
        (Abilities(), {"second_lines": ()}, BOTH, ("conference",)),
        (Abilities(), {"record": True}, BOTH, ("bridge",)),
        (Abilities(host_audio=True), {"record": True}, BOTH, ("conference", "bridge")),
        (
            Abilities(),
            {},
            replace(BOTH, connect=("bridge", "conference")),
            ("bridge", "conference"),
        ),
        (Abilities(), {}, replace(BOTH, x_only=True), ("conference",)),
        (Abilities(transfer=True), {}, EVERYTHING, ("conference", "bridge", "transfer")),
        (Abilities(), {}, EVERYTHING, ("conference", "bridge")),
        (Abilities(transfer=True), {"max_minutes": 5}, EVERYTHING, ("conference", "bridge")),
        (Abilities(transfer=True, multiparty=False), {"record": True}, EVERYTHING, ("bridge",)),
        (Abilities(audio=False), {}, replace(BOTH, press_1=True), None),
        (Abilities(multiparty=False, audio=False), {}, BOTH, None),
    ],
)
def test_strategies_are_those_that_line_binding_and_facts_allow(
    can: Abilities, changes: dict[str, Any], ask: Rules, left: tuple[str, ...] | None
) -> None:
    made = make_plan(route(**changes), can, ask, "r.wav")
    assert (made.strategies if isinstance(made, Plan) else None) == left


def test_a_call_that_only_another_number_could_make_is_refused_with_its_cause() -> None:
    made = make_plan(route(), Abilities(hold=False), replace(BOTH, x_only=True), "r.wav")
    assert isinstance(made, Denial)
    assert (made.state_code, made.subscription_id, made.bind_number) == (8024, "sub-1", X)


def test_x_only_bars_a_conference_that_shows_a_second_line() -> None:
    made = make_plan(route(line=TRUNK), Abilities(), replace(BOTH, x_only=True), "r.wav")
    assert isinstance(made, Denial)
    assert made.state_code == 8024


def test_without_any_way_the_call_cannot_be_routed() -> None:
    made = make_plan(route(second_lines=()), Abilities(hold=False), BOTH, "r.wav")
    assert isinstance(made, Denial)
    assert made.state_code == 7508


def test_words_are_files_of_the_application() -> None:
    prompts = Prompts(
        caller=("notice.wav",), callee=("notice.wav",), waiting="wait.wav", last_minute="min.wav"
    )
    plan = planned(route(prompts=prompts, max_minutes=3, record=True))
    assert plan.words_caller == ("7/notice.wav", "7/wait.wav")
    assert plan.words_callee == ("7/notice.wav",)
    assert plan.last_minute == ("7/min.wav",)
    assert (plan.max_seconds, plan.recording) == (180.0, "r.wav")


def test_nothing_is_recorded_that_was_not_asked_for() -> None:
    assert planned(route()).recording is None


def test_slots_are_files_or_the_boxs_own_prompt() -> None:
    app = replace(APP, settings={"prompts": {"callee-busy": "busy.wav", "press-one": "default"}})
    plan = planned(route(application=app), ask=replace(BOTH, press_1=True))
    assert plan.slots["callee-busy"] == "7/busy.wav"
    assert plan.press_1 == ("default:press-one",)


OWN_SLOTS = ("waiting", "masked-call-notice", "last-minute", "time-over", "application-end")


def test_what_a_relation_does_not_name_is_said_by_the_applications_slots() -> None:
    app = replace(APP, settings={"prompts": dict.fromkeys(OWN_SLOTS, "default")})
    plan = planned(route(application=app, max_minutes=3, record=True))
    assert plan.words_caller == ("default:waiting",)
    assert plan.waiting_words == 1
    assert plan.words_callee == ("default:masked-call-notice",)
    assert plan.last_minute == ("default:last-minute",)
    assert plan.time_over == ("default:time-over",)
    named = Prompts(callee=("notice.wav",), waiting="wait.wav", last_minute="min.wav")
    plan = planned(route(application=app, max_minutes=3, prompts=named))
    assert plan.words_caller == ("7/wait.wav",)
    assert plan.words_callee == ("default:masked-call-notice", "7/notice.wav")
    assert plan.last_minute == ("7/min.wav",)
    unlimited = planned(route(application=app))
    assert unlimited.last_minute == unlimited.time_over == ()
    own_extension = replace(BINDING, mode=Mode.AXE)
    assert planned(route(application=app, binding=own_extension)).words_caller == ()
    by_extension = route(application=app, binding=own_extension, caller_role="b")
    assert planned(by_extension).words_caller == ("default:waiting",)
    closed = Refusal(8017, 8017, "application-end", None, app)
    assert make_denial(closed, Abilities()).words == ("default:application-end",)
    assert make_denial(replace(closed, voice="bye.wav"), Abilities()).words == ("7/bye.wav",)


def test_the_application_beats_the_line_and_the_line_the_box() -> None:
    box = Rules()
    line = {"connect": ["bridge"], "early_dial": True, "x_only": True}
    app = replace(APP, settings={"connect": ["transfer", "nonsense"], "x_only": False})
    assert rules(box, {}, None) == box
    assert rules(box, line, None) == Rules(("bridge",), x_only=True, early_dial=True)
    assert rules(box, line, app) == Rules(("transfer",), x_only=False, early_dial=True)
    assert rules(box, {"connect": "bridge", "press_1": 1}, None) == box


def test_a_refusal_speaks_only_with_a_prompt_and_a_voice() -> None:
    app = replace(APP, settings={"prompts": {"binding-missing": "missing.wav"}})
    refusal = Refusal(8014, 8014, "binding-missing", None, app)
    assert make_denial(refusal, Abilities()).words == ("7/missing.wav",)
    assert make_denial(refusal, Abilities(audio=False)).words == ()
    assert make_denial(replace(refusal, application=APP), Abilities()).words == ()
    nobody = make_denial(Refusal(8014, 8014), Abilities())
    assert (nobody.app_id, nobody.mode, nobody.bind_number) == (None, None, None)


def test_the_boxs_own_prompts_are_in_the_applications_language() -> None:
    slots = {"recording-notice": "default", "callee-busy": "default", "call-again": "again.wav"}
    for language in ("en", "zh-CN+en"):
        app = replace(APP, settings={"prompts": slots, "language": language})
        plan = planned(route(application=app), ask=replace(BOTH, press_1=True))
        assert plan.slots["callee-busy"] == f"default:callee-busy:{language}"
        assert plan.press_1 == (f"default:press-one:{language}",)
        assert plan.call_again == ("7/again.wav",)
    nonsense = replace(APP, settings={"language": "../de"})
    plan = planned(route(application=nonsense), ask=replace(BOTH, press_1=True))
    assert plan.press_1 == ("default:press-one",)
    assert plan.call_again == ("default:call-again",)
