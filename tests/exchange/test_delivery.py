"""Every push arrives once, in its order, and nobody waits for a stranger."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from appliance.errors import StoreFailed
from appliance.exchange.jobs import DeliverySettings
from appliance.model.records import UrlKind
from appliance.store import Store
from drivers.clock import SystemClock
from tests.exchange.delivery_rig import MINUTE, SETTINGS, Open, Rig, silent, status
from tests.exchange.receiver import CERTIFICATE, Request, ok
from tests.threads import Since


def test_a_push_leaves_within_half_a_second_of_its_commit(rig: Rig, receive: Open) -> None:
    receiver = receive()
    app = rig.app(receiver.url)
    rig.start()
    rig.until(lambda: rig.delivery._timer is None)  # the scheduler rests

    began = time.monotonic()
    push_id = rig.push(app, text="中文 😀")

    (request,) = receiver.wait(1)
    assert request.at - began < 0.5
    assert request.json == {"eventType": "callin", "call": "call-1", "text": "中文 😀"}
    assert request.headers["Content-Type"] == "application/json;charset=UTF-8"
    row = rig.until_state(push_id, "delivered")
    assert (row.attempts, row.http_status, row.error) == (1, 200, None)
    assert rig.delivery.counters() | {"busy": 0} == {
        "attempts": 1,
        "delivered": 1,
        "failed": 0,
        "parked": 0,
        "deaths": 0,
        "busy": 0,
    }


@pytest.mark.parametrize("sign", ["aksk", "wsse"])
def test_a_push_carries_the_header_pair_of_its_application(
    rig: Rig, receive: Open, sign: str
) -> None:
    receiver = receive()
    app = rig.app(receiver.url, sign=sign)
    rig.start()
    rig.push(app)
    (request,) = receiver.wait(1)

    scheme = sign.upper()
    assert request.headers["Authorization"] == (
        f'{scheme} realm="SDP",profile="UsernameToken",type="Appkey"'
    )
    found = re.fullmatch(
        r'UsernameToken Username="([^"]+)",PasswordDigest="([^"]+)",'
        r'Nonce="([0-9A-Za-z]{1,128})",Created="(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)"',
        request.headers[f"X-{scheme}"],
    )
    assert found is not None
    user, digest, nonce, created = found.groups()
    plain = (nonce + created).encode()
    expected = (
        hmac.new(app.secret.encode(), plain, hashlib.sha256).digest()
        if sign == "aksk"
        else hashlib.sha256(plain + app.secret.encode()).digest()
    )
    assert user == app.key
    assert base64.b64decode(digest) == expected
    assert created == rig.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("code", [201, 204, 400, 404, 500])
def test_only_200_is_success(rig: Rig, receive: Open, code: int) -> None:
    receiver = receive(status(code))
    rig.start()
    push_id = rig.push(rig.app(receiver.url))

    row = rig.until_attempts(push_id, 1)
    assert (row.state, row.http_status, row.error) == ("due", code, f"the answer was HTTP {code}")


def test_a_redirect_is_not_followed(rig: Rig, receive: Open) -> None:
    elsewhere = receive()
    receiver = receive(lambda request: request.answer(302, Location=elsewhere.url))
    rig.start()
    push_id = rig.push(rig.app(receiver.url))

    assert rig.until_attempts(push_id, 1).http_status == 302
    assert elsewhere.requests == []


def test_six_re_pushes_then_parked_then_replayed(rig: Rig, receive: Open) -> None:
    receiver = receive(status(500))
    rig.start()
    push_id = rig.push(rig.app(receiver.url))
    rig.until_attempts(push_id, 1)

    elapsed = 0.0
    for attempt, minute in enumerate((1, 4, 9, 106, 203, 300), start=2):
        rig.clock.advance(minute * MINUTE - elapsed - 1)
        assert rig.row(push_id).attempts == attempt - 1
        rig.clock.advance(1)
        elapsed = minute * MINUTE
        rig.until_attempts(push_id, attempt)
    assert rig.until_state(push_id, "parked", 7).due_at is not None
    assert [row.push_id for row in rig.store.outbox.recent(10, "parked")] == [push_id]
    rig.clock.advance(1000 * MINUTE)
    assert len(receiver.requests) == 7

    receiver.behave = ok
    assert rig.store.write(lambda db: rig.store.outbox.replay(db, rig.clock.now())) == 1
    assert rig.until_state(push_id, "delivered").attempts == 8
    assert rig.delivery.counters()["parked"] == 1


def test_a_retry_holds_back_its_own_call_and_url_and_nothing_else(rig: Rig, receive: Open) -> None:
    answers = iter([500])
    receiver = receive(lambda request: request.answer(next(answers, 200)))
    app = rig.app(receiver.url)
    rig.start()
    first = rig.push(app, "callin", call="one")
    rig.until_attempts(first, 1)
    second = rig.push(app, "callout", call="one")
    third = rig.push(app, "answer", call="one")
    other_call = rig.push(app, "callin", call="two")
    other_url = rig.push(app, "sms", call="one", url=UrlKind.SMS)

    rig.until_state(other_call, "delivered")
    rig.until_state(other_url, "delivered")
    assert rig.row(second).attempts == rig.row(third).attempts == 0

    rig.clock.advance(MINUTE)
    rig.until_state(third, "delivered")
    order = [(r.json["call"], r.json["eventType"]) for r in receiver.requests]
    assert [kind for call, kind in order if call == "one" and kind != "sms"] == [
        "callin",
        "callin",
        "callout",
        "answer",
    ]


def test_what_waits_behind_a_dead_url_is_tried_in_order_and_parked_in_time(
    rig: Rig, receive: Open
) -> None:
    receiver = receive(status(500))
    app = rig.app(receiver.url)
    rig.start()
    first = rig.push(app, "callin")
    rig.until_attempts(first, 1)
    second = rig.push(app, "callout")
    elapsed = 0
    for attempt, minute in enumerate((1, 4, 9, 106, 203, 300), start=2):
        rig.clock.advance((minute - elapsed) * MINUTE)
        elapsed = minute
        rig.until_attempts(first, attempt)
    rig.until_state(first, "parked")
    rig.until_attempts(second, 1)
    rig.clock.advance(2 * MINUTE)
    rig.until_state(second, "parked")

    assert [request.json["eventType"] for request in receiver.requests][:7] == ["callin"] * 7


def test_a_fee_waits_for_the_first_attempt_of_its_disconnect_and_not_for_its_success(
    rig: Rig, receive: Open
) -> None:
    gate = threading.Event()
    status_url = receive(lambda request: (gate.wait(10), request.answer(500))[1])
    cdr_url = receive()
    app = rig.app(status_url.url, cdr=cdr_url.url)
    rig.start()
    disconnect = rig.push(app, "disconnect")
    fee = rig.push(app, "fee", after=disconnect)
    status_url.wait(1)
    other = rig.push(app, "fee", call="call-2")

    rig.until_state(other, "delivered")
    assert rig.row(fee).attempts == 0
    gate.set()

    rig.until_state(fee, "delivered")
    assert rig.row(disconnect).state == "due"


def test_a_fee_does_not_wait_for_ever_behind_an_event_that_cannot_be_sent(
    rig: Rig, receive: Open
) -> None:
    receiver, cdr_url = receive(status(500)), receive()
    app = rig.app(receiver.url, cdr=cdr_url.url)
    rig.start()
    callin = rig.push(app, "callin")
    rig.until_attempts(callin, 1)
    rig.clock.advance(MINUTE)
    rig.until_attempts(callin, 2)
    disconnect = rig.push(app, "disconnect")
    fee = rig.push(app, "fee", after=disconnect)

    rig.clock.advance(59)
    rig.until(lambda: not rig.delivery._looking)
    assert rig.row(fee).attempts == 0
    rig.clock.advance(6)
    rig.until_state(fee, "delivered")
    assert rig.row(disconnect).attempts == 0


def test_due_records_share_pushes_of_fifty_and_other_applications_have_their_own(
    rig: Rig, receive: Open
) -> None:
    receiver, other = receive(), receive()
    app, stranger = rig.app(receiver.url), rig.app(other.url)
    rows = [rig.push(app, "fee", call=f"call-{n}", n=n) for n in range(60)]
    rig.push(stranger, "fee", call="theirs")
    rig.start()
    for row in rows:
        rig.until_state(row, "delivered")

    bodies = [request.json for request in receiver.requests]
    assert [body["eventType"] for body in bodies] == ["fee", "fee"]
    assert sorted(len(body["feeLst"]) for body in bodies) == [10, 50]
    assert sorted(record["n"] for body in bodies for record in body["feeLst"]) == list(range(60))
    assert [len(request.json["feeLst"]) for request in other.wait(1)] == [1]


def test_dead_applications_do_not_delay_a_living_one(rig: Rig, receive: Open) -> None:
    never = threading.Event()
    dead = [receive(silent(never)) for _ in range(3)]
    living = receive()
    apps = [rig.app(receiver.url) for receiver in dead]
    app = rig.app(living.url)
    rig.settings = replace(SETTINGS, workers=8, per_application=3)
    for number in range(40):
        for each in apps:
            rig.push(each, call=f"call-{number}")
    rig.start()
    for receiver in dead:
        receiver.wait(2)

    began = time.monotonic()
    rows = [rig.push(app, call=f"call-{number}") for number in range(20)]
    for row in rows:
        rig.until_state(row, "delivered")
    assert time.monotonic() - began < 5
    assert all(len(receiver.requests) == 2 for receiver in dead)

    # Known to be dead now, they share one half of the pool, whatever their number.
    rig.clock.advance(5.1)
    rig.until(lambda: rig.delivery.counters()["failed"] >= 6)
    rig.until(lambda: rig.delivery.counters()["busy"] == 4)
    assert rig.until_state(rig.push(app, call="late"), "delivered").attempts == 1
    never.set()


def test_a_dribbling_answer_ends_at_the_deadline(rig: Rig, receive: Open) -> None:
    def dribble(request: Request) -> None:
        request.raw(b"HTTP/1.1 200 OK\r\n")
        while not receiver.closing.wait(0.02):
            request.raw(b"X-More: 1\r\n"[:1])

    receiver = receive(dribble)
    clock = SystemClock()
    clock.start()
    rig.settings = replace(SETTINGS, reply_timeout=0.4)
    rig.start(clock=clock)
    began = time.monotonic()
    push_id = rig.push(rig.app(receiver.url))

    row = rig.until_attempts(push_id, 1)
    assert 0.3 < time.monotonic() - began < 3
    assert (row.state, row.error) == ("due", "no answer within 0.4 s")
    clock.stop()


def test_a_silent_server_is_left_at_the_deadline_of_our_clock(rig: Rig, receive: Open) -> None:
    never = threading.Event()
    receiver = receive(silent(never))
    rig.start()
    push_id = rig.push(rig.app(receiver.url))
    receiver.wait(1)

    rig.clock.advance(4.9)
    assert rig.delivery.counters()["busy"] == 1
    rig.clock.advance(0.2)
    assert rig.until_attempts(push_id, 1).error == "no answer within 5 s"
    never.set()


def test_a_reset_a_refusal_and_nonsense_are_failures_with_a_cause(rig: Rig, receive: Open) -> None:
    refused = receive()
    refused.close()
    rig.start()
    causes = {
        "the connection was reset": receive(lambda request: request.reset()).url,
        "the answer is not HTTP (BadStatusLine)": receive(
            lambda request: request.raw(b"SSH-2.0-nonsense\r\n\r\n")
        ).url,
        "the connection was refused": refused.url,
        "the URL cannot be used": "http://[nonsense/",
        "the host name is unknown": "http://nowhere.invalid/",
    }
    rows = {cause: rig.push(rig.app(url)) for cause, url in causes.items()}
    for cause, push_id in rows.items():
        assert rig.until_attempts(push_id, 1).error == cause


def test_a_huge_body_is_cut_and_its_200_counts(rig: Rig, receive: Open) -> None:
    def pour(request: Request) -> None:
        request.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        while not receiver.closing.is_set():
            request.raw(b"x" * 65536)

    receiver = receive(pour)
    rig.start()
    push_id = rig.push(rig.app(receiver.url))
    assert rig.until_state(push_id, "delivered").attempts == 1


def test_what_a_stop_cut_stays_due_and_goes_again(rig: Rig, receive: Open) -> None:
    never = threading.Event()
    receiver = receive(silent(never))
    rig.start()
    push_id = rig.push(rig.app(receiver.url))
    receiver.wait(1)

    began = time.monotonic()
    assert rig.delivery.stop(1.5)
    assert time.monotonic() - began < 3
    row = rig.row(push_id)
    assert (row.state, row.attempts) == ("due", 0)

    never.set()
    receiver.behave = ok
    rig.start()
    assert rig.until_state(push_id, "delivered").attempts == 1
    assert len(receiver.requests) == 2


def test_an_outcome_that_the_store_refuses_is_not_an_excuse_to_send_again(
    rig: Rig, receive: Open
) -> None:
    class Refusing:
        """The store, whose first write of an outcome fails."""

        def __init__(self, store: Store) -> None:
            self._store = store
            self.refused = threading.Event()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._store, name)

        def post(self, work: Any, done: Any = None) -> None:
            if work.__name__ == "mark" and not self.refused.is_set():
                done(None, StoreFailed("the disk is full"))
                self.refused.set()
                return
            self._store.post(work, done)

    receiver = receive(status(500))
    store = Refusing(rig.store)
    rig.start(store=store)
    push_id = rig.push(rig.app(receiver.url))
    assert store.refused.wait(10)
    rig.delivery.look()
    rig.until(lambda: not rig.delivery._looking)
    assert (rig.row(push_id).attempts, len(receiver.requests)) == (0, 1)

    rig.clock.advance(1.0)
    rig.until_attempts(push_id, 1)
    assert len(receiver.requests) == 1


def test_a_url_that_was_taken_away_parks_what_was_meant_for_it(rig: Rig, receive: Open) -> None:
    receiver = receive()
    app = rig.app(receiver.url)
    push_id = rig.push(app)
    rig.store.write(
        lambda db: rig.store.applications.update(db, app.app_id, urls={UrlKind.STATUS: ""})
    )
    rig.start()

    row = rig.until_state(push_id, "parked")
    assert row.error == "the application has no such URL any more"
    assert receiver.requests == []


def test_a_changed_url_is_used_by_the_next_attempt(rig: Rig, receive: Open) -> None:
    old, new = receive(status(500)), receive()
    app = rig.app(old.url)
    rig.start()
    push_id = rig.push(app)
    rig.until_attempts(push_id, 1)
    rig.store.write(
        lambda db: rig.store.applications.update(db, app.app_id, urls={UrlKind.STATUS: new.url})
    )
    rig.clock.advance(MINUTE)
    rig.until_state(push_id, "delivered")
    assert (len(old.requests), len(new.requests)) == (1, 1)


@pytest.mark.parametrize(
    ("settings", "state", "error"),
    [
        (replace(SETTINGS, ca_file=CERTIFICATE), "delivered", None),
        (replace(SETTINGS, verify=False), "delivered", None),
        (SETTINGS, "due", "the certificate was refused: self-signed certificate"),
    ],
)
def test_certificates_are_verified_as_the_settings_say(
    rig: Rig, receive: Open, settings: DeliverySettings, state: str, error: str | None
) -> None:
    receiver = receive(tls=True)
    rig.settings = settings
    rig.start()
    row = rig.until_attempts(rig.push(rig.app(receiver.url)), 1)
    assert (row.state, row.error) == (state, error)


def test_rows_of_before_the_start_are_delivered(rig: Rig, receive: Open) -> None:
    receiver = receive()
    push_id = rig.push(rig.app(receiver.url))
    rig.start()
    assert rig.until_state(push_id, "delivered").attempts == 1


def test_every_thread_has_its_name_and_its_end(rig: Rig) -> None:
    since = Since()

    def names() -> list[str]:
        return since.names("notify-")

    rig.start()
    assert names() == [f"notify-{n}" for n in range(7)]
    assert rig.delivery.stop(5)
    assert names() == []


def test_a_thousand_pushes_arrive_once_and_in_order(rig: Rig, receive: Open) -> None:
    receiver = receive()
    apps = [rig.app(receiver.url + f"/{n}") for n in range(4)]
    rig.start()
    for number in range(50):
        for app in apps:
            for kind in ("callin", "callout", "alerting", "answer", "disconnect"):
                rig.push(app, kind, call=f"call-{number}")
    rig.until(lambda: rig.store.outbox.depth()["due"] == 0, 60)

    seen: dict[tuple[str, str], list[str]] = {}
    for request in receiver.requests:
        seen.setdefault((request.path, request.json["call"]), []).append(request.json["eventType"])
    assert len(seen) == 200
    assert set(map(tuple, seen.values())) == {
        ("callin", "callout", "alerting", "answer", "disconnect")
    }
