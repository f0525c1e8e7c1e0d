"""The lines of the house and how it is set: a line for every mode, waits that are short."""

from __future__ import annotations

from appliance.exchange import ExchangeSettings
from appliance.exchange.ask import AskSettings
from appliance.exchange.courier import CourierSettings
from appliance.exchange.dispatch_rules import DispatchSettings
from appliance.exchange.number_watch import WatchSettings
from appliance.model import budget
from appliance.model.call_plan import Limits
from appliance.model.records import Mode

SPEED = 50.0
PATIENCE = 60.0
"""Seconds for whatever has to happen."""
CITY = "0755"
AXB, AX, AXE, KEYS, X, Y, ASKED, TRUNK = (f"+861700000000{number}" for number in range(1, 9))
"""The lines: AXE hears its keys in the voice, KEYS has them reported by its modem."""

PERSONALITIES = {
    AXB: "ec25",
    AX: "ec25",
    AXE: "e1550",
    KEYS: "ec25",
    X: "ec25",
    Y: "ec25",
    ASKED: "ec25",
    TRUNK: "ec25",
}
MODES = {
    AXB: Mode.AXB,
    AX: Mode.AX,
    AXE: Mode.AXE,
    KEYS: Mode.AXE,
    X: Mode.AXYB,
    Y: Mode.AXYB,
    ASKED: Mode.X,
}
PROMPTS = {
    "binding-missing": "missing.wav",
    "no-permission": "refused.wav",
    "business-error": "error.wav",
    "extension-enter": "enter.wav",
    "extension-wrong": "wrong.wav",
    "extension-wrong-end": "wrong-end.wav",
}

SETTINGS = ExchangeSettings(
    # Short is what is waited for in vain; what has to come has long, for many tests run at once.
    limits=Limits(say=1.5, tone=0.2, tell=10.0, ring=400.0, first_digit=8.0, next_digit=10.0),
    speed=SPEED,
    reserve_seconds=10.0,
    questions=AskSettings(timeout=10.0),
    watch=WatchSettings(every=0.2),
    texts=CourierSettings(
        dispatch=DispatchSettings(
            rules={budget.PER_SIM: budget.Rule(600, 600)}, speed=SPEED, report_wait=40.0
        )
    ),
)
