"""An application that moves in: its old numbers are understood, its mistakes are named."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import ssl
import subprocess
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import bottle
import pytest

from appliance.api.certificate import ensure
from appliance.api.cloud import cloud_app
from appliance.api.refusals import Refusal, Refusals
from appliance.api.server import Server
from appliance.model.records import Application, Mode
from appliance.store.aliases import Aliases
from tests.api.client import AXB, Customer, aksk, created, wsse
from tests.api.conftest import X1, X2, A, B, C, D, House, settings_in

OLD = "+8617099990001"
AX = "/rest/provision/caas/privatenumber/v1.0"
AXE = "/rest/caas/extendnumber/v1.0"


def know_as(house: House, alias: str, number: str) -> None:
    house.store.write(lambda db: Aliases(house.store.reader).add(db, alias, number))


def test_requests_that_name_the_old_x_mean_the_new_one(house: House, shop: Customer) -> None:
    know_as(house, OLD, X1)

    bound = shop.bind(relationNum=OLD, callerNum=A, calleeNum=B)

    assert bound.json["relationNum"] == X1
    named = shop.send("GET", AXB, relationNum=OLD, callerNum=A)
    assert named.json["relationNumList"][0]["subscriptionId"] == bound.json["subscriptionId"]
    # A plus that was not escaped comes in as a blank.
    bare = shop.raw("GET", f"{AXB}?relationNum={OLD}")
    assert bare.json["totalCount"] == 1
    assert shop.send("DELETE", AXB, relationNum=OLD).outcome == (200, "0")
    assert shop.send("GET", AXB, relationNum=X1).outcome == (403, "1012007")


def test_an_old_x_is_nobody_else_s(house: House, shop: Customer) -> None:
    know_as(house, OLD, X1)
    other = house.customer(house.app("other"))

    assert other.bind(relationNum=OLD, callerNum=A, calleeNum=B).outcome == (403, "1012007")


def test_the_old_x_is_understood_in_ax_and_axe(house: House) -> None:
    ax, axe = house.app("ax", Mode.AX), house.app("axe", Mode.AXE)
    house.number(X1, ax)
    house.number(X2, axe)
    know_as(house, OLD, X1)
    know_as(house, "+8617099990002", X2)
    first, second = house.customer(ax), house.customer(axe)

    assert first.send("POST", AX, {"origNum": A, "privateNum": OLD}).json["privateNum"] == X1
    listed = first.send("GET", AX, privateNum=OLD).json["privateNumList"]
    assert [one["privateNum"] for one in listed] == [X1]
    made = second.send(
        "POST", AXE, {"virtualNum": "+8617099990002", "bindNum": A, "extendNum": "0042"}
    )
    assert (made.json["virtualNum"], made.json["extendNum"]) == (X2, "0042")
    gone = second.send("DELETE", AXE, virtualNum="+8617099990002", extendNum="0042")
    assert gone.outcome == (200, "0")


@pytest.fixture
def told(house: House) -> Refusals:
    """Have the mirror keep its refusals where the test can read them."""
    kept = Refusals()
    assert house.server is not None
    house.server.stop(2.0)
    house.settings = settings_in(Path(house.settings.box.data), "lockout_failures = 1000\n")
    app = cloud_app(
        house.store, house.exchange, house.clock, house.settings, voices=house.voices, refusals=kept
    )
    house.server = Server(app, "127.0.0.1:0", threads=2)
    house.server.start()
    house.port = house.server.addresses[0][1]  # type: ignore[assignment]
    return kept


def base64_of(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def mac(key: str, message: str) -> bytes:
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()


def signed_wrongly(app: Application, at: datetime, digest: str, nonce: str = "") -> dict[str, str]:
    headers = aksk(app.key, app.secret, nonce=nonce or None, at=created(at))
    before, _, after = headers["X-AKSK"].partition('PasswordDigest="')
    headers["X-AKSK"] = f'{before}PasswordDigest="{digest}"{after[after.index(chr(34)) :]}'
    return headers


def test_every_refusal_is_explained_while_the_wire_keeps_the_cloud_s_words(
    house: House, told: Refusals
) -> None:
    app, other = house.app("shop"), house.app("sister", Mode.AX)
    shop = house.customer(app)
    now = house.clock.now()
    at = created(now)

    def refused(headers: dict[str, str], path: str = AXB) -> tuple[str, Refusal]:
        reply = shop.raw("GET", f"{path}?relationNum=1", headers=headers)
        last = told.recent(1)[0]
        assert (last.status, last.code) == reply.outcome
        assert list(reply.json) == ["resultcode", "resultdesc"]
        assert reply.json["resultdesc"] == last.text
        assert app.secret not in json.dumps(last.why)
        return " ".join(last.why), last

    ahead, row = refused(aksk(app.key, app.secret, at=created(now + timedelta(hours=3))))
    assert "Created is 3 h ahead of this box's clock" in ahead
    assert "UTC +0 h or +8 h" in ahead
    assert (row.code, row.app, row.path) == ("1010013", "shop", AXB)
    behind, _ = refused(aksk(app.key, app.secret, at=created(now - timedelta(minutes=6))))
    assert "Created is 6 min behind" in behind

    nonce = uuid.uuid4().hex
    mixed = signed_wrongly(
        app, now, base64_of(hashlib.sha256((nonce + at + app.secret).encode()).digest()), nonce
    )
    assert "digest is one of WSSE, while the headers say AKSK" in refused(mixed)[0]
    for digest, words in (
        (base64_of(mac(nonce + at, app.secret)), "Key and message of the MAC are exchanged"),
        (base64_of(mac(app.secret, at + nonce)), "wrong way round"),
        (base64_of(mac(app.secret, f"{nonce}+{at}")), "plus sign"),
        (mac(app.secret, nonce + at).hex(), "hexadecimal"),
        (base64_of(mac(app.key, nonce + at)), "key instead of the secret"),
        (base64_of(mac(other.secret, nonce + at)), "secret of application sister"),
        (base64_of(b"x" * 32), "not made with the secret of application shop"),
    ):
        assert words in refused(signed_wrongly(app, now, digest, nonce))[0]

    once = aksk(app.key, app.secret, at=at)
    shop.raw("GET", f"{AXB}?relationNum=1", headers=once)
    assert "nonce was used before" in refused(once)[0]

    swapped = {**wsse(app.key, app.secret, at=at)}
    swapped["Authorization"] = swapped["Authorization"].replace("WSSE", "AKSK")
    words, row = refused(swapped)
    assert "goes with X-AKSK, but the request has X-WSSE" in words
    assert row.code == "1023033"
    bare = {"X-AKSK": once["X-AKSK"]}
    assert "proxy may have taken Authorization away" in refused(bare)[0]
    unknown, row = refused(aksk(app.key.upper(), app.secret, at=at))
    assert "differs only in case" in unknown
    assert row.app is None
    mode, _ = refused(aksk(app.key, app.secret, at=at), AX)
    assert "Application shop is of mode AXB" in mode
    house.store.write(lambda db: house.store.applications.update(db, app.app_id, active=False))
    assert "app set shop --active" in refused(aksk(app.key, app.secret, at=at))[0]
    house.store.write(
        lambda db: house.store.applications.update(
            db, app.app_id, active=True, allowed_addresses=["10.0.0.0/8"]
        )
    )
    assert "127.0.0.1 is not among" in refused(aksk(app.key, app.secret, at=at))[0]
    assert len(told.recent(5)) == 5
    assert {one.app_key for one in told.recent(99, app_key=other.key)} == set()
    assert C != D


def test_the_box_s_certificate_carries_the_names_that_customers_use(tmp_path: Path) -> None:
    folder = tmp_path / "tls"
    plain = ensure(folder, "box-1").certificate.read_bytes()
    assert ensure(folder, "box-1").certificate.read_bytes() == plain

    names = ["rtcpns.example.com", "*.numbers.example", "192.0.2.7"]
    files = ensure(folder, "box-1", names)

    text = subprocess.run(
        ["openssl", "x509", "-in", str(files.certificate), "-noout", "-ext", "subjectAltName"],
        capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in ("DNS:box-1", "DNS:rtcpns.example.com", "DNS:*.numbers.example", "192.0.2.7"):
        assert name in text
    files.context()
    made = files.certificate.read_bytes()
    assert ensure(folder, "box-1", names).certificate.read_bytes() == made != plain

    checks = ssl.create_default_context(cafile=str(files.certificate))
    server = Server(bottle.Bottle(), "127.0.0.1:0", files)
    server.start()
    try:
        port = server.addresses[0][1]
        with (
            socket.create_connection(("127.0.0.1", int(port)), timeout=10) as raw,
            checks.wrap_socket(raw, server_hostname="rtcpns.example.com") as secure,
        ):
            assert secure.version() in ("TLSv1.2", "TLSv1.3")
    finally:
        server.stop(2.0)
