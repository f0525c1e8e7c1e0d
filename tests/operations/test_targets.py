"""Backups of the night at their targets: kept in number, marked, refused when they are over."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from appliance.config_care import BackupSection
from appliance.errors import BadInput, SimveilError
from appliance.operations import nightly, recovery
from appliance.operations.backup import restore
from appliance.store import Store
from drivers.clock import ManualClock

PHRASE = recovery.new_phrase()
CERTIFICATE = Path(__file__).parents[1] / "exchange" / "loopback.pem"


class Shelf(ThreadingHTTPServer):
    """A server that keeps what is PUT, for the holder of a token; TLS as the owner's own would be.

    Args:
        tls: With it, by a certificate that no system trusts.
    """

    def __init__(self, *, tls: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATE)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
        self.kept: dict[str, bytes] = {}
        self.full = False

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}/shelf/"


class _Handler(BaseHTTPRequestHandler):
    server: Shelf

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer word":
            self._answer(401)
        elif self.server.full:
            self._answer(507)
        else:
            self.server.kept[self.path.removeprefix("/shelf/")] = content
            self._answer(201)

    def do_GET(self) -> None:
        content = self.server.kept.get(self.path.removeprefix("/shelf/"))
        self._answer(404 if content is None else 200, content or b"")

    def _answer(self, status: int, content: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def shelf(request: pytest.FixtureRequest) -> Iterator[Shelf]:
    server = Shelf(tls=request.param)
    thread = threading.Thread(target=server.serve_forever, name="shelf")
    thread.start()
    yield server
    server.shutdown()
    thread.join(10)
    server.server_close()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    data = tmp_path / "box"
    data.mkdir()
    store = Store(data / "simveil.db", clock=ManualClock())
    store.start()
    store.stop()
    recovery.keep(data, recovery.recipient(PHRASE))
    return store.path


def test_a_folder_keeps_the_last_archives_and_nothing_of_others(
    tmp_path: Path, database: Path
) -> None:
    stick = tmp_path / "stick"
    settings = BackupSection(target=str(stick), keep=2)
    with pytest.raises(SimveilError, match="plugged in"):
        nightly.run(settings, database, {})
    assert "plugged in" in str(nightly.status(database.parent).error)
    stick.mkdir()
    lineage = nightly.generation_of(database).lineage
    for day in (1, 2, 3):
        (stick / f"simveil-{lineage}-g001-2026010{day}T020000Z.tar.age").write_bytes(b"old")
    (stick / "simveil-00000000-g001-20250101T020000Z.tar.age").write_bytes(b"another box's")
    (stick / "holiday.jpg").write_bytes(b"a stick may have more on it")
    name, known = nightly.run(settings, database, {})
    assert sorted(path.name for path in stick.iterdir()) == sorted(
        [
            "holiday.jpg",
            "simveil-00000000-g001-20250101T020000Z.tar.age",
            f"simveil-{lineage}-g001-20260103T020000Z.tar.age",
            f"simveil-{lineage}.generation",
            name,
        ]
    )
    assert known == nightly.status(database.parent)
    assert (known.archive, known.octets, known.error) == (
        name,
        (stick / name).stat().st_size,
        None,
    )
    assert not [path for path in database.parent.iterdir() if path.name.startswith(".backup-")]


@pytest.mark.parametrize("shelf", [True, False], ids=["https", "http"], indirect=True)
def test_a_server_takes_it_and_what_it_took_is_the_box(
    tmp_path: Path, database: Path, shelf: Shelf
) -> None:
    target: dict[str, Any] = {"target": shelf.url}
    if shelf.scheme == "https":
        with pytest.raises(SimveilError, match="certificate verify failed"):
            nightly.run(BackupSection(**target), database, {})
        assert not shelf.kept
        target["ca_file"] = CERTIFICATE
    settings = BackupSection(**target, token=SecretStr("word"))
    name, first = nightly.run(settings, database, {})
    assert sorted(shelf.kept) == sorted([name, name.partition("-g")[0] + ".generation"])
    (tmp_path / name).write_bytes(shelf.kept[name])
    with pytest.raises(BadInput, match="another phrase"):
        restore(tmp_path / name, tmp_path / "anew", phrase=recovery.new_phrase())
    restore(tmp_path / name, tmp_path / "anew", phrase=PHRASE)
    anew = tmp_path / "anew" / "simveil.db"
    assert nightly.generation_of(anew).number == 2
    assert nightly.generation_of(anew).lineage == nightly.generation_of(database).lineage

    shelf.full = True
    with pytest.raises(SimveilError, match="507"):
        nightly.run(settings, database, {})
    failed = nightly.status(database.parent)
    assert (failed.made_at, failed.archive) == (first.made_at, name)
    assert "507" in str(failed.error)
    shelf.full = False
    with pytest.raises(SimveilError, match="401"):
        nightly.run(BackupSection(**target), database, {})

    # The new box backs up to the same place: from then on the former one does not.
    nightly.run(settings, anew, {})
    with pytest.raises(BadInput, match="generation 2"):
        nightly.run(settings, database, {})


def test_a_status_that_is_spoilt_is_none(database: Path) -> None:
    (database.parent / nightly.STATUS).write_text(json.dumps({"no": "such"}))
    assert nightly.status(database.parent) == nightly.Status()


@pytest.mark.parametrize(
    "target", ["http://example.org/", "ftp://example.org/", "stick", "ssh://h/a b", "ssh://h/$(x)"]
)
def test_a_target_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="target"):
        BackupSection(target=target)


def test_words_out_of_order_are_no_phrase() -> None:
    words = PHRASE.split()
    assert recovery.recipient("  ".join(words).upper() + "\n") == recovery.recipient(PHRASE)
    for wrong in (" ".join(words[:11]), "", "a b c", PHRASE + " " + words[0]):
        with pytest.raises(BadInput, match="recovery phrase"):
            recovery.recipient(wrong)
