"""Why a call ended: state codes, Q.850 causes, release points, and how one becomes the other.

The tables are the cloud's appendix (``stateCode``, ``fwdUnaswRsn``, ``ulFailReason``). It prints
the text of code 0 only; the other texts are ours and stand here and nowhere else. SIP statuses
follow RFC 3398 §8.2.6.1, since the box speaks no SIP itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

ANSWERED_END = 0
CALLER_LEFT_BEFORE_FORWARD = 7516
CALLER_LEFT_DIALLING = 7501
CALLER_LEFT_RINGING = 7502
CALLEE_REJECTED = 7503
CALLEE_DECLINES = 7504
NETWORK_FAULT_CALLER = 7505
NETWORK_FAULT_CALLEE = 7506
NO_PORT = 522
LIMIT_REACHED = 8010
APPLICATION_ENDED = 8017
CONNECT_TIMEOUT = 8035
NUMBER_WRONG = 8100
NO_ANSWER = 8101
BUSY = 8102
UNREACHABLE = 8103
SWITCHED_OFF = 8104
SERVICE_SUSPENDED = 8105

STATES: dict[int, str] = {
    0: "The user releases the call.",
    522: "No voice port of the platform is free.",
    7001: "The developer exceeds the call frequency limit.",
    7002: "The application exceeds the call frequency limit.",
    7003: "The displayed number exceeds the call frequency limit.",
    7004: "The callee is in the blacklist.",
    7005: "The caller is in the blacklist.",
    7100: "The application information does not exist.",
    7101: "The application has no number.",
    7102: "Internal error.",
    7105: "The service type does not match.",
    7106: "The application does not support private numbers.",
    7107: "The security prompt cannot be played.",
    7108: "The account is frozen.",
    7109: "No voice port of the tenant is free.",
    7500: "The number prefix is barred.",
    7501: "The caller hangs up before ringing.",
    7502: "The caller hangs up during ringing.",
    7503: "The callee rejects the call.",
    7504: "The callee declines the call by a service or a blocker.",
    7505: "Network fault on the caller side.",
    7506: "Network fault on the callee side.",
    7507: "The announcement file does not exist.",
    7508: "The call cannot be routed.",
    7516: "The caller hangs up before the call is forwarded.",
    8006: "The announcement file does not exist.",
    8007: "The last-minute prompt cannot be played.",
    8008: "Digits cannot be collected.",
    8010: "The maximum call duration is reached.",
    8011: "Internal error.",
    8013: "No temporary callee is set.",
    8014: "The binding does not exist.",
    8015: "The call cannot be recorded.",
    8016: "The call direction is not allowed.",
    8018: "The call is not permitted.",
    8019: "No call-back record exists.",
    8020: "Internal error.",
    8022: "The binding of the extension does not exist.",
    8023: "The fixnum cannot be caller.",
    8024: "The real caller number must not be displayed.",
    8025: "The private number does not exist.",
    8030: "The binding does not exist.",
    8031: "No Y number can be allocated.",
    8032: "The owner dials the own private number.",
    8033: "No extension is entered.",
    8035: "The call is not connected in time.",
    8040: "Internal error.",
    8041: "The call cannot be recorded.",
    8042: "International incoming calls are barred.",
    8043: "International outgoing calls are barred.",
    8044: "The talk time is abnormal.",
    8046: "The answer rate is abnormal.",
    8047: "The caller exceeds the call frequency limit.",
    8048: "The callee exceeds the call frequency limit.",
    8049: "The business number exceeds the call frequency limit.",
    8050: "Calls are not allowed at this time.",
    8051: "The sub-enterprise is suspended.",
    8055: "The private number is unavailable.",
    8056: "The test call is not allowed for this number.",
    8057: "The call direction is controlled.",
    8100: "The callee number does not exist.",
    8101: "The callee does not answer.",
    8102: "The callee is busy.",
    8103: "The callee is not reachable.",
    8104: "The callee is switched off.",
    8105: "The callee's service is suspended.",
    8139: "Internal error.",
}
"""``stateCode`` → ``stateDesc``."""

RELEASE_POINTS: dict[int, str] = STATES | {
    7103: "The caller information does not exist.",
    7104: "The AX binding does not exist.",
    8002: "The far end returns a failure announcement.",
    8003: "The ringing times out.",
    8004: "The call is released during ringing.",
    8005: "Text cannot be converted to speech.",
    8007: "The announcement cannot be played.",
    8009: "The caller hangs up before the answer.",
    8012: "The app_key is invalid.",
    8017: "The application ends the call.",
    8058: "The worker is not registered under a real name.",
    8059: "The carrier intercepts the call.",
}
"""``ulFailReason`` → what it means."""

Q850: dict[int, str] = {
    0: "not applicable",
    1: "number not found",
    2: "no route to network",
    3: "no route to destination",
    4: "special message",
    5: "trunk prefix",
    6: "channel unacceptable",
    7: "channel already established",
    8: "pre-emption",
    9: "pre-emption, reserved",
    16: "normal clearing",
    17: "busy",
    18: "no response",
    19: "no answer",
    20: "subscriber absent",
    21: "rejected",
    22: "number changed",
    23: "redirection",
    25: "exchange routing error",
    26: "non-selected user",
    27: "destination out of order",
    28: "bad number format",
    29: "facility rejected",
    30: "status enquiry",
    31: "normal",
    34: "no route or circuit",
    38: "network out of order",
    39: "service link down",
    40: "link in progress",
    41: "temporary failure",
    42: "congestion",
    43: "information discarded",
    44: "channel unavailable",
    46: "call blocked",
    47: "no resource",
    49: "quality of service",
    50: "facility not subscribed",
    53: "outgoing calls barred in the closed user group",
    55: "incoming calls barred in the closed user group",
    57: "not authorised",
    58: "not available",
    62: "class mismatch",
    63: "service unavailable",
    65: "bearer not implemented",
    66: "channel not implemented",
    69: "facility not implemented",
    70: "restricted bearer only",
    79: "service not implemented",
    81: "invalid reference",
    82: "no such channel",
    83: "no such id",
    84: "call id in use or absent",
    85: "no call waiting",
    86: "call cleared",
    87: "not a member of the closed user group",
    88: "incompatible destination",
    90: "no such closed user group",
    91: "invalid network",
    95: "invalid message",
    96: "mandatory element missing",
    97: "type unknown",
    98: "message not executed",
    99: "element unknown",
    100: "invalid element",
    101: "wrong state",
    102: "timer expiry",
    103: "parameter unknown",
    110: "unrecognised parameter",
    111: "protocol error",
    127: "interworking",
}
"""``fwdUnaswRsn`` → what it means."""


class Phase(StrEnum):
    """How far a call had come."""

    INCOMING = "incoming"
    DIALLING = "dialling"
    RINGING = "ringing"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call's end is told.

    Args:
        state_code: ``stateCode`` of the disconnect event.
        release_point: ``ulFailReason`` of the CDR; 0 after an answer.
        q850: ``fwdUnaswRsn``: cause of the failed second leg, 0 when there was none.
        sip_status: ``sipStatusCode``, 0 when nothing failed.
    """

    state_code: int
    release_point: int
    q850: int = 0
    sip_status: int = 0


