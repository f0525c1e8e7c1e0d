"""What a call is going to do, fixed when it was routed: a route met with what the line can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from appliance.model import causes
from appliance.model.records import Application, Mode
from appliance.model.routing_records import (
    SLOT_ERROR,
    SLOT_EXTENSION_ENTER,
    SLOT_EXTENSION_NONE_END,
    SLOT_EXTENSION_WRONG,
    SLOT_EXTENSION_WRONG_END,
    AskApplication,
    CollectExtension,
    Refusal,
    Route,
)
from appliance.model.spoken import own

Strategy = Literal["conference", "bridge", "transfer"]
STRATEGIES: tuple[Strategy, ...] = ("conference", "bridge", "transfer")
CONFERENCE: Strategy = "conference"
BRIDGE: Strategy = "bridge"
TRANSFER: Strategy = "transfer"

NO_X_SHOWN = 8024
"""State code of a call that could only be made by showing another number than X."""
NO_STRATEGY = 7508
"""State code of a call that this line has no way to make: routing failed."""
MINUTE = 60.0
"""Seconds of a minute of ``maxDuration``."""
NO_FILE, NO_FILE_X = 7507, 8006
"""State codes of a call whose voice file is missing; in X mode it has one of its own."""
NOT_COLLECTED = 8008
"""State code of a call whose caller could not be asked for digits."""

ANNOUNCEMENTS: Mapping[int, str] = {
    8102: "callee-busy",
    8101: "callee-no-answer",
    8035: "callee-no-answer",
    7503: "callee-rejected",
    7504: "callee-rejected",
    8103: "callee-unreachable",
    8104: "callee-unreachable",
    8105: "callee-unreachable",
    8100: "callee-unreachable",
}
"""Application prompt that tells the caller why, by state code; without it the busy tone."""
FALLBACK_SLOT = "business-error"
WAITING_SLOT = "waiting"
"""Application prompt that the caller hears instead of ringback where the relation names none; of
AXE only who typed an extension."""
MASKED_CALL_SLOT = "masked-call-notice"
"""Application prompt that b hears first of all, on answering."""
LAST_MINUTE_SLOT = "last-minute"
"""Application prompt a minute before the limit where the relation names none."""
TIME_OVER_SLOT = "time-over"
TIME_OVER = 4.0
"""Seconds before the limit at which both are told that the time is over, if a prompt says so."""
LINE_BUSY_SLOT = "line-busy"
"""Application prompt for the caller where no second line is free."""
BUSY_TONE = "tone:busy"
RINGBACK = "tone:ringback"


@dataclass(frozen=True, slots=True)
class Limits:
    """Times of a call, seconds.

    Args:
        number_wait: For the caller's number after the first sign of a call.
        answer: From ``ATA`` until leg a is up.
        say: Everything said to the caller before the second leg.
        ring: From dialling b until the box gives up (8035); ``early_ring`` before a is answered.
        confirm: For b to press 1.
        first_digit: For the first digit of an extension, from the end of the question;
            ``next_digit`` for each after it. [unknown] behaviour §6.4: neither is published.
        tell: One announcement, however long; ``tone`` when it is only a tone.
        waiting: That a waiting call may block hold or retrieve.
        release: Until a leg that was hung up has to be gone.
        recording: For a recording's file after its end.
        hard_cap: Of every call, from its arrival.
        pulse: Between two entries in the journal of a call that is up.
    """

    number_wait: float = 3.0
    answer: float = 15.0
    say: float = 5.0
    ring: float = 90.0
    early_ring: float = 35.0
    confirm: float = 20.0
    first_digit: float = 8.0
    next_digit: float = 4.0
    tell: float = 20.0
    tone: float = 3.0
    waiting: float = 30.0
    release: float = 10.0
    recording: float = 5.0
    hard_cap: float = 14_400.0
    pulse: float = 30.0


@dataclass(frozen=True, slots=True)
class Abilities:
    """What the dialled line can do right now: its modem's facts less what its SIM was refused.

    Args:
        hold: ``AT+CHLD=2`` works as far as is known; ``multiparty``: the join does.
        transfer: Explicit transfer is listed and was switched on for this SIM.
        host_audio: The box hears and is heard in a multiparty.
        audio: The line has a voice port.
        answered_is_true: "Answered" of this modem means a person.
    """

    hold: bool = True
    multiparty: bool = True
    transfer: bool = False
    host_audio: bool = False
    audio: bool = True
    answered_is_true: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """What box, line and application ask for.

    Args:
        connect: Strategies, first choice first.
        x_only: A call that would show another number than X is refused.
        early_dial: b is dialled before a is answered where nothing has to be said first.
        press_1: b confirms with the key 1 before the legs are joined.
    """

    connect: tuple[Strategy, ...] = (CONFERENCE, BRIDGE)
    x_only: bool = False
    early_dial: bool = False
    press_1: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A routed call.

    Args:
        line: The number of ours that was dialled; ``bind_number`` is the binding's X.
        strategies: What to try, in this order; at least one.
        words_caller: Sources said to a before b is dialled (conference) or while it is (bridge).
        waiting_words: How many of them, the last ones, are the waiting tone: over a bridge b's
            answer cuts it.
        words_callee: Sources said to b between its answer and the join.
        last_minute: Said to both a minute before ``max_seconds``; empty when not possible.
        time_over: Said to both :data:`TIME_OVER` seconds before ``max_seconds``; empty: nothing.
        max_seconds: From the answer; 0 none.
        recording: Name of the file to record into, None when not recorded.
        slots: The application's own announcements: slot name → source.
        call_again: Said to b before it is released and called once more.
        return_route: Whoever was shown another number than ``bind_number`` has to reach the caller
            by calling it back. False where that number leads there by the relation itself.
        extension: That led here (AXE).
        remember_caller: Keep the caller as whom A reaches by calling back (AXE).
    """

    app_id: int
    mode: Mode
    subscription_id: str | None
    bind_number: str
    line: str
    callee: str
    strategies: tuple[Strategy, ...]
    second_lines: tuple[str, ...] = ()
    words_caller: tuple[str, ...] = ()
    waiting_words: int = 0
    words_callee: tuple[str, ...] = ()
    last_minute: tuple[str, ...] = ()
    time_over: tuple[str, ...] = ()
    max_seconds: float = 0.0
    recording: str | None = None
    audio: bool = True
    host_audio: bool = False
    answered_is_true: bool = True
    early_dial: bool = False
    press_1: tuple[str, ...] = ()
    user_data: str | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    call_again: tuple[str, ...] = ("default:call-again",)
    return_route: bool = True
    extension: str | None = None
    remember_caller: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """The application decides where the call goes (X mode): it is asked, the call waits."""

    app_id: int
    mode: Mode
    bind_number: str


