"""What an application allows of calls: how often, between whom, when, and how many at once.

They are settings of the application under ``controls``, all of them off by default:

- ``account``, ``application``, ``displayed``, ``caller``, ``callee``, ``business``: a number of
  calls per minute, or ``{"per_minute": n, "burst": n}``;
- ``callers``, ``callees``: lists of E.164 numbers that may not call, or not be called;
- ``at_once``: calls that may be up at a time;
- ``hours``: ``["08:00", "21:30"]``, from when and until when calls pass, on the box's clock zone.

The cloud has the codes and publishes no figures. [unknown] behaviour §9.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone

from appliance.errors import BadInput
from appliance.model.budget import Key, Level, Rule, Spent, spend

SETTING = "controls"
CALLEE_LISTED = 7004
CALLER_LISTED = 7005
TOO_MANY_AT_ONCE = 7109
WRONG_TIME = 8050

FREQUENCY_CODES: Mapping[str, int] = {
    "account": 7001,
    "application": 7002,
    "displayed": 7003,
    "caller": 8047,
    "callee": 8048,
    "business": 8049,
}
"""Scope → state code of a call beyond its allowance."""

_ZONE = timezone(timedelta(hours=8))
_NAMES = frozenset({*FREQUENCY_CODES, "callers", "callees", "at_once", "hours"})


@dataclass(frozen=True, slots=True)
class Controls:
    """An application's controls, read from its settings.

    Args:
        rules: Allowances by scope.
        hours: From when and until when calls pass; may span midnight. None: always.
        at_once: None without limit.
    """

    rules: Mapping[str, Rule] = field(default_factory=dict)
    callers: frozenset[str] = frozenset()
    callees: frozenset[str] = frozenset()
    hours: tuple[time, time] | None = None
    at_once: int | None = None


NONE = Controls()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call that is about to be made.

    Args:
        account: Whose applications share the ``account`` allowance.
        displayed: The private number that the callee is shown; ``business`` the one dialled.
    """

    account: str
    application: str
    displayed: str
    business: str
    caller: str | None
    callee: str

    def keys(self) -> tuple[Key, ...]:
        """Return the buckets that the call is taken from."""
        named = (
            ("account", self.account),
            ("application", self.application),
            ("displayed", self.displayed),
            ("business", self.business),
            ("caller", self.caller),
            ("callee", self.callee),
        )
        return tuple((scope, whose) for scope, whose in named if whose)


def read(settings: Mapping[str, object]) -> Controls:
    """Return the controls in an application's settings.

    Raises:
        BadInput: One sentence about the first value that cannot be read.
    """
    given = settings.get(SETTING)
    if given is None:
        return NONE
    if not isinstance(given, Mapping):
        raise BadInput("controls is a table of limits and lists")
    unknown = sorted(str(name) for name in given if name not in _NAMES)
    if unknown:
        raise BadInput(f"controls has no {', '.join(unknown)}")
    return Controls(
        rules={name: _rule(name, given[name]) for name in FREQUENCY_CODES if name in given},
        callers=_people("callers", given.get("callers", ())),
        callees=_people("callees", given.get("callees", ())),
        hours=_hours(given.get("hours")),
        at_once=_count(given.get("at_once")),
    )


def listed(controls: Controls, caller: str | None, callee: str) -> int | None:
    """Return the state code of a call between people of whom one is on a list, else None."""
    if caller in controls.callers:
        return CALLER_LISTED
    return CALLEE_LISTED if callee in controls.callees else None


def judge(
    controls: Controls, attempt: Attempt, levels: Mapping[Key, Level], up: int, now: datetime
) -> tuple[int | None, Spent]:
    """Decide whether a call may be made.

    Args:
        levels: What was used before.
        up: Calls of the application that are up.
        now: Aware.

    Returns:
        The state code of a refusal, or None and what was used by the call.
    """
    code = listed(controls, attempt.caller, attempt.callee)
    if code is None and controls.hours is not None and not _within(controls.hours, now):
        code = WRONG_TIME
    if code is None and controls.at_once is not None and up >= controls.at_once:
        code = TOO_MANY_AT_ONCE
    if code is not None:
        return code, Spent()
    spent = spend(controls.rules, levels, attempt.keys(), 1, now.timestamp())
    held = spent.held_by
    return (None if held is None else FREQUENCY_CODES[held[0]]), spent


def _within(hours: tuple[time, time], now: datetime) -> bool:
    begin, end = hours
    at = now.astimezone(_ZONE).time()
    return begin <= at < end if begin <= end else at >= begin or at < end


def _rule(name: str, given: object) -> Rule:
    per_minute, burst = given, given
    if isinstance(given, Mapping):
        per_minute = given.get("per_minute")
        burst = given.get("burst", per_minute)
    if not _number(per_minute) or not _number(burst):
        raise BadInput(f"{name} is a number of calls per minute, or per_minute and burst")
    try:
        return Rule(float(per_minute), max(1.0, float(burst)))  # type: ignore[arg-type]
    except ValueError as error:
        raise BadInput(f"{name}: {error}") from error


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _people(name: str, given: object) -> frozenset[str]:
    if not isinstance(given, list | tuple) or not all(
        isinstance(each, str) and each.startswith("+") for each in given
    ):
        raise BadInput(f"{name} is a list of numbers such as +8613800000001")
    return frozenset(str(each) for each in given)


def _hours(given: object) -> tuple[time, time] | None:
    if given is None:
        return None
    try:
        begin, end = (time.fromisoformat(str(each)) for each in given)  # type: ignore[attr-defined]
    except (TypeError, ValueError) as error:
        raise BadInput('hours are two times such as ["08:00", "21:30"]') from error
    return begin, end


def _count(given: object) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, int) or given < 1:
        raise BadInput("at_once is a whole number from 1")
    return given
