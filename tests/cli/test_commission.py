"""``simveil line commission`` and what ``line show`` says of it."""

from __future__ import annotations

from tests.cli.conftest import TRUNK, X1, X2, Shell


def test_a_line_is_commissioned_and_explained(shell: Shell) -> None:
    assert shell.json("line", "show", X1)["commission"] is None
    _, before, _ = shell.type("line", "show", X1)
    assert before.splitlines()[-1].startswith("Never commissioned")

    told = shell.json("line", "commission", X1, "--partner", X2, "--partner", TRUNK)
    [(name, partners, recordings)] = shell.exchange.commissionings.asked
    assert (name, partners) == (X1, (X2, TRUNK))
    assert recordings.name == "recordings"
    assert (told["firmware"], told["strategies"], told["stale"]) == ("R06", ["bridge"], False)
    assert {"check": "hold", "works": False, "detail": "refused"} in told["findings"]

    shown = shell.json("line", "show", X1)
    assert shown["msisdn"] == X1
    assert shown["commission"] == {**told, "stale": True}
    _, after, _ = shell.type("line", "show", X1)
    for sentence in (
        "Calls go out and are answered: yes",
        "Round trip of the voice: yes (120 ms)",
        "Calls can be held: no (refused)",
        "Calls can be joined, and the one that is left still has voice: not tried",
        "Commissioned on 2026-03-01 with firmware R06; calls are connected by bridge.",
        "Modem, SIM or firmware have changed since: commission it again.",
    ):
        assert sentence in after.splitlines()


def test_a_line_that_is_not_there_and_too_many_partners(shell: Shell) -> None:
    assert "there is no line" in shell.refused("line", "commission", "+8613")
    many = [word for _ in range(3) for word in ("--partner", X2)]
    assert shell.refused("line", "commission", X1, *many)


def test_a_test_number_is_dialled_only_where_a_call_could_be(shell: Shell) -> None:
    shell.json("line", "commission", X1, "--partner", "13912340009")
    assert shell.exchange.commissionings.asked[-1][:2] == (X1, ("+8613912340009",))

    assert shell.refused("line", "commission", X1, "--partner", "110")
    abroad = shell.refused("line", "commission", X1, "--partner", "+14155550100")
    assert "outside the country" in abroad
    both = ("--partner", X2, "--partner", "13912340009")
    assert "only partner" in shell.refused("line", "commission", X1, *both)
