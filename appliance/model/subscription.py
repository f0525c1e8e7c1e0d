"""What a SIM's subscription is: the questions to its modem, and what the answers mean. Pure.

Commands and answers are those of 3GPP TS 27.007 (``+CPIN`` §8.3, ``+CREG`` §7.2, ``+CLIR`` §7.7,
``+CCFC`` §7.11, ``+CCWA`` §7.12, ``+CHLD`` §7.13, ``+CLCK`` §7.4, ``+CIREG`` §8.71) and TS 27.005
(``+CSCA`` §3.3.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Replies = Mapping[str, Sequence[str] | None]
"""The lines of the answer to each command, the final result last; None: it failed."""

PIN = "AT+CPIN?"
CS, LTE = "AT+CREG?", "AT+CEREG?"
IMS = "AT+CIREG?"
WAITING = "AT+CCWA=1,2,1"
FORWARDED: Final = ("AT+CCFC=0,2", "AT+CCFC=1,2", "AT+CCFC=2,2", "AT+CCFC=3,2")
"""Always, busy, no reply, not reachable: the last three are where voicemail hides."""
SHOWN = "AT+CLIR?"
BARRED_OUT, BARRED_IN = 'AT+CLCK="AO",2', 'AT+CLCK="AI",2'
CENTRE = "AT+CSCA?"
HOLDS = "AT+CHLD=?"

QUESTIONS: Final = (
    PIN, CS, LTE, IMS, WAITING, *FORWARDED, SHOWN, BARRED_OUT, BARRED_IN, CENTRE, HOLDS,
)  # fmt: skip
"""Every command of a reading, in order. None of them changes anything for a subscriber."""

NAMES: Final = (
    "pin", "registration", "voice", "call-waiting", "forwarding", "caller-id", "barring",
    "service-centre", "hold", "multiparty",
)  # fmt: skip
"""Every check, in the order in which people read them."""

HOME, ROAMING, DENIED = 1, 5, 3
_LTE_RADIO = 7
_VOICE = 1  # <class>


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Args:
        name: One of NAMES.
        works: None when the modem could not tell.
        code: Of the sentence about it; for a failure it is what the operator's hotline is asked.
        facts: That fill the sentence.
        mend: Commands that may put it right, in order.
        mended: It was wrong, and was put right.
    """

    name: str
    works: bool | None
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)
    mend: tuple[str, ...] = ()
    mended: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "name": self.name, "works": self.works, "code": self.code, "facts": dict(self.facts),
            "mended": self.mended,
        }  # fmt: skip


def judged(replies: Replies, *, waiting: bool = True, centre: str | None = None) -> list[Check]:
    """Return every check.

    Args:
        waiting: The box wants call waiting on this modem, to be able to refuse a second caller.
        centre: The number of the service centre, where the owner knows it.
    """
    return [
        _pin(replies),
        _registration(replies),
        _voice(replies),
        _waiting(replies, wanted=waiting),
        _forwarding(replies),
        _caller_id(replies),
        _barring(replies),
        _centre(replies, centre),
        _holds(replies, "hold", "2", "CHK-009", "HOT-009"),
        _holds(replies, "multiparty", "3", "CHK-010", "HOT-010"),
    ]


def _pin(replies: Replies) -> Check:
    rows = _rows(replies, PIN, "+CPIN:")
    if not rows:
        return Check("pin", None, "CHK-200")
    state = rows[0][0] if rows[0] else ""
    if state == "READY":
        return Check("pin", True, "CHK-001")
    return Check("pin", False, "HOT-011" if "PUK" in state else "HOT-001")


def _registration(replies: Replies) -> Check:
    stats = [found[0] for found in (_places(replies, CS), _places(replies, LTE)) if found]
    if not stats:
        return Check("registration", None, "CHK-200")
    if HOME in stats:
        return Check("registration", True, "CHK-002")
    if ROAMING in stats:
        return Check("registration", True, "CHK-102")
    return Check("registration", False, "HOT-002" if DENIED in stats else "HOT-012")


