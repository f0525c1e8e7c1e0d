"""One bad request of every kind at every door: answered, and not one row differs afterwards."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.whole.mirror.town import Town, person
from tests.whole.mirror.wire import AXB, Reply, Shop, check_refused, now_text, query_of, signed

STOP = "/rest/httpsessions/callStop/v2.0"
RECORD = "/rest/provision/voice/record/v1.0"
DEEP, MEGA = 100_000, 10 * 1024 * 1024
NOBODY = "+8617999999999"
UNKNOWN = "0f2a6c1e-4b7d-4c90-9a55-7d3e1b8c2f64"


def rows(town: Town) -> dict[str, list[Any]]:
    """Return every row of every table, as another program reads the file."""
    file = f"file:{town.house.folder / 'simveil.db'}?mode=ro"
    with closing(sqlite3.connect(file, uri=True, timeout=20)) as db:
        tables = [
            name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {name: sorted(map(repr, db.execute(f'SELECT * FROM "{name}"'))) for name in tables}


def test_not_one_row(town: Town, shop: Shop, bare: Shop, x: str, bound: dict[str, Any]) -> None:
    """Malformed, mistyped, incomplete, unknown, foreign, unsigned, stale, huge, deep."""
    fresh = town.shop(name="leaves-no-trace")  # its failures lock nobody else out
    stranger: dict[str, Any] = {"callerNum": person(), "calleeNum": person()}
    good = {"relationNum": x, **stranger}
    stale = shop.headers(created=now_text(-timedelta(days=2)))
    wrong = {**fresh.headers(), "X-AKSK": signed(fresh.key, "no secret")["X-AKSK"]}
    mine = {"subscriptionId": bound["id"]}
    before = rows(town)
    assert sum(map(len, before.values())) > 10

    posts: list[tuple[bytes | dict[str, Any], str]] = [
        (b'{"callerNum":', "1010002"),
        (b"\xff\xfe", "1010002"),
        (b"[" * DEEP + b"]" * DEEP, "1010002"),
        (b'{"userData":' * DEEP + b"1" + b"}" * DEEP, "1010002"),
        (b'{"userData":"' + b"a" * MEGA + b'"}', "1010002"),
        ({**good, "duration": "soon"}, "1010002"),
        ({**good, "preVoice": 7}, "1010002"),
        ({**good, "callerNum": ["+8613912340001"]}, "1010002"),
        ({**good, "callerNum": "\ud800"}, "1010002"),
        ({"relationNum": x, "callerNum": person()}, "1010002"),
        ({"relationNum": x}, "1010002"),
        ({**stranger, "relationNum": NOBODY}, "1012007"),
        ({**stranger, "relationNum": bare.mine[0]}, "1012001"),
        ({**good, "callerNum": bound["a"]}, "1012010"),
        ({**good, "recordHintTone": "../../simveil.db"}, "1010002"),
    ]
    for body, code in posts:
        check_refused(shop.send("POST", AXB, body), code)
    puts: list[tuple[bytes | dict[str, Any], str]] = [
        (b"{]", "1010002"),
        ({}, "1010002"),
        ({"subscriptionId": UNKNOWN, "duration": 60}, "1012007"),
        ({**mine, "duration": -1, "userData": "half of it"}, "1010002"),
        ({**mine, "calleeNum": bound["a"]}, "1010002"),
        ({"subscriptionId": "\ud800"}, "1010002"),
    ]
    for body, code in puts:
        check_refused(shop.send("PUT", AXB, body), code)
    check_refused(bare.modify(**mine, duration=60), "1012007")
    for query, code in (
        ("", "1010002"),
        (f"subscriptionId={UNKNOWN}", "1012007"),
        (query_of({"relationNum": NOBODY}), "1012007"),
        ("relationNum=%ff%fe", "1010002"),
    ):
        reply = shop.send("DELETE", f"{AXB}?{query}")
        assert reply.code in {code, "1012001"}, reply
    check_refused(bare.unbind(**mine), "1012007")
    for method in ("POST", "PUT", "DELETE", "GET"):
        target = f"{AXB}?{query_of(mine)}"
        check_refused(
            shop.send(method, target, json.dumps(good).encode(), headers=stale), "1010013"
        )
        check_refused(
            fresh.send(method, target, json.dumps(good).encode(), headers=wrong), "1010010"
        )
        check_refused(shop.send(method, target, json.dumps(good).encode(), headers={}), "1023006")
    assert rows(town) == before
    assert shop.relation(bound["id"])["calleeNum"] == bound["b"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"[" * DEEP,
        b'{"sessionid":"' + b"a" * MEGA + b'","signal":"call_stop"}',
        {},
        {"sessionid": "1"},
        {"signal": "call_stop"},
        {"sessionid": 7, "signal": "call_stop"},
        {"sessionid": "\ud800", "signal": "call_stop"},
        {"sessionid": None, "signal": "call_stop"},
        {"sessionid": "", "signal": "call_stop"},
        {"sessionid": "1", "signal": ["call_stop"]},
        {"sessionid": "1_1_4294967295_20260301080000@callenabler.home1.com", "signal": "call_stop"},
        {"sessionid": "' OR 1=1 --", "signal": "call_stop"},
    ],
    ids=range(15),
)
def test_a_stop_of_nothing(shop: Shop, body: bytes | dict[str, Any]) -> None:
    check_one_of(shop.send("POST", STOP, body), {"1010002", "1020001", "1020152"})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "fileName=26030108000012340000001.wav",
        "recordDomain=box-1",
        "fileName=&recordDomain=",
        "fileName=..%2F..%2Fsimveil.db&recordDomain=box-1",
        "fileName=26030108000012340000001.wav&recordDomain=box-1",
        "fileName=%00&recordDomain=%00",
        "fileName=%ff&recordDomain=%ff",
        "fileName=" + "9" * 4000 + ".wav&recordDomain=box-1",
        "fileName=a.wav&fileName=b.wav&recordDomain=box-1",
    ],
    ids=range(10),
)
def test_a_recording_of_nothing(shop: Shop, query: str) -> None:
    check_one_of(shop.send("GET", f"{RECORD}?{query}"), {"1010002", "1012007"})


def check_one_of(reply: Reply, codes: set[str]) -> None:
    """Check that an answer is one of these refusals, in the shape of all of them."""
    assert reply.status in {403, 500}, reply
    assert list(reply.json) == ["resultcode", "resultdesc"]
    assert reply.code in codes
    assert reply.code != "1010001"


@pytest.mark.parametrize("job", ["serve", "bank", "check-config"])
def test_three_mistakes_in_a_configuration(tmp_path: Path, job: str) -> None:
    config = tmp_path / "box.toml"
    config.write_text(
        f"""
        [box]
        data = "{tmp_path}/data"
        regoin = "CN"
        [api]
        listen = "127.0.0.1:99999"
        plain = true
        [virtual]
        lines = ["+8617000000001"]
        control = "127.0.0.1:7700"
        speed = -1
        """
    )
    words = [job, str(config)] if job == "check-config" else [job, "--config", str(config)]
    done = subprocess.run(
        [sys.executable, "-m", "appliance.cli", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    for named in ('box.regoin: unknown key, did you mean "region"?', "api.listen: ", "speed"):
        assert named in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["box.toml"]
