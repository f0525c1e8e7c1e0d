"""Calls on a modem of which the journal knows nothing.

A call is answered and B is dialled without waiting for the disk. A box that dies in that moment has
told nobody, but A has paid and B's phone has rung: the next start tells what is left of the call.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from appliance.exchange.call_records import closed, come_in
from appliance.exchange.ports import LineCore
from appliance.exchange.second_callers import addressed
from appliance.model import causes
from appliance.model.numbers import caller_id, mask
from appliance.model.routing import decide
from drivers.modem import CallInfo

_log = logging.getLogger(__name__)

NOTE = "it began in the moment in which the box failed: its times are those of the next start"
REMAINS = timedelta(minutes=1)
"""So long after its end a call that was being released may still be on a modem."""
_RECENT = 20  # calls of one person that are looked at


def tell(line: LineCore, calls: Iterable[CallInfo], state_code: int) -> None:
    """Give each incoming call that no record explains its session: ``callin``, end and fee.

    Args:
        calls: What is on the line's modem, up, and claimed by nobody.
        state_code: Of a call that the box failed.
    """
    left = tuple(calls)
    region = line.settings.region
    told = [(info, caller_id(info.number, region)) for info in left if not info.outgoing]
    out = [caller_id(info.number, region) for info in left if info.outgoing]
    now = line.now()
    for info, caller in told:
        if caller is None or _explained(line, caller, now):
            continue
        callee = out[0] if len(out) == 1 and len(told) == 1 else None
        _tell(line, info, caller, callee, state_code)


def _explained(line: LineCore, person: str, now: datetime) -> bool:
    """Return whether a record may be of a call that this person still has on the line."""
    for record in line.store.calls.recent(_RECENT, party=person):
        if record.ended_at is not None and now - record.ended_at > REMAINS:
            continue
        leg: Any = record.legs.get("a" if record.caller == person else "b")
        if not isinstance(leg, Mapping) or leg.get("state") != "gone":
            return True
    return False


def _tell(line: LineCore, info: CallInfo, caller: str, callee: str | None, state_code: int) -> None:
    now = line.now()
    found = decide(line.store.bindings.route_facts(line.msisdn, caller, now), now)
    outcome = causes.box_ended(state_code, causes.Phase.INCOMING)
    record = addressed(replace(come_in(line, now), caller=caller), found)
    record = replace(
        closed(record, outcome, "box", now),
        callee=callee,
        forward_at=now if callee else None,
        notes=(NOTE,),
        legs={
            "a": {"line": line.msisdn, "index": info.index, "state": "releasing"},
            "joined": False,
            "seen": now.isoformat(),
            "limit": 0,
        },
    )
    _log.warning("line %s: a call that no record knows is told of", mask(line.msisdn))
    for kind in ("callin", "disconnect", "fee"):
        line.journal.add(record, kind, now, now)
