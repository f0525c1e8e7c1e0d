"""What nobody should send: one clear answer each, nothing changes, the box goes on."""

from __future__ import annotations

import gzip
import json
import socket
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import (
    AXB,
    Reply,
    Shop,
    Wire,
    check_accepted,
    check_refused,
    head,
    query_of,
)

pytestmark = pytest.mark.usefixtures("unchanged")

DEEP = 100_000
MEGA = 10 * 1024 * 1024
UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"


def good(x: str) -> dict[str, Any]:
    return {"relationNum": x, "callerNum": person(), "calleeNum": person()}


def fields(shop: Shop, **more: str) -> list[tuple[str, str]]:
    """The headers of a signed request; ``more`` with underscores for hyphens."""
    signed = [("Host", f"127.0.0.1:{shop.port}"), *shop.headers().items()]
    return signed + [(name.replace("_", "-"), value) for name, value in more.items()]


def speak(shop: Shop, octets: bytes, method: str = "GET") -> Reply:
    """Send octets as they stand and return the answer."""
    with Wire(shop.address) as wire:
        wire.send(octets)
        return wire.receive(method)


BODIES = {
    "empty": b"",
    "blank": b" \r\n\t",
    "brace": b"{",
    "word": b"nonsense",
    "null": b"null",
    "true": b"true",
    "number": b"17",
    "string": b'"callerNum"',
    "list": b"[]",
    "list of objects": b'[{"callerNum":"+8613912340001"}]',
    "single quotes": b"{'callerNum':'+8613912340001'}",
    "trailing comma": b'{"callerNum":"+8613912340001",}',
    "comment": b'{"callerNum":"+8613912340001" /* A */}',
    "two values": b'{"callerNum":"+8613912340001"}{"a":1}',
    "something behind": b'{"callerNum":"+8613912340001"} x',
    "NaN": b'{"callerNum":"+8613912340001","duration":NaN}',
    "Infinity": b'{"callerNum":"+8613912340001","duration":Infinity}',
    "-Infinity": b'{"callerNum":"+8613912340001","duration":-Infinity}',
    "a key twice": b'{"callerNum":"+8613912340001","callerNum":"+8613912340002"}',
    "a key twice inside": b'{"preVoice":{"callerHintTone":"a.wav","callerHintTone":"b.wav"}}',
    "invalid UTF-8": b'{"callerNum":"\xff\xfe"}',
    "cut UTF-8": b'{"userData":"\xe4\xb8',
    "overlong UTF-8": b'{"userData":"\xc0\xaf"}',
    "UTF-16": '{"callerNum":"+8613912340001"}'.encode("utf-16"),
    "UTF-32": '{"callerNum":"+8613912340001"}'.encode("utf-32"),
    "a raw control character": b'{"userData":"a\x01b"}',
    "a raw NUL": b'{"userData":"a\x00b"}',
    "NULs": b"\x00" * 4096,
    "a broken escape": b'{"userData":"\\u12"}',
    "lists, deep": b"[" * DEEP,
    "lists, deep and closed": b"[" * DEEP + b"]" * DEEP,
    "objects, deep": b'{"a":' * DEEP,
    "objects, deep and closed": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep inside": b'{"callerNum":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "form": b"callerNum=%2B8613912340001&calleeNum=%2B8613912340002",
    "XML": b"<bind><callerNum>+8613912340001</callerNum></bind>",
    "gzip": gzip.compress(b'{"callerNum":"+8613912340001"}'),
    "noise": bytes(range(256)) * 64,
    "digits": b"1" * 500_000,
    "a number of 500,000 digits": b'{"duration":' + b"9" * 500_000 + b"}",
    "an unended string": b'{"userData":"' + b"a" * 500_000,
}


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_body_that_is_no_json_object(shop: Shop, method: str, body: bytes) -> None:
    check_refused(shop.send(method, AXB, body), "1010002")


