"""Every check of an argument of the mirrored interfaces: JSON or query text in, typed out.

A JSON null and an absent key are the same. Booleans may come as strings, whole numbers as digits:
real clients send both. What does not fit is answered with 1010002 and the parameter's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from appliance.api.cloud.results import INVALID_REQUEST, RECORD_UNKNOWN, CloudError
from appliance.model.bindings import AreaMatch
from appliance.model.numbers import is_fixed, is_mobile, is_service

_LONG = 12
_LAST_PLACE = (1 << 63) - 1
_DIGITS = re.compile(rf"-?[0-9]{{1,{_LONG}}}")
_ANY_DIGITS = re.compile(r"-?[0-9]+")
_GLOBAL_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_VOICE_NAME = re.compile(r"[0-9A-Za-z_.@-]{1,128}")
_USER_DATA = re.compile(r"[ -\]_-z|~]{1,256}")  # printable ASCII without ^ { }
_HALVES = re.compile(r"[\ud800-\udfff]")  # of a pair: JSON can say them, UTF-8 and the store cannot
_AREA_CODE = re.compile(r"0[0-9]{2,3}")
_EXTENSION = re.compile(r"[0-9]{1,4}")
_CURSOR = re.compile(r"[0-9]{13}_[0-9]{1,20}")
_COUNT_CURSOR = re.compile(r"[0-9]{1,20}")


def _wrong(name: str, why: str = "is invalid") -> CloudError:
    return CloudError(INVALID_REQUEST, f"{name} {why}")


class Parameters:
    """The arguments of one request.

    Args:
        values: From the JSON body or the query string.
        region: Home country, ISO 3166: parties must be numbers of it.
        voice_exists: Whether the application has an approved voice file of that name.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        region: str = "CN",
        voice_exists: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        self._values = values
        self._region = region
        self._voice_exists = voice_exists

    def has(self, name: str) -> bool:
        """Whether the argument was given and is not null."""
        return self._values.get(name) is not None

    def text(self, name: str, longest: int, *, shortest: int = 1) -> str | None:
        """Return a string of ``shortest`` to ``longest`` characters, or None when absent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not shortest <= len(value) <= longest:
            raise _wrong(name)
        if _HALVES.search(value):
            raise _wrong(name)
        return value or None

    def required(self, name: str, longest: int) -> str:
        """Return a string that must be there."""
        value = self.text(name, longest)
        if value is None:
            raise _wrong(name, "is missing")
        return value

    def whole(self, name: str, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``, a string of digits counting as one."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _wrong(name)
        return value

    def page(self, name: str, allowed: range, default: int) -> int:
        """Return a whole number of a query string; absent or out of range it is the default."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str) or not _ANY_DIGITS.fullmatch(value):
            raise _wrong(name)
        number = int(value) if len(value) <= _LONG else 0
        return number if number in allowed else default

    def flag(self, name: str) -> bool | None:
        """Return a boolean, given as such or as ``"true"``/``"false"``; None when absent."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return value
        if value not in ("true", "false"):
            raise _wrong(name)
        return bool(value == "true")

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """Return one of the ``allowed`` strings, a whole number counting as its digits."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        if text not in allowed:
            raise _wrong(name)
        return str(text)

    def party(self, name: str) -> str | None:
        """Return a real mobile or fixed number of the home country in global form."""
        value = self.text(name, 128)
        if value is None:
            return None
        if not _GLOBAL_NUMBER.fullmatch(value) or not (
            is_mobile(value, self._region) or is_fixed(value, self._region)
        ):
            raise _wrong(name)
        return value

    def required_party(self, name: str) -> str:
        """Return a :meth:`party` that must be there."""
        value = self.party(name)
        if value is None:
            raise _wrong(name, "is missing")
        return value

    def callee(self, name: str) -> str | None:
        """Return a number to call that nobody is bound by: 400 and 95 numbers are allowed too."""
        value = self.text(name, 128)
        if value is not None and is_service(value):
            return value
        return self.party(name)

    def query_number(self, name: str) -> str | None:
        """Return a number of a query string, a bare ``+`` (which decodes to a blank) included."""
        value = self.text(name, 128)
        if value is not None and value.startswith(" "):
            value = "+" + value[1:]
        return value

    def private_number(self, name: str) -> str | None:
        """Return an X of a body, badly written ones included: these exist nowhere."""
        return self.text(name, 31, shortest=4)

    def well_formed(self, name: str, *, query: bool = False) -> str | None:
        """Return an X in global form; one that is badly written is a bad parameter."""
        value = self.query_number(name) if query else self.text(name, 32)
        if value is not None and not _GLOBAL_NUMBER.fullmatch(value):
            raise _wrong(name)
        return value

    def area_match(self, *, needs_area_code: bool) -> AreaMatch:
        """Return ``areaMatchMode``; strict when absent."""
        value = self.choice("areaMatchMode", ("0", "1"))
        if value is not None and needs_area_code and self.area_code() is None:
            raise _wrong("areaCode", "is missing")
        return AreaMatch(value or "0")

    def extension(self, name: str = "extendNum") -> str | None:
        """Return 1 to 4 digits; an empty one counts as absent."""
        value = self.text(name, 4, shortest=0)
        if value is not None and not _EXTENSION.fullmatch(value):
            raise _wrong(name)
        return value

    def cursor(self, *, count: bool = False) -> int:
        """Return the place behind which a page begins: the number at the end of a cursor."""
        value = self.text("cursor", 34)
        if value is None:
            return 0
        if not (_COUNT_CURSOR if count else _CURSOR).fullmatch(value):
            raise _wrong("cursor")
        return min(int(value.rpartition("_")[2]), _LAST_PLACE)

    def seconds(self, name: str, low: int, high: int) -> int | None:
        """Return 0, or a whole number from ``low`` to ``high``."""
        value = self.whole(name, 0, high)
        if value is not None and 0 < value < low:
            raise _wrong(name)
        return value

    def area_code(self, name: str = "areaCode") -> str | None:
        """Return a city code in trunk form, such as ``0755``."""
        value = self.text(name, 32, shortest=0)
        if value is not None and not _AREA_CODE.fullmatch(value):
            raise _wrong(name)
        return value

    def voice(self, name: str, *, shortest: int = 1) -> str | None:
        """Return the name of a voice file that is there and approved."""
        value = self.text(name, 128, shortest=shortest)
        if value is None:
            return None
        if not _VOICE_NAME.fullmatch(value):
            raise _wrong(name)
        if not self._voice_exists(value):
            raise CloudError(INVALID_REQUEST, f"{value} does not exist")
        return value

    def user_data(self) -> str | None:
        """Return ``userData``: printable ASCII without ``^``, ``{`` and ``}``."""
        value = self.text("userData", 256)
        if value is not None and not _USER_DATA.fullmatch(value):
            raise _wrong("userData")
        return value

    def pre_voice(self) -> dict[str, str | None]:
        """Return the tones of ``preVoice`` that were given, by the cloud's names.

        An array of one-key objects, which old clients send, counts as one object.
        """
        value = self._values.get("preVoice")
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(one, dict) for one in value):
            value = {name: tone for one in value for name, tone in one.items()}
        if not isinstance(value, dict):
            raise _wrong("preVoice")
        inner = Parameters(value, voice_exists=self._voice_exists)
        names = ("callerHintTone", "calleeHintTone")
        return {name: inner.voice(name, shortest=0) for name in names if inner.has(name)}


def existing_form(number: str | None) -> str | None:
    """Return an X that could exist; CloudError 1012007 for one that is badly written."""
    if number is not None and not _GLOBAL_NUMBER.fullmatch(number):
        raise CloudError(RECORD_UNKNOWN)
    return number
