"""The admin interface as its own document describes it: every answer is checked against it."""

from __future__ import annotations

import http.client
import json
import logging
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import pytest
from openapi_core import OpenAPI, V31ResponseUnmarshaller
from openapi_core.testing import MockRequest, MockResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from appliance import logging as box_logging
from appliance.api.admin import OPERATIONS, admin_app, metrics_app
from appliance.api.admin.metrics import registry
from appliance.api.counters import Requests
from appliance.api.server import Server
from appliance.config import Settings
from appliance.errors import NotFound
from appliance.model.records import CallRecord, Mode
from appliance.store import Store
from drivers.clock import ManualClock
from drivers.modem import AtExchange
from tests.api.conftest import settings_in
from tests.cli.conftest import FakeDesk

X1, A, B = "+8617000000001", "+8613912340001", "+8613912340002"
LINE = SimpleNamespace(
    msisdn=X1, iccid="8986001", imei="86001", family="ec25", role=None, state="ready",
    explanation=None, operator="Virtual", signal_dbm=-70, celsius=31, call=None, queue=2,
    findings=(),
    own_number=None,
)  # fmt: skip


class Lines:
    def __init__(self) -> None:
        self.desk = FakeDesk()

    def lines(self) -> list[SimpleNamespace]:
        return [LINE]

    def enrolment_changed(self) -> None:
        self.told = True

    def metrics(self) -> Iterable[Metric]:
        family = GaugeMetricFamily("simveil_lines", "Lines by state.", labels=["state"])
        family.add_metric(["ready"], 1)
        return [family]

    def raw_at(self, line: str, command: str, timeout: float) -> list[str]:
        return ["OK"]

    def ussd(self, line: str, code: str, timeout: float) -> str:
        return "fine"

    def reset(self, line: str) -> None:
        raise ZeroDivisionError

    def transcript(self, line: str) -> list[AtExchange]:
        if line != X1:
            raise NotFound(f"there is no line {line}")
        at = datetime(2026, 1, 2, tzinfo=UTC)
        return [AtExchange(at, True, f"ATD{A};"), AtExchange(at, False, "OK")]


