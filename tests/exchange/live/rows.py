"""The rows of the cloud's behaviour that a live call or text has to show.

A row is ``section/what``, after the sections of the cloud interface's behaviour description. Tests
name the rows that they show with :func:`covers`; ``test_rows`` compares. A row is either shown by a
test that places a call or a text on the virtual bank, or it is ``OPEN`` with what is missing, or
``IMPOSSIBLE`` on a box with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T", bound=Callable[..., object])

_SIX = ("callin", "callout", "alerting", "answer", "disconnect")
_COLUMNS = ("AXB", "AX", "AXE called", "AXE calls back", "AXYB", "X")


def events(column: str) -> tuple[str, ...]:
    """Return the rows of a mode's call events (§1.1)."""
    kinds = ("callin", "collectInfo", *_SIX[1:]) if column == "AXE called" else _SIX
    return tuple(f"1.1/{kind} {column}" for kind in kinds)


def covers(*_rows: str) -> Callable[[T], T]:
    """Say which rows a test shows. Read from the source by ``test_rows``; changes nothing."""

    def same(test: T) -> T:
        return test

    return same


# fmt: off
CODES = (
    0, 8013, 8014, 8016, 8019, 8022, 8030, 8031, 7501, 7502, 7516, 8032, 8033, 8025, 7503, 7504,
    8035, 8100, 8101, 8102, 8103, 8104, 8105, 7100, 7101, 7105, 7106, 7108, 7507, 8006, 8010, 7001,
    7002, 7003, 7004, 7005, 7107, 7109, 7500, 8018, 8023, 8024, 8042, 8043, 8044, 8046, 8047, 8048,
    8049, 8050, 8051, 8055, 8056, 8057, 522, 8007, 8008, 8015, 8041, 7102, 8011, 8020, 8040, 8139,
    7505, 7506, 7508,
)
# fmt: on

ROWS = (
    *(row for column in _COLUMNS for row in events(column)),
    # --- §1.4: X mode, steered by the answer to callin
    "1.4/connect",
    "1.4/close",
    "1.4/displayCalleeNum is X or absent",
    "1.4/displayCalleeNum is another X",
    "1.4/calleeNum fixed line",
    "1.4/maxDuration",
    "1.4/waitVoice",
    "1.4/recordFlag",
    "1.4/recordHintTone",
    "1.4/lastMinVoice",
    "1.4/userData",
    "1.4/prompt to the callee first",
    "1.4/closeHintTone",
    "1.4/closeInfo userData",
    "1.4/object or array of one",
    "1.4/no answer",
    "1.4/bad answer",
    "1.4/callin is asked once",
    "1.4/the rest is Notify",
    # --- §3: texts
    "3/identifier",
    "3/calling called virtualNumber",
    "3/event Notify and Block",
    "3/timeStamp",
    "3/subscriptionId",
    "3/smsContent",
    "3/userData",
    "3/direction",
    "3/splitNum",
    *(f"3/sendResult {number}" for number in range(13)),
    "3.1/AXB",
    "3.1/AX A sends",
    "3.1/AX A sends without suffix",
    "3.1/AX other sends",
    "3.1/X",
    "3.1/AXE and AXYB have none",
    "3.2/actions array or object",
    "3.2/vNumberRoute",
    "3.2/DiscardMessage",
    "3.2/calling must equal",
    "3.2/userData",
    "3.2/no reply in time",
    "3.3/one notification for a long text",
    "3.3/the suffix counts",
    "3.3/gateway numbers are refused",
    # --- §5.1: state codes
    *(f"5.1/{code}" for code in CODES),
    # --- §6: behaviour
    "6.1/both phones see X",
    "6.1/fixed line is called",
    "6.1/fixed line may not dial",
    "6.1/service numbers as the other side",
    "6.1/foreign numbers",
    "6.1/effect at once",
    "6.1/unbound during a call",
    "6.1/expired during a call",
    "6.1/no unbind on hang-up",
    "6.1/duration",
    "6.1/maxDuration",
    "6.1/last minute",
    "6.1/ring limit",
    "6.1/waiting tone is cut",
    "6.1/recording is announced",
    "6.2/AXB either way",
    "6.2/AXB pairs on one X",
    "6.2/AXB direction",
    "6.2/AXB stranger",
    "6.2/AXB fixed line A",
    "6.3/AX anybody reaches A",
    "6.3/AX A reaches its temporary callee",
    "6.3/AX a new callee overwrites",
    "6.3/AX life of the callee",
    "6.3/AX no callee",
    "6.3/AX calls the last caller back",
    "6.3/AX direction",
    "6.3/AX turnFlag",
    "6.3/AX service number as callee",
    "6.4/AXE prompt",
    "6.4/AXE digits in the voice",
    "6.4/AXE digits by report",
    "6.4/AXE collectInfo",
    "6.4/AXE right extension",
    "6.4/AXE wrong, again",
    "6.4/AXE wrong, end",
    "6.4/AXE nothing typed",
    "6.4/AXE caller leaves",
    "6.4/AXE calls back",
    "6.4/AXE no record, callbackTone",
    "6.4/AXE no record, callbackNum",
    "6.4/AXE no record, the application's own",
    "6.4/AXE record's life",
    "6.4/AXE unbound",
    "6.5/AXYB A dials Y",
    "6.5/AXYB B dials X",
    "6.5/AXYB Y is allocated",
    "6.5/AXYB YB unbound alone",
    "6.5/AXYB direction",
    "6.5/AXYB own number",
    "6.5/AXYB tones",
    "6.5/AXYB both at once",
    "6.6/X asks about every call",
    "6.6/X recording",
    "6.6/X texts",
    "6.7/AX one call at a time",
    "6.7/AXB pairs at once",
    "6.7/second caller",
    "6.8/recording",
    "6.8/below three seconds",
    "6.8/both switches",
    # --- §7: announcements
    "7/no permission",
    "7/business error",
    "7/binding missing",
    "7/waiting, A calls",
    "7/waiting, others call",
    "7/waiting AXYB",
    "7/waiting X",
    "7/waiting AXE",
    "7/recording notice",
    "7/last minute",
    "7/enter extension",
    "7/wrong extension, again",
    "7/wrong extension, end",
    "7/nothing entered",
    "7/call-back missing",
    "7/end by application",
    "7/unset is silent",
    "7/once, never looped",
)

