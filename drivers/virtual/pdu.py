"""The bank's own SMS codec: SUBMIT, DELIVER and STATUS-REPORT (3GPP TS 23.040 §9.2.2).

It shares nothing with the codec of the box, so that each judges the other. A TPDU here has no SMSC
octets; see :func:`encode_smsc` and :func:`split_smsc` for those of the AT interface.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drivers.virtual.pdu_body import Body, Concat
from drivers.virtual.pdu_fields import (
    Alphabet,
    BadPdu,
    address_type,
    decode_address,
    decode_time,
    encode_address,
    encode_smsc,
    encode_time,
    split_smsc,
)
from drivers.virtual.pdu_text import join, split

__all__ = [
    "Alphabet",
    "BadPdu",
    "Body",
    "Concat",
    "Deliver",
    "StatusReport",
    "Submit",
    "address_type",
    "decode_incoming",
    "encode_smsc",
    "join",
    "split",
    "split_smsc",
]

_MTI, _UDHI, _REPORT = 0x03, 0x40, 0x20


@dataclass(frozen=True)
class Submit:
    """What a mobile hands to the SMSC (3GPP TS 23.040 §9.2.2.2).

    Args:
        number: TP-DA.
        body: Coding scheme and user data.
        reference: TP-MR, 0-255.
        report: A status report is requested (TP-SRR).
        validity: TP-VP as it travels: none, 1 octet (relative) or 7 octets (absolute).
        pid: TP-PID.
        number_kind: Type-of-address octet of TP-DA; None to choose by the number.
    """

    number: str
    body: Body
    reference: int = 0
    report: bool = False
    validity: bytes = b""
    pid: int = 0
    number_kind: int | None = None

    def encode(self) -> bytes:
        """Return the TPDU."""
        if len(self.validity) not in {0, 1, 7}:
            raise BadPdu(f"a validity period has 0, 1 or 7 octets, not {len(self.validity)}")
        first = 0x01 | {0: 0, 1: 0x10, 7: 0x18}[len(self.validity)]
        first |= (_REPORT if self.report else 0) | (_UDHI if self.body.header else 0)
        return (
            bytes([first, self.reference])
            + encode_address(self.number, self.number_kind)
            + bytes([self.pid, self.body.dcs])
            + self.validity
            + self.body.encode()
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Submit:
        """Read a SUBMIT.

        Raises:
            BadPdu: It is something else or cut short.
        """
        if len(tpdu) < 2 or tpdu[0] & _MTI != 0x01:
            raise BadPdu("not a SUBMIT")
        first, reference = tpdu[0], tpdu[1]
        number, kind, rest = decode_address(tpdu[2:])
        period = {0x00: 0, 0x10: 1, 0x08: 7, 0x18: 7}[first & 0x18]
        if len(rest) < 3 + period:
            raise BadPdu("the SUBMIT is cut short")
        body = Body.decode(rest[1], bool(first & _UDHI), rest[2 + period :])
        validity = rest[2 : 2 + period]
        return cls(number, body, reference, bool(first & _REPORT), validity, rest[0], kind)


@dataclass(frozen=True)
class Deliver:
    """What the SMSC hands to a mobile (3GPP TS 23.040 §9.2.2.1).

    Args:
        sender: TP-OA; letters make it alphanumeric.
        body: Coding scheme and user data.
        at: TP-SCTS with its zone; None only where a decoded one named no moment.
        report: The sender's SMSC will be told (TP-SRI).
        more: More messages wait in the SMSC (TP-MMS clear).
        pid: TP-PID.
        sender_kind: Type-of-address octet of TP-OA; None to choose by the sender.
    """

    sender: str
    body: Body
    at: datetime | None
    report: bool = False
    more: bool = False
    pid: int = 0
    sender_kind: int | None = None

    def encode(self) -> bytes:
        """Return the TPDU."""
        first = (0 if self.more else 0x04) | (_REPORT if self.report else 0)
        first |= _UDHI if self.body.header else 0
        return (
            bytes([first])
            + encode_address(self.sender, self.sender_kind)
            + bytes([self.pid, self.body.dcs])
            + (encode_time(self.at) if self.at else bytes(7))
            + self.body.encode()
        )

    @classmethod
    def decode(cls, tpdu: bytes) -> Deliver:
        """Read a DELIVER.

        Raises:
            BadPdu: It is something else or cut short.
        """
        if not tpdu or tpdu[0] & _MTI != 0x00:
            raise BadPdu("not a DELIVER")
        first = tpdu[0]
        sender, kind, rest = decode_address(tpdu[1:])
        if len(rest) < 10:
            raise BadPdu("the DELIVER is cut short")
        body = Body.decode(rest[1], bool(first & _UDHI), rest[9:])
        at = decode_time(rest[2:9])
        return cls(sender, body, at, bool(first & _REPORT), not first & 0x04, rest[0], kind)


@dataclass(frozen=True)
class StatusReport:
    """What became of a SUBMIT (3GPP TS 23.040 §9.2.2.3).

    Args:
        reference: TP-MR of the SUBMIT.
        number: TP-RA, the recipient as dialled.
        at: TP-SCTS, when the SMSC took the SUBMIT.
        discharged: TP-DT, when the outcome was known.
        status: TP-ST (§9.2.3.15): 0 delivered, 0x20-0x3F still trying, from 0x40 failed.
    """

    reference: int
    number: str
    at: datetime | None
    discharged: datetime | None
    status: int

    def encode(self) -> bytes:
        """Return the TPDU."""
        times = (
            encode_time(moment) if moment else bytes(7) for moment in (self.at, self.discharged)
        )
        address = encode_address(self.number)
        return bytes([0x06, self.reference]) + address + b"".join(times) + bytes([self.status])

    @classmethod
    def decode(cls, tpdu: bytes) -> StatusReport:
        """Read a STATUS-REPORT.

        Raises:
            BadPdu: It is something else or cut short.
        """
        if len(tpdu) < 2 or tpdu[0] & _MTI != 0x02:
            raise BadPdu("not a STATUS-REPORT")
        number, _, rest = decode_address(tpdu[2:])
        if len(rest) < 15:
            raise BadPdu("the STATUS-REPORT is cut short")
        return cls(tpdu[1], number, decode_time(rest[:7]), decode_time(rest[7:14]), rest[14])


def decode_incoming(tpdu: bytes) -> Deliver | StatusReport:
    """Read what an SMSC sends: a DELIVER or a STATUS-REPORT.

    Raises:
        BadPdu: It is neither.
    """
    if tpdu and tpdu[0] & _MTI == 0x02:
        return StatusReport.decode(tpdu)
    return Deliver.decode(tpdu)
