"""Records of calls outside of any session: how they begin, and how they are closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from appliance.exchange.ports import LineCore
from appliance.model.causes import Outcome
from appliance.model.records import CallRecord


def come_in(line: LineCore, at: datetime) -> CallRecord:
    """Return the record of a call that comes in on a line: no more is known of it yet."""
    return CallRecord(
        session_id=line.identifiers.session_id(at),
        icid=line.identifiers.icid(at),
        app_id=None,
        mode=None,
        bind_number=line.msisdn,
        dialled=line.msisdn,
        call_in_at=at,
    )


def closed(record: CallRecord, outcome: Outcome, by: str, at: datetime) -> CallRecord:
    """Return the record with its end.

    Args:
        outcome: Why it ended.
        by: ``box``, ``caller`` or ``callee``.
        at: When.
    """
    return replace(
        record,
        state_code=outcome.state_code,
        release_point=outcome.release_point,
        q850=outcome.q850,
        sip_status=outcome.sip_status,
        ended_by=by,
        ended_at=at,
    )
