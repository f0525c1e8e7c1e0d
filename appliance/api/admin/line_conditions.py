"""What a line shows and the steps of its recovery, as the interface gives them; waking a line."""

from __future__ import annotations

from typing import Any

from appliance.api.admin.context import Box, operation
from appliance.api.admin.schemas.base import Done
from appliance.api.admin.schemas.line_conditions import LineCondition, RecoveryStep
from appliance.api.admin.schemas.lines import LineChoice
from appliance.words import say


def conditions(line: Any) -> list[LineCondition]:
    """Return everything that a line shows, the worst first."""
    return [
        LineCondition(
            name=found.name,
            facts={key: str(value) for key, value in found.facts.items()},
            explanation=say(f"LIN-{found.name}", **found.facts),
            advice=say(f"ADV-{found.name}", **found.facts),
        )
        for found in getattr(line, "conditions", ())
    ]


def steps(line: Any) -> list[RecoveryStep]:
    """Return the last steps of a line's recovery, the oldest first."""
    return [
        RecoveryStep(at=step.at, rung=step.rung.value, cause=step.cause, outcome=step.outcome.value)
        for step in getattr(line, "steps", ())
    ]


def wake(box: Box, given: LineChoice) -> Done:
    """Let a line that rests work again."""
    box.exchange.wake(given.line)
    return Done()


OPERATIONS = (operation("POST", "/lines/{line}/wake", "Let it work again", LineChoice, Done, wake),)