STRANGE: dict[str, bytes] = {
    "exponent": b'{"duration":1e999}',
    "negative exponent": b'{"duration":1e-999}',
    "float": b'{"duration":3600.0}',
    "huge": b'{"duration":' + b"9" * 4000 + b"}",
    "huge and negative": b'{"duration":-' + b"9" * 4000 + b"}",
    "huge digits": b'{"maxDuration":"' + b"9" * 4000 + b'"}',
    "long": b'{"userData":"' + b"a" * 900_000 + b'"}',
    "long name": b'{"callerNum":"+86' + b"1" * 900_000 + b'"}',
    "surrogate": b'{"userData":"\\ud800"}',
    "surrogates the wrong way round": b'{"userData":"\\udc00\\ud800"}',
    "surrogate in a number": b'{"callerNum":"\\ud800"}',
    "surrogate in a voice": b'{"recordHintTone":"\\ud800.wav"}',
    "surrogate in an x": b'{"relationNum":"\\ud800\\ud800\\ud800\\ud800"}',
    "NUL": b'{"userData":"a\\u0000b"}',
    "NUL in a number": b'{"callerNum":"+8613912340001\\u0000"}',
    "NUL in an x": b'{"relationNum":"+8617000000001\\u0000"}',
    "emoji": '{"userData":"😀"}'.encode(),
    "right to left": '{"userData":"\u202e123"}'.encode(),
    "a thousand keys of ours": b'{"preVoice":{'
    + b",".join(b'"callerHintTone%d":1' % n for n in range(1000))
    + b',"callerHintTone":7}}',
    "object": b'{"callerNum":{"toString":"x"}}',
    "list": b'{"calleeNum":[["+8613912340001"]]}',
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_values_that_are_json_and_nothing_else(shop: Shop, x: str, body: bytes) -> None:
    spoilt = json.dumps(good(x)).encode()[:-1] + b"," + body[1:]
    if b"9999" not in body and b"1e" not in body:  # Python would read these into something else
        spoilt = json.dumps({**good(x), **json.loads(body)}).encode()
    reply = shop.send("POST", AXB, spoilt)
    assert reply.code in {"1010002", "1012007"}, reply
    check_refused(reply, reply.code)


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
def test_a_body_of_ten_megabytes(shop: Shop, method: str) -> None:
    octets = b'{"userData":"' + b"a" * MEGA + b'"}'
    check_refused(shop.send(method, AXB, octets), "1010002")


def test_ten_megabytes_without_a_signature(shop: Shop) -> None:
    check_refused(shop.send("POST", AXB, b"[" * MEGA, headers={}), "1023006")


def test_ten_megabytes_in_chunks(shop: Shop) -> None:
    octets = head("POST", AXB, fields(shop, Transfer_Encoding="chunked"))
    with Wire(shop.address) as wire:
        wire.send(octets)
        for _ in range(160):
            wire.send(b"10000\r\n" + b"a" * 65536 + b"\r\n")
        wire.send(b"0\r\n\r\n")
        check_refused(wire.receive("POST"), "1010002")


@pytest.mark.parametrize("size", [1, 7, 4096])
def test_a_body_in_chunks_is_a_body(shop: Shop, x: str, size: int) -> None:
    body = json.dumps(good(x)).encode()
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
    made = check_accepted(
        speak(shop, head("POST", AXB, fields(shop, Transfer_Encoding="chunked")) + coded)
    )
    check_accepted(shop.unbind(subscriptionId=made["subscriptionId"]))


@pytest.mark.parametrize(
    "coded",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-5\r\n{}\r\n0\r\n\r\n",
        b"\r\n\r\n",
        b"5\r\n{}0\r\n\r\n\r\n",
        b"ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}XX0\r\n\r\n",
    ],
)
def test_chunks_that_are_none(shop: Shop, coded: bytes) -> None:
    octets = head("POST", AXB, fields(shop, Transfer_Encoding="chunked")) + coded
    with Wire(shop.address) as wire:
        wire.send(octets)
        wire.sock.shutdown(socket.SHUT_WR)
        assert no_success(wire)


def no_success(wire: Wire) -> bool:
    """Whether the answer is an error, or the connection was closed without one."""
    try:
        return wire.receive("POST").status >= 400
    except OSError:
        return True


@pytest.mark.parametrize(
    "length", ["-1", "abc", "1e3", "0x10", "9" * 30, "17, 18", " ", "+17", "1_0", "１７"]
)
def test_a_length_that_is_none(shop: Shop, x: str, length: str) -> None:
    body = json.dumps(good(x)).encode()
    signed = fields(shop, Content_Length=length.encode().decode("latin-1"))
    with Wire(shop.address) as wire:
        wire.send(head("POST", AXB, signed) + body)
        wire.sock.shutdown(socket.SHUT_WR)
        assert no_success(wire)


