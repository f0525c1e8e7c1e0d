"""Times in PDUs (3GPP TS 23.040 §9.2.3.11-12): time stamps with zone, validity periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from drivers.at.pdu_octets import PduError, swapped_decimal, to_swapped


@dataclass(frozen=True, slots=True)
class Stamp:
    """A service centre's time stamp; real ones may be garbage.

    Args:
        raw: The seven octets as received.
        local: The time as sent, without zone, or None where the octets are no date.
        tz_quarters: Quarter hours ahead of UTC (-79 … 79), or None where the octets are no date.
    """

    raw: bytes
    local: datetime | None
    tz_quarters: int | None

    @property
    def utc(self) -> datetime | None:
        """The time in UTC, or None where the octets are no date or leave the calendar."""
        if self.local is None or self.tz_quarters is None:
            return None
        try:
            return (self.local - timedelta(minutes=15 * self.tz_quarters)).replace(tzinfo=UTC)
        except OverflowError:
            return None


def read_stamp(raw: bytes) -> Stamp:
    """Return what seven octets say; garbage is kept as such, never refused."""
    zone = raw[6]
    try:
        year, *rest = (swapped_decimal(octet) for octet in raw[:6])
        quarters = swapped_decimal(zone & ~0x08)
        # Two digits of year: this century up to 89, as handsets read it.
        local = datetime(year + (2000 if year < 90 else 1900), *rest)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError:
        return Stamp(raw, None, None)
    return Stamp(raw, local, -quarters if zone & 0x08 else quarters)


def write_stamp(moment: datetime) -> bytes:
    """Return the seven octets of an aware time with its zone. Raises PduError."""
    offset = moment.utcoffset()
    if offset is None:
        raise PduError("time without zone, expected an aware one")
    quarters = round(offset / timedelta(minutes=15))
    parts = (moment.year % 100, moment.month, moment.day, moment.hour, moment.minute, moment.second)
    zone = to_swapped((abs(quarters),))[0]
    return to_swapped(parts) + bytes((zone | 0x08 if quarters < 0 else zone,))


def stamp(moment: datetime) -> Stamp:
    """Return the stamp of an aware time."""
    return read_stamp(write_stamp(moment))


def zone_of(quarters: int) -> timezone:
    """Return the time zone of so many quarter hours ahead of UTC."""
    return timezone(timedelta(minutes=15 * quarters))


def read_validity(octet: int) -> timedelta:
    """Return a relative validity period (§9.2.3.12.1)."""
    if octet < 144:
        return timedelta(minutes=5 * (octet + 1))
    if octet < 168:
        return timedelta(hours=12, minutes=30 * (octet - 143))
    if octet < 197:
        return timedelta(days=octet - 166)
    return timedelta(weeks=octet - 192)


def write_validity(period: timedelta) -> int:
    """Return the octet of the shortest relative period ≥ ``period``. Raises PduError."""
    for octet in range(256):
        if read_validity(octet) >= period:
            return octet
    raise PduError(f"validity of {period.days} days, expected at most {63 * 7}")
