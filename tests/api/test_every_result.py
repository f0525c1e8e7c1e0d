"""The whole table of result codes: how each row is provoked, or why it cannot arise here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlite_utils import Database

from appliance.api.cloud import results
from appliance.api.cloud.results import TABLE, Result
from appliance.errors import StoreBusy
from appliance.model.records import Application, CallRecord, Mode, Role
from tests.api.client import AXB, Customer, Reply, aksk, created, wsse
from tests.api.conftest import A, B, C, House, settings_in

AX = "/rest/provision/caas/privatenumber/v1.0"
AXE = "/rest/caas/extendnumber/v1.0"
AXYB = "/rest/omp/xyrelationnumber/v1.0"
RECORD = "/rest/provision/voice/record/v1.0"
STOP = "/rest/httpsessions/callStop/v2.0"
FILE = "26030108000012345678901.wav"
FINE = 'AKSK realm="SDP",profile="UsernameToken",type="Appkey"'
OLD = FINE.replace("AKSK", "WSSE")


class Scene:
    """A customer of each mode with one number, new on a box that others use as well.

    Args:
        serial: Tells it from the others, 0-99.
    """

    def __init__(self, house: House, serial: int) -> None:
        self.house = house
        self.serial = serial
        self.apps: dict[Mode, Application] = {}
        house.store.write(self._found)
        self.axb, self.ax, self.axe = (
            house.customer(self.apps[mode]) for mode in (Mode.AXB, Mode.AX, Mode.AXE)
        )

    def _found(self, db: Database) -> None:
        for mode in Mode:
            app = self.house.store.applications.add(
                db,
                f"{mode} {self.serial}",
                mode,
                record=mode is Mode.AXB,
                sms=True,
                extension_digits=1,
            )
            x = self.number(mode)
            self.house.store.numbers.enrol(
                db, x, iccid=f"8986{x[1:]}", role=Role.NUMBER, app_id=app.app_id, city="0755"
            )
            self.apps[mode] = app

    def number(self, mode: Mode) -> str:
        """Return the one number of the application of a mode."""
        return f"+8617{self.serial:02d}2340{list(Mode).index(mode):03d}"

    def headers(self, authorization: str = FINE, token: Any = str, name: str = "X-AKSK") -> Reply:
        """Ask with headers that are as a test changed them."""
        sign = wsse if name == "X-WSSE" else aksk
        signed = sign(self.axb.key, self.axb.secret, at=created(self.house.clock.now()))
        given = {"Authorization": authorization, name: token(signed[name])}
        return self.axb.raw(
            "GET", AXB, headers={key: value for key, value in given.items() if value}
        )

    def bind(self, mode: Mode, **more: Any) -> Reply:
        """Bind A (and B) on the application's one number."""
        x = self.number(mode)
        if mode is Mode.AXB:
            return self.axb.bind(**{"relationNum": x, "callerNum": A, "calleeNum": B, **more})
        if mode is Mode.AX:
            return self.ax.send("POST", AX, {"origNum": A, "privateNum": x, **more})
        return self.axe.send("POST", AXE, {"bindNum": A, "virtualNum": x, **more})

    def customer(self, name: str, mode: Mode = Mode.AXB, **fields: Any) -> Customer:
        """Make one more application."""
        return self.house.customer(self.house.app(name, mode, **fields))


def without(*words: str) -> Callable[[str], str]:
    """Return what spoils the attributes of those names."""

    def spoil(text: str) -> str:
        for word in words:
            text = text.replace(f"{word}=", f"No{word}=")
        return text

    return spoil


def stale(scene: Scene) -> Reply:
    at = created(scene.house.clock.now() - timedelta(hours=3))
    return scene.axb.raw("GET", AXB, headers=aksk(scene.axb.key, scene.axb.secret, at=at))


def twice(scene: Scene, mode: Mode, **again: Any) -> Reply:
    scene.bind(mode)
    return scene.bind(mode, **again)


def flooded(scene: Scene) -> Reply:
    assert scene.house.server is not None
    for rate in ("requests_per_second = 2", ""):
        scene.house.server.stop(2.0)
        scene.house.serve(settings_in(scene.house.settings.box.data, rate))
        if rate:
            scene.axb.port = scene.house.port
            replies = [scene.axb.send("GET", AXB) for _ in range(3)]
    assert [reply.json["resultcode"] for reply in replies[:2]] == ["1010002"] * 2
    return replies[2]