def test_two_lengths(shop: Shop, x: str) -> None:
    body = json.dumps(good(x)).encode()
    signed = [*fields(shop, Content_Length=str(len(body))), ("Content-Length", "5")]
    with Wire(shop.address) as wire:
        wire.send(head("POST", AXB, signed) + body)
        wire.sock.shutdown(socket.SHUT_WR)
        assert no_success(wire)


def test_a_length_beside_chunks(shop: Shop, x: str) -> None:
    body = json.dumps(good(x)).encode()
    signed = fields(shop, Content_Length="3", Transfer_Encoding="chunked")
    with Wire(shop.address) as wire:
        wire.send(head("POST", AXB, signed) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        wire.sock.shutdown(socket.SHUT_WR)
        try:
            reply = wire.receive("POST")
        except OSError:
            return
        if reply.status == 200:  # chunks decide (RFC 9112 §6.3), and the connection ends
            check_accepted(shop.unbind(subscriptionId=reply.json["subscriptionId"]))


def test_a_body_that_ends_too_soon(shop: Shop, x: str) -> None:
    body = json.dumps(good(x)).encode()
    with Wire(shop.address) as wire:
        wire.send(head("POST", AXB, fields(shop, Content_Length=str(len(body) + 100))) + body)
        wire.sock.shutdown(socket.SHUT_WR)
        assert no_success(wire)


def test_a_client_that_goes_away(shop: Shop) -> None:
    for octets in (
        b"",
        b"POST " + AXB.encode(),
        head("POST", AXB, fields(shop, Content_Length="400")) + b"{",
    ):
        with Wire(shop.address) as wire:
            wire.send(octets)
    check_refused(shop.query(subscriptionId=UNKNOWN), "1012007")  # whoever comes next is served


def test_expect_100_continue(shop: Shop, x: str) -> None:
    body = json.dumps(good(x)).encode()
    signed = fields(shop, Content_Length=str(len(body)), Expect="100-continue")
    with Wire(shop.address) as wire:
        wire.send(head("POST", AXB, signed))
        assert wire.receive("POST").status == 100
        wire.send(body)
        made = check_accepted(wire.receive("POST"))
    check_accepted(shop.unbind(subscriptionId=made["subscriptionId"]))


def test_what_comes_behind_a_request_is_not_done(shop: Shop, x: str) -> None:
    """The connection ends with the first answer, which says so."""
    one = json.dumps(good(x)).encode()
    everything = f"{AXB}?{query_of({'relationNum': x})}"
    with Wire(shop.address) as wire:
        wire.send(
            head("POST", AXB, fields(shop, Content_Length=str(len(one))))
            + one
            + head("DELETE", everything, fields(shop))
        )
        reply = wire.receive("POST")
        made = check_accepted(reply)
        assert reply.headers["connection"] == "close"
        assert wire.file.read() == b""
    check_accepted(shop.unbind(subscriptionId=made["subscriptionId"]))


@pytest.mark.parametrize(
    "method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND", "LINK", "BREW", "get", "HEAD"]
)
def test_methods_that_the_interface_does_not_have(shop: Shop, method: str) -> None:
    signed = speak(shop, head(method, AXB, fields(shop)), method)
    unsigned = speak(shop, head(method, AXB, [("Host", "box")]), method)
    if method == "HEAD":  # the status alone: an answer to HEAD has no body
        assert (signed.status, signed.body) == (403, b"")
        assert (unsigned.status, unsigned.body) == (400, b"")
    elif method == "get":
        assert signed.status >= 400
        assert unsigned.status >= 400
    else:
        check_refused(signed, "1010006")
        check_refused(unsigned, "1023006")


def test_an_answer_to_head_has_nothing_behind_it(shop: Shop) -> None:
    with Wire(shop.address) as wire:
        wire.send(head("HEAD", AXB, fields(shop)))
        assert wire.receive("HEAD").status == 403
        assert wire.file.read() == b""


def test_connect_is_no_proxy(shop: Shop) -> None:
    reply = speak(shop, head("CONNECT", "example.com:443", fields(shop)), "POST")
    assert reply.status >= 400


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "rtcpns.cn-north-1.myhuaweicloud.com"])
def test_absolute_form(shop: Shop, x: str, bound: dict[str, Any], host: str) -> None:
    target = f"http://{host}:{shop.port}{AXB}?{query_of({'subscriptionId': bound['id']})}"
    body = check_accepted(speak(shop, head("GET", target, fields(shop))))
    assert body["relationNumList"][0]["callerNum"] == bound["a"]
    check_accepted(shop.unbind(subscriptionId=bound["id"]))


