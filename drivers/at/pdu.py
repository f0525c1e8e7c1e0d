"""SMS PDUs (3GPP TS 23.040 §9.2.2): SUBMIT, DELIVER and STATUS-REPORT, decoded and encoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from drivers.at.pdu_address import Address, read_address, read_smsc, write_address, write_smsc
from drivers.at.pdu_dcs import Coding, coding_of
from drivers.at.pdu_octets import PduError, Reader, octets_of
from drivers.at.pdu_text import Body, read_body, write_body
from drivers.at.pdu_time import Stamp, read_stamp

_MTI: Final = 0x03
_MORE: Final = 0x04  # no more messages waiting (DELIVER), reject duplicates (SUBMIT)
_REPORT: Final = 0x20
_HEADER: Final = 0x40
_REPLY_PATH: Final = 0x80
_VALIDITY_OCTETS: Final = {0x00: 0, 0x10: 1, 0x08: 7, 0x18: 7}


@dataclass(frozen=True, slots=True)
class Deliver:
    """A text for this SIM (SMS-DELIVER).

    Args:
        sender: Who sent it.
        stamp: The service centre's time.
        body: Its text or octets, with header.
        dcs: Data coding scheme, 0-255.
        pid: Protocol identifier, 0-255.
        smsc: Number of the service centre, or None.
        report: The sender asked for a status report.
    """

    sender: Address
    stamp: Stamp
    body: Body
    dcs: int = 0
    pid: int = 0
    smsc: str | None = None
    report: bool = False

    @property
    def coding(self) -> Coding:
        """What the data coding scheme says."""
        return coding_of(self.dcs)


@dataclass(frozen=True, slots=True)
class Submit:
    """A text from this SIM (SMS-SUBMIT).

    Args:
        recipient: Whom it is for.
        body: Its text or octets, with header.
        dcs: Data coding scheme, 0-255.
        pid: Protocol identifier, 0-255.
        reference: Message reference, 0-255; the modem puts its own in place of 0.
        report: A status report is asked for.
        validity: Validity octets as sent (none, 1 relative, 7 absolute or enhanced).
        enhanced: Seven validity octets are in the enhanced format.
        reject_duplicates: The service centre is asked to refuse a repetition.
        smsc: Number of the service centre, or None for the SIM's own.
    """

    recipient: Address
    body: Body
    dcs: int = 0
    pid: int = 0
    reference: int = 0
    report: bool = False
    validity: bytes = b""
    enhanced: bool = False
    reject_duplicates: bool = False
    smsc: str | None = None

    @property
    def coding(self) -> Coding:
        """What the data coding scheme says."""
        return coding_of(self.dcs)


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What became of a text (SMS-STATUS-REPORT).

    Args:
        reference: Message reference of the text, 0-255.
        recipient: Whom the text was for.
        stamp: When the service centre had taken the text (SCTS).
        discharge: When its fate was settled.
        status: TP-ST, 0-255: 0x00-0x1F done, 0x20-0x3F still trying, 0x40 and up failed.
        smsc: Number of the service centre, or None.
    """

    reference: int
    recipient: Address
    stamp: Stamp
    discharge: Stamp
    status: int
    smsc: str | None = None


Message = Deliver | Submit | StatusReport


def decode(text: str, *, submit: bool = False, smsc: bool = True) -> Message:
    """Return the message of a hex PDU.

    Args:
        text: The PDU in hex.
        submit: It was sent by a mobile: SUBMIT instead of what a service centre sends.
        smsc: Octets of the service centre's address stand in front.

    Raises PduError with the offending value and what was expected.
    """
    reader = Reader(octets_of(text))
    centre = read_smsc(reader) if smsc else None
    first = reader.octet("first octet")
    kind = first & _MTI
    if submit:
        if kind != 1:
            raise PduError(f"message type {kind}, expected 1 (SUBMIT)")
        message: Message = _read_submit(reader, first, centre)
    elif kind == 0:
        message = _read_deliver(reader, first, centre)
    elif kind == 2:
        # Optional parameters may follow (§9.2.2.3); nothing in them is used.
        return _read_report(reader, centre)
    else:
        raise PduError(f"message type {kind}, expected 0 (DELIVER) or 2 (STATUS-REPORT)")
    reader.end()
    return message


def _read_deliver(reader: Reader, first: int, centre: str | None) -> Deliver:
    sender = read_address(reader, "sender")
    pid = reader.octet("protocol identifier")
    dcs = reader.octet("data coding scheme")
    stamp = read_stamp(reader.take(7, "time stamp"))
    body = read_body(reader, dcs, header=bool(first & _HEADER))
    return Deliver(sender, stamp, body, dcs, pid, centre, report=bool(first & _REPORT))


def _read_submit(reader: Reader, first: int, centre: str | None) -> Submit:
    reference = reader.octet("message reference")
    recipient = read_address(reader, "recipient")
    pid = reader.octet("protocol identifier")
    dcs = reader.octet("data coding scheme")
    form = first & 0x18
    validity = reader.take(_VALIDITY_OCTETS[form], "validity period")
    body = read_body(reader, dcs, header=bool(first & _HEADER))
    return Submit(
        recipient=recipient,
        body=body,
        dcs=dcs,
        pid=pid,
        reference=reference,
        report=bool(first & _REPORT),
        validity=validity,
        enhanced=form == 0x08,
        reject_duplicates=bool(first & _MORE),
        smsc=centre,
    )


def _read_report(reader: Reader, centre: str | None) -> StatusReport:
    reference = reader.octet("message reference")
    recipient = read_address(reader, "recipient")
    stamp = read_stamp(reader.take(7, "time stamp"))
    discharge = read_stamp(reader.take(7, "discharge time"))
    return StatusReport(reference, recipient, stamp, discharge, reader.octet("status"), centre)


def encode(message: Message) -> tuple[str, int]:
    """Return a message as upper-case hex with SMSC octets, and its octets without them.

    Raises PduError for values that do not fit.
    """
    tpdu = _WRITERS[type(message)](message)
    return (write_smsc(message.smsc) + tpdu).hex().upper(), len(tpdu)


def _flags(kind: int, body: Body, report: bool) -> int:
    return kind | (_REPORT if report else 0) | (_HEADER if body.elements else 0)


def _write_deliver(message: Message) -> bytes:
    assert isinstance(message, Deliver)
    first = _flags(0, message.body, message.report) | _MORE
    return (
        bytes((first,))
        + write_address(message.sender)
        + bytes((message.pid, message.dcs))
        + message.stamp.raw
        + write_body(message.body, message.dcs)
    )


def _write_submit(message: Message) -> bytes:
    assert isinstance(message, Submit)
    form = {0: 0x00, 1: 0x10, 7: 0x08 if message.enhanced else 0x18}.get(len(message.validity))
    if form is None:
        raise PduError(f"{len(message.validity)} validity octets, expected 0, 1 or 7")
    first = _flags(1, message.body, message.report) | form
    first |= _MORE if message.reject_duplicates else 0
    return (
        bytes((first, message.reference))
        + write_address(message.recipient)
        + bytes((message.pid, message.dcs))
        + message.validity
        + write_body(message.body, message.dcs)
    )


def _write_report(message: Message) -> bytes:
    assert isinstance(message, StatusReport)
    return (
        bytes((0x06, message.reference))
        + write_address(message.recipient)
        + message.stamp.raw
        + message.discharge.raw
        + bytes((message.status,))
    )


_WRITERS = {Deliver: _write_deliver, Submit: _write_submit, StatusReport: _write_report}