@dataclass(frozen=True, slots=True)
class Collection:
    """The caller is answered and types an extension (AXE).

    Args:
        digits: How many make a whole one, 1-4.
        question: Sources that ask for it; the first digit cuts them.
        again: The same after a wrong one.
    """

    app_id: int
    mode: Mode
    bind_number: str
    digits: int
    question: tuple[str, ...]
    again: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Denial:
    """A call that does not go through.

    Args:
        words: Sources to answer with; empty rejects the call unanswered.
        bind_number: The binding's X where one was found, else None.
        by: Whose decision it is: ``box`` or ``application``.
    """

    state_code: int
    release_point: int
    app_id: int | None = None
    mode: Mode | None = None
    subscription_id: str | None = None
    bind_number: str | None = None
    user_data: str | None = None
    words: tuple[str, ...] = ()
    by: str = "box"


def rules(
    box: Rules, line_settings: Mapping[str, object], application: Application | None
) -> Rules:
    """Return the rules of one call: the application's word beats the line's, that the box's."""
    connect, x_only = box.connect, box.x_only
    early, press_1 = box.early_dial, box.press_1
    for settings in (line_settings, application.settings if application else {}):
        connect = _strategies(settings.get("connect")) or connect
        x_only = _switch(settings, "x_only", x_only)
        early = _switch(settings, "early_dial", early)
        press_1 = _switch(settings, "press_1", press_1)
    return Rules(connect, x_only, early, press_1)


