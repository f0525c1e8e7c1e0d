"""A process that binds from many threads and names every binding once it is acknowledged.

kill_child.py DATABASE FIRST     one subscription id per line; ends only by being killed
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from pathlib import Path

from sqlite_utils import Database

from appliance.model.bindings import AxbTerms
from appliance.model.records import Binding
from appliance.store import Store
from drivers.clock import SystemClock


def bind_for_ever(store: Store, first: int) -> None:
    """Have eight threads bind and tell on standard output, from a number on."""
    app = store.applications.by_name("shop")
    assert app is not None
    ids = itertools.count(first)

    def client() -> None:
        while True:
            last = next(ids)
            terms = AxbTerms(f"+8613{last:09d}", f"+8614{last:09d}")

            def work(db: Database, terms: AxbTerms = terms) -> Binding:
                return store.bindings.bind_axb(db, app, terms, store.clock.now())

            binding = store.write(work, 30.0)
            os.write(1, f"{binding.subscription_id}\n".encode())

    threads = [threading.Thread(target=client, name=f"client-{n}") for n in range(8)]
    for thread in threads:
        thread.start()


def main() -> None:
    """Bind until killed."""
    store = Store(Path(sys.argv[1]), clock=SystemClock())
    store.start()
    bind_for_ever(store, int(sys.argv[2]))


if __name__ == "__main__":
    main()
