"""Proof that a number is its SIM's: a text that the SIM sends to another line of the box.

What counts is the sender that the network shows to the other line, not what anybody has typed.
"""

from __future__ import annotations

import secrets
import threading
import time
from datetime import datetime

from appliance.api.admin import schemas
from appliance.api.admin.context import Box
from appliance.errors import BadInput, NotFound, Refused
from appliance.exchange.intake import CHECK_WORDS
from appliance.model.numbers import caller_id, mask
from appliance.model.records import Number
from appliance.store.messages import InboxText

VERIFIED = "verified_at"
"""Setting of a number: when a text proved it, ISO 8601."""
PATIENCE = 60.0
"""Seconds for the text to arrive."""
_LOOK = 0.25  # seconds between looks into the operator's inbox
_MANY = 200  # texts of the inbox that are looked through


def prove(box: Box, msisdn: str, iccid: str, by: str | None, patience: float) -> schemas.Verified:
    """Have a SIM send a text to another line of the box, and see whose it is shown to be.

    Args:
        msisdn: What the SIM's number is said to be, E.164.
        iccid: The SIM; it must be in a line that is ready, enrolled or not.
        by: The line that the text is sent to; the first enrolled one that is ready when None.
        patience: Seconds for the text to arrive.

    Raises:
        NotFound: No line has the SIM, or is called ``by``.
        BadInput: There is no second line, the text did not arrive, or it came from another number.
        Refused: ``modem``: it was not sent.
    """
    _ready(box, iccid)
    other = _other(box, iccid, by)
    words = f"{CHECK_WORDS}{secrets.token_hex(4)}"
    began = time.monotonic()
    box.exchange.send_text(iccid, other, words, patience)
    arrived = _arrival(box, other, words, began + patience)
    if arrived is None:
        raise BadInput(
            f"the text did not arrive at {mask(other)} within {patience:g} s: "
            f"{mask(msisdn)} is not proven"
        )
    shown = caller_id(arrived.sender, box.settings.box.region) or ""
    if shown != msisdn:
        raise BadInput(f"the SIM {iccid} is {shown or 'withheld'}, not {msisdn}")
    return schemas.Verified(
        msisdn=msisdn,
        iccid=iccid,
        by=other,
        shown=shown,
        seconds=round(time.monotonic() - began, 1),
    )


def when(number: Number) -> datetime | None:
    """Return when a number was proven, None if never."""
    text = number.settings.get(VERIFIED)
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _ready(box: Box, iccid: str) -> None:
    for line in box.exchange.lines():
        if line.iccid == iccid:
            if _state(line) != "ready":
                raise Refused("modem", f"the line of SIM {iccid} is not ready")
            return
    raise NotFound(f"no line has the SIM {iccid}")


def _other(box: Box, iccid: str, by: str | None) -> str:
    """Return the number of an enrolled line that can receive the text."""
    wanted = None if by is None else box.number(by)
    enrolled = {number.msisdn for number in box.store.numbers.all()}
    for line in box.exchange.lines():
        named = wanted is None or line.msisdn == wanted
        if named and line.iccid != iccid and line.msisdn in enrolled and _state(line) == "ready":
            return str(line.msisdn)
    if wanted is not None:
        raise NotFound(f"{mask(wanted)} is no other line that is enrolled and ready")
    raise BadInput("no other line is enrolled and ready: a number is proven between two SIMs")


def _arrival(box: Box, line: str, words: str, until: float) -> InboxText | None:
    pause = threading.Event()
    while True:
        for text in box.store.messages.operator_inbox(_MANY, line=line):
            if text.body == words:
                return text
        if time.monotonic() >= until:
            return None
        pause.wait(_LOOK)


def _state(line: object) -> str:
    state = getattr(line, "state", "")
    return str(getattr(state, "value", state))
