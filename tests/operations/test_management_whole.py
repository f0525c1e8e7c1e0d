"""What an owner types on a whole box: numbers proven by texts over the bank's radio, a batch."""

from __future__ import annotations

import pytest

from appliance.cli.client import ask
from appliance.cli.common import Choices
from appliance.demo.application import Pushes
from appliance.demo.house import House
from tests.api.client import AXB, Customer, aksk, created

X1, X2 = "+8617000000001", "+8617000000002"


@pytest.mark.timeout(300)
def test_numbers_are_proven_and_moved_on_a_whole_box() -> None:
    with House([X1, X2], speed=10) as house:
        for name in ("one", "two"):
            house.command("app", "add", name, "--mode", "AX", "--sms")
        house.command("number", "enrol", X1, "--app", "one", "--sms")
        second = next(one for one in house.command("line", "list") if one["msisdn"] == X2)

        with pytest.raises(RuntimeError, match=rf"the SIM {second['iccid']} is \+8617000000002"):
            house.command(
                "number", "enrol", "+8617000000007", "--app", "one", "--iccid", second["iccid"],
                "--verify", "--by", X1,
            )  # fmt: skip
        made = house.command("number", "enrol", X2, "--app", "two", "--verify")
        assert made["verified"] is not None
        proven = house.command("number", "verify", X1, "--by", X2)

        assert (proven["shown"], proven["by"]) == (X1, X2)
        assert house.command("sms", "list") == []
        inbox = house.command("sms", "inbox")
        assert {(text["kind"], text["line"]) for text in inbox} == {
            ("service", X1),
            ("service", X2),
        }

        _a_refused_request_is_explained(house)
        _every_push_is_tried_and_seen(house)

        task = house.command("task", "transfer", X2, "--app", "one")
        house.bank.wait(lambda: _ended(house, task["task_id"]), 60, "end of the task")
        assert {one["app"] for one in house.command("number", "list")} == {"one"}


def _a_refused_request_is_explained(house: House) -> None:
    app = house.command("app", "show", "one", "--secret")
    customer = Customer(house.api_port, app["appKey"], app["appSecret"])
    nonce, at = "a" * 32, created()
    token = aksk(app["appKey"], app["appKey"], nonce=nonce, at=at)  # the key as its own secret

    refused = customer.raw("GET", f"{AXB}?relationNum=1", headers=token)

    assert refused.outcome == (401, "1010010")
    told = house.command("auth", "explain")
    assert told["why"] == ["The digest was made with the key instead of the secret."]
    assert (told["app"], told["text"]) == ("one", "Invalid digest.")
    assert customer.send("GET", AXB, relationNum=X1).outcome == (403, "1010040")
    assert "is of mode AX" in house.command("auth", "explain", "--app", "one")["why"][0]


def _every_push_is_tried_and_seen(house: House) -> None:
    pushes = Pushes()
    pushes.start()
    try:
        urls = [
            word for kind in ("status", "number") for word in (f"--{kind}-url", pushes.url(kind))
        ]
        app = house.command("app", "set", "two", *urls)
        secret = house.command("app", "show", "two", "--secret")["appSecret"]
        pushes.expect_from(app["appKey"], secret)
        tried = house.command("hook", "test", "two", "--kind", "callin", "--kind", "numStatus")
        assert [one["verdict"] for one in tried] == ["delivered", "delivered"]

        assert ask(Choices(config=house.config), "GET", "/hooks") == []  # it is watched from now on
        house.command("number", "set", X2, "--status", "bind-frozen")
        told = house.command("hook", "watch", "--app", "two", "--count", "1", "--seconds", "60")

        assert (told["kind"], told["status"], told["next_try"]) == ("numStatus", 200, None)
        assert {push["valid"] for push in pushes.all()} == {True}
        assert len(pushes.all()) == 3
    finally:
        pushes.stop()


def _ended(house: House, task_id: int) -> dict[str, object] | None:
    task: dict[str, object] = house.command("task", "show", str(task_id))
    return task if task["state"] == "done" else None
