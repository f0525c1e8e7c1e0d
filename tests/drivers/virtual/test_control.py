"""The bank's control, over real HTTP, with fast radio and voice in real time."""

from __future__ import annotations

import base64
import http.client
import io
import json
import threading
import wave
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from drivers.virtual.audio import tone
from drivers.virtual.bank import Bank
from drivers.virtual.config import LineConfig, bank_config
from drivers.virtual.errors import BankError
from drivers.virtual.network import Network
from drivers.virtual.reactor import Reactor
from drivers.virtual.traps import Trap
from drivers.virtual.wav import write
from tests.drivers.virtual.town import A, B, C, Set, X, level
from tests.threads import Since

Y = "+8617000000002"


class Stick(Set):
    """A modem that answers by itself."""

    def __init__(self, reactor: Reactor, network: Network, line: LineConfig) -> None:
        super().__init__()
        self.msisdn = line.msisdn
        self.line = line
        self.suffered: list[str] = []
        self.station = network.attach(line.sim, self)

    def start(self) -> None:
        self.station.register_at_once()

    def stop(self) -> None:
        self.station.radio(False)

    def describe(self) -> dict[str, object]:
        return {"msisdn": self.msisdn, "iccid": self.line.sim.iccid, "commands": []}

    def fault(self, kind: str) -> None:
        self.faults()[kind]()

    def faults(self) -> dict[str, Callable[[], None]]:
        return {kind: partial(self.suffered.append, kind) for kind in ("unplug", "plug")}

    def trade(self, what: str, other: Stick) -> None:
        self.suffered.append(f"{what} with {other.msisdn}")

    def ambush(self, trap: Trap) -> None:
        self.suffered.append(f"{trap.heard} {trap.moment} {trap.word!r}")
        trap.spring()