def make_plan(route: Route, can: Abilities, ask: Rules, recording: str) -> Plan | Denial:
    """Choose the strategies that the line, the binding and the facts allow.

    Args:
        recording: File name to use if the call is recorded.

    Returns:
        A plan with at least one strategy, or the denial of a call that none can make.
    """
    app_id = route.application.app_id
    wanted = (BRIDGE,) if route.only_bridge else ask.connect
    strategies = tuple(strategy for strategy in wanted if _allowed(strategy, route, can, ask))
    slots = _slots(route.application)
    binding = route.binding
    if not strategies:
        code = NO_X_SHOWN if ask.x_only else NO_STRATEGY
        slot = slots.get("business-error") if can.audio else None
        return Denial(
            code,
            code,
            app_id,
            binding.mode,
            binding.subscription_id or None,
            binding.x,
            _user_data(route),
            (slot,) if slot else (),
        )
    said = route.prompts
    waiting = _files(app_id, (said.waiting,) if said.waiting else ())
    if binding.mode is Mode.AXE:
        waiting = _slot(slots, WAITING_SLOT, route.caller_role == "b") or waiting
    else:
        waiting = waiting or _slot(slots, WAITING_SLOT)
    limited = route.max_minutes > 0
    last_minute = _files(app_id, (said.last_minute,) if said.last_minute else ())
    press_1 = slots.get("press-one") or own("press-one", route.application.settings)
    return Plan(
        app_id=app_id,
        mode=binding.mode,
        subscription_id=binding.subscription_id or None,
        bind_number=binding.x,
        line=route.line,
        callee=route.callee,
        strategies=strategies,
        second_lines=route.second_lines,
        words_caller=(*_files(app_id, said.caller), *waiting),
        words_callee=(*_slot(slots, MASKED_CALL_SLOT), *_files(app_id, said.callee)),
        last_minute=last_minute or _slot(slots, LAST_MINUTE_SLOT, limited),
        time_over=_slot(slots, TIME_OVER_SLOT, limited),
        max_seconds=route.max_minutes * MINUTE,
        recording=recording if route.record else None,
        audio=can.audio,
        host_audio=can.host_audio,
        answered_is_true=can.answered_is_true,
        early_dial=ask.early_dial,
        press_1=(press_1,) if ask.press_1 else (),
        waiting_words=len(waiting),
        user_data=_user_data(route),
        slots=slots,
        call_again=(slots.get("call-again") or own("call-again", route.application.settings),),
        return_route=not route.only_bridge,
        extension=route.extension,
        remember_caller=route.remembers_caller,
    )


def needed_files(plan: Plan) -> tuple[str, ...]:
    """Return the sources without which the call is not made.

    Nobody is recorded without notice; in X mode an application that names a file means it.
    """
    if plan.mode is Mode.X:
        return (*plan.words_caller, *plan.words_callee, *plan.last_minute)
    return plan.words_callee if plan.recording else ()


def without_file(route: Route) -> Refusal:
    """Return the end of a call whose voice file is missing."""
    mode = route.binding.mode
    code = NO_FILE_X if mode is Mode.X else NO_FILE
    binding = None if mode is Mode.X else route.binding
    return Refusal(code, code, SLOT_ERROR, binding, route.application, user_data=_user_data(route))


def make_asking(question: AskApplication) -> Asking:
    """Return what a call is while its application decides."""
    application = question.application
    return Asking(application.app_id, application.mode, question.x)


