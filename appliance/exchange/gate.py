"""The applications' controls at work: what was used lately, and the calls that are up."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from appliance.errors import BadInput
from appliance.model import controls
from appliance.model.budget import Key, Level, Rule, without_full
from appliance.model.records import Application
from appliance.model.routing import SLOT_NO_PERMISSION, Refusal, Route

_log = logging.getLogger(__name__)

_MOST = 10_000
"""Levels that are kept before those that do not matter any more are dropped."""


class Gate:
    """One for all lines; its lock guards what was used and what is up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: dict[Key, Level] = {}
        self._rules: dict[str, Rule] = {}  # the slowest of each scope, for what may be dropped
        self._up: dict[str, int] = {}  # session → application

    def admit(
        self, session_id: str, route: Route, caller: str | None, now: datetime
    ) -> Refusal | None:
        """Let a call through, or return how it is refused. Once for each session."""
        application = route.application
        known = controls_of(application)
        x = route.binding.x
        attempt = controls.Attempt(
            account=str(application.settings.get("sp_id") or application.name),
            application=str(application.app_id),
            displayed=route.second_lines[0] if route.only_bridge else x,
            business=route.line if route.only_bridge else x,
            caller=caller,
            callee=route.callee,
        )
        with self._lock:
            up = sum(
                app_id == application.app_id
                for other, app_id in self._up.items()
                if other != session_id
            )
            code, spent = controls.judge(known, attempt, self._levels, up, now)
            if code is None:
                self._up[session_id] = application.app_id
                self._levels.update(spent.levels)
                self._forget(known, now)
        if code is None:
            return None
        binding = route.binding if route.binding.subscription_id else None
        return Refusal(
            code,
            code,
            SLOT_NO_PERMISSION,
            binding,
            application,
            user_data=route.user_data,
        )

    def over(self, session_id: str) -> None:
        """A call is over."""
        with self._lock:
            self._up.pop(session_id, None)

    def _forget(self, known: controls.Controls, now: datetime) -> None:
        for scope, rule in known.rules.items():
            slowest = self._rules.get(scope)
            if slowest is None or rule.burst / rule.per_minute > slowest.burst / slowest.per_minute:
                self._rules[scope] = rule
        if len(self._levels) > _MOST:
            self._levels = without_full(self._rules, self._levels, now.timestamp())


def controls_of(application: Application) -> controls.Controls:
    """Return an application's controls; ones that cannot be read are none, and a warning."""
    try:
        return controls.read(application.settings)
    except BadInput as error:
        _log.warning("controls of application %s: %s", application.name, error)
        return controls.NONE