@dataclass
class Operator:
    """Asks over the unix socket and holds every JSON answer against the document."""

    path: str
    store: Store
    clock: ManualClock
    settings: Settings
    document: OpenAPI | None = None

    def send(
        self, method: str, target: str, body: bytes | None = None, accept: str = "*/*"
    ) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection("box", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(self.path)
        try:
            connection.request(method, target, body, {"Accept": accept})
            answer = connection.getresponse()
            kind = answer.getheader("Content-Type") or ""
            return answer.status, kind, answer.read()
        finally:
            connection.close()

    def ask(self, method: str, target: str, body: Any = None) -> tuple[int, Any]:
        octets = None if body is None else json.dumps(body).encode()
        status, kind, answer = self.send(method, target, octets)
        if self.document is None:
            described = json.loads(self.send("GET", "/openapi.json")[2])
            self.document = OpenAPI.from_dict({**described, "servers": [{"url": "http://box"}]})
        path, _, query = target.partition("?")
        pairs = dict(pair.split("=", 1) for pair in query.split("&")) if query else {}
        request = MockRequest(
            "http://box", method.lower(), path, args=pairs, data=octets,
            content_type="application/json",
        )  # fmt: skip
        result = V31ResponseUnmarshaller(self.document.spec).unmarshal(
            request, MockResponse(answer, status_code=status, content_type=kind)
        )
        result.raise_for_errors()
        return status, json.loads(answer)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    clock = ManualClock()
    settings = settings_in(tmp_path)
    store = Store(settings.box.database, clock=clock)
    store.start()
    path = str(tmp_path / "admin" / "admin.sock")
    server = Server(admin_app(store, Lines(), clock, settings), path, threads=2)
    try:
        server.start()
        yield Operator(path, store, clock, settings)
    finally:
        server.stop(2.0)
        store.stop(5.0)


def test_a_day_of_an_operator(operator: Operator, tmp_path: Path) -> None:
    ask = operator.ask
    assert ask("GET", "/health")[1]["state"] == "ok"
    status, app = ask("POST", "/applications", {"name": "shop", "mode": "AXB", "record": True})
    assert (status, app["record"], len(app["appSecret"])) == (200, True, 32)
    assert ask("PATCH", "/applications/shop", {"sms": True})[1]["sms"] is True
    assert ask("GET", "/applications")[1][0]["appSecret"] is None
    assert ask("GET", "/applications/shop?secret=true")[1]["appSecret"] == app["appSecret"]
    number = ask("POST", "/numbers", {"msisdn": X1, "app": "shop"})[1]
    assert number["iccid"] == "8986001"
    binding = ask("POST", "/bindings", {"app": "shop", "a": A, "b": B})[1]
    assert ask("GET", f"/bindings?x={quote(X1)}")[1] == [binding]
    assert ask("DELETE", f"/bindings/{binding['subscription_id']}")[1] == binding
    assert ask("GET", "/lines")[1][0]["queue"] == 2
    assert ask("POST", f"/lines/{quote(X1)}/at", {"command": "AT"})[1] == {"lines": ["OK"]}
    assert ask("POST", f"/lines/{quote(X1)}/ussd", {"code": "*100#"})[1] == {"lines": ["fine"]}
    assert ask("GET", "/texts")[1] == ask("GET", "/inbox")[1] == ask("GET", "/outbox")[1] == []
    assert ask("POST", "/outbox/replay", {})[1] == {"done": 0}
    assert ask("GET", "/voices/shop")[1] == []
    backup = ask("POST", "/backup", {"path": str(tmp_path / "b.tar")})[1]
    assert backup["files"] >= 1
    assert ask("DELETE", f"/numbers/{quote(X1)}")[1]["msisdn"] == X1


def test_a_call_is_shown_with_its_events(operator: Operator) -> None:
    now = operator.clock.now()
    record = CallRecord(
        session_id="s/1@box", icid="i", app_id=None, mode=Mode.AXB, bind_number=X1, dialled=X1,
        caller=A, callee=B, call_in_at=now, answered_at=now, ended_at=now, notes=("a note",),
    )  # fmt: skip
    calls = operator.store.calls
    operator.store.write(lambda db: calls.open(db, record))
    operator.store.write(lambda db: calls.tell(db, "s/1@box", "callin", now, None))

    status, call = operator.ask("GET", f"/calls/{quote('s/1@box', safe='')}")

    assert status == 200
    assert (call["caller"], call["notes"]) == (A, ["a note"])
    assert call["events"] == {"callin": "2026-03-01T08:00:00Z"}
    listed = operator.ask("GET", f"/calls?party={quote(A)}&since=2026-03-01T07:00:00Z")[1]
    assert [one["session_id"] for one in listed] == ["s/1@box"]


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "words"),
    [
        ("GET", "/applications/nobody", None, 404, "there is no application"),
        ("POST", "/applications", {"name": "x"}, 400, "mode: field required"),
        ("POST", "/applications", {"name": "x", "mode": "AX", "modus": 1}, 400, "modus"),
        ("GET", "/calls?limit=0", None, 400, "limit"),
        ("GET", "/calls?nonsense=1", None, 400, "nonsense"),
        ("POST", "/bindings", {"app": "x", "a": A, "b": B}, 404, "no application"),
        ("POST", f"/lines/{quote(X1)}/reset", {}, 500, "its log says why"),
    ],
)
def test_a_mistake_is_one_sentence(
    operator: Operator, method: str, target: str, body: Any, status: int, words: str
) -> None:
    got, answer = operator.ask(method, target, body)

    assert got == status
    assert list(answer) == ["error"]
    assert words in answer["error"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000, b'{"a":1' + b" " * (2 << 20) + b"}"])
def test_a_malformed_body_is_refused(operator: Operator, body: bytes) -> None:
    status, _, answer = operator.send("POST", "/applications", body)

    assert status == 400
    assert "the body" in json.loads(answer)["error"]


def test_unknown_paths_and_methods_are_refused_in_json(operator: Operator) -> None:
    for method, target, status in (("GET", "/nothing", 404), ("PUT", "/health", 405)):
        got, _, answer = operator.send(method, target)
        assert got == status
        assert "error" in json.loads(answer)


def test_the_document_is_valid_closed_and_complete(operator: Operator) -> None:
    document = json.loads(operator.send("GET", "/openapi.json")[2])

    OpenAPI.from_dict(document).check_spec()
    assert document["openapi"] == "3.1.0"
    described = {
        (method.upper(), path) for path, verbs in document["paths"].items() for method in verbs
    }
    assert described == {
        *((one.method, one.path) for one in OPERATIONS),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
    }
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object":
            assert schema["additionalProperties"] is False, name
    text = json.dumps(document)
    for name in {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}:
        assert name in document["components"]["schemas"]


def test_an_iccid_is_kept_as_the_modem_reads_it(operator: Operator) -> None:
    ask = operator.ask
    ask("POST", "/applications", {"name": "shop", "mode": "AXB"})
    status, error = ask("POST", "/numbers", {"msisdn": X1, "app": "shop", "iccid": "123"})
    assert status == 400, error
    given = {"msisdn": X1, "app": "shop", "iccid": "898600b215135700012f"}
    assert ask("POST", "/numbers", given)[1]["iccid"] == "898600B215135700012"


