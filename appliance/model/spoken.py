"""The box's own prompts as sources, in the language of an application."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LANGUAGES: Final = ("zh-CN", "en", "zh-CN+en", "en+zh-CN")
"""What an application's setting ``language`` may be: one, or both in turn. Else the box's own."""
SETTING: Final = "language"


def own(slot: str, settings: Mapping[str, object]) -> str:
    """Return the source of the box's own prompt for a slot, in an application's language."""
    language = settings.get(SETTING)
    return f"default:{slot}:{language}" if language in LANGUAGES else f"default:{slot}"