PATHS = [
    "/",
    "/rest",
    "/favicon.ico",
    AXB + "/",
    AXB + "//",
    AXB.upper(),
    "/" + AXB,
    "/rest%2Fcaas/relationnumber/partners/v1.0",
    "/rest/caas/relationnumber%2Fpartners/v1.0",
    "/rest/caas/relationnumber%5Cpartners/v1.0",
    "/rest/caas/./relationnumber/partners/v1.0",
    "/rest/caas/x/../relationnumber/partners/v1.0",
    "/rest/caas/relationnumber/partners/v1.0;v=1",
    "/rest/caas/relationnumber/partners/v1.0%00",
    "/rest/caas/relationnumber/partners/v1.0%0a",
    "/rest/caas/relationnumber/partners/v2.0",
    "/rest/caas/relationnumber/partners/v1x0",
    "/rest/recordings/../../etc/passwd",
    "//" + AXB,
    "//127.0.0.1" + AXB,
    "/rest/recordings/a/../../b",
    "/%ff%fe",
    "/%zz",
    "/" + "a" * 8000,
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_paths_that_do_not_exist(shop: Shop, method: str, path: str) -> None:
    signed = speak(shop, head(method, path, fields(shop, Content_Length="0")), method)
    assert signed.status == 404, signed
    unsigned = speak(shop, head(method, path, [("Host", "box"), ("Content-Length", "0")]), method)
    assert unsigned.status == 404


def test_no_recording_lies_outside_its_folder(shop: Shop) -> None:
    path = f"/rest/recordings/{shop.key}/..%2F..%2Fsimveil.db?expires=9999999999&proof=00"
    assert shop.send("GET", path).status == 404


def test_an_escaped_path_is_the_same_path(shop: Shop) -> None:
    path = AXB.replace(".", "%2E").replace("caas", "%63aas")
    check_refused(speak(shop, head("GET", path, fields(shop))), "1010002")


@pytest.mark.parametrize(
    "octets",
    [
        b"\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200) + b"\r\n\r\n",  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1 x\r\n\r\n",
        b"GET / FTP/1.1\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET rest HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET %2Frest HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET //[ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET ftp://a" + AXB.encode() + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA\x00: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"b" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 20_000 + b"\r\n",
        b"\x00" * 70_000 + b"\r\n\r\n",
        b"\xff" * 70_000,
    ],
)
def test_octets_that_are_no_request(shop: Shop, octets: bytes) -> None:
    with Wire(shop.address) as wire:
        wire.send(octets)
        wire.sock.shutdown(socket.SHUT_WR)
        assert no_success(wire)


def test_http_1_0_is_answered_and_closed(shop: Shop, x: str) -> None:
    octets = head("GET", AXB, fields(shop)).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    with Wire(shop.address) as wire:
        wire.send(octets)
        check_refused(wire.receive(), "1010002")
        assert wire.sock.recv(1) == b""


def test_underscores_are_no_hyphens(shop: Shop) -> None:
    headers = shop.headers()
    headers["X_AKSK"] = headers.pop("X-AKSK")
    check_refused(shop.send("GET", AXB, headers=headers), "1023033")


def test_headers_twice(shop: Shop) -> None:
    signed = [*fields(shop), ("Authorization", "AKSK"), ("X-AKSK", "UsernameToken")]
    reply = speak(shop, head("GET", AXB, signed))
    assert reply.status in {400, 401, 403}
    check_refused(reply, reply.code)


def test_many_clients_with_nonsense_at_once(shop: Shop, x: str) -> None:
    wires = [Wire(shop.address) for _ in range(60)]
    try:
        for number, wire in enumerate(wires):
            wire.send((b"", b"P", head("POST", AXB, fields(shop, Content_Length="9")))[number % 3])
        made = check_accepted(shop.bind(**good(x)))
        check_accepted(shop.unbind(subscriptionId=made["subscriptionId"]))
    finally:
        for wire in wires:
            wire.close()


def test_the_box_has_logged_no_failure(town: Town, shop: Shop, x: str) -> None:
    """Nothing of what a client can send is an error of the box."""
    for body in (b"{", b"[" * DEEP, b'{"callerNum":"\\ud800"}', b"\xff"):
        check_refused(shop.send("POST", AXB, body), "1010002")
    told = town.house.log("serve")
    assert "Traceback" not in told, told[told.find("Traceback") - 500 :][:3000]