def five_numbers(scene: Scene) -> Reply:
    app = scene.apps[Mode.AX]
    for last in range(6):
        x = f"+86170555500{last:02d}"
        scene.house.number(x, app)
        reply = scene.bind(Mode.AX, privateNum=x)
    return reply


def stopped(scene: Scene) -> Reply:
    number = scene.house.store.numbers.by_msisdn(scene.number(Mode.AXB))
    assert number is not None
    update = scene.house.store.numbers.update
    scene.house.store.write(lambda db: update(db, number.number_id, status=9))
    return scene.bind(Mode.AXB)


def all_extensions(scene: Scene) -> Reply:
    replies = [scene.bind(Mode.AXE) for _ in range(10)]
    assert [reply.status for reply in replies[:9]] == [200] * 9
    return replies[9]


def locked_out(scene: Scene) -> Reply:
    wrong = Customer(scene.axb.port, scene.axb.key, "guess", now=scene.axb.now)
    for _ in range(20):
        wrong.send("GET", AXB)
    return scene.axb.send("GET", AXB)


def broken(scene: Scene) -> Reply:
    """Take a table away from under the box; nothing else works on it afterwards."""
    write = scene.house.store.write
    write(lambda db: db.conn.execute("DROP TRIGGER bindings_set_pair").rowcount)
    write(lambda db: db.conn.execute("DROP TABLE binding_parties").rowcount)
    return scene.bind(Mode.AXB, relationNum=None)


def overrun(scene: Scene) -> Reply:
    """Hold the writer up until no more writes are taken."""
    go_on, refused, empty = threading.Event(), threading.Event(), threading.Event()
    store = scene.house.store

    def told(_value: object, error: BaseException | None) -> None:
        if isinstance(error, StoreBusy):
            refused.set()
        elif store.writer.depth() == 0:
            empty.set()

    store.post(lambda _db: go_on.wait(30))
    while not refused.is_set():
        store.post(lambda _db: None, told)
    try:
        return scene.bind(Mode.AXB)
    finally:
        go_on.set()
        assert empty.wait(30)


def recording(scene: Scene) -> Reply:
    app, now = scene.apps[Mode.AXB], scene.house.clock.now()
    x = scene.number(Mode.AXB)
    record = CallRecord("s-1", "icid-1", app.app_id, Mode.AXB, x, x, call_in_at=now)
    facts = {"recorded": True, "record_file": FILE, "ended_at": now}
    scene.house.store.write(lambda db: scene.house.store.calls.open(db, record))
    scene.house.store.write(lambda db: scene.house.store.calls.update(db, "s-1", **facts))
    scene.house.settings.box.recordings.mkdir(parents=True, exist_ok=True)
    (scene.house.settings.box.recordings / FILE).write_bytes(b"RIFF")
    return scene.axb.send("GET", RECORD, fileName=FILE, recordDomain="box-1")


def spoilt(*words: str, name: str = "X-AKSK") -> Callable[[Scene], Reply]:
    """Ask without those attributes of the token."""
    authorization = OLD if name == "X-WSSE" else FINE
    return lambda scene: scene.headers(authorization, without(*words), name)


def authorized(change: Callable[[str], str]) -> Callable[[Scene], Reply]:
    """Ask with another Authorization."""
    return lambda scene: scene.headers(change(FINE))


