"""What an owner types on a whole box: numbers proven by texts over the bank's radio, a batch."""

from __future__ import annotations

import pytest

from appliance.demo.house import House

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

        task = house.command("task", "transfer", X2, "--app", "one")
        house.bank.wait(lambda: _ended(house, task["task_id"]), 60, "end of the task")
        assert {one["app"] for one in house.command("number", "list")} == {"one"}


def _ended(house: House, task_id: int) -> dict[str, object] | None:
    task: dict[str, object] = house.command("task", "show", str(task_id))
    return task if task["state"] == "done" else None