def test_a_list_can_be_downloaded_as_a_file(operator: Operator) -> None:
    operator.ask("POST", "/applications", {"name": "shop", "mode": "AXB"})
    operator.ask("POST", "/numbers", {"msisdn": X1, "app": "shop"})
    workbook = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    status, kind, octets = operator.send("GET", "/numbers", accept="text/csv, */*;q=0.1")
    assert (status, kind) == (200, "text/csv")
    heads, row = octets.decode().splitlines()
    assert heads.split(",")[:3] == ["msisdn", "iccid", "role"]
    assert row.startswith(f"{X1},8986001,number")
    status, kind, octets = operator.send("GET", "/numbers", accept=workbook)
    assert (status, kind, octets[:2]) == (200, workbook, b"PK")
    assert operator.send("GET", "/health", accept="text/csv")[1] == "application/json"
    described = json.loads(operator.send("GET", "/openapi.json")[2])["paths"]["/numbers"]["get"]
    assert set(described["responses"]["200"]["content"]) == {
        "application/json", "text/csv", workbook,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("method", "target", "body", "words"),
    [
        ("POST", "/tasks/sms", {"numbers": [X1], "on": 0}, "on: input should be a valid boolean"),
        ("POST", "/bindings", {"app": "a", "a": A, "b": B, "direction": "1"}, "direction"),
        ("POST", "/tasks/release", {"numbers": ["\0"]}, "numbers.0"),
        ("POST", "/outbox/replay", {"push_ids": [2**70]}, "push_ids.0"),
        ("GET", f"/outbox/{2**70}", None, "push_id"),
        ("GET", "/calls?since=38455985", None, "no time such as"),
        ("POST", "/voices/shop/a.wav", {"content": "\u00f8"}, "Base64"),
    ],
)
def test_what_json_may_not_say_is_refused(
    operator: Operator, method: str, target: str, body: Any, words: str
) -> None:
    operator.ask("POST", "/applications", {"name": "shop", "mode": "AXB"})

    status, answer = operator.ask(method, target, body)

    assert status == 400
    assert words in answer["error"]


def test_metrics_tell_lines_outbox_and_bindings(operator: Operator) -> None:
    status, kind, octets = operator.send("GET", "/metrics")

    assert status == 200
    assert kind.startswith("text/plain")
    families = {one.name: one for one in text_string_to_metric_families(octets.decode())}
    assert families["simveil_lines"].samples[0].labels == {"state": "ready"}
    assert families["simveil_line_queue"].samples[0].value == 2
    assert families["simveil_line_celsius"].samples[0].value == 31
    assert {sample.labels["state"] for sample in families["simveil_outbox_pushes"].samples} == {
        "due",
        "parked",
    }
    assert X1 not in octets.decode()


def test_metrics_may_have_a_port_of_their_own(operator: Operator) -> None:
    made: CollectorRegistry = registry(operator.store, Lines())
    Requests(made).count("CreateAXBBinding", "0")
    server = Server(metrics_app(made), "127.0.0.1:0", threads=2)
    server.start()
    try:
        address = server.addresses[0]
        assert isinstance(address, tuple)
        connection = http.client.HTTPConnection(*address, timeout=5)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.request("GET", "/health")
        assert connection.getresponse().status == 404
        connection.close()
    finally:
        server.stop(2.0)
    assert 'simveil_api_requests_total{code="0",operation="CreateAXBBinding"} 1.0' in text


def test_the_last_words_of_a_modem_are_shown_masked(operator: Operator) -> None:
    status, said = operator.ask("GET", f"/lines/{quote(X1)}/transcript")
    assert status == 200
    assert [(one["sent"], one["text"]) for one in said] == [
        (True, "ATD+861*****0001;"),
        (False, "OK"),
    ]
    assert operator.ask("GET", "/lines/none/transcript")[0] == 404


def test_the_last_lines_of_the_log_are_shown_masked(operator: Operator) -> None:
    assert operator.ask("GET", "/log") == (200, [])
    kept = box_logging.keep_recent()
    try:
        for number in range(3):
            logging.getLogger("appliance").warning("call %d from %s", number, A)
        status, said = operator.ask("GET", "/log?limit=2")
    finally:
        logging.getLogger().removeHandler(kept)
    assert status == 200
    assert ["call 1 from +861*****0001" in line["text"] for line in said] == [True, False]
    assert "call 2 from +861*****0001" in said[1]["text"]