def state_text(code: int) -> str:
    """Return ``stateDesc`` of a state code; one that no table knows is named by its number."""
    return STATES.get(code, f"The call ends with code {code}.")


_BY_CAUSE: dict[int, tuple[int, int]] = {
    1: (NUMBER_WRONG, 404),
    2: (7508, 404),
    3: (7508, 404),
    5: (NUMBER_WRONG, 484),
    17: (BUSY, 486),
    18: (UNREACHABLE, 408),
    19: (NO_ANSWER, 480),
    20: (SWITCHED_OFF, 480),
    22: (NUMBER_WRONG, 410),
    23: (NUMBER_WRONG, 410),
    25: (7508, 483),
    26: (NUMBER_WRONG, 404),
    27: (UNREACHABLE, 502),
    28: (NUMBER_WRONG, 484),
    29: (NETWORK_FAULT_CALLEE, 501),
    55: (SERVICE_SUSPENDED, 403),
    53: (CALLEE_DECLINES, 403),
    57: (NETWORK_FAULT_CALLEE, 403),
    65: (NETWORK_FAULT_CALLEE, 488),
    70: (NETWORK_FAULT_CALLEE, 488),
    79: (NETWORK_FAULT_CALLEE, 501),
    87: (CALLEE_DECLINES, 403),
    88: (NETWORK_FAULT_CALLEE, 503),
    91: (7508, 404),
    102: (UNREACHABLE, 504),
    111: (NETWORK_FAULT_CALLEE, 500),
    127: (NETWORK_FAULT_CALLEE, 500),
}
_SERVICE_CLASSES = range(34, 64)  # Q.850 classes 2 and 3: resource or service not available
_NORMAL_ENDS = frozenset({16, 31})


