"""What a line really can, as sentences of one report."""

from __future__ import annotations

from typing import Any

from appliance.model.commission import CHECKS
from appliance.words.catalogue import Language, say
from appliance.words.times import moment


def commissioned(report: dict[str, Any] | None, language: Language) -> list[str]:
    """Return a commissioning's report, one sentence a row; one row says that there is none."""
    if report is None:
        return [say("COM-112", language)]
    rows = []
    for number, check in enumerate(CHECKS, start=1):
        found = next((each for each in report["findings"] if each["check"] == check), None)
        works = found["works"] if found else None
        word = {True: "COM-101", False: "COM-102", None: "COM-103"}[works]
        detail = f" ({found['detail']})" if found and found["detail"] else ""
        rows.append(f"{say(f'COM-{number:03}', language)}: {say(word, language)}{detail}")
    ways = ", ".join(report["strategies"]) or say("COM-113", language)
    at, firmware = f"{moment(report['at']):%Y-%m-%d}", report["firmware"]
    rows.append(say("COM-110", language, at=at, firmware=firmware, strategies=ways))
    if report["stale"]:
        rows.append(say("COM-111", language))
    return rows