def make_collection(wanted: CollectExtension, can: Abilities) -> Collection | Denial:
    """Return how the caller is asked for an extension; a line without voice can ask nobody."""
    application, x = wanted.application, wanted.number.msisdn
    if not can.audio:
        mode = application.mode
        return Denial(NOT_COLLECTED, NOT_COLLECTED, application.app_id, mode, bind_number=x)
    slots = _slots(application)
    asked = slots.get(SLOT_EXTENSION_ENTER) or own(SLOT_EXTENSION_ENTER, application.settings)
    question = (asked,)
    again = slots.get(SLOT_EXTENSION_WRONG)
    return Collection(
        application.app_id,
        application.mode,
        x,
        wanted.digits,
        question,
        (again,) if again else question,
    )


def make_denial(refusal: Refusal, can: Abilities) -> Denial:
    """Turn a refusal of the routing into what the caller gets."""
    application, binding = refusal.application, refusal.binding
    words = _farewell(application, refusal) if application is not None and can.audio else ()
    state_code, by = refusal.state_code, "box"
    if state_code == causes.APPLICATION_ENDED:  # a release point; there is no such state code
        state_code, by = causes.application_ended(causes.Phase.INCOMING).state_code, "application"
    return Denial(
        state_code,
        refusal.release_point,
        application.app_id if application else None,
        application.mode if application else None,
        (binding.subscription_id or None) if binding else None,
        binding.x if binding else None,
        refusal.user_data or (binding.user_data if binding else None),
        words,
        by,
    )


def _farewell(application: Application, refusal: Refusal) -> tuple[str, ...]:
    """Return what is said to who is refused; the end for nothing entered falls back (§7)."""
    if refusal.voice:
        return _files(application.app_id, (refusal.voice,))
    if not refusal.prompt_slot:
        return ()
    slots = _slots(application)
    prompt = slots.get(refusal.prompt_slot)
    if prompt is None and refusal.prompt_slot == SLOT_EXTENSION_NONE_END:
        prompt = slots.get(SLOT_EXTENSION_WRONG_END)
    return (prompt,) if prompt else ()


def _allowed(strategy: Strategy, route: Route, can: Abilities, ask: Rules) -> bool:
    if strategy == BRIDGE:
        # In AXYB the second line is the number that the callee has to see.
        shown = route.only_bridge or not ask.x_only
        return can.audio and bool(route.second_lines) and shown
    if route.only_bridge or (ask.x_only and route.line != route.binding.x):
        return False
    if ask.press_1 and not can.audio:
        return False
    if strategy == CONFERENCE:
        return can.hold and can.multiparty and (not route.record or can.host_audio)
    return can.hold and can.transfer and not route.record and not route.max_minutes


def _user_data(route: Route) -> str | None:
    return route.binding.user_data if route.user_data is None else route.user_data


def _slot(slots: Mapping[str, str], name: str, wanted: bool = True) -> tuple[str, ...]:
    """Return what an application's slot says, if it has one and it is wanted."""
    return (slots[name],) if wanted and name in slots else ()


def _slots(application: Application) -> dict[str, str]:
    given = application.settings.get("prompts")
    if not isinstance(given, Mapping):
        return {}
    return {
        str(slot): own(str(slot), application.settings)
        if name == "default"
        else _file(application.app_id, str(name))
        for slot, name in given.items()
        if name
    }


def _files(app_id: int, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_file(app_id, name) for name in names)


def _file(app_id: int, name: str) -> str:
    return name if ":" in name else f"{app_id}/{name}"


def _strategies(given: object) -> tuple[Strategy, ...]:
    if not isinstance(given, (list, tuple)):
        return ()
    return tuple(known for name in given for known in STRATEGIES if known == name)


def _switch(settings: Mapping[str, object], name: str, otherwise: bool) -> bool:
    value = settings.get(name)
    return value if isinstance(value, bool) else otherwise
