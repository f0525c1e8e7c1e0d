"""What every port's thread does, whatever drives its port."""

from __future__ import annotations

from drivers.at.commands import Reply
from drivers.at.queue import Expect, Job, Procedure
from drivers.errors import DriverError
from tests.drivers.at.bench import Bench


def test_what_a_customer_asks_for_at_the_end_of_a_job_without_commands_is_done_at_once(
    bench: Bench,
) -> None:
    def waits() -> Procedure:
        yield Expect("RING", 0.01)

    def then(_: object, error: DriverError | None) -> None:
        assert error is None
        bench.send("AT+CSQ", "next")

    bench.engine.submit(Job(waits(), then, "first"))
    assert bench.wire.command() == "AT+CSQ"  # on a port where nobody speaks
    bench.wire.lines("+CSQ: 20,99", "OK")

    assert bench.outcome("next") == Reply(("+CSQ: 20,99",), "OK")