PROVOKED: dict[Result, Callable[[Scene], Reply]] = {
    results.SUCCESS: lambda s: s.bind(Mode.AXB),
    results.FOUND_ELSEWHERE: recording,
    results.AUTHORIZATION_MISSING: authorized(lambda _fine: ""),
    results.REALM_MISSING: authorized(without("realm")),
    results.PROFILE_MISSING: authorized(without("profile")),
    results.REALM_WRONG: authorized(lambda fine: fine.replace("SDP", "SPD")),
    results.PROFILE_WRONG: authorized(lambda fine: fine.replace("UsernameToken", "Token")),
    results.TYPE_WRONG: authorized(lambda fine: fine.replace("Appkey", "app_key")),
    results.TYPE_MISSING: authorized(without("type")),
    results.SCHEME_MISSING: authorized(lambda fine: fine.replace("AKSK", "Basic")),
    results.WSSE_MISSING: lambda s: s.headers(OLD),
    results.WSSE_USERNAME_MISSING: spoilt("Username", "Nonce", name="X-WSSE"),
    results.WSSE_NONCE_MISSING: spoilt("Nonce", "Created", name="X-WSSE"),
    results.WSSE_CREATED_MISSING: spoilt("Created", "PasswordDigest", name="X-WSSE"),
    results.WSSE_DIGEST_MISSING: spoilt("PasswordDigest", name="X-WSSE"),
    results.CREATED_FORMAT: lambda s: s.headers(FINE, lambda token: token.replace("T08:", " 08:")),
    results.AKSK_MISSING: lambda s: s.headers(FINE, name="X-WSSE"),
    results.AKSK_USERNAME_MISSING: spoilt("Username", "Nonce"),
    results.AKSK_NONCE_MISSING: spoilt("Nonce", "Created"),
    results.AKSK_CREATED_MISSING: spoilt("Created", "PasswordDigest"),
    results.AKSK_DIGEST_MISSING: spoilt("PasswordDigest"),
    results.DIGEST_INVALID: lambda s: Customer(s.axb.port, s.axb.key, "guess", now=s.axb.now).send(
        "GET", AXB
    ),
    results.CREATED_TOO_FAR: stale,
    results.INVALID_REQUEST: lambda s: s.bind(Mode.AXB, duration=7_776_001),
    results.APP_KEY_INVALID: lambda s: Customer(s.axb.port, "nobody", "guess", now=s.axb.now).send(
        "GET", AXB
    ),
    results.METHOD_WRONG: lambda s: s.axe.raw("PATCH", AXE),
    results.APP_KEY_UNAVAILABLE: lambda s: s.customer("off", active=False).send("GET", AXB),
    results.FLOW_CONTROL: flooded,
    results.FROZEN: lambda s: s.customer("frozen", frozen=True).send("GET", AXB),
    results.MODE_WRONG: lambda s: s.ax.send("GET", AXB),
    results.AX_NUMBER_UNKNOWN: lambda s: s.bind(Mode.AX, privateNum=s.number(Mode.AXB)),
    results.AX_NO_NUMBER: lambda s: s.bind(
        Mode.AX, privateNum=None, privateNumType="mobile-virtual", areaCode="0551"
    ),
    results.AX_TOO_MANY: five_numbers,
    results.AX_NOT_BOUND: lambda s: s.ax.send("DELETE", AX, privateNum=s.number(Mode.AX)),
    results.AX_NUMBER_TAKEN: lambda s: twice(s, Mode.AX, origNum=B),
    results.NUMBER_FOREIGN: lambda s: s.bind(Mode.AXB, relationNum=s.number(Mode.AX)),
    results.RECORD_UNKNOWN: lambda s: s.axb.send("GET", AXB, subscriptionId="none"),
    results.NO_RESOURCES: lambda s: s.bind(Mode.AXB, relationNum=None, areaCode="0551"),
    results.ALREADY_BOUND: lambda s: twice(s, Mode.AXB, calleeNum=C),
    results.RECORDING_OFF: lambda s: s.bind(Mode.AX, recordFlag="true"),
    results.NUMBER_ABNORMAL: stopped,
    results.AXE_UNKNOWN: lambda s: s.axe.send("GET", AXE, subscriptionId="none"),
    results.AXE_TAKEN: lambda s: twice(s, Mode.AXE, extendNum="1"),
    results.ADDRESS_REFUSED: lambda s: s.customer(
        "elsewhere", allowed_addresses=["10.0.0.0/8"]
    ).send("GET", AXB),
    results.NO_EXTENSION: all_extensions,
    results.LOCKED_OUT: locked_out,
    results.INTERNAL: broken,
    results.RESPONSE_TIMEOUT: overrun,
    results.STOP_PARAMETER: lambda s: s.axb.send(
        "POST", STOP, {"sessionid": "s-1", "signal": "go"}
    ),
    results.SESSION_INVALID: lambda s: s.axb.send(
        "POST", STOP, {"sessionid": "s-1", "signal": "call_stop"}
    ),
}
"""A live request that is answered with the row."""

