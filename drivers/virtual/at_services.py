"""Unstructured supplementary services: the codes that people dial for their balance.

3GPP TS 27.007 §7.15 (``+CUSD``), 3GPP TS 22.090.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.virtual.at_line import Arguments
from drivers.virtual.at_result import BAD_PARAMETER, NO_SERVICE, AtError
from drivers.virtual.at_table import Command, says
from drivers.virtual.pdu_alphabet import from_septets, is_gsm, pack, to_septets, unpack

if TYPE_CHECKING:
    from drivers.virtual.modem import VirtualModem

ANSWER_SECONDS = 1.5  # at speed 1
DONE, ENDED_BY_NETWORK, NOT_SUPPORTED = 0, 2, 4

ANSWERS = {
    "*100#": "Balance 42.50 CNY, valid until 2027-12-31",
    "*101#": "余额 42.50 元",
    "*102#": "Your plan: 1000 minutes, 1000 texts",
}
_GSM, _UCS2 = 15, 72  # data coding schemes of the answers (3GPP TS 23.038 §5)


def request(modem: VirtualModem, code: str) -> list[str]:
    """Send a code; the network's answer comes as ``+CUSD``.

    Raises:
        AtError: There is no service.
    """
    if not modem.radio.registered:
        raise AtError(cme=NO_SERVICE)

    def answer() -> None:
        if code == "*#100#":
            text: str | None = modem.card.sim.msisdn
        else:
            text = ANSWERS.get(code)
        if text is None:
            modem.urc(f"+CUSD: {NOT_SUPPORTED}")
            return
        scheme = _GSM if is_gsm(text) else _UCS2
        if not is_gsm(text):
            shown = text.encode("utf-16-be").hex().upper()
        elif modem.personality.packs_codes(modem):
            shown = pack(to_septets(text)).hex().upper()
        else:
            shown = modem.encode(text)
        modem.urc(f'+CUSD: {DONE},"{shown}",{scheme}')

    modem.reactor.after(modem.scaled(ANSWER_SECONDS), answer)
    return []


def _code(modem: VirtualModem, text: str) -> str:
    if not modem.personality.packs_codes(modem):
        return modem.decode(text)
    try:
        octets = bytes.fromhex(text)
    except ValueError:
        raise AtError(cme=BAD_PARAMETER) from None
    return from_septets(unpack(octets, len(octets) * 8 // 7)).rstrip("\r@")


def _ussd(modem: VirtualModem, args: Arguments) -> list[str]:
    mode = args.number(0, 0, high=2)
    modem.settings["+CUSD"] = (str(min(mode, 1)),)
    if args.given(1) and mode != 2:
        return request(modem, _code(modem, args.text(1)))
    return []


COMMANDS = [
    Command(
        "+CUSD",
        None,
        lambda modem, _args: [f"+CUSD: {modem.settings.number('+CUSD')}"],
        _ussd,
        says("+CUSD: (0-2)"),
        sim=True,
        defaults=("0",),
    ),
]