class Client:
    """One HTTP connection to the control."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = http.client.HTTPConnection(address, timeout=30)

    def raw(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        self._http.request(method, path, body)
        reply = self._http.getresponse()
        return reply.status, reply.read()

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        octets = None if body is None else json.dumps(body).encode()
        status, answer = self.raw(method, path, octets)
        return status, json.loads(answer)

    def get(self, path: str) -> Any:
        status, answer = self.ask("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body: object = None) -> Any:
        status, answer = self.ask("POST", path, body if body is not None else {})
        assert status == 200, answer
        return answer

    def phone(self, number: str, action: str = "", body: object = None) -> Any:
        return self.post(
            f"/phones/{quote(number, safe='')}" + (f"/{action}" if action else ""), body
        )

    def look(self, number: str) -> Any:
        return self.get(f"/phones/{quote(number, safe='')}")

    def until(self, number: str, state: str) -> Any:
        """Follow the events until a phone is in a state."""
        after = 0
        for _ in range(200):
            seen = self.look(number)
            if seen["state"] == state:
                return seen
            after = self.get(f"/events?since={after}&timeout=2")["next"]
        raise AssertionError(f"{number} never was {state}: {seen}")

    def until_event(self, **facts: object) -> Any:
        after = 0
        for _ in range(200):
            answer = self.get(f"/events?since={after}&timeout=2")
            after = answer["next"]
            for event in answer["events"]:
                if all(event.get(name) == value for name, value in facts.items()):
                    return event
        raise AssertionError(f"no event {facts}")

    def close(self) -> None:
        self._http.close()


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    since = Since()
    config = bank_config({"lines": [X, Y], "control": "127.0.0.1:0", "speed": 25.0})
    bank = Bank(config, Stick)
    bank.start()
    yield bank
    bank.stop()
    assert not bank.alive
    assert not since.names("control", "bank")


@pytest.fixture
def client(bank: Bank) -> Iterator[Client]:
    client = Client(bank.control)
    yield client
    for phone in client.get("/phones"):
        client.ask("DELETE", f"/phones/{quote(phone['msisdn'])}")
    client.close()


def refusal(client: Client, status: int, method: str, path: str, body: object = None) -> str:
    """Return the sentence of a refusal."""
    seen, answer = client.ask(method, path, body)
    assert seen == status, answer
    assert list(answer) == ["error"]
    assert " " in answer["error"]
    return str(answer["error"])


def test_threads_have_their_names(client: Client) -> None:
    names = {thread.name for thread in threading.enumerate()}
    assert {"bank", "control-accept", "control-1", "control-32"} <= names


def test_a_phone_appears_once_and_leaves(client: Client) -> None:
    assert client.phone(A)["state"] == "idle"
    client.phone(A, "power", {"on": False})
    assert client.phone(A)["state"] == "off"
    assert client.get("/phones/13900000001")["msisdn"] == A
    assert client.ask("DELETE", f"/phones/{quote(A)}") == (200, {})
    assert "no phone" in refusal(client, 404, "GET", f"/phones/{quote(A)}")
    assert "no phone" in refusal(client, 404, "DELETE", f"/phones/{quote(A)}")


def test_a_call_from_phone_to_phone_with_voices_and_keys(client: Client) -> None:
    client.phone(A)
    client.phone(B)
    dialled = client.phone(A, "dial", {"to": B})
    assert (dialled["state"], dialled["shown"]) == ("dialling", B)
    assert client.until(B, "ringing")["shown"] == A
    assert client.phone(B, "answer")["state"] == "active"
    client.until(A, "active")
    sound = base64.b64encode(write([tone([(1100, -10)], 8000).astype("<i2").tobytes()])).decode()
    assert client.phone(B, "say", {"wav": sound})["speaking"]
    client.phone(A, "say", {"tone": 600, "seconds": 0.6})
    client.phone(A, "digits", {"digits": "12"})
    client.until_event(kind="digit", phone=B, digit="2")
    client.phone(A, "say", {"tone": 2000, "seconds": 0.02})
    assert client.look(B)["digits"] == "12"
    assert client.phone(A, "hangup")["state"] == "idle"
    client.until(B, "idle")
    assert peak(client, A, 1100) > -12
    assert peak(client, B, 600) > -12
    assert peak(client, B, 1100) < -40
    (entry,) = client.look(B)["calls"]
    assert (entry["direction"], entry["number"], entry["cause"]) == ("in", A, 16)


def peak(client: Client, number: str, hertz: float) -> float:
    """The highest level of a pitch in any quarter second that a phone heard."""
    status, octets = client.raw("GET", f"/phones/{quote(number)}/heard.wav")
    assert status == 200
    with wave.open(io.BytesIO(octets)) as file:
        assert (file.getframerate(), file.getnchannels()) == (8000, 1)
        sound = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return max(level(sound[at : at + 2000], hertz) for at in range(0, len(sound) - 2000, 1000))


def test_reject_power_and_auto(client: Client) -> None:
    client.phone(A)
    client.phone(B)
    client.phone(A, "dial", {"to": B, "withhold": True})
    assert client.until(B, "ringing")["shown"] is None
    assert client.phone(B, "reject")["state"] == "idle"
    assert client.until(A, "idle")["calls"][-1]["cause"] == 21
    client.phone(A, "dial", {"to": B})
    client.until(B, "ringing")
    client.phone(B, "reject", {"cause": 17})
    assert client.until(A, "idle")["calls"][-1]["cause"] == 17
    failing = {"to": B, "cause": 42, "times": 1}
    assert client.post("/network/calls", failing) == failing
    client.phone(A, "dial", {"to": B})
    assert client.until(A, "idle")["calls"][-1]["cause"] == 42
    assert client.phone(B, "auto", {"answer_after": 0})["answer_after"] == 0
    client.phone(A, "dial", {"to": B})
    client.until(A, "active")
    assert client.phone(B, "power", {"on": False})["state"] == "off"
    assert client.until(A, "idle")["calls"][-1]["cause"] == 16
    assert client.phone(B, "auto", {"answer_after": None})["answer_after"] is None


def test_texts_return_once_every_part_is_taken(client: Client) -> None:
    client.phone(A)
    client.phone(B)
    text = "你好，" * 60
    assert client.phone(A, "sms", {"to": B, "text": text, "report": True})["parts"] == 3
    client.until_event(kind="text", phone=B, text=text)
    (item,) = client.look(B)["inbox"]
    assert (item["from"], item["text"]) == (A, text)
    client.until_event(kind="pdu", phone=A, direction="down")
    pdus = [pdu for pdu in client.get("/air")["pdus"] if pdu.get("phone") in (A, B)]
    assert len([pdu for pdu in pdus if pdu["direction"] == "up"]) >= 3


def test_a_refused_text_says_why(client: Client) -> None:
    client.phone(A)
    assert client.post("/network/sms", {"refuse": 41, "times": 1})["times"] == 1
    assert "RP cause 41" in refusal(
        client, 409, "POST", f"/phones/{quote(A)}/sms", {"to": B, "text": "Hi"}
    )


def test_a_text_from_anybody(client: Client) -> None:
    client.phone(A)
    assert client.post("/network/text", {"from": "Bank", "to": A, "text": "code 123"}) == {
        "parts": 1
    }
    client.until_event(kind="text", phone=A, text="code 123")
    assert client.look(A)["inbox"][0]["from"] == "Bank"


def test_lines_are_listed_shown_and_broken(client: Client, bank: Bank) -> None:
    one, two = client.get("/lines")
    assert (one["msisdn"], two["msisdn"]) == (X, Y)
    assert one["registered"]
    assert one["services"]["hold"] is True
    path = f"/lines/{quote(X)}"
    assert client.get(path)["iccid"] == one["iccid"]
    assert client.post(f"{path}/services", {"hold": False, "report_delay": 9})["services"] == {
        **one["services"],
        "hold": False,
        "report_delay": 9.0,
    }
    client.post(f"{path}/services", {"hold": True, "report_delay": 2})
    client.post(f"{path}/fault", {"kind": "unplug"})
    assert client.until_event(kind="fault", line=X, fault="unplug")
    assert not client.post(f"{path}/fault", {"kind": "no-network"})["registered"]
    client.post(f"{path}/fault", {"kind": "network"})
    client.until_event(kind="registration", line=X, status=1)
    client.post(f"{path}/fault", {"kind": "plug", "heard": "ATA", "moment": "during"})
    assert client.until_event(kind="fault", line=X, fault="plug")
    for bad in (
        {"kind": "nonsense"},
        {"kind": "nonsense", "heard": "ATA"},
        {"kind": "plug", "heard": "ATA", "said": "OK"},
        {"kind": "plug", "said": ""},
        {"kind": "plug", "said": "OK", "moment": "soon"},
    ):
        assert "fault" in refusal(client, 400, "POST", f"{path}/fault", bad)
    assert "no line" in refusal(client, 404, "GET", f"/lines/{quote(A)}")
    assert "no service" in refusal(client, 400, "POST", f"{path}/services", {"holt": True})
    assert "is a line" in refusal(client, 409, "POST", f"/phones/{quote(X)}")
    assert client.get("/")["lines"] == [X, Y]


def test_an_exchange_is_of_sims_or_ports_between_two_lines(client: Client) -> None:
    start = client.get("/events")["next"]
    for bad in (
        {"what": "hats", "lines": [X, Y]},
        {"what": "sims", "lines": [X]},
        {"what": "sims", "lines": X},
        {"what": "sims", "lines": [X, X]},
        {"what": "sims", "lines": [X, 5]},
    ):
        assert refusal(client, 400, "POST", "/exchange", bad)
    assert "no line" in refusal(client, 404, "POST", "/exchange", {"what": "sims", "lines": [X, A]})
    one, two = client.post("/exchange", {"what": "ports", "lines": [X, Y]})
    assert (one["msisdn"], two["msisdn"]) == (X, Y)
    told = client.get(f"/events?since={start}")["events"]
    assert [each["what"] for each in told if each["kind"] == "exchange"] == ["ports"]


def test_events_are_waited_for(client: Client, bank: Bank) -> None:
    start = client.get("/events")["next"]
    got: list[Any] = []
    other = Client(bank.control)
    waiter = threading.Thread(
        target=lambda: got.append(other.get(f"/events?since={start}&timeout=20"))
    )
    waiter.start()
    client.phone(C)
    waiter.join(10)
    other.close()
    assert got[0]["events"][0]["seq"] == start + 1
    assert {"seq", "at", "kind", "phone"} <= set(got[0]["events"][0])
    assert client.get("/events?since=999999999")["events"] == []


@pytest.mark.parametrize(
    ("action", "body", "words"),
    [
        ("dial", {}, 'lacks "to"'),
        ("dial", {"to": 5}, "must be a string"),
        ("dial", {"to": "abc"}, "must be a telephone number"),
        ("dial", {"to": "+"}, "must be a telephone number"),
        ("dial", {"to": A, "withhold": "yes"}, "must be true or false"),
        ("digits", {"digits": "1x"}, "no key"),
        ("power", {"on": 1}, "must be true or false"),
        ("auto", {}, 'lacks "answer_after"'),
        ("auto", {"answer_after": -1}, "must be between"),
        ("auto", {"answer_after": True}, "must be a number"),
        ("auto", {"answer_after": float("nan")}, "must be a number"),
        ("say", {}, 'either "tone"'),
        ("say", {"tone": 440, "wav": ""}, 'either "tone"'),
        ("say", {"tone": 440}, 'lacks "seconds"'),
        ("say", {"tone": 0, "seconds": 1}, "must be between"),
        ("say", {"wav": "!!"}, "not base64"),
        ("say", {"wav": "AAAA"}, "not a WAV"),
        ("sms", {"to": A}, 'lacks "text"'),
        ("sms", {"to": "", "text": "x"}, "must be a telephone number"),
        ("sms", {"to": A, "text": "x" * 40_000}, "can't be sent"),
        ("sms", {"to": A, "text": None}, "must be a string"),
    ],
)
def test_a_wrong_request_changes_nothing(
    client: Client, action: str, body: object, words: str
) -> None:
    client.phone(A)
    assert words in refusal(client, 400, "POST", f"/phones/{quote(A)}/{action}", body)
    assert client.look(A)["state"] == "idle"


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        (b"{", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"x"', "not a JSON object"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"to":' + b"[" * 100_000, "nested"),
        (b'{"to": 1' + b"0" * 5000 + b"}", ""),
    ],
)
def test_hostile_bodies_are_refused_in_words(client: Client, octets: bytes, words: str) -> None:
    client.phone(A)
    status, answer = client.raw("POST", f"/phones/{quote(A)}/dial", octets)
    assert status == 400
    assert words in json.loads(answer)["error"]


@pytest.mark.parametrize("action", ["answer", "reject", "hangup"])
def test_what_the_state_forbids_is_409(client: Client, action: str) -> None:
    client.phone(A)
    assert A in refusal(client, 409, "POST", f"/phones/{quote(A)}/{action}")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nonsense", 404),
        ("POST", "/phones/%2B8613900000009/dial", 404),
        ("GET", "/phones/%2B8613900000009/heard.wav", 404),
        ("PUT", "/phones/%2B8613900000001", 405),
        ("POST", "/phones/abc", 400),
        ("POST", "/phones/%00", 400),
        ("POST", "/phones/%FF%FE", 404),
        ("GET", "/events?since=x", 400),
        ("GET", "/events?since=-1", 400),
        ("GET", "/events?timeout=nan", 400),
        ("POST", "/network/sms", 400),
    ],
)
def test_what_is_not_there(client: Client, method: str, path: str, status: int) -> None:
    assert refusal(client, status, method, path, {"to": A} if method == "POST" else None)


def test_a_phone_without_a_call_has_heard_nothing(client: Client) -> None:
    client.phone(A)
    assert "not had a call" in refusal(client, 404, "GET", f"/phones/{quote(A)}/heard.wav")


def test_a_taken_address_is_told_and_nothing_is_left(bank: Bank) -> None:
    config = bank_config({"lines": [X], "control": bank.control})
    second = Bank(config, Stick)
    with pytest.raises(BankError, match="can't listen"):
        second.start()
    assert not second.alive
    second.stop()
