"""SQLite: the database file, its one writer, its readers and repositories."""

from appliance.store.store import Store
from appliance.store.writer import Pending

__all__ = ["Pending", "Store"]
