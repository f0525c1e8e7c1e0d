"""The applications' repository: key pairs, switches, push targets."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

from sqlite_utils import Database

from appliance.errors import BadInput, NotFound
from appliance.model.records import Application, Mode, UrlKind
from appliance.store.remembered import Remembered
from appliance.store.rows import Row, assignments, json_text, select, select_one

_COLUMNS = (
    "id, name, app_key, secret, mode, active, frozen, record, sms, sms_content, sign, "
    "extension_digits, allowed_addresses, settings"
)
_URLS = (
    "(SELECT json_group_object(kind, url) FROM application_urls u WHERE u.app_id = applications.id)"
)
_SELECT = f"SELECT {_COLUMNS}, {_URLS} AS urls FROM applications"  # noqa: S608 - constants
_FLAGS = ("active", "frozen", "record", "sms", "sms_content")
_FIELDS = frozenset(
    {*_FLAGS, "name", "secret", "sign", "extension_digits", "allowed_addresses", "settings", "urls"}
)


class Applications:
    """Applications by key, name and id.

    Args:
        reader: Returns the calling thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader
        self.remembered: Remembered[Application] = Remembered()

    def add(
        self,
        db: Database,
        name: str,
        mode: Mode,
        *,
        key: str | None = None,
        secret: str | None = None,
        **fields: Any,
    ) -> Application:
        """Create an application; runs in a writer's transaction.

        Args:
            name: 1-128 characters, unique.
            mode: Fixed for ever.
            key: APP_Key; drawn at random (32 hexadecimal characters) when absent.
            secret: APP_Secret, likewise.
            fields: As in :meth:`update`.

        Raises:
            BadInput: The name or the key is taken, or a field is unknown or out of range.
        """
        if not 1 <= len(name) <= 128:
            raise BadInput("an application's name has 1 to 128 characters")
        key = key or secrets.token_hex(16)
        if select(db, "SELECT 1 FROM applications WHERE name = ?", (name,)):
            raise BadInput(f"there is an application {name!r} already")
        if select(db, "SELECT 1 FROM applications WHERE app_key = ?", (key,)):
            raise BadInput("another application has this key")
        self.remembered.changing()
        cursor = db.conn.execute(
            "INSERT INTO applications (name, app_key, secret, mode) VALUES (?, ?, ?, ?)",
            (name, key, secret or secrets.token_hex(16), Mode(mode)),
        )
        return self.update(db, int(cursor.lastrowid or 0), **fields)

    def update(self, db: Database, app_id: int, **fields: Any) -> Application:
        """Change an application; runs in a writer's transaction.

        Args:
            app_id: Row id.
            fields: ``active``, ``frozen``, ``record``, ``sms``, ``sms_content`` (bool), ``sign``
                (aksk or wsse), ``extension_digits`` (1-4), ``allowed_addresses``, ``name``,
                ``secret``; ``urls`` replaces the kinds it names, an empty or None URL removes
                one; ``settings`` replaces the names it holds, None removes one.

        Raises:
            NotFound: No such application.
            BadInput: A field is unknown or out of range.
        """
        before = self.by_id(app_id, db)
        if before is None:
            raise NotFound(f"no application {app_id}")
        _check(fields)
        if fields.get("extension_digits", before.extension_digits) != before.extension_digits:
            _check_no_extensions(db, app_id)
        self.remembered.changing()
        values: dict[str, Any] = {
            name: value for name, value in fields.items() if name not in ("urls", "settings")
        }
        for name in _FLAGS:
            if name in values:
                values[name] = int(bool(values[name]))
        if "allowed_addresses" in values:
            values["allowed_addresses"] = json_text(list(values["allowed_addresses"]))
        if "settings" in fields:
            merged = {**before.settings, **fields["settings"]}
            kept = {name: value for name, value in merged.items() if value is not None}
            values["settings"] = json_text(kept)
        if values:
            db.conn.execute(
                f"UPDATE applications SET {assignments(values)} WHERE id = :app_id",  # noqa: S608
                {**values, "app_id": app_id},
            )
        _set_urls(db, app_id, fields.get("urls", {}))
        after = self.by_id(app_id, db)
        assert after is not None
        return after

    def by_id(self, app_id: int, db: Database | None = None) -> Application | None:
        """Return the application of a row id."""
        return self._one("id = ?", app_id, db)

    def by_key(self, key: str, db: Database | None = None) -> Application | None:
        """Return the application of an APP_Key."""
        return self._one("app_key = ?", key, db)

    def by_name(self, name: str, db: Database | None = None) -> Application | None:
        """Return the application of a name."""
        return self._one("name = ?", name, db)

    def all(self, db: Database | None = None) -> list[Application]:
        """Return every application, by name."""
        rows = select(db or self._reader(), f"{_SELECT} ORDER BY name")
        return [application(row) for row in rows]

    def _one(self, condition: str, value: object, db: Database | None) -> Application | None:
        def read() -> Application | None:
            row = select_one(db or self._reader(), f"{_SELECT} WHERE {condition}", (value,))
            return None if row is None else application(row)

        # A connection that is handed in may be in a snapshot, as that of a route is.
        return self.remembered.get((condition, value), read, current=db is None)


def application(row: Row) -> Application:
    """Return the record of a row that was selected with the columns above."""
    return Application(
        app_id=row["id"],
        name=row["name"],
        key=row["app_key"],
        secret=row["secret"],
        mode=Mode(row["mode"]),
        sign=row["sign"],
        urls={UrlKind(kind): url for kind, url in json.loads(row["urls"]).items()},
        extension_digits=row["extension_digits"],
        allowed_addresses=tuple(json.loads(row["allowed_addresses"])),
        settings=json.loads(row["settings"]),
        **{name: bool(row[name]) for name in _FLAGS},
    )


def _check(fields: dict[str, Any]) -> None:
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise BadInput(f"an application has no {', '.join(unknown)}")
    if fields.get("sign", "aksk") not in ("aksk", "wsse"):
        raise BadInput("sign is aksk or wsse")
    if fields.get("extension_digits", 4) not in (1, 2, 3, 4):
        raise BadInput("extension_digits is a number from 1 to 4")
    for kind, url in fields.get("urls", {}).items():
        if kind not in set(UrlKind):
            raise BadInput(f"no push target is called {kind!r}")
        if url and not (len(url) <= 2048 and url.startswith(("http://", "https://"))):
            raise BadInput(f"the {kind} URL is not an http or https address of 2048 characters")


def _check_no_extensions(db: Database, app_id: int) -> None:
    """Raise BadInput when extensions were given out: their length is fixed from then on."""
    if select(db, "SELECT 1 FROM bindings WHERE app_id = ? AND mode = 'AXE' LIMIT 1", (app_id,)):
        raise BadInput("extension_digits is fixed once an extension was given out")


def _set_urls(db: Database, app_id: int, urls: dict[UrlKind | str, str | None]) -> None:
    for kind, url in urls.items():
        if url:
            db.conn.execute(
                "INSERT INTO application_urls (app_id, kind, url) VALUES (?, ?, ?) "
                "ON CONFLICT (app_id, kind) DO UPDATE SET url = excluded.url",
                (app_id, UrlKind(kind), url),
            )
        else:
            db.conn.execute(
                "DELETE FROM application_urls WHERE app_id = ? AND kind = ?",
                (app_id, UrlKind(kind)),
            )