def _voice(replies: Replies) -> Check:
    """Voice is there by circuits (2G, 3G, or falling back to them), or by IMS on LTE."""
    circuits, packets = _places(replies, CS), _places(replies, LTE)
    ims = _rows(replies, IMS, "+CIREG:")
    by_ims = any(len(row) > 1 and row[1] == "1" for row in ims)
    if circuits and circuits[0] in (HOME, ROAMING):
        return Check("voice", True, "CHK-103" if by_ims else "CHK-003")
    if by_ims:
        return Check("voice", True, "CHK-103")
    if packets and packets[0] in (HOME, ROAMING):
        return Check("voice", False, "HOT-003")
    return Check("voice", None, "CHK-200")


def _waiting(replies: Replies, *, wanted: bool) -> Check:
    rows = _rows(replies, WAITING, "+CCWA:")
    on = _service(rows)
    if on is None:
        return Check("call-waiting", None, "CHK-200")
    if on == wanted:
        return Check("call-waiting", True, "CHK-004" if wanted else "CHK-104")
    if wanted:
        return Check("call-waiting", False, "HOT-004", mend=("AT+CCWA=1,1,1",))
    return Check("call-waiting", False, "HOT-014", mend=("AT+CCWA=0,0,1",))


def _forwarding(replies: Replies) -> Check:
    known = False
    on: list[str] = []
    targets: list[str] = []
    for reason, command in enumerate(FORWARDED):
        rows = _rows(replies, command, "+CCFC:")
        known = known or bool(rows)
        for row in rows:
            classes = _whole(row, 1)
            if _whole(row, 0) == 1 and (_VOICE if classes is None else classes) & _VOICE:
                on.append(str(reason))
                if len(row) > 2 and row[2]:
                    targets.append(row[2])
    if not known:
        return Check("forwarding", None, "CHK-200")
    if not on:
        return Check("forwarding", True, "CHK-005")
    facts = {"to": ", ".join(dict.fromkeys(targets)) or "?"}
    mend = tuple(f"AT+CCFC={reason},4" for reason in dict.fromkeys(on))
    return Check("forwarding", False, "HOT-005", facts, mend)


def _caller_id(replies: Replies) -> Check:
    rows = _rows(replies, SHOWN, "+CLIR:")
    here, network = (_whole(rows[0], 0), _whole(rows[0], 1)) if rows else (None, None)
    if here is None:
        return Check("caller-id", None, "CHK-200")
    if network == 1:
        return Check("caller-id", False, "HOT-006")
    if here == 1:
        return Check("caller-id", False, "HOT-016", mend=("AT+CLIR=0",))
    if network == 3 and here != 2:
        return Check("caller-id", False, "HOT-016", mend=("AT+CLIR=2",))
    return Check("caller-id", True, "CHK-006")


def _barring(replies: Replies) -> Check:
    out = _service(_rows(replies, BARRED_OUT, "+CLCK:"))
    into = _service(_rows(replies, BARRED_IN, "+CLCK:"))
    if out is None and into is None:
        return Check("barring", None, "CHK-200")
    if out or into:
        return Check("barring", False, "HOT-007" if out else "HOT-017")
    return Check("barring", True, "CHK-007")


def _centre(replies: Replies, known: str | None) -> Check:
    rows = _rows(replies, CENTRE, "+CSCA:")
    if not rows:
        return Check("service-centre", None, "CHK-200")
    if rows[0] and re.fullmatch(r"\+?[0-9]{5,20}", rows[0][0]):
        return Check("service-centre", True, "CHK-008")
    mend = (f'AT+CSCA="{known}",145',) if known else ()
    return Check("service-centre", False, "HOT-008", mend=mend)


def _holds(replies: Replies, name: str, code: str, good: str, bad: str) -> Check:
    lines = replies.get(HOLDS)
    listed = next((line for line in lines or () if line.startswith("+CHLD:")), None)
    if listed is None:
        return Check(name, None, "CHK-200")
    works = code in re.findall(r"[0-9]x?", listed.partition(":")[2])
    return Check(name, works, good if works else bad)


