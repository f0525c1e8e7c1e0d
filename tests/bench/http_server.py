"""The server that http_binds measures, in a process of its own.

    python -m tests.bench.http_server KIND FOLDER [--tls] [--loaded BINDINGS]

KIND is ``ours``, the mirrored interface as it ships; ``single``, the same with a commit for each
request; ``bare``, a Bottle application that answers a constant on the same HTTP server; or
``stock``, that application on cheroot as it comes; or ``box``, the whole box with a virtual bank of
16 lines. Writes one line of JSON once it listens, and ends with its standard input.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bottle
from cheroot import wsgi
from prometheus_client import CollectorRegistry
from sqlite_utils import Database

from appliance.api.certificate import ensure
from appliance.api.cloud import cloud_app
from appliance.api.counters import Requests
from appliance.api.server import Server
from appliance.config import parse
from appliance.model.records import Application
from appliance.store import Store
from drivers.clock import SystemClock
from tests.api.client import AXB
from tests.bench.scene import Place, Scene, lines
from tests.bench.store_binds import fill, furnish, one_commit_each

THREADS = 32
LINES = 16
_REPLY = b'{"resultcode":"0","resultdesc":"Success"}'


class SingleCommits(Store):
    """The store with a transaction of its own for every request, behind a lock."""

    def start(self) -> None:
        """Open the file and one more writing connection."""
        super().start()
        self._single, self._connection = one_commit_each(self.path)

    def stop(self, timeout: float = 5.0) -> None:
        """Close both."""
        self._connection.close()
        super().stop(timeout)

    def write(self, work: Callable[[Database], Any], timeout: float = 10.0) -> Any:
        """Run ``work`` and commit it."""
        return self._single(work)


class NoCalls:
    """An exchange without calls."""

    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        """There is none."""
        return False


def bare() -> bottle.Bottle:
    """Return an application that answers the same to everybody."""
    app = bottle.Bottle()

    def answer() -> bytes:
        bottle.request.environ["wsgi.input"].read()
        bottle.response.content_type = "application/json;charset=utf-8"
        return _REPLY

    app.route(AXB, method="POST", callback=answer)
    return app


def serve_mirror(kind: str, folder: Path, tls: bool, loaded: int) -> None:
    """Serve the mirrored interface until standard input ends."""
    settings = parse(f'[box]\ndata = "{folder}"\n[api]\nlisten = "127.0.0.1:0"\nplain = true\n')
    clock = SystemClock()
    clock.start()
    store = (SingleCommits if kind == "single" else Store)(settings.box.database, clock=clock)
    store.start()
    app = furnish(store)
    fill(store, app, loaded)
    server = Server(
        cloud_app(store, NoCalls(), clock, settings, requests=Requests(CollectorRegistry())),
        settings.api.addresses,
        ensure(folder / "tls", "bench") if tls else None,
        threads=settings.api.threads,
        keep_alive=not tls,
    )
    server.start()
    try:
        tell(server.addresses[0][1], app)
    finally:
        server.stop()
        store.stop()
        clock.stop()


def serve_box(folder: Path, loaded: int) -> None:
    """Run a whole box with a virtual bank of LINES until standard input ends."""
    stage = Scene(Place(lines(1, LINES)), folder)
    clock = SystemClock()
    clock.start()
    store = Store(folder / "simveil.db", clock=clock)
    store.start()
    app = furnish(store)
    fill(store, app, loaded)
    store.stop()
    clock.stop()
    try:
        stage.open_bank()
        stage.start_box()
        tell(stage.api_port, app, stage.box_pid)
    finally:
        stage.stop()


def serve_bare() -> None:
    """Serve the constant answer until standard input ends."""
    server = Server(bare(), "127.0.0.1:0", threads=THREADS)
    server.start()
    try:
        tell(server.addresses[0][1])
    finally:
        server.stop()


def serve_stock() -> None:
    """Serve the constant answer with cheroot as it comes."""
    server = wsgi.Server(("127.0.0.1", 0), bare(), numthreads=THREADS)
    server.keep_alive_conn_limit = 2 * THREADS  # its 10 would close clients' connections
    server.prepare()
    thread = threading.Thread(target=server.serve, name="stock")
    thread.start()
    try:
        tell(server.bind_addr[1])
    finally:
        server.stop()
        thread.join()


def tell(port: int | str, app: Application | None = None, pid: int | None = None) -> None:
    """Say where to find the server; returns when standard input ends."""
    keys = {"key": app.key, "secret": app.secret} if app else {"key": "key", "secret": "secret"}
    print(json.dumps({"port": port, "pid": pid or os.getpid(), **keys}), flush=True)
    sys.stdin.read()


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["ours", "single", "bare", "stock", "box"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--loaded", type=int, default=0)
    options = parser.parse_args()
    if options.kind == "bare":
        serve_bare()
    elif options.kind == "stock":
        serve_stock()
    elif options.kind == "box":
        serve_box(options.folder, options.loaded)
    else:
        serve_mirror(options.kind, options.folder, options.tls, options.loaded)


if __name__ == "__main__":
    main()
