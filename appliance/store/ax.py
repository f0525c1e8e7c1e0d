"""AX relations: an X of A's own, and whom A's calls to it reach for the moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from appliance.errors import BadInput, Refused
from appliance.model.bindings import CALLEE_IS_A, EXHAUSTED, check_switches, cities_of
from appliance.model.bindings_ax import (
    CALLEE_DEFAULT_SECONDS,
    CALLEE_SECONDS,
    AxTerms,
    bound,
    modified,
)
from appliance.model.records import Application, Binding, TemporaryCallee
from appliance.store import mode_rows
from appliance.store.people import person_id
from appliance.store.relations import Relations
from appliance.store.rows import time_text


class AxRelations(Relations):
    """Relations of AX applications; :meth:`find` and :meth:`remove` as for every mode.

    Selectors: ``subscription_id``, ``x``, ``a``.
    """

    def bind(self, db: Database, app: Application, terms: AxTerms, now: datetime) -> Binding:
        """Give A the X that was named, or a free one of the city. In a transaction.

        Raises:
            Refused: number-unknown, number-foreign, number-abnormal, number-taken,
                too-many-numbers, exhausted, recording-off, sms-off, dial-unsafe.
            BadInput: A is no number of the home country.
        """
        check_switches(app, {"record": terms.record, "private_sms": terms.private_sms})
        self.check_parties(db, terms.a)
        if terms.x is not None:
            holder = self.named(db, app, terms.x)
        else:
            cities = cities_of(terms.area_code or "", terms.area_match)
            free = self.free(db, app, cities, "n.bound = 0")
            if free is None:
                raise Refused(EXHAUSTED, "no number is free")
            holder = free
        record = bound(app, terms, holder.msisdn, now)
        self.insert(db, record, holder)
        return record

    def modify(
        self,
        db: Database,
        app: Application,
        changes: Mapping[str, Any],
        now: datetime,
        **selectors: Any,
    ) -> Binding:
        """Change a relation by our names (``bindings_ax.CHANGEABLE``). In a transaction.

        Another A ends the temporary callee and the return routes.

        Raises:
            Refused: binding-unknown, too-many-numbers, recording-off, sms-off, dial-unsafe.
            BadInput: A value out of range.
        """
        row = self.one(db, app, now, **selectors)
        after = modified(mode_rows.binding(db, row), changes, now)
        check_switches(app, changes)
        if after.a != row["a"]:
            self.check_parties(db, after.a)
            db.conn.execute("DELETE FROM temporary_callees WHERE binding_id = ?", (row["id"],))
        self.update(db, row, after)
        return after

    def set_callee(
        self,
        db: Database,
        app: Application,
        callee: str,
        now: datetime,
        *,
        seconds: int = CALLEE_DEFAULT_SECONDS,
        user_data: str | None = None,
        **selectors: Any,
    ) -> TemporaryCallee:
        """Let A's calls reach ``callee`` for a while, whomever they reached before.

        In a transaction.

        Args:
            callee: A mobile, fixed, 400 or 95 number of the home country, another than A.
            seconds: 1-259200.

        Raises:
            Refused: binding-unknown, dial-unsafe.
            BadInput: Out of range, or the callee is A.
        """
        if seconds not in CALLEE_SECONDS:
            raise BadInput("seconds must be from 1 to 259200")
        row = self.one(db, app, now, **selectors)
        if callee == row["a"]:
            raise BadInput(CALLEE_IS_A)
        self.check_parties(db, callee, service=True)
        expires = now + timedelta(seconds=seconds)
        db.conn.execute(
            "INSERT INTO temporary_callees (binding_id, callee_id, expires, user_data) "
            "VALUES (?, ?, ?, ?) ON CONFLICT (binding_id) DO UPDATE SET "
            "callee_id = excluded.callee_id, expires = excluded.expires, "
            "user_data = excluded.user_data",
            (row["id"], person_id(db, callee), time_text(expires), user_data),
        )
        return TemporaryCallee(callee, expires, user_data)
