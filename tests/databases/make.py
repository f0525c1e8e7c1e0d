"""Makes a database as the software of a release left it, to be opened by later ones.

    python tests/databases/make.py FILE [STOP_BEFORE]

Run once per release that changes the schema, and never again: the file is kept in the repository.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.model.bindings import AxbTerms
from appliance.model.records import Mode, Role
from appliance.store import schema
from appliance.store.applications import Applications
from appliance.store.bindings import Bindings
from appliance.store.connection import create_private, open_writer
from appliance.store.numbers import Numbers

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def main() -> None:
    """Write the file: an application, two numbers, a trunk, three bindings, a return route."""
    path, stop_before = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else None
    create_private(path)
    db = open_writer(path)
    schema.migrations.apply(db, stop_before=stop_before)
    applications = Applications(lambda: db)
    numbers = Numbers(lambda: db, lambda: NOW)
    bindings = Bindings(lambda: db, applications, numbers, "CN")
    app = applications.add(
        db,
        "shop",
        Mode.AXB,
        key="0123456789abcdef0123456789abcdef",
        secret="not a secret",
        record=True,
        sms=True,
        urls={"status": "http://127.0.0.1:9/status"},
    )
    for last in (1, 2):
        numbers.enrol(
            db,
            f"+861700000000{last}",
            iccid=f"8986000000000000000{last}",
            role=Role.NUMBER,
            app_id=app.app_id,
            city="0755",
        )
    numbers.enrol(db, "+8617000000009", iccid="89860000000000000009", role=Role.TRUNK)
    for first in (1, 3, 5):
        terms = AxbTerms(f"+861390000000{first}", f"+861390000000{first + 1}", duration=86_400)
        bound = bindings.bind_axb(db, app, terms, NOW + timedelta(seconds=first))
    bindings.add_return_route(db, "+8617000000009", "+8613900000006", bound.subscription_id)
    db.commit()
    db.execute("PRAGMA journal_mode = DELETE").fetchall()
    db.close()


if __name__ == "__main__":
    main()
