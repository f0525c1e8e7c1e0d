"""A line as the admin interface lists it, in the reader's language."""

from __future__ import annotations

from typing import Any

from appliance.words.catalogue import Language, say


def worded(row: dict[str, Any], language: Language) -> dict[str, Any]:
    """Return a line with explanation and advice in a language; the first condition speaks."""
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