OPEN: dict[str, str] = {}

_NO_ANALYSIS = "carriers' traffic analysis; a box sees its own calls only"
_NO_CODE = "the box has no fault of its own for it; 7102 is its one internal error"
_NOT_HEARD = "a recording or prompt that fails is noted in the record and ends no call on a box"

IMPOSSIBLE: dict[str, str] = {
    "1.4/prompt to the callee first": "its key is not documented, so no answer can carry it",
    "3/sendResult 4": "a box knows no non-commercial applications",
    "3/sendResult 12": "filed keywords are a rule of carriers' gateways, not of SIM cards",
    "5.1/8025": "a number that is not enrolled has no application that could be told of its calls",
    "5.1/7100": "every number belongs to an application; the schema refuses one without",
    "5.1/7101": "a call arrives over a number of the application, so it has one",
    "5.1/7105": "the mode is the application's and fixed: no call can be of another type",
    "5.1/7106": "every application of a box has private numbers; one that may not call is 8018",
    "5.1/7107": "the box has no security prompt",
    "5.1/8042": "callers from abroad are anybody, or strangers: nothing documented bars them",
    "5.1/8044": _NO_ANALYSIS,
    "5.1/8046": _NO_ANALYSIS,
    "5.1/8051": "a box has no enterprises above its applications",
    "5.1/8056": "a box tells no test calls from others",
    "5.1/8057": "directions are the relation's: 8016",
    "5.1/8007": _NOT_HEARD,
    "5.1/8015": _NOT_HEARD,
    "5.1/8041": _NOT_HEARD,
    "5.1/8011": _NO_CODE,
    "5.1/8020": _NO_CODE,
    "5.1/8040": _NO_CODE,
    "5.1/8139": _NO_CODE,
    "6.3/AX calls the last caller back": "its trigger is not documented; A without a "
    "temporary callee is told 8013",
    "6.7/AXB pairs at once": "one SIM carries one conversation: the second pair meets 8102",
}
