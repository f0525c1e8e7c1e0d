"""What applications answer when they are asked, in the cloud's own spelling: read, never trusted.

"§" names a section of the cloud interface's behaviour description. Demos of the vendor wrap single
objects into an array of one and the tables do not; both are read.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from appliance.errors import BadInput
from appliance.model.numbers import normalise
from appliance.model.routing_x import Close, Connect

_log = logging.getLogger(__name__)

_VOICE_FILE = re.compile(r"[A-Za-z0-9_.@-]{1,128}")
_USER_DATA = re.compile(r"[ -z|~]{1,256}")  # printable ASCII; braces are excluded by the gaps
_MAX_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What becomes of a text. §3.2

    Args:
        called: Real receiver, E.164; None when the text is dropped.
        user_data: Of the notification that follows.
    """

    called: str | None
    user_data: str | None = None


def call_answer(body: Mapping[str, Any] | None, region: str) -> Connect | Close | None:
    """Return what an application said about a call; None when it cannot be used. §1.4

    A number or a limit that cannot be read spoils the answer; of the rest what cannot be read is
    left out.
    """
    if body is None:
        return None
    operation = body.get("operation")
    if operation == "close":
        closing = _single(body.get("closeInfo")) or {}
        return Close(_voice(closing, "closeHintTone"), _user_data(closing))
    info = _single(body.get("connectInfo"))
    if operation != "connect" or info is None:
        _log.warning("an answer about a call says neither connect nor close")
        return None
    shown = info.get("displayCalleeNum")
    try:
        return Connect(
            callee=_number(info.get("calleeNum"), region),
            shown=_number(shown, region) if shown else None,
            max_minutes=_minutes(info.get("maxDuration", 0)),
            waiting=_voice(info, "waitVoice"),
            record=info.get("recordFlag") in (True, "true"),
            record_hint=_voice(info, "recordHintTone"),
            last_minute_voice=_voice(info, "lastMinVoice"),
            user_data=_user_data(info),
        )
    except BadInput as error:
        _log.warning("an answer about a call cannot be used: %s", error)
        return None


def text_answer(body: Mapping[str, Any] | None, calling: str, region: str) -> TextAnswer | None:
    """Return what an application said about a text of ``calling``'s; None without a usable word.

    §3.2: ``message.calling`` has to be who wrote; an answer about somebody else is none.
    """
    action = None if body is None else _single(body.get("actions"))
    if action is None:
        return None
    if action.get("operation") == "DiscardMessage":
        return TextAnswer(None, _user_data(action))
    message = _single(action.get("message"))
    if action.get("operation") != "vNumberRoute" or message is None:
        _log.warning("an answer about a text says neither route nor discard")
        return None
    try:
        named = _number(message.get("calling"), region)
        called = _number(message.get("called"), region)
    except BadInput as error:
        _log.warning("an answer about a text cannot be used: %s", error)
        return None
    if named != calling:
        _log.warning("an answer about a text names somebody else as its sender")
        return None
    return TextAnswer(called, _user_data(action))


def _single(value: object) -> Mapping[str, Any] | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def _number(value: object, region: str) -> str:
    if not isinstance(value, str) or len(value) > 64:
        raise BadInput("a number is missing or is no text")
    return normalise(value, region)


def _minutes(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 4:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_MINUTES:
        raise BadInput("maxDuration is no number of minutes from 0 to 1440")
    return value


def _voice(info: Mapping[str, Any], key: str) -> str | None:
    value = info.get(key)
    if isinstance(value, str) and _VOICE_FILE.fullmatch(value):
        return value
    if value not in (None, ""):
        _log.warning("%s of an answer is no voice file's name", key)
    return None


def _user_data(info: Mapping[str, Any]) -> str | None:
    value = info.get("userData")
    if isinstance(value, str) and _USER_DATA.fullmatch(value):
        return value
    if value not in (None, ""):
        _log.warning("userData of an answer cannot be passed on")
    return None