def with_proof(checks: Sequence[Check], proven: Mapping[str, bool | None]) -> list[Check]:
    """Return checks in which hold and multiparty are what calls have shown, not what is listed."""
    words: Mapping[str, tuple[str, str]] = {
        "hold": ("CHK-109", "HOT-009"), "multiparty": ("CHK-110", "HOT-010"),
    }  # fmt: skip

    def one(check: Check) -> Check:
        shown = proven.get(check.name)
        if shown is None or check.name not in words:
            return check
        return Check(check.name, shown, words[check.name][0 if shown else 1])

    return [one(check) for check in checks]


def mended(before: Sequence[Check], after: Sequence[Check]) -> list[Check]:
    """Return the later checks; those that failed before and work now are marked."""
    failed = {check.name for check in before if check.works is False}
    return [
        Check(c.name, c.works, c.code, c.facts, c.mend, mended=c.works is True and c.name in failed)
        for c in after
    ]


def answered(line: str) -> bool:
    """Return whether a final result tells success."""
    return line == "OK"


# --- reading answers ---


def _rows(replies: Replies, command: str, prefix: str) -> list[list[str]]:
    """Return the fields of each line of an answer that has the prefix; none when it failed."""
    lines = replies.get(command)
    if not lines or not answered(lines[-1]):
        return []
    rows = [line.removeprefix(prefix) for line in lines if line.startswith(prefix)]
    return [[part.strip().strip('"').strip() for part in row.split(",")] for row in rows]


def _whole(row: Sequence[str], place: int) -> int | None:
    return int(row[place]) if len(row) > place and row[place].isdigit() else None


def _service(rows: Sequence[Sequence[str]]) -> bool | None:
    """Return whether a supplementary service is active for voice; None when nothing was told."""
    told = [row for row in rows if _whole(row, 0) is not None]
    if not told:
        return None
    return any(_whole(row, 0) == 1 and bool((_whole(row, 1) or _VOICE) & _VOICE) for row in told)


def _places(replies: Replies, command: str) -> tuple[int, ...]:
    """Return (status,) of a registration, empty when it was not told: the answer has <n> first."""
    rows = _rows(replies, command, command[2:-1] + ":")
    status = _whole(rows[0], 1) if rows else None
    return () if status is None else (status,)


# --- facts of radio ---


@dataclass(frozen=True, slots=True)
class Radio:
    """Where and how a SIM is attached; None is not told.

    Args:
        status: ``<stat>`` of registration; ``act``: ``<AcT>`` (0 GSM, 2 UTRAN, 7 E-UTRAN …).
        area, cell: As the network numbers them, hexadecimal.
        rsrp: Reference signal received power, dBm (LTE).
    """

    status: int | None = None
    act: int | None = None
    area: str | None = None
    cell: str | None = None
    rsrp: int | None = None


RADIO_NAMES: Final = {
    0: "GSM", 1: "GSM", 2: "UTRAN", 3: "EDGE", 4: "HSDPA", 5: "HSUPA", 6: "HSPA", 7: "LTE",
    11: "NR", 12: "NG-RAN", 13: "EN-DC",
}  # fmt: skip
"""``<AcT>`` in words (TS 27.007 §7.3)."""

RADIO_QUESTIONS: Final = (CS, LTE, "AT+CESQ")
"""What is asked of an idle line."""


def radio(replies: Replies) -> Radio:
    """Return what the answers tell."""
    best: list[str] = []
    for command in (LTE, CS):
        rows = _rows(replies, command, command[2:-1] + ":")
        if rows and _whole(rows[0], 1) in (HOME, ROAMING):
            best = rows[0]
            break
        best = best or (rows[0] if rows else [])
    quality = _rows(replies, "AT+CESQ", "+CESQ:")
    rsrp = _whole(quality[0], 5) if quality else None
    return Radio(
        status=_whole(best, 1),
        act=_whole(best, 4),
        area=_hex(best, 2),
        cell=_hex(best, 3),
        rsrp=rsrp - 141 if rsrp is not None and rsrp <= 97 else None,
    )


def _hex(row: Sequence[str], place: int) -> str | None:
    text = row[place] if len(row) > place else ""
    return text.upper() if re.fullmatch(r"[0-9A-Fa-f]{1,8}", text) else None
