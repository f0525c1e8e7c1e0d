"""Numbers of the virtual network: how a dialled number is read, and the identities of its SIMs."""

from __future__ import annotations

import re

from drivers.virtual.errors import BadRequest

COUNTRY = "86"
NETWORK = "46000"  # mobile country and network code (ITU-T E.212)
_ISSUER = "898600"  # ITU-T E.118: telecom, country, issuer
_TRUNK_PREFIX = "0"
_INTERNATIONAL_PREFIX = "00"
_MOBILE = re.compile(r"1[0-9]{10}")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def resolve(dialled: str) -> str:
    """Return what a dialled number means, as ``+`` and digits.

    ``13900000001``, ``8613900000001``, ``008613900000001`` and ``+8613900000001`` are the same; a
    national number's trunk ``0`` is dropped. A short code or a string with ``*`` or ``#`` comes
    back as it is: nobody has such a number.
    """
    digits = re.sub(r"[\s\-().]", "", dialled)
    if digits.startswith("+"):
        return digits
    if not digits.isascii() or not digits.isdigit() or len(digits) < 7:
        return digits
    if digits.startswith(_INTERNATIONAL_PREFIX):
        return "+" + digits[len(_INTERNATIONAL_PREFIX) :]
    if digits.startswith(COUNTRY) and _MOBILE.fullmatch(digits, len(COUNTRY)):
        return "+" + digits
    if digits.startswith(_TRUNK_PREFIX):
        digits = digits[len(_TRUNK_PREFIX) :]
    return f"+{COUNTRY}{digits}"


def subscriber_number(text: str) -> str:
    """Return ``text`` as the number of a phone or line.

    Raises:
        BadRequest: It is not a number that someone could have.
    """
    number = resolve(text)
    if not _E164.fullmatch(number):
        raise BadRequest(f"{text[:40]!r} is not a telephone number such as +8613900000001")
    return number


def iccid_for(msisdn: str) -> str:
    """Return a 20-digit ICCID with a valid check digit that belongs to ``msisdn`` alone."""
    body = _ISSUER + msisdn.lstrip("+")[-13:].rjust(13, "0")
    return body + luhn(body)


def imsi_for(msisdn: str) -> str:
    """Return a 15-digit IMSI whose last ten digits are those of ``msisdn``."""
    return NETWORK + msisdn.lstrip("+")[-10:].rjust(10, "0")


def luhn(digits: str) -> str:
    """Return the check digit to append to ``digits`` (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def mask(msisdn: str) -> str:
    """Return a number fit for a log: ``+8613900000001`` as ``+861*****0001``."""
    return f"{msisdn[:4]}*****{msisdn[-4:]}" if len(msisdn) > 8 else "*" * len(msisdn)
