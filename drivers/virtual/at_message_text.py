"""Texts as text mode shows them: read, listed or sent straight to the host (3GPP TS 27.005 §3.4).

The values after the time stamp are there only where the host wants them (``+CSDH=1``, §3.3.3).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from drivers.virtual.at_result import CMS_BAD_TEXT, AtError
from drivers.virtual.pdu import (
    BadPdu,
    Body,
    Deliver,
    StatusReport,
    Submit,
    address_type,
    decode_incoming,
)
from drivers.virtual.storage import MessageStatus, Stored

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

TEXT_STATUS = {
    "REC UNREAD": MessageStatus.UNREAD,
    "REC READ": MessageStatus.READ,
    "STO UNSENT": MessageStatus.UNSENT,
    "STO SENT": MessageStatus.SENT,
}


def stored_lines(
    modem: VirtualModem, stored: Stored, prefix: str, *, listed: bool = False
) -> list[str]:
    """Return a stored text as ``+CMGR`` shows it, or as ``+CMGL`` does if ``listed``.

    Raises:
        AtError: It is no TPDU that text mode could show.
    """
    status = next(name for name, value in TEXT_STATUS.items() if value is stored.status)
    message = _message(stored)
    if isinstance(message, StatusReport):
        return [f'{prefix}"{status}",{_outcome(modem, stored, message)}']
    if isinstance(message, Submit):
        number, kind, stamp = message.number, message.number_kind, ""
    else:
        number, kind = message.sender, message.sender_kind
        stamp = f',"{shown_time(message.at)}"'
    head = f'{prefix}"{status}","{modem.encode(number)}",{stamp}'
    if modem.settings.number("+CSDH") == 1:
        kind = address_type(number) if kind is None else kind
        if listed:
            head += f"{'' if stamp else ','},{kind},{_length(message.body)}"
        else:
            head += _details(modem, stored, kind, message)
    return [head, _shown(modem, message.body)]


def routed_lines(modem: VirtualModem, name: str, stored: Stored) -> list[str]:
    """Return ``+CMT`` or ``+CDS`` for a text or report that is sent straight to the host.

    Raises:
        AtError: It is no TPDU that text mode could show.
    """
    message = _message(stored)
    if isinstance(message, StatusReport):
        return [f"{name}: {_outcome(modem, stored, message)}"]
    if isinstance(message, Submit):
        raise AtError(cms=CMS_BAD_TEXT)
    head = f'{name}: "{modem.encode(message.sender)}",,"{shown_time(message.at)}"'
    if modem.settings.number("+CSDH") == 1:
        kind = message.sender_kind
        kind = address_type(message.sender) if kind is None else kind
        head += _details(modem, stored, kind, message)
    return [head, _shown(modem, message.body)]


def shown_time(moment: datetime | None) -> str:
    """Return a time stamp as text mode shows it: ``26/11/22,18:34:00+08``."""
    if moment is None:
        return ""
    offset = moment.utcoffset()
    quarters = round(offset.total_seconds() / 900) if offset else 0
    return f"{moment:%y/%m/%d,%H:%M:%S}{quarters:+03d}"


def _message(stored: Stored) -> Deliver | Submit | StatusReport:
    try:
        if stored.tpdu[:1] and stored.tpdu[0] & 0x03 == 0x01:
            return Submit.decode(stored.tpdu)
        return decode_incoming(stored.tpdu)
    except BadPdu:
        raise AtError(cms=CMS_BAD_TEXT) from None


def _outcome(modem: VirtualModem, stored: Stored, report: StatusReport) -> str:
    """``<fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st>``."""
    number = f'"{modem.encode(report.number)}",{address_type(report.number)}'
    times = f'"{shown_time(report.at)}","{shown_time(report.discharged)}"'
    return f"{stored.tpdu[0]},{report.reference},{number},{times},{report.status}"


def _details(modem: VirtualModem, stored: Stored, kind: int, message: Deliver | Submit) -> str:
    """``,<tooa>,<fo>,<pid>,<dcs>[,<vp>],<sca>,<tosca>,<length>``; a SUBMIT has ``<vp>``."""
    values = [kind, stored.tpdu[0], message.pid, message.body.dcs]
    scheme = "".join(f",{value}" for value in values)
    if isinstance(message, Submit):
        scheme += f",{message.validity[0] if len(message.validity) == 1 else ''}"
    centre = stored.smsc or modem.messages.centre
    address = f'"{modem.encode(centre)}",{address_type(centre)}'
    return f"{scheme},{address},{_length(message.body)}"


def _length(body: Body) -> int:
    """Characters of a 7-bit text, else octets: as the payload is kept."""
    return len(body.payload)


def _shown(modem: VirtualModem, body: Body) -> str:
    if modem.settings["+CSCS"][0] == "UCS2" or body.alphabet.value != "gsm7":
        return body.text.encode("utf-16-be").hex().upper()
    return body.text
