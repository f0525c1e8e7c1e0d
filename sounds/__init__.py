"""The default prompts: spoken texts as A-law WAV of 8 kHz, one file per slot and language."""

from __future__ import annotations

from pathlib import Path
from typing import Final

LANGUAGES: Final = ("zh-CN", "en")

_FOLDER: Final = Path(__file__).resolve().parent


def slots() -> list[str]:
    """Return the names of every slot that has a default prompt, sorted."""
    suffix = f".{LANGUAGES[0]}.wav"
    return sorted(path.name.removesuffix(suffix) for path in _FOLDER.glob(f"*{suffix}"))


def default(slot: str, language: str = LANGUAGES[0]) -> Path:
    """Return the WAV of a slot's default prompt.

    Args:
        slot: A name from :func:`slots`, such as ``recording-notice``.
        language: ``zh-CN`` or ``en``.

    Raises KeyError with a sentence when there is no such slot or language.
    """
    if language not in LANGUAGES:
        raise KeyError(f"no prompts in {language!r}, only in {', '.join(LANGUAGES)}")
    path = _FOLDER / f"{slot}.{language}.wav"
    if "/" in slot or not path.is_file():
        raise KeyError(f"no prompt {slot!r}, only {', '.join(slots())}")
    return path
