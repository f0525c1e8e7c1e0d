"""One PDU as plain values, for people and scripts."""

from __future__ import annotations

from typing import Any

from drivers.at.pdu import Deliver, Message, StatusReport, Submit, decode
from drivers.at.pdu_text import Body
from drivers.at.pdu_time import Stamp


def describe(hex: str, submit: bool = False, smsc: bool = True) -> dict[str, Any]:  # noqa: A002
    """Return what a PDU says, in the words of ``simveil pdu --json``.

    Args:
        hex: The PDU in hex.
        submit: It is a SUBMIT, not what a service centre sends.
        smsc: Octets of the service centre's address stand in front.

    Raises PduError with the offending value and what was expected.
    """
    message = decode(hex, submit=submit, smsc=smsc)
    found = _TELLERS[type(message)](message)
    if message.smsc is not None:
        found["smsc"] = message.smsc
    return found


def _deliver(message: Message) -> dict[str, Any]:
    assert isinstance(message, Deliver)
    return {
        "type": "deliver",
        "number": message.sender.text,
        **_content(message.body),
        **_time(message.stamp, "timestamp", "tz_quarters"),
        **_coding(message),
    }


def _submit(message: Message) -> dict[str, Any]:
    assert isinstance(message, Submit)
    return {
        "type": "submit",
        "number": message.recipient.text,
        **_content(message.body),
        **_coding(message),
        "reference": message.reference,
    }


def _report(message: Message) -> dict[str, Any]:
    assert isinstance(message, StatusReport)
    return {
        "type": "status-report",
        "number": message.recipient.text,
        **_time(message.stamp, "timestamp", "tz_quarters"),
        "reference": message.reference,
        "status": message.status,
        **_time(message.discharge, "discharge", "discharge_tz_quarters"),
    }


_TELLERS = {Deliver: _deliver, Submit: _submit, StatusReport: _report}


def _content(body: Body) -> dict[str, Any]:
    if body.text is None:
        return {"data_hex": body.data.hex()}
    return {"text": body.text}


def _coding(message: Deliver | Submit) -> dict[str, Any]:
    found: dict[str, Any] = {"dcs": message.dcs, "class": message.coding.message_class}
    concat = message.body.concat
    if concat is not None:
        found["concat"] = {"ref": concat.ref, "total": concat.total, "seq": concat.seq}
    return found


def _time(stamp: Stamp, name: str, zone: str) -> dict[str, Any]:
    local = None if stamp.local is None else stamp.local.isoformat(timespec="seconds")
    found = {name: local, zone: stamp.tz_quarters}
    if local is None:
        found[f"{name}_hex"] = stamp.raw.hex()
    return found
