"""Call stop and recordings."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from appliance.model.records import Application, CallRecord, Mode
from tests.api.client import AXB, Customer, Reply
from tests.api.conftest import X1, A, B, House

STOP = "/rest/httpsessions/callStop/v2.0"
RECORD = "/rest/provision/voice/record/v1.0"
SESSION = "1201_612_4294967295_20260301080000@callenabler"
FILE = "26030108000012345678901.wav"


def open_call(house: House, app: Application, **facts: Any) -> CallRecord:
    record = call_of(house, app, **facts)
    house.store.write(lambda db: house.store.calls.open(db, record))
    return record


def call_of(house: House, app: Application, **facts: Any) -> CallRecord:
    return CallRecord(
        **{
            "session_id": SESSION,
            "icid": "icid-1",
            "app_id": app.app_id,
            "mode": Mode.AXB,
            "bind_number": X1,
            "dialled": X1,
            "caller": A,
            "callee": B,
            "call_in_at": house.clock.now(),
            **facts,
        }
    )


def stop(customer: Customer, **body: Any) -> Reply:
    return customer.send("POST", STOP, body)


@pytest.mark.parametrize("mode", list(Mode))
def test_a_call_is_stopped_once_in_every_mode(house: House, mode: Mode) -> None:
    app = house.app("shop", mode)
    open_call(house, app)
    house.exchange.up.add(SESSION)
    customer = house.customer(app)

    first = stop(customer, sessionid=SESSION, signal="call_stop")
    second = stop(customer, sessionid=SESSION, signal="call_stop")

    assert first.octets == b'{"resultcode":"0","resultdesc":"Success"}'
    assert house.exchange.stopped == [SESSION]
    assert second.outcome == (500, "1020152")
    assert second.json["resultdesc"] == "Invalid sessionId."


def test_anothers_call_and_one_that_is_over_are_invalid_sessions(house: House) -> None:
    app = house.app("shop")
    open_call(house, app)
    house.exchange.up.add(SESSION)
    stranger = house.customer(house.app("stranger"))
    body = {"sessionid": SESSION, "signal": "call_stop"}

    assert stop(stranger, **body).outcome == (500, "1020152")
    now = house.clock.now()
    house.store.write(lambda db: house.store.calls.update(db, SESSION, ended_at=now))
    assert stop(house.customer(app), **body).outcome == (500, "1020152")
    assert house.exchange.stopped == []


def test_a_call_is_stopped_whose_record_is_still_on_its_way_to_the_disk(house: House) -> None:
    app = house.app("shop", Mode.X)
    record, busy = call_of(house, app), threading.Event()
    house.exchange.up.add(SESSION)
    house.store.post(lambda _db: busy.wait(0.2))  # a slow card, as far as the record behind goes
    house.store.post(lambda db: house.store.calls.open(db, record))
    reply = stop(house.customer(app), sessionid=SESSION, signal="call_stop")
    assert reply.outcome == (200, "0")
    assert house.exchange.stopped == [SESSION]


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({}, (403, "1010002")),
        ({"sessionid": SESSION}, (403, "1010002")),
        ({"sessionid": 5, "signal": "call_stop"}, (403, "1010002")),
        ({"sessionId": SESSION, "signal": "call_stop"}, (403, "1010002")),
        ({"sessionid": SESSION, "signal": "pause"}, (500, "1020001")),
        ({"sessionid": "x", "signal": "call_stop"}, (500, "1020152")),
    ],
)
def test_a_call_stop_with_bad_parameters(
    shop: Customer, body: dict[str, Any], outcome: tuple[int, str]
) -> None:
    assert stop(shop, **body).outcome == outcome


def recorded(house: House, app: Application, folder: Path) -> None:
    house.settings.box.recordings.mkdir(exist_ok=True)
    (house.settings.box.recordings / FILE).write_bytes(b"RIFF....WAVE")
    open_call(house, app, record_file=FILE, recorded=True, ended_at=house.clock.now())


def test_a_recording_is_found_at_a_location_that_needs_no_signature(
    house: House, shop: Customer, tmp_path: Path
) -> None:
    recorded(house, house.apps["shop"], tmp_path)

    reply = shop.send("GET", RECORD, fileName=FILE, recordDomain="box-1")

    assert reply.status == 301
    assert reply.json == {"resultcode": "0", "resultdesc": "Success"}
    location = urlsplit(reply.headers["location"])
    assert (location.scheme, location.netloc) == ("http", f"127.0.0.1:{house.port}")
    target = f"{location.path}?{location.query}"
    file = shop.raw("GET", target, headers={})
    assert (file.status, file.octets) == (200, b"RIFF....WAVE")
    assert file.headers["content-type"] == "audio/x-wav"
    part = shop.raw("GET", target, headers={"Range": "bytes=4-7"})
    assert (part.status, part.octets) == (206, b"....")


def test_a_location_that_was_changed_or_is_over_leads_nowhere(
    house: House, shop: Customer, tmp_path: Path
) -> None:
    recorded(house, house.apps["shop"], tmp_path)
    (house.settings.box.recordings / "other.wav").write_bytes(b"other")
    reply = shop.send("GET", RECORD, fileName=FILE, recordDomain="box-1")
    target = reply.headers["location"].partition(str(house.port))[2]

    for changed in (
        target.replace(FILE, "other.wav"),
        target.replace("expires=1", "expires=2"),
        target[:-1] + ("0" if target[-1] != "0" else "1"),
        target.partition("?")[0],
        target.replace(FILE, "..%2Fbox.db"),
    ):
        assert shop.raw("GET", changed, headers={}).status == 404
    house.clock.advance(timedelta(days=3, seconds=1).total_seconds())
    assert shop.raw("GET", target, headers={}).status == 404


def test_an_older_client_fetches_a_recording_with_its_token(
    house: House, shop: Customer, tmp_path: Path
) -> None:
    app = house.apps["shop"]
    recorded(house, app, tmp_path)

    def ask(token: str, key: str = app.key) -> Reply:
        query = {"fileName": FILE, "recordDomain": "box-1", "app_key": key, "access_token": token}
        return shop.raw("GET", f"{RECORD}?{urlencode(query)}", headers={})

    assert ask("t/0+k=n").outcome == (401, "1010010")  # nobody has said which one it has
    house.store.write(
        lambda db: house.store.applications.update(
            db, app.app_id, settings={"access_token": "t/0+k=n"}
        )
    )
    reply = ask("t/0+k=n")
    assert (reply.status, reply.json) == (301, {"resultcode": "0", "resultdesc": "Success"})
    location = urlsplit(reply.headers["location"])
    target = f"{location.path}?{location.query}"
    assert shop.raw("GET", target, headers={}).octets == b"RIFF....WAVE"
    assert ask("t/0+k=m").outcome == (401, "1010010")
    assert ask("t/0+k=n", "nobody").outcome == (403, "1010003")
    assert shop.raw("GET", RECORD, headers={}).outcome == (400, "1023006")
    signed = shop.send("GET", RECORD, fileName=FILE, recordDomain="box-1", access_token="x")
    assert signed.status == 301  # signed headers count
    for _ in range(20):
        last = ask("wrong").outcome
    assert last == (403, "1020176")
    other = f"{AXB}?app_key={app.key}&access_token=t%2F0%2Bk%3Dn"
    assert shop.raw("GET", other, headers={}).outcome == (400, "1023006")


def test_recordings_that_cannot_be_had(house: House, shop: Customer, tmp_path: Path) -> None:
    recorded(house, house.apps["shop"], tmp_path)
    stranger = house.customer(house.app("stranger", record=True))
    without = house.customer(house.app("without"))
    given = {"fileName": FILE, "recordDomain": "box-1"}

    assert stranger.send("GET", RECORD, **given).outcome == (403, "1012007")
    assert without.send("GET", RECORD, **given).outcome == (403, "1012012")
    assert shop.send("GET", RECORD, fileName=FILE).outcome == (403, "1010002")
    assert shop.send("GET", RECORD, fileName="../x", recordDomain="d").outcome == (403, "1012007")
    house.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    assert shop.send("GET", RECORD, **given).outcome == (403, "1012007")
