"""Old names of numbers: what requests of an application that moved in may still call them."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from sqlite_utils import Database

from appliance.errors import BadInput, NotFound
from appliance.model.numbers import mask
from appliance.store.rows import select, select_value


class Aliases:
    """Aliases by number.

    Args:
        reader: Returns the calling thread's reading connection.
    """

    def __init__(self, reader: Callable[[], Database]) -> None:
        self._reader = reader

    def add(self, db: Database, alias: str, msisdn: str) -> None:
        """Let ``alias`` (E.164) stand for an enrolled number, in its application's requests.

        Runs in a writer's transaction; an alias that stood for another number is moved.

        Raises:
            NotFound: The number is not enrolled.
            BadInput: The alias is itself a number of the box.
        """
        number_id = select_value(db, "SELECT id FROM numbers WHERE msisdn = ?", (msisdn,))
        if number_id is None:
            raise NotFound(f"{mask(msisdn)} is not enrolled")
        if select_value(db, "SELECT 1 FROM numbers WHERE msisdn = ?", (alias,)):
            raise BadInput(f"{mask(alias)} is itself enrolled, it cannot be an alias")
        db.conn.execute(
            "INSERT INTO number_aliases (alias, number_id) VALUES (?, ?) "
            "ON CONFLICT (alias) DO UPDATE SET number_id = excluded.number_id",
            (alias, number_id),
        )

    def remove(self, db: Database, alias: str) -> None:
        """Forget an alias, in a writer's transaction. Raises NotFound."""
        if not db.conn.execute("DELETE FROM number_aliases WHERE alias = ?", (alias,)).rowcount:
            raise NotFound(f"{mask(alias)} is no alias")

    def resolve(self, alias: str, app_id: int, db: Database | None = None) -> str | None:
        """Return the number of the application that an alias stands for, None for any other."""
        found = select_value(
            db or self._reader(),
            "SELECT n.msisdn FROM number_aliases AS a JOIN numbers AS n ON n.id = a.number_id"
            " WHERE a.alias = ? AND n.app_id = ?",
            (alias, app_id),
        )
        return cast("str | None", found)

    def all(self, db: Database | None = None) -> dict[str, list[str]]:
        """Return the aliases of every number that has any, by MSISDN."""
        found: dict[str, list[str]] = {}
        sql = (
            "SELECT n.msisdn, a.alias FROM number_aliases AS a"
            " JOIN numbers AS n ON n.id = a.number_id ORDER BY a.alias"
        )
        for row in select(db or self._reader(), sql):
            found.setdefault(row["msisdn"], []).append(row["alias"])
        return found
