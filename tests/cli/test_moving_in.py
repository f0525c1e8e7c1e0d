"""A migration from end to end: exported from one platform in the cloud's format, imported into
another, the old client with its old key served, a relation ended by its old id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from appliance.api.cloud import cloud_app
from appliance.api.server import Server
from appliance.config import parse
from appliance.model.records import Application, Mode, Role
from appliance.operations import cloud_answers
from appliance.store import Store
from tests.api.client import AXB, Customer
from tests.cli.conftest import TRUNK, X1, X2, Shell

OLD1, OLD2, OLD3 = "+8617099990001", "+8617099990002", "+8617099990003"
AX, AXE = "/rest/provision/caas/privatenumber/v1.0", "/rest/caas/extendnumber/v1.0"
AXYB = "/rest/omp/xyrelationnumber/v1.0"
KEY, SECRET = "0123456789abcdefABCDEF012345", "the secret of the cloud".replace(" ", "-")


def person(last: int) -> str:
    return f"+861391234{last:04d}"


class NoCalls:
    def stop_call(self, session_id: str, timeout: float = 2.0) -> bool:
        return False


@contextmanager
def mirror(store: Store, clock: Any, folder: Path) -> Iterator[Callable[[Application], Customer]]:
    settings = parse(f'[box]\ndata = "{folder}"\n[api]\nlisten = "127.0.0.1:0"\nplain = true\n')
    server = Server(cloud_app(store, NoCalls(), clock, settings), "127.0.0.1:0", threads=4)
    server.start()
    port = int(server.addresses[0][1])
    try:
        yield lambda app: Customer(port, app.key, app.secret, now=clock.now)
    finally:
        server.stop(2.0)


@pytest.fixture
def cloud(shell: Shell, tmp_path: Path) -> Iterator[Any]:
    """The platform that is left behind: what speaks the interface with the old numbers."""
    folder = tmp_path / "cloud"
    folder.mkdir()
    store = Store(folder / "cloud.db", clock=shell.clock)
    store.start()

    def app(name: str, mode: Mode, *numbers: str, **fields: Any) -> Customer:
        def work(db: Any) -> Application:
            made = store.applications.add(db, name, mode, **fields)
            for number in numbers:
                store.numbers.enrol(
                    db, number, iccid=number[1:], role=Role.NUMBER, app_id=made.app_id,
                    city="0755", sms=True,
                )  # fmt: skip
            return made

        return customer(store.write(work))

    with mirror(store, shell.clock, folder) as customer:
        yield app
    store.stop()


def exported(customer: Customer, path: str, **query: str) -> str:
    reply = customer.raw("GET", f"{path}?{urlencode(query)}")
    assert reply.status == 200, reply.json
    return reply.octets.decode()


def test_an_application_moves_from_the_cloud_to_the_box(
    shell: Shell, cloud: Any, tmp_path: Path
) -> None:
    old = cloud("shop", Mode.AXB, OLD1, OLD2, key=KEY, secret=SECRET, sms=True)
    ids = {}
    for number, (x, a, b, life) in enumerate(
        [(OLD1, 1, 2, 86400), (OLD1, 3, 4, 0), (OLD2, 1, 2, 600), (OLD2, 5, 6, 7200)]
    ):
        bound = old.bind(
            relationNum=x, callerNum=person(a), calleeNum=person(b), duration=life,
            callDirection=1, privateSms="false", userData=f"order-{number}",
        )  # fmt: skip
        ids[number] = bound.json["subscriptionId"]
    shell.clock.advance(900)  # the third ends before anybody moves
    export = tmp_path / "export.json"
    export.write_text(
        exported(old, AXB, relationNum=OLD1) + "\n" + exported(old, AXB, relationNum=OLD2)
    )

    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    shell.json(
        "app", "add", "shop", "--mode", "AXB", "--sms", "--key", KEY, "--secret-file", str(secret)
    )
    shell.json("number", "enrol", X1, "--app", "shop", "--sms", "--alias", OLD1)
    shell.json("number", "enrol", X2, "--app", "shop", "--sms")

    pairs = ("--map", f"{OLD2}={X2}")
    rehearsed = shell.json("import", str(export), *pairs)
    assert (rehearsed["app"], rehearsed["applied"]) == ("shop", False)
    assert (rehearsed["accepted"], rehearsed["refused"]) == (3, 0)
    assert shell.json("binding", "list") == []
    done = shell.json("import", str(export), *pairs, "--apply")
    assert (done["applied"], done["accepted"]) == (True, 3)
    assert {row["subscription_id"] for row in done["rows"]} == {ids[0], ids[1], ids[3]}
    again = shell.json("import", str(export), *pairs)
    assert again["accepted"] == 0
    assert {row["reason"] for row in again["rows"]} == {
        "a relation of this subscriptionId is there already"
    }

    app = shell.store.applications.by_key(KEY)
    assert app is not None
    kept = shell.store.bindings.get(app, ids[3])
    assert kept is not None
    assert kept.since == shell.clock.now() - timedelta(seconds=900)
    assert kept.expires == shell.clock.now() + timedelta(seconds=7200 - 900)
    with mirror(shell.store, shell.clock, tmp_path) as customer:
        client = customer(app)  # the old client, with its old key, and only its address changed
        (found,) = client.send("GET", AXB, subscriptionId=ids[0]).json["relationNumList"]
        assert (found["relationNum"], found["callerNum"], found["calleeNum"]) == (
            X1, person(1), person(2),
        )  # fmt: skip
        assert (found["duration"], found["callDirection"]) == (86400, 1)
        assert (found["privateSms"], found["userData"]) == ("false", "order-0")
        assert client.send("GET", AXB, relationNum=OLD2).json["totalCount"] == 1
        assert client.send("DELETE", AXB, subscriptionId=ids[0]).outcome == (200, "0")
        gone = client.send("GET", AXB, subscriptionId=ids[0])
        assert gone.outcome == (403, "1012007")
        rebound = client.bind(relationNum=OLD1, callerNum=person(1), calleeNum=person(2))
        assert rebound.json["relationNum"] == X1
        shell.clock.advance(7200)
        assert client.send("GET", AXB, subscriptionId=ids[3]).outcome == (403, "1012007")
        assert client.send("GET", AXB, subscriptionId=ids[1]).outcome == (200, "0")


def test_ax_axe_and_axyb_move_with_what_only_they_have(
    shell: Shell, cloud: Any, tmp_path: Path
) -> None:
    ax = cloud("ax", Mode.AX, OLD1)
    first = ax.send("POST", AX, {"origNum": person(1), "privateNum": OLD1}).json["subscriptionId"]
    ax.send("PUT", AX, {"subscriptionId": first, "turnFlag": "off", "callDirection": 2})
    axe = cloud("axe", Mode.AXE, OLD2)
    second = axe.send(
        "POST", AXE,
        {"virtualNum": OLD2, "bindNum": person(2), "extendNum": "0042", "timeUnit": "1",
         "bindExpiredTime": 90, "callbackExpiredTime": 30, "callbackNum": person(3)},
    ).json["subscriptionId"]  # fmt: skip
    axyb = cloud("axyb", Mode.AXYB, OLD3, "+8617099990004")
    path = f"{AXYB}?app_key={axyb.key}"
    third = axyb.send(
        "POST", path, {"origNum": person(4), "areaCode": "0755", "duration": "7200"}
    ).json
    half = axyb.send(
        "POST", path,
        {"subscriptionId": third["subscriptionId"], "origNum": person(5), "ybDuration": "3600"},
    ).json  # fmt: skip
    files = {
        "ax": exported(ax, AX, subscriptionId=first),
        "axe": exported(axe, AXE, subscriptionId=second),
        "axyb": exported(
            axyb, AXYB, app_key=axyb.key, subscriptionId=third["subscriptionId"]
        ),
    }  # fmt: skip
    for name, mode, numbers in (
        ("ax", "AX", [X1]), ("axe", "AXE", [X2]), ("axyb", "AXYB", [TRUNK, "+8617000000004"]),
    ):  # fmt: skip
        (tmp_path / name).write_text(files[name])
        shell.json("app", "add", name, "--mode", mode)
        for number in numbers:
            shell.json("number", "enrol", number, "--app", name, "--iccid", f"8986{number[1:]}")
    shell.clock.advance(600)

    def move(name: str, *pairs: str) -> dict[str, Any]:
        words = [word for pair in pairs for word in ("--map", pair)]
        done = shell.json("import", str(tmp_path / name), *words, "--apply")
        assert done["refused"] == 0, done
        return done["rows"][0]  # type: ignore[no-any-return]

    move("ax", f"{OLD1}={X1}")
    begun = (shell.clock.now() - timedelta(minutes=30)).isoformat()
    dry = shell.json("import", str(tmp_path / "axe"), "--map", f"{OLD2}={X2}", "--since", begun)
    assert (dry["applied"], dry["refused"], dry["rows"][0]["note"]) == (False, 0, None)
    assert move("axe", f"{OLD2}={X2}")["note"] == cloud_answers.LIFE_BEGINS_NOW
    move("axyb", f"{third['relationNumber']}={TRUNK}", f"{half['relationNumber']}=+8617000000004")

    with mirror(shell.store, shell.clock, tmp_path) as customer:
        apps = {app.name: app for app in shell.store.applications.all()}
        moved = customer(apps["ax"]).send("GET", AX, subscriptionId=first).json["privateNumList"]
        assert [(one["origNum"], one["privateNum"], one["turnFlag"]) for one in moved] == [
            (person(1), X1, "off")
        ]
        assert moved[0]["callDirection"] == 2
        flat = customer(apps["axe"]).send("GET", AXE, subscriptionId=second).json
        assert (flat["virtualNum"], flat["extendNum"], flat["timeUnit"]) == (X2, "0042", "1")
        assert (flat["bindExpiredTime"], flat["callbackNum"]) == (90, person(3))
        (pair,) = customer(apps["axyb"]).send(
            "GET", AXYB, app_key=apps["axyb"].key, relationNum=TRUNK
        ).json["xyRelationNumList"]  # fmt: skip
        assert (pair["numA"], pair["numX"], pair["numY"], pair["numB"]) == (
            person(4), TRUNK, "+8617000000004", person(5),
        )  # fmt: skip
        assert (pair["duration"], pair["ybDuration"]) == ("7200", "3600")


def element(number: int, **other: Any) -> dict[str, Any]:
    return {
        "subscriptionId": f"id-{number}", "relationNum": OLD1, "callerNum": person(2 * number),
        "calleeNum": person(2 * number + 1), "duration": 0, **other,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([element(1), element(2, callerNum=person(3))], "A or B is bound on this number"),
        ([element(1), element(2, subscriptionId="id-1")], "subscriptionId is there already"),
        ([element(1, relationNum=OLD3)], "say which by --map"),
        ([element(1, callerNum="+8695588")], "neither a mobile nor a fixed number"),
        ([element(1, calleeNum=X2)], "one of the box's own numbers"),
        ([element(1, recordFlag="true")], "has no recording"),
        ([element(1, recordHintTone="a.wav")], "no approved voice file a.wav"),
        ([element(1, userData="{}")], "user_data"),
        ([element(1, duration="soon")], "duration is no whole number"),
        ([element(1, subscribeTime="yesterday", duration=5)], "subscribeTime is no time"),
        ([element(1, subscribeTime="2026-02-01 08:00:00", duration=60)], "its life ended"),
        ([element(1, subscriptionId=None)], "no subscriptionId"),
        ([element(1, calleeNum=None)], "calleeNum is missing"),
        (["text"], "not a JSON object"),
    ],
)
def test_each_refused_row_says_why_and_the_others_move(
    shell: Shell, tmp_path: Path, answer: list[Any], reason: str
) -> None:
    shell.json("app", "add", "shop", "--mode", "AXB")
    shell.json("number", "enrol", X1, "--app", "shop")
    shell.json("number", "enrol", X2, "--app", "shop")
    file = tmp_path / "answers.json"
    whole = {"resultcode": "0", "relationNumList": [*answer, element(9)]}
    file.write_text(json.dumps(whole))

    done = shell.json("import", str(file), "--map", f"{OLD1}={X1}", "--apply")

    refused = [row for row in done["rows"] if row["state"] == "refused"]
    assert len(refused) == 1
    assert reason in refused[0]["reason"]
    assert refused[0]["place"].startswith("answer 1, element")
    assert done["accepted"] == len(answer)
    listed = shell.json("binding", "list")
    assert len(listed) == len(answer)
    rehearsed = shell.json("import", str(file), "--map", f"{OLD1}={X1}")
    assert rehearsed["accepted"] == 0


def test_what_is_no_answer_is_refused_in_words(shell: Shell, tmp_path: Path) -> None:
    shell.json("app", "add", "shop", "--mode", "AX")
    shell.json("number", "enrol", X1, "--app", "shop")
    file, saved = tmp_path / "answers.json", tmp_path / "rows.csv"
    file.write_text(
        '[{"resultcode":"1012007","resultdesc":"The record does not exist."}, 7, {"a": 1}]'
        f' {{"relationNumList":[{json.dumps(element(1))}]}}'
    )

    words = ("import", str(file), "--map", f"{OLD1}={X1}")
    reasons = [row["reason"] for row in shell.json(*words)["rows"]]

    assert "error: 1012007" in reasons[0]
    assert "not a JSON object" in reasons[1]
    assert "no list of them" in reasons[2]
    assert "relation of AXB, application 'shop' is AX" in reasons[3]
    assert shell.json(*words, "--output", str(saved))["rows"] == 4
    assert "1012007" in saved.read_text()
    assert "Dry run: 0" in shell.type(*words)[1]
    assert "say which application" in shell.refused("import", str(file))
    file.write_text("{")
    assert "not JSON" in shell.refused(*words)
    assert "OLDX=NEWX" in shell.refused("import", str(file), "--map", "nonsense")
    assert "cannot be read" in shell.refused("import", str(tmp_path / "none"))