def callee_failed(q850: int | None, phase: Phase) -> Outcome:
    """Return the outcome of a second leg that ended.

    Args:
        q850: Its cause; None or 0 when the modem cannot tell.
        phase: DIALLING when the phone had not rung, RINGING, or ANSWERED.
    """
    if phase is Phase.ANSWERED:
        return _after_answer(q850, NETWORK_FAULT_CALLEE)
    if not q850:
        return Outcome(NETWORK_FAULT_CALLEE, NETWORK_FAULT_CALLEE, 0, 480)
    state, sip = _failed_state(q850, phase)
    return Outcome(state, state, q850, sip)


def caller_left(phase: Phase, q850: int | None = None) -> Outcome:
    """Return the outcome when the first leg ended first; ``q850`` is that leg's cause."""
    if phase is Phase.ANSWERED:
        return _after_answer(q850, NETWORK_FAULT_CALLER)
    state = {
        Phase.INCOMING: CALLER_LEFT_BEFORE_FORWARD,
        Phase.DIALLING: CALLER_LEFT_DIALLING,
        Phase.RINGING: CALLER_LEFT_RINGING,
    }[phase]
    return Outcome(state, state, 0, 487)


def box_ended(state_code: int, phase: Phase) -> Outcome:
    """Return the outcome when the box ended the call for a reason of its own.

    Args:
        state_code: For instance LIMIT_REACHED, CONNECT_TIMEOUT, NO_PORT, or a refusal's code.
        phase: After an answer nothing failed: no SIP status; the release point tells why.
    """
    sip = {CONNECT_TIMEOUT: 408, NO_PORT: 503, BUSY: 486, NO_ANSWER: 480}.get(state_code, 403)
    return Outcome(state_code, state_code, 0, 0 if phase is Phase.ANSWERED else sip)


def application_ended(phase: Phase) -> Outcome:
    """Return the outcome when the application stopped the call.

    There is no state code of that meaning: after an answer it is a hang-up, before it the platform
    released a call that was not up yet; the release point says 8017.
    """
    if phase is Phase.ANSWERED:
        return Outcome(ANSWERED_END, ANSWERED_END)
    left = caller_left(phase)
    return Outcome(left.state_code, APPLICATION_ENDED, 0, left.sip_status)


def _failed_state(q850: int, phase: Phase) -> tuple[int, int]:
    rang = phase is Phase.RINGING
    if q850 in _NORMAL_ENDS:
        return (CALLEE_REJECTED, 603) if rang else (CALLEE_DECLINES, 480)
    if q850 == 21:
        return (CALLEE_REJECTED, 603) if rang else (CALLEE_DECLINES, 403)
    if rang and q850 in (18, 102):
        return NO_ANSWER, 480
    if q850 in _BY_CAUSE:
        return _BY_CAUSE[q850]
    if q850 in _SERVICE_CLASSES:
        return NETWORK_FAULT_CALLEE, 503
    return NETWORK_FAULT_CALLEE, 500


def _after_answer(q850: int | None, fault: int) -> Outcome:
    broken = q850 is not None and (q850 in _SERVICE_CLASSES or q850 in (27, 102, 111, 127))
    return Outcome(fault, fault) if broken else Outcome(ANSWERED_END, ANSWERED_END)