NEVER: dict[Result, str] = {
    results.APP_KEY_UNAVAILABLE_OTHER: (
        "the second number of 1010008, printed in one mode's table only, which of them is not "
        "established: every mode answers 1010008"
    ),
    results.INTERNAL_GATEWAY: (
        "the cloud's gateway stands before its service and has an error of its own; the box is one "
        "program and answers 1010001"
    ),
    results.STOP_INTERNAL: "as above: a call stop that fails inside answers 1010001 as all do",
    results.STOP_APP_KEY: "the key is checked before the interface is reached: 1010003",
}
"""Why a row is never answered."""


def test_every_row_is_provoked_by_a_live_request_or_explained(house: House) -> None:
    assert set(PROVOKED) | set(NEVER) == set(TABLE)
    assert not set(PROVOKED) & set(NEVER)
    rows = sorted(PROVOKED, key=lambda row: row is results.INTERNAL)  # the box is broken by it
    for serial, row in enumerate(rows):
        reply = PROVOKED[row](Scene(house, serial))

        assert reply.outcome == (row.status, row.code), (row, reply.octets)
        assert reply.headers["content-type"] == "application/json;charset=utf-8", row
        text = reply.json["resultdesc"]
        exact = row is not results.INVALID_REQUEST
        assert text == row.text if exact else text.startswith(row.text), row
        if row.code != "0":
            assert list(reply.json) == ["resultcode", "resultdesc"], row


def test_the_first_of_two_reasons_counts(house: House) -> None:
    """The documents' order: mode before parameters before ownership before relations."""
    scene, bad = Scene(house, 0), {"callDirection": 9}
    foreign = scene.number(Mode.X)
    scene.bind(Mode.AXB)

    assert scene.ax.send("POST", AXB, bad).outcome == (403, "1010040")
    assert scene.bind(Mode.AXB, relationNum=foreign, **bad).outcome == (403, "1010002")
    assert scene.bind(Mode.AXB, relationNum=foreign).outcome == (403, "1012001")
    assert scene.bind(Mode.AXB).outcome == (403, "1012010")
    assert scene.bind(Mode.AX, privateNum=foreign, **bad).outcome == (403, "1010002")
    assert scene.bind(Mode.AX, privateNum=foreign).outcome == (403, "1011001")
    assert scene.bind(Mode.AXE, virtualNum=foreign, timeUnit="9").outcome == (403, "1010002")
    assert scene.bind(Mode.AXE, virtualNum=foreign).outcome == (403, "1012001")
    for customer, path, body, unknown in (
        (scene.axb, AXB, {"maxDuration": 9999}, "1012007"),
        (scene.ax, AX, {"maxDuration": 9999}, "1012007"),
        (scene.axe, AXE, {"bindExpiredTime": 99999}, "1016001"),
    ):
        nobody = {"subscriptionId": "none"}
        assert customer.send("PUT", path, {**nobody, **body}).outcome == (403, "1010002")
        assert customer.send("PUT", path, nobody).outcome == (403, unknown)
    app = scene.apps[Mode.AXB]
    house.store.write(
        lambda db: house.store.applications.update(
            db, app.app_id, frozen=True, active=False, allowed_addresses=["10.0.0.0/8"]
        )
    )

    def heal(**fields: Any) -> None:
        house.store.write(lambda db: house.store.applications.update(db, app.app_id, **fields))

    wrong = Customer(scene.axb.port, scene.axb.key, "guess", now=scene.axb.now)
    assert wrong.raw("GET", AXB, headers={}).outcome == (400, "1023006")
    assert wrong.send("GET", AXB).outcome == (403, "1020166")
    heal(allowed_addresses=[])
    assert wrong.send("GET", AXB).outcome == (403, "1010008")
    heal(active=True)
    assert wrong.send("GET", AXB).outcome == (401, "1010010")
    assert scene.axb.send("GET", AXB).outcome == (403, "1010029")
    assert scene.axb.send("GET", AX).outcome == (403, "1010029")
    heal(frozen=False)
    assert scene.axb.send("GET", AX).outcome == (403, "1010040")
