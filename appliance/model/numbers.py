"""Telephone numbers: the forms that clients send, what may be dialled, what a log may show.

Inside the box a number is E.164 with ``+``. For mainland China the rules are our own, since the
interface mirrored here counts any ``+86`` and eleven digits beginning 13 to 19 as a mobile and a
fixed line by its area code; other countries go through the number metadata.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

import phonenumbers

from appliance.errors import BadInput, Refused
from appliance.model.cities import area_of

EMERGENCY = frozenset({"110", "112", "119", "120", "122", "911", "999"})
"""Never dialled, whatever stands before them."""

_E164 = re.compile(r"\+[1-9]\d{4,14}")
_PUNCTUATION = str.maketrans("", "", " -().\t\u00a0")
_CN_MOBILE = re.compile(r"\+861[3-9]\d{9}")
_CN_SERVICE = re.compile(r"\+86(?:[48]00\d{7}|9[56]\d{3,6})")
_SERVICE_SENDER = re.compile(r"(?:\+?86)?(?:106\d{5,}|100\d{2,3}|9[56]\d{3,}|1[12]\d{3,4})")


def normalise(text: str, region: str = "CN") -> str:
    """Return a number in E.164.

    Taken are ``+86…``, ``0086…``, ``86…`` before a full number, national forms with the trunk
    prefix (``0755-28…``), bare mobiles, blanks and hyphens as people write them, full-width
    digits, and a blank in the place of ``+`` (an unescaped plus in a query string).

    Args:
        text: What was sent.
        region: The home country, two letters, for national forms.

    Raises:
        BadInput: It is no number; what was sent is not repeated in the message.
    """
    plain = unicodedata.normalize("NFKC", text)
    blank_plus = plain.startswith(" ") and plain.lstrip()[:1].isdigit()
    digits = plain.translate(_PUNCTUATION)
    if not re.fullmatch(r"\+?\d{3,20}", digits, re.ASCII):
        raise BadInput("not a telephone number")
    home = _country_code(region)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    elif blank_plus and digits.startswith(home):
        digits = "+" + digits
    found = _mainland(digits) if region == "CN" or digits.startswith("+86") else None
    return found or _elsewhere(digits, region)


def caller_id(text: str | None, region: str = "CN") -> str | None:
    """Return a caller as the network showed it: E.164 where it is a number, else as it stands.

    None for a withheld or empty one. Texts are cut at 64 characters.
    """
    if text is None or not text.strip():
        return None
    try:
        return normalise(text, region)
    except BadInput:
        return text.strip()[:64]


def mask(msisdn: str) -> str:
    """Return a number as logs show it: ``+861*****0001``; short ones keep their last two."""
    if len(msisdn) > 9:
        return f"{msisdn[:4]}*****{msisdn[-4:]}"
    return f"*****{msisdn[-2:]}" if len(msisdn) > 4 else "*****"


def home(msisdn: str, region: str = "CN") -> bool:
    """Return whether an E.164 number belongs to the country."""
    return msisdn.startswith("+" + _country_code(region))


def is_mobile(msisdn: str, region: str = "CN") -> bool:
    """Return whether an E.164 number is a mobile of the country."""
    if region == "CN":
        return _CN_MOBILE.fullmatch(msisdn) is not None
    return _type_elsewhere(msisdn, region) in (
        phonenumbers.PhoneNumberType.MOBILE,
        phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
    )


def is_fixed(msisdn: str, region: str = "CN") -> bool:
    """Return whether an E.164 number is a fixed line of the country and nothing else."""
    if region == "CN":
        return _CN_MOBILE.fullmatch(msisdn) is None and area_of(msisdn) is not None
    return bool(_type_elsewhere(msisdn, region) == phonenumbers.PhoneNumberType.FIXED_LINE)


def is_service(msisdn: str) -> bool:
    """Return whether a number is a mainland 400, 800, 95 or 96 number."""
    return _CN_SERVICE.fullmatch(msisdn) is not None


def is_service_sender(sender: str) -> bool:
    """Return whether a text's sender is a service: 106…, 95…, 10086, or letters."""
    if is_mobile(sender) or is_fixed(sender):
        return False
    return (
        _SERVICE_SENDER.fullmatch(sender) is not None
        or re.fullmatch(r"\+?\d{7,}", sender, re.ASCII) is None
    )


def dial_check(
    msisdn: str,
    own_numbers: Collection[str],
    region: str = "CN",
    *,
    service: bool = False,
) -> None:
    """Pass when a number may be dialled or texted.

    Args:
        msisdn: As it would be handed to the modem.
        own_numbers: The box's own lines: calling one would be a loop.
        region: The home country.
        service: Mainland 400, 800 and 95 numbers are allowed.

    Raises:
        Refused: ``dial-unsafe``.
    """
    problem = _problem(msisdn, own_numbers, region, service=service)
    if problem:
        raise Refused("dial-unsafe", f"{mask(msisdn)} {problem}")


def _problem(
    msisdn: str, own_numbers: Collection[str], region: str, *, service: bool
) -> str | None:
    if _E164.fullmatch(msisdn) is None:
        return "is not in international form"
    if msisdn in own_numbers:
        return "is one of the box's own numbers"
    if not home(msisdn, region):
        return "is outside the country"
    national = msisdn[1 + len(_country_code(region)) :]
    if national.lstrip("0") in EMERGENCY:
        return "is an emergency number"
    if region == "CN" and service and is_service(msisdn):
        return None
    if not (is_mobile(msisdn, region) or is_fixed(msisdn, region)):
        return "is neither a mobile nor a fixed number"
    return None


def _mainland(digits: str) -> str | None:
    """Return the E.164 form of a mainland number, None when it is none."""
    forms = [digits] if digits.startswith("+") else ["+" + digits, "+86" + digits]
    for form in forms:
        if not form.startswith("+86"):
            continue
        candidate = "+86" + form[3:].removeprefix("0")
        if is_mobile(candidate) or is_fixed(candidate):
            # A fixed line's national form needs its 0; bare digits could be a local number.
            if digits.startswith(("+", "0", "86")) or is_mobile(candidate):
                return candidate
        elif is_service(candidate):
            return candidate
    return None


def _elsewhere(digits: str, region: str) -> str:
    found = _elsewhere_or_none(digits, region)
    if found is None:
        raise BadInput("not a telephone number")
    return found


def _elsewhere_or_none(digits: str, region: str) -> str | None:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number) or number.country_code == 86:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _type_elsewhere(msisdn: str, region: str) -> object:
    if not home(msisdn, region):
        return None
    try:
        return phonenumbers.number_type(phonenumbers.parse(msisdn, None))
    except phonenumbers.NumberParseException:
        return None


def _country_code(region: str) -> str:
    return "86" if region == "CN" else str(phonenumbers.country_code_for_region(region))
