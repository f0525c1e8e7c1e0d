"""Commands that list, read, delete, write and send texts, in PDU and text mode (3GPP TS 27.005)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_message_text import TEXT_STATUS, stored_lines
from drivers.virtual.at_result import (
    CMS_BAD_INDEX,
    CMS_BAD_PDU,
    CMS_BAD_TEXT,
    CMS_FULL,
    AtError,
    Outcome,
    Prompt,
)
from drivers.virtual.at_table import Command, says, setting
from drivers.virtual.pdu import (
    BadPdu,
    Body,
    Submit,
    encode_smsc,
    split,
    split_smsc,
)
from drivers.virtual.storage import REPORTS, MessageStatus, Stored

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

_DELETED = {
    1: {MessageStatus.READ},
    2: {MessageStatus.READ, MessageStatus.SENT},
    3: {MessageStatus.READ, MessageStatus.SENT, MessageStatus.UNSENT},
    4: set(MessageStatus),
}


def _text_mode(modem: VirtualModem) -> bool:
    return modem.settings.number("+CMGF") == 1


# --- memories -------------------------------------------------------------------------------------


def _usage(modem: VirtualModem, *, named: bool) -> str:
    storage = modem.messages.storage
    memories = (storage.reading, storage.writing, storage.receiving)
    return ",".join(
        (f'"{memory.name}",' if named else "") + f"{len(memory)},{memory.size}"
        for memory in memories
    )


def _memories_now(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f"+CPMS: {_usage(modem, named=True)}"]


def _choose_memories(modem: VirtualModem, args: Arguments) -> list[str]:
    storage = modem.messages.storage
    names = [args.text(place, "").upper() for place in range(min(len(args), 3))]
    for place, name in enumerate(names):
        if name and (name not in storage or (place > 0 and name == REPORTS)):
            raise AtError(cms=302)
    for place, name in enumerate(names):
        if name:
            storage.chosen[place] = name
    return [f"+CPMS: {_usage(modem, named=False)}"]


def _memory_names(modem: VirtualModem, _args: Arguments) -> list[str]:
    names = modem.messages.storage.names
    every = ",".join(f'"{name}"' for name in names)
    most = ",".join(f'"{name}"' for name in names if name != REPORTS)
    return [f"+CPMS: ({every}),({most}),({most})"]


# --- reading --------------------------------------------------------------------------------------


def _pdu_lines(stored: Stored, prefix: str) -> list[str]:
    octets = encode_smsc(stored.smsc) + stored.tpdu
    return [f"{prefix}{int(stored.status)},,{len(stored.tpdu)}", octets.hex().upper()]


def _lines(modem: VirtualModem, stored: Stored, prefix: str, *, listed: bool = False) -> list[str]:
    if _text_mode(modem):
        return stored_lines(modem, stored, prefix, listed=listed)
    return _pdu_lines(stored, prefix)


def _wanted(modem: VirtualModem, args: Arguments) -> set[MessageStatus]:
    if _text_mode(modem):
        name = args.text(0, "REC UNREAD").upper()
        if name != "ALL" and name not in TEXT_STATUS:
            raise AtError(cms=CMS_BAD_TEXT)
        return set(MessageStatus) if name == "ALL" else {TEXT_STATUS[name]}
    number = args.number(0, 0, high=4)
    return set(MessageStatus) if number == 4 else {MessageStatus(number)}


def _list(modem: VirtualModem, args: Arguments) -> list[str]:
    wanted, memory = _wanted(modem, args), modem.messages.storage.reading
    lines: list[str] = []
    for index, stored in memory:
        if stored.status in wanted:
            lines += _lines(modem, stored, f"+CMGL: {index},", listed=True)
            memory.read(index)
    return lines


def _list_forms(modem: VirtualModem, _args: Arguments) -> list[str]:
    if _text_mode(modem):
        names = ",".join(f'"{name}"' for name in (*TEXT_STATUS, "ALL"))
        return [f"+CMGL: ({names})"]
    return ["+CMGL: (0-4)"]


def _read(modem: VirtualModem, args: Arguments) -> list[str]:
    memory = modem.messages.storage.reading
    index = args.number(0, high=9999)
    if not memory.has(index):
        raise AtError(cms=CMS_BAD_INDEX)
    stored = memory.read(index)
    if stored is None:
        if modem.personality.empty_slot_is_ok:
            return []
        raise AtError(cms=CMS_BAD_INDEX)
    return _lines(modem, stored, "+CMGR: ")


def _delete(modem: VirtualModem, args: Arguments) -> list[str]:
    memory = modem.messages.storage.reading
    index, flag = args.number(0, high=9999), args.number(1, 0, high=4)
    if flag:
        memory.delete_where(_DELETED[flag])
    elif not memory.has(index):
        raise AtError(cms=CMS_BAD_INDEX)
    else:
        memory.delete(index)
    modem.messages.room_made()
    return []


def _slots(modem: VirtualModem, _args: Arguments) -> list[str]:
    memory = modem.messages.storage.reading
    return [f"+CMGD: ({memory.first}-{memory.first + memory.size - 1}),(0-4)"]


# --- writing and sending --------------------------------------------------------------------------


def _submit_from_pdu(octets: bytes, length: int) -> tuple[str, Submit]:
    try:
        smsc, tpdu = split_smsc(bytes.fromhex(octets.decode("ascii")))
        if len(tpdu) != length:
            raise AtError(cms=CMS_BAD_PDU)
        return smsc, Submit.decode(tpdu)
    except (ValueError, BadPdu):
        raise AtError(cms=CMS_BAD_PDU) from None


def _submit_from_text(modem: VirtualModem, number: str, octets: bytes) -> Submit:
    first, _, pid, dcs = (modem.settings.number("+CSMP", place) for place in range(4))
    text = octets.decode("latin-1").replace("\r\n", "\n").replace("\r", "\n")
    if dcs & 0x0C == 0x08 or modem.settings["+CSCS"][0] == "UCS2":
        try:
            text = bytes.fromhex(text).decode("utf-16-be", "replace")
        except ValueError:
            raise AtError(cms=CMS_BAD_TEXT) from None
    parts = split(text)
    if len(parts) > 1:
        raise AtError(cms=CMS_BAD_TEXT)
    body = Body(dcs or parts[0].dcs, parts[0].payload)
    if body.alphabet is not parts[0].alphabet:
        body = parts[0]
    return Submit(number, body, report=bool(first & 0x20), validity=b"\xa7", pid=pid)


def _send(modem: VirtualModem, args: Arguments) -> Outcome:
    if _text_mode(modem):
        number = modem.decode(args.text(0))
        return Prompt(
            lambda body: modem.messages.send(_submit_from_text(modem, number, body)),
            lines=True,
            wait=modem.messages.prompt(),
        )
    length = args.number(0, high=200)
    if length < 7:
        raise AtError(cms=CMS_BAD_PDU)
    return Prompt(
        lambda body: modem.messages.send(_submit_from_pdu(body, length)[1]),
        wait=modem.messages.prompt(),
    )


def _write(modem: VirtualModem, args: Arguments) -> Outcome:
    if _text_mode(modem):
        number = modem.decode(args.text(0, ""))
        return Prompt(
            lambda body: _keep(modem, _submit_from_text(modem, number, body).encode(), ""),
            lines=True,
        )
    length = args.number(0, high=200)
    status = args.number(1, 2, high=3)

    def accept(octets: bytes) -> Outcome:
        try:
            smsc, tpdu = split_smsc(bytes.fromhex(octets.decode("ascii")))
        except (ValueError, BadPdu):
            raise AtError(cms=CMS_BAD_PDU) from None
        if len(tpdu) != length:
            raise AtError(cms=CMS_BAD_PDU)
        return _keep(modem, tpdu, smsc, MessageStatus(status))

    return Prompt(accept)


def _keep(
    modem: VirtualModem, tpdu: bytes, smsc: str, status: MessageStatus = MessageStatus.UNSENT
) -> list[str]:
    index = modem.messages.storage.writing.add(Stored(status, tpdu, smsc))
    if index is None:
        raise AtError(cms=CMS_FULL)
    return [f"+CMGW: {index}"]


def _send_stored(modem: VirtualModem, args: Arguments) -> Outcome:
    stored = modem.messages.storage.writing.get(args.number(0, high=9999))
    if stored is None:
        raise AtError(cms=CMS_BAD_INDEX)
    try:
        submit = Submit.decode(stored.tpdu)
    except BadPdu:
        raise AtError(cms=CMS_BAD_PDU) from None
    if args.given(1):
        submit = Submit(modem.decode(args.text(1)), submit.body, report=submit.report)
    return modem.messages.send(submit, "+CMSS")


def _acknowledge(modem: VirtualModem, _args: Arguments) -> list[str]:
    modem.messages.acknowledge()
    return []


# --- settings -------------------------------------------------------------------------------------


def _centre(modem: VirtualModem, _args: Arguments) -> list[str]:
    return [f'+CSCA: "{modem.encode(modem.messages.centre)}",145']


def _set_centre(modem: VirtualModem, args: Arguments) -> list[str]:
    modem.messages.centre = modem.decode(args.text(0))
    return []


def _service(modem: VirtualModem, args: Arguments) -> list[str]:
    modem.settings["+CSMS"] = (str(args.number(0, high=1)),)
    return ["+CSMS: 1,1,1"]


COMMANDS = [
    setting("+CMGF", (0,), "(0,1)"),
    Command(
        "+CSMS",
        None,
        lambda modem, _args: [f"+CSMS: {modem.settings.number('+CSMS')},1,1,1"],
        _service,
        says("+CSMS: (0,1)"),
        defaults=("0",),
    ),
    Command("+CSCA", None, _centre, _set_centre, sms=True),
    Command("+CPMS", None, _memories_now, _choose_memories, _memory_names, sms=True),
    Command("+CMGL", _list, None, _list, _list_forms, sms=True),
    Command("+CMGR", None, None, _read, sms=True),
    Command("+CMGD", None, None, _delete, _slots, sms=True),
    Command("+CMGS", None, None, _send, sms=True),
    Command("+CMGW", None, None, _write, sms=True),
    Command("+CMSS", None, None, _send_stored, sms=True),
    Command("+CNMA", _acknowledge, None, _acknowledge, says("+CNMA: (0-2)")),
    setting("+CMMS", (0,), "(0-2)"),
    setting("+CSDH", (0,), "(0,1)"),
    setting("+CSMP", (17, 167, 0, 0), "(0-255),(0-255),(0-255),(0-255)"),
    setting("+CSCB", (0, "", ""), "(0,1),(),()"),
]
