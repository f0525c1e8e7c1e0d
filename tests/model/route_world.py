"""An application, its numbers and people, for the routing of one mode."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from appliance.model.records import Application, Binding, Mode, Number, Role
from appliance.model.routing import Decision, Refusal, Relation, Route, RouteFacts, decide

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
X, Y, TRUNK = "+8617000000001", "+8617000000002", "+8617000000009"
A, B, N = "+8613900000001", "+8613900000002", "+8613900000003"
FIXED, SERVICE = "+8675528000001", "+864008001234"
TRUNK_LINE = Number(9, TRUNK, "8989", Role.TRUNK, None)


@dataclass
class World:
    """One X with its application and, unless a test says otherwise, a relation of A's."""

    mode: Mode
    details: Any = None
    app: Application = field(init=False)
    number: Number = field(init=False)
    binding: Binding = field(init=False)

    def __post_init__(self) -> None:
        self.app = Application(1, "shop", "key", "secret", self.mode, record=True, sms=True)
        self.number = Number(1, X, "8986", Role.NUMBER, 1, sms=True)
        self.binding = Binding("s-1", self.mode, 1, X, A, details=self.details, user_data="order")

    def change(self, **changes: Any) -> None:
        """Change the relation."""
        self.binding = replace(self.binding, **changes)

    @property
    def relation(self) -> Relation:
        """The relation with its number and application."""
        return Relation(self.binding, self.number, self.app)

    def facts(self, caller: str | None, by_mode: Any, **changes: Any) -> RouteFacts:
        """An arrival on X."""
        base = RouteFacts(X, caller, self.number, self.app, by_mode=by_mode)
        return replace(base, second_lines=(TRUNK,), **changes)

    def on_trunk(self, caller: str, **changes: Any) -> RouteFacts:
        """An arrival on a trunk that was shown to the caller earlier."""
        return RouteFacts(TRUNK, caller, TRUNK_LINE, returned=self.relation, **changes)

    def decide(self, caller: str | None, by_mode: Any, **changes: Any) -> Decision:
        """Decide a call to X."""
        return decide(self.facts(caller, by_mode, **changes), NOW)


def through(found: Decision) -> Route:
    """Return a route."""
    assert isinstance(found, Route), found
    return found


def refused(found: Decision) -> int:
    """Return the state code of a refusal."""
    assert isinstance(found, Refusal), found
    return found.state_code
