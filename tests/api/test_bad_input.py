"""Malformed bodies: one clear answer each, nothing changes, nothing crashes."""

from __future__ import annotations

import http.client
import json
import resource
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.client import AXB, Customer
from tests.api.conftest import X1, A, B, House

GOOD = json.dumps({"relationNum": X1, "callerNum": A, "calleeNum": B})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        GOOD.encode()[:-1] + b',"duration":NaN}',
        GOOD.encode()[:-1] + b',"duration":-Infinity}',
        GOOD.encode()[:-1] + b',"callerNum":"+8613912340009"}',
        GOOD.encode()[:-1] + b',"duration":1e400}',
        GOOD.encode()[:-1] + b',"duration":' + b"9" * 5000 + b"}",
        GOOD.encode("utf-16"),
        b'{"userData":"\xff\xfe"}',
        b'{"callerNum":"\\ud800","calleeNum":"+8613912340002"}',
        GOOD.encode() + b"x",
        b"\x00" * 1000,
    ],
)
def test_a_malformed_body_is_refused_and_changes_nothing(shop: Customer, body: bytes) -> None:
    for method in ("POST", "PUT"):
        reply = shop.raw(method, AXB, body)
        assert reply.outcome == (403, "1010002")
        assert reply.json["resultdesc"].startswith("Invalid request.")
    assert shop.send("GET", AXB, relationNum=X1).outcome == (403, "1012007")


def test_ten_megabytes_are_answered_without_being_kept(shop: Customer) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    body = b'{"userData":"' + b"x" * (10 << 20) + b'"}'

    reply = shop.raw("POST", AXB, body)

    assert reply.outcome == (403, "1010002")
    assert reply.json["resultdesc"] == "Invalid request.body is too long"
    assert reply.headers["connection"] == "close"
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40 << 10  # KB: the test's own two copies, and no third


def chunked(chunks: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def test_chunked_bodies_are_read_and_bounded(house: House, shop: Customer) -> None:
    def send(payload: bytes) -> tuple[int, Any]:
        with socket.create_connection(("127.0.0.1", house.port), timeout=10) as sock:
            head = [f"POST {AXB} HTTP/1.1", "Host: box", "Transfer-Encoding: chunked"]
            head += [f"{name}: {value}" for name, value in shop.headers().items()]
            sock.sendall("\r\n".join([*head, "", ""]).encode() + payload)
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            octets = answer.read()
            return answer.status, octets

    half = len(GOOD) // 2
    status, octets = send(chunked([GOOD[:half].encode(), GOOD[half:].encode()]))
    assert (status, json.loads(octets)["resultcode"]) == (200, "0")
    status, octets = send(chunked([b"x" * 65536] * 20))
    assert (status, json.loads(octets)["resultcode"]) == (403, "1010002")
    status, _ = send(b"zz\r\nnonsense\r\n")
    assert status == 400


@pytest.mark.parametrize(
    "query",
    ["relationNum=%ff", "relationNum=a&relationNum=b", "&".join(f"a{n}=1" for n in range(100))],
)
def test_a_malformed_query_is_refused(shop: Customer, query: str) -> None:
    assert shop.raw("GET", f"{AXB}?{query}").outcome == (403, "1010002")


def test_the_store_failing_is_told_as_the_platforms_error(
    house: House, shop: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from appliance.errors import StoreBusy, StoreFailed

    def fail(error: Exception) -> Any:
        def write(*_: object, **__: object) -> None:
            raise error

        return write

    for error, code in (
        (StoreBusy("slow"), "1023002"),
        (StoreFailed("disk full"), "1010001"),
        (ZeroDivisionError(), "1010001"),
    ):
        monkeypatch.setattr(house.store, "write", fail(error))
        assert shop.bind(relationNum=X1, callerNum=A, calleeNum=B).outcome == (500, code)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([X1, A, B, "true", "false", "0", "1", "50", "a.wav", "+86", "{}"])
)
KEYS = st.sampled_from(
    [
        "relationNum", "areaCode", "areaMatchMode", "callerNum", "calleeNum", "callDirection",
        "duration", "recordFlag", "recordHintTone", "maxDuration", "lastMinVoice", "privateSms",
        "preVoice", "userData", "subscriptionId", "callerHintTone",
    ]
) | st.text()  # fmt: skip
BODIES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8
    ),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(body=BODIES | st.fixed_dictionaries({"callerNum": st.just(A), "calleeNum": LEAVES}))
def test_no_body_is_ever_answered_with_a_server_error(shop: Customer, body: dict[str, Any]) -> None:
    for method in ("POST", "PUT"):
        reply = shop.raw(method, AXB, json.dumps(body).encode("utf-8", "surrogatepass"))
        assert reply.status in (200, 403), reply.octets
        assert set(reply.json) >= {"resultcode", "resultdesc"}
