"""What a SIM and modem really can: found out by trying, kept with its number, used for strategies.

A finding is about the pair as it was: with other firmware or another modem it says little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

Check = Literal[
    "call",
    "answer",
    "uplink",
    "downlink",
    "delay",
    "digits-reported",
    "digits-heard",
    "hold",
    "multiparty",
    "host-uplink",
    "host-downlink",
    "transfer",
    "text-out",
    "text-in",
    "text-report",
]
CHECKS: Final[tuple[Check, ...]] = get_args(Check)
"""In the order in which they are tried.

``answer``: "answered" is not told before somebody answers. ``delay``: round trip of the voice, from
this line's port through the network to the other's and back. ``host-uplink`` and ``host-downlink``:
the box is heard, and hears, in a multiparty."""

SETTING: Final = "commissioned"
"""Name under which a number keeps its report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        works: None when it could not be tried.
        detail: A figure or the reason, in a few words; may be empty.
    """

    check: Check
    works: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One commissioning of one line.

    Args:
        partners: Lines that took the other ends.
    """

    at: datetime
    imei: str
    iccid: str
    family: str
    model: str
    firmware: str
    partners: tuple[str, ...]
    findings: tuple[Finding, ...]

    def works(self, check: Check) -> bool | None:
        """Return what a check found, None when it was not tried."""
        return next((each.works for each in self.findings if each.check == check), None)

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is kept."""
        return {**asdict(self), "at": self.at.isoformat()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Report:
        """Return a report that was kept. Raises KeyError, TypeError, ValueError for another."""
        findings = tuple(
            Finding(check, each["works"], str(each["detail"]))
            for each in kept["findings"]
            for check in CHECKS
            if check == each["check"]
        )
        facts = {name: str(kept[name]) for name in ("imei", "iccid", "family", "model", "firmware")}
        partners = tuple(str(name) for name in kept["partners"])
        at = datetime.fromisoformat(kept["at"])
        return cls(at=at, partners=partners, findings=findings, **facts)

    def stale(self, imei: str | None, iccid: str | None, firmware: str | None) -> bool:
        """Tell whether modem, SIM or firmware are others now."""
        return (imei, iccid, firmware) != (self.imei, self.iccid, self.firmware)

    def settings(self) -> dict[str, Any]:
        """Return what a number keeps of it: the report, and what its calls go by.

        A network that refused a service once and grants it now is believed; a check that was not
        tried says nothing and leaves the rules of the modem's family.
        """
        both_heard = _both(self.works("host-uplink"), self.works("host-downlink"))
        voice = _both(self.works("uplink"), self.works("downlink"))
        kept: dict[str, Any] = {
            SETTING: self.as_json(),
            "hold": self.works("hold"),
            "multiparty": self.works("multiparty"),
            "host_audio_in_multiparty": both_heard,
            "answered_is_true": self.works("answer"),
            "voice": voice,
        }
        for service in ("hold", "multiparty"):
            if kept[service]:
                kept[f"refused:{service}"] = None
        if self.works("transfer") is False:
            kept["transfer"] = None
        return kept

    def strategies(self) -> tuple[str, ...]:
        """Return the ways to connect a call that were proven, best first."""
        ways = []
        if self.works("hold") and self.works("multiparty"):
            ways.append("conference")
        if _both(self.works("uplink"), self.works("downlink")):
            ways.append("bridge")
        if self.works("transfer"):
            ways.append("transfer")
        return tuple(ways)


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True
