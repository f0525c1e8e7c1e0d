"""A line as the admin interface lists it, in the reader's language."""

from __future__ import annotations

from typing import Any

from appliance.words.catalogue import SENTENCES, Language, say


def worded(row: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return a line with explanation, advice, state and role in words; one condition speaks."""
    role, state = row.get("role"), row.get("state", "-")
    row = {
        **row,
        "state_word": _word(f"STA-{state}", state, language),
        "role_word": "-" if role is None else _word(f"ROL-{role}", role, language),
    }
    found = row.get("conditions") or []
    if not found:
        return {**row, "advice": None}
    first, facts = found[0], found[0]["facts"]
    advice = say(f"ADV-{first['name']}", language, **facts)
    explanation = row["explanation"]
    if language != "en":
        # What a call's voice lacked comes behind the sentence, as the box says it.
        more = str(explanation or "").removeprefix(first["explanation"])
        explanation = say(f"LIN-{first['name']}", language, **facts) + more
    return {**row, "explanation": explanation, "advice": advice}


def _word(code: str, value: str, language: Language) -> str:
    """Return the word for a value; what a newer box says stays as it is."""
    return say(code, language) if code in SENTENCES else value
